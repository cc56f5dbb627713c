#ifndef DEMD_ENGINE_KERNELS_VECTOR_KERNELS_H_
#define DEMD_ENGINE_KERNELS_VECTOR_KERNELS_H_

#include <cstdint>

namespace demd {

/// Batch normalisation, and optionally relu, of some rows: y = relu((x - mean) * scale + beta).
struct NormRows {
  const float* x;  ///< [rows][channels]
  int64_t rows;
  int64_t channels;
  const float* mean;   ///< [channels]
  const float* scale;  ///< [channels], gamma / sqrt(variance + epsilon)
  const float* beta;   ///< [channels]
  bool relu;
};

/// One step of Adam with its constants worked out:
///   mean += mean_rate (g - mean)
///   square += square_rate (g^2 - square)
///   value -= rate mean / (sqrt(square) + epsilon) + decay value
struct AdamStep {
  float mean_rate;
  float square_rate;
  float rate;
  float epsilon;
  float decay;
};

/// Loops over plain arrays, compiled for one instruction set. No sum is split: results have the
/// same bits for every set. Arrays must not overlap, but for those marked in place.
struct VectorKernels {
  /// y = max(x, 0), NaN stays NaN.
  void (*relu)(const float* x, int64_t n, float* y);
  /// d_x = x > 0 ? d_y : 0, or += when `accumulate`.
  void (*relu_gradient)(const float* x, const float* d_y, int64_t n, bool accumulate, float* d_x);
  /// y += x.
  void (*add)(const float* x, int64_t n, float* y);
  /// result[n] = sum over rows of x[rows][n], in order.
  void (*sum_rows)(const float* x, int64_t rows, int64_t n, float* result);
  /// sums[0][c] += x - shift, sums[1][c] += (x - shift)^2, in double, in the order of the rows.
  void (*shifted_moments)(const float* x, const float* shift, int64_t rows, int64_t channels,
                          double* sums);
  void (*norm)(const NormRows& in, float* y);
  /// sums[0][c] += d, sums[1][c] += d (x - mean) inverse_std, in double, in the order of the rows;
  /// d is d_y where relu lets it pass.
  void (*norm_gradient_sums)(const NormRows& in, const float* inverse_std, const float* d_y,
                             double* sums);
  /// d_x = scale (d - mean_d - (x - mean) slope), or += when `accumulate`.
  void (*norm_gradient)(const NormRows& in, const float* mean_d, const float* slope,
                        const float* d_y, bool accumulate, float* d_x);
  /// 1 / (1 + e^-x), rounded from double precision: the bits of Sigmoid of engine/portable_math.h.
  void (*sigmoid)(const float* x, int64_t n, float* y);
  /// y[r][j] = e^x[r][j] / sum of e^x over the row, in double precision but for the exponentials,
  /// which are those of Exp of engine/portable_math.h, rounded to float; sums in the order of j.
  void (*softmax)(const float* x, int64_t rows, int64_t m, float* y);
  /// y += scale * x.
  void (*add_scaled)(const float* x, float scale, int64_t n, float* y);
  /// Sum of x^2 in double: element i goes to sum i mod 16, and these are added in order.
  double (*sum_of_squares)(const float* x, int64_t n);
  /// to[j][r] = from[r][j] for from[rows][n]; rows are from_stride and to_stride floats apart.
  void (*transpose)(const float* from, int64_t from_stride, int64_t rows, int64_t n, float* to,
                    int64_t to_stride);
  void (*adam)(const AdamStep& step, const float* gradient, int64_t n, float* mean, float* square,
               float* value);
};

}  // namespace demd

#endif  // DEMD_ENGINE_KERNELS_VECTOR_KERNELS_H_
