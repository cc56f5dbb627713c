#include "engine/ops/gradient_blocks.h"

#include <algorithm>

#include "engine/kernels/matrix_kernels.h"

namespace demd {

void CombinePartialSums(const float* partial, int64_t blocks, int64_t size, float* result,
                        bool fresh) {
  constexpr int64_t kElementsPerTask = 4096;
  ParallelForBlocks(size, kElementsPerTask, [&](int64_t begin, int64_t end) {
    if (fresh) std::fill(result + begin, result + end, 0.0f);
    for (int64_t block = 0; block < blocks; ++block) {
      Kernels().vector->add(partial + block * size + begin, end - begin, result + begin);
    }
  });
}

void SumRows(const float* x, int64_t rows, int64_t n, float* result) {
  Kernels().vector->sum_rows(x, rows, n, result);
}

void Transpose(const float* w, int64_t rows, int64_t n, float* transposed) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t j = 0; j < n; ++j) transposed[j * rows + r] = w[r * n + j];
  }
}

}  // namespace demd
