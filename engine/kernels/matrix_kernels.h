#ifndef DEMD_ENGINE_KERNELS_MATRIX_KERNELS_H_
#define DEMD_ENGINE_KERNELS_MATRIX_KERNELS_H_

#include <cstdint>

#include "engine/kernels/toeplitz_kernels.h"
#include "engine/kernels/vector_kernels.h"

namespace demd {

/// A run of consecutive input elements of each row and the matrix rows they are multiplied with.
struct Segment {
  int64_t a_offset;  ///< first element within a row of a
  int64_t b_row;     ///< first row of b
  int64_t length;    ///< number of elements and of rows
};

/// Rows times a matrix, where only listed runs of each row take part: a dense layer has one
/// segment, one output pixel of a convolution has one per row of its kernel that lies inside the
/// image.
///
///   c[m][n] = bias[n] + sum over segments, k of a[m][a_offset + k] * b[b_row + k][n]
///
/// Each element is accumulated by fused multiply-adds in the order of the segments, then of k,
/// starting from the bias (or 0): the same bits for every blocking and vector width.
struct RowsTimesMatrix {
  const float* a;  ///< [m] rows, a_stride floats apart
  int64_t a_stride;
  const float* b;     ///< [rows of b][n]
  const float* bias;  ///< [n], or null for 0
  float* c;           ///< [m] rows of n, c_stride floats apart; must not overlap a or b
  int64_t c_stride;
  const Segment* segments;
  int64_t n_segments;
  int64_t m;
  int64_t n;
  bool accumulate;  ///< add the result to c instead of overwriting it
};

/// Offsets of two runs within a row of a and of b that are multiplied as an outer product.
struct RowPair {
  int64_t a_offset;
  int64_t b_offset;
};

/// Sum of outer products over rows: the gradient of a weight matrix.
///
///   c[i][j] = sum over rows r, pairs p of a[r][p.a_offset + i] * b[r][p.b_offset + j]
///
/// Each element is accumulated by fused multiply-adds in the order of the rows, then of the pairs,
/// starting from 0, or from what c holds: rows can be given in several calls.
struct OuterProducts {
  const float* a;  ///< [rows], a_stride floats apart
  int64_t a_stride;
  const float* b;  ///< [rows], b_stride floats apart
  int64_t b_stride;
  const RowPair* pairs;
  int64_t n_pairs;
  float* c;  ///< [k] rows of n, c_stride floats apart
  int64_t c_stride;
  int64_t rows;
  int64_t k;
  int64_t n;
  bool accumulate;  ///< start from c instead of 0
};

/// Independent vectors of MatrixKernels::multiply_adds.
inline constexpr int64_t kPeakMultiplyAdds = 12;

/// The kernels compiled for one instruction set. All give the same bits.
struct MatrixKernels {
  const char* name;  ///< "portable", "avx2" or "avx512"
  void (*rows_times_matrix)(const RowsTimesMatrix&);
  void (*outer_products)(const OuterProducts&);
  const VectorKernels* vector;
  const ToeplitzKernels* toeplitz;
  /// Does `steps` times kPeakMultiplyAdds * lanes multiply-adds in registers alone, to measure what
  /// the machine can do at most. Returns their sum.
  float (*multiply_adds)(int64_t steps, float x);
  int64_t lanes;
};

/// The fastest variant this machine can run, or the one named by the environment variable
/// DEMD_KERNELS. Chosen at the first call.
/// Errors: UsageError when DEMD_KERNELS names a variant that is unknown or cannot run here.
const MatrixKernels& Kernels();

/// Makes `variant`, one of RunnableKernels(), the one in use: for tests and measurements. Not to be
/// called while a ParallelFor runs.
void UseKernels(const MatrixKernels& variant);

/// All variants that this machine can run, the fastest first.
struct MatrixKernelsList {
  const MatrixKernels* const* begin_;
  int64_t size_;
  const MatrixKernels* const* begin() const { return begin_; }
  const MatrixKernels* const* end() const { return begin_ + size_; }
};
MatrixKernelsList RunnableKernels();

}  // namespace demd

#endif  // DEMD_ENGINE_KERNELS_MATRIX_KERNELS_H_
