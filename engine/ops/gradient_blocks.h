#ifndef DEMD_ENGINE_OPS_GRADIENT_BLOCKS_H_
#define DEMD_ENGINE_OPS_GRADIENT_BLOCKS_H_

#include <algorithm>
#include <cstdint>

#include "engine/autograd.h"
#include "engine/parallel.h"

namespace demd {

/// Sums an array over blocks of samples, in the order of the blocks, which tasks on any thread fill
/// before that: of `block` samples each, a constant of the caller, so that the result has the same
/// bits for any number of threads. The sum is written to `result`, or added to it when it is not
/// fresh.
///
///   BlockSums sums(tape, samples, kBlock, size, result, fresh);
///   ParallelFor(sums.blocks(), [&](int64_t block) { ... fill sums.Of(block) ... });
///   sums.Combine();
class BlockSums {
 public:
  BlockSums(Tape& tape, int64_t samples, int64_t block, int64_t size, float* result, bool fresh)
      : samples_(samples),
        block_(block),
        size_(size),
        result_(result),
        fresh_(fresh && blocks() > 0),
        partial_(tape.NewArray<float>((blocks() - (fresh_ ? 1 : 0)) * size)) {
    if (fresh && !fresh_) std::fill_n(result, size, 0.0f);
  }

  int64_t blocks() const { return (samples_ + block_ - 1) / block_; }
  int64_t Begin(int64_t block) const { return block * block_; }
  int64_t End(int64_t block) const { return std::min((block + 1) * block_, samples_); }

  /// The block's sum, [size], to be written whole. The first goes where the result will be.
  float* Of(int64_t block) const {
    if (fresh_) return block == 0 ? result_ : partial_ + (block - 1) * size_;
    return partial_ + block * size_;
  }

  void Combine() const;

 private:
  int64_t samples_;
  int64_t block_;
  int64_t size_;
  float* result_;
  bool fresh_;
  float* partial_;
};

/// BlockSums with one task for each block: `block_sum(begin, end, partial)` fills partial[size] for
/// samples [begin, end).
template <typename BlockSum>
void SumOverSampleBlocks(Tape& tape, int64_t samples, int64_t block, int64_t size, float* result,
                         bool fresh, BlockSum block_sum) {
  const BlockSums sums(tape, samples, block, size, result, fresh);
  ParallelFor(sums.blocks(), [&](int64_t i) { block_sum(sums.Begin(i), sums.End(i), sums.Of(i)); });
  sums.Combine();
}

/// result[n] = sum over rows of x[rows][n], in order.
void SumRows(const float* x, int64_t rows, int64_t n, float* result);

/// Memory of the calling thread for the task at hand, `size` floats, aligned to 64 bytes, not
/// initialised. The next call on this thread takes it back.
float* ThreadScratch(int64_t size);

/// w[rows][n] -> transposed[n][rows].
void Transpose(const float* w, int64_t rows, int64_t n, float* transposed);

}  // namespace demd

#endif  // DEMD_ENGINE_OPS_GRADIENT_BLOCKS_H_
