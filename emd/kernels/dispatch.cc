#include <cstdlib>
#include <stdexcept>
#include <string>

#include "emd/kernels/sinkhorn_kernels.h"
#include "emd/kernels/transport_kernel.h"

namespace demd {

namespace portable {
extern const TransportKernel kTransportKernel;
extern const SinkhornKernels kSinkhornKernels;
}  // namespace portable
#ifdef DEMD_X86_KERNELS
namespace avx2 {
extern const TransportKernel kTransportKernel;
extern const SinkhornKernels kSinkhornKernels;
}  // namespace avx2
namespace avx512 {
extern const TransportKernel kTransportKernel;
extern const SinkhornKernels kSinkhornKernels;
}  // namespace avx512
#endif

namespace {

const TransportKernel* Choose() {
  const std::vector<const TransportKernel*> runnable = RunnableTransportKernels();
  const char* wanted = std::getenv("DEMD_KERNELS");
  if (wanted == nullptr || *wanted == '\0') return runnable.front();
  std::string names;
  for (const TransportKernel* kernel : runnable) {
    if (std::string(wanted) == kernel->name) return kernel;
    names += std::string(names.empty() ? "" : ", ") + kernel->name;
  }
  throw std::invalid_argument("DEMD_KERNELS: expected one of " + names +
                              " on this machine, found " + wanted);
}

}  // namespace

std::vector<const TransportKernel*> RunnableTransportKernels() {
  std::vector<const TransportKernel*> runnable;
#ifdef DEMD_X86_KERNELS
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("bmi2")) {
    runnable.push_back(&avx512::kTransportKernel);
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) {
    runnable.push_back(&avx2::kTransportKernel);
  }
#endif
  runnable.push_back(&portable::kTransportKernel);
  return runnable;
}

const TransportKernel& ChosenTransportKernel() {
  static const TransportKernel* const chosen = Choose();
  return *chosen;
}

const SinkhornKernels& SinkhornKernelsNamed(const std::string& name) {
  static constexpr const SinkhornKernels* kAll[] = {
#ifdef DEMD_X86_KERNELS
      &avx512::kSinkhornKernels, &avx2::kSinkhornKernels,
#endif
      &portable::kSinkhornKernels};
  for (const SinkhornKernels* kernels : kAll) {
    if (name == kernels->name) return *kernels;
  }
  return portable::kSinkhornKernels;
}

}  // namespace demd
