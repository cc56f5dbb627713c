#include "engine/ops/gradient_blocks.h"

#include "engine/kernels/matrix_kernels.h"

namespace demd {

void BlockSums::Combine() const {
  constexpr int64_t kElementsPerTask = 4096;
  const int64_t partial_blocks = blocks() - (fresh_ ? 1 : 0);
  if (partial_blocks == 0) return;
  ParallelForBlocks(size_, kElementsPerTask, [&](int64_t begin, int64_t end) {
    for (int64_t block = 0; block < partial_blocks; ++block) {
      Kernels().vector->add(partial_ + block * size_ + begin, end - begin, result_ + begin);
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
  Kernels().vector->transpose(w, n, rows, n, transposed, rows);
}

}  // namespace demd
