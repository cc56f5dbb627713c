#include <cstdlib>
#include <string>

#include "engine/error.h"
#include "engine/kernels/matrix_kernels.h"

namespace demd {

namespace portable {
extern const MatrixKernels kMatrixKernels;
}
#ifdef DEMD_X86_KERNELS
namespace avx2 {
extern const MatrixKernels kMatrixKernels;
}
namespace avx512 {
extern const MatrixKernels kMatrixKernels;
}
#endif

namespace {

constexpr int kMaxVariants = 3;

struct VariantList {
  const MatrixKernels* variants[kMaxVariants];
  int64_t size = 0;

  VariantList() {
#ifdef DEMD_X86_KERNELS
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")) {
      variants[size++] = &avx512::kMatrixKernels;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      variants[size++] = &avx2::kMatrixKernels;
    }
#endif
    variants[size++] = &portable::kMatrixKernels;
  }
};

const MatrixKernels* Choose() {
  const MatrixKernelsList runnable = RunnableKernels();
  const char* wanted = std::getenv("DEMD_KERNELS");
  if (wanted == nullptr || *wanted == '\0') return *runnable.begin();
  std::string names;
  for (const MatrixKernels* variant : runnable) {
    if (std::string(wanted) == variant->name) return variant;
    names += std::string(names.empty() ? "" : ", ") + variant->name;
  }
  throw UsageError("DEMD_KERNELS: expected one of " + names + " on this machine, found " + wanted);
}

const MatrixKernels*& Chosen() {
  static const MatrixKernels* chosen = Choose();
  return chosen;
}

}  // namespace

MatrixKernelsList RunnableKernels() {
  static const VariantList list;
  return {list.variants, list.size};
}

const MatrixKernels& Kernels() { return *Chosen(); }

void UseKernels(const MatrixKernels& variant) { Chosen() = &variant; }

}  // namespace demd
