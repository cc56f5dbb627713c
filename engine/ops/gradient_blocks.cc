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

float* ThreadScratch(int64_t size) {
  thread_local Tensor scratch;
  if (scratch.data() == nullptr || scratch.size() < size) scratch = Tensor(Shape{size});
  return scratch.data();
}

void Transpose(const float* w, int64_t rows, int64_t n, float* transposed) {
  constexpr int64_t kTile = 16;  // a line of the cache on both sides
  for (int64_t r0 = 0; r0 < rows; r0 += kTile) {
    const int64_t r_end = std::min(r0 + kTile, rows);
    for (int64_t j0 = 0; j0 < n; j0 += kTile) {
      const int64_t j_end = std::min(j0 + kTile, n);
      for (int64_t j = j0; j < j_end; ++j) {
        for (int64_t r = r0; r < r_end; ++r) transposed[j * rows + r] = w[r * n + j];
      }
    }
  }
}

}  // namespace demd
