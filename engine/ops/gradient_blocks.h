#ifndef DEMD_ENGINE_OPS_GRADIENT_BLOCKS_H_
#define DEMD_ENGINE_OPS_GRADIENT_BLOCKS_H_

#include <cstdint>

#include "engine/autograd.h"

namespace demd {

/// Sums an array over blocks of samples: `block_sum(begin, end, partial)` fills partial[size] for
/// samples [begin, end), on any thread; the partial sums are then added in the order of the blocks.
/// The block length is a constant of the caller, so the result has the same bits for any number of
/// threads. The sum is written to `result`, or added to it when `fresh` is false.
template <typename BlockSum>
void SumOverSampleBlocks(Tape& tape, int64_t samples, int64_t block, int64_t size, float* result,
                         bool fresh, BlockSum block_sum);

/// partial[blocks][size] -> result[size]. The second half of SumOverSampleBlocks.
void CombinePartialSums(const float* partial, int64_t blocks, int64_t size, float* result,
                        bool fresh);

/// result[n] = sum over rows of x[rows][n], in order.
void SumRows(const float* x, int64_t rows, int64_t n, float* result);

/// Memory of the calling thread for the task at hand, `size` floats, aligned to 64 bytes, not
/// initialised. The next call on this thread takes it back.
float* ThreadScratch(int64_t size);

/// w[rows][n] -> transposed[n][rows].
void Transpose(const float* w, int64_t rows, int64_t n, float* transposed);

}  // namespace demd

#include "engine/parallel.h"

namespace demd {

template <typename BlockSum>
void SumOverSampleBlocks(Tape& tape, int64_t samples, int64_t block, int64_t size, float* result,
                         bool fresh, BlockSum block_sum) {
  const int64_t blocks = (samples + block - 1) / block;
  float* partial = tape.NewArray<float>(blocks * size);
  ParallelForBlocks(samples, block, [&](int64_t begin, int64_t end) {
    block_sum(begin, end, partial + begin / block * size);
  });
  CombinePartialSums(partial, blocks, size, result, fresh);
}

}  // namespace demd

#endif  // DEMD_ENGINE_OPS_GRADIENT_BLOCKS_H_
