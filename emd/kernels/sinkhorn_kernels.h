#ifndef DEMD_EMD_KERNELS_SINKHORN_KERNELS_H_
#define DEMD_EMD_KERNELS_SINKHORN_KERNELS_H_

#include <cstdint>
#include <string>

namespace demd {

/// Row lengths of plans and of everything indexed by their columns are padded with zeros to a
/// multiple of this.
constexpr int32_t kSinkhornPadding = 8;

/// An entropic plan between cells that all have mass:
///
///   value[r][q] = row_mass[r] * column_mass[q] * exp((f_r + g_q - cost[r][q]) / epsilon)
///
/// scaled so that every row sums to its mass.
struct SinkhornPlan {
  int32_t rows;
  int32_t columns;
  int32_t stride;                  ///< columns, padded
  const double* row_mass;          ///< [rows]
  const double* inverse_row_mass;  ///< [rows]
  const double* column_mass;       ///< [stride]
  const double* cost;              ///< [rows][stride]
};

/// Loops over plans, compiled for one instruction set; all give the same bits. Arrays must not
/// overlap.
struct SinkhornKernels {
  const char* name;

  /// out[k] = -epsilon log sum over r < rows of exp((potential[r] - table[r][k]) / epsilon +
  /// log_mass[r]) for k < n, a multiple of kSinkhornPadding; no exponent overflows.
  void (*soft_min)(const double* const* table, int32_t rows, int32_t n, const double* potential,
                   const double* log_mass, double epsilon, double* out);

  /// value[r][q] = row_mass[r] * column_mass[q] * exp((f[r] + g[q] - cost[r][q]) / epsilon).
  void (*gibbs)(const SinkhornPlan& plan, const double* f, const double* g, double epsilon,
                double* value);

  /// The plan of half the epsilon at the same potentials, rows not yet scaled:
  /// value[r][q] = value[r][q]^2 / (row_mass[r] * column_mass[q]); 0 below 1e-280.
  void (*halve_epsilon)(const SinkhornPlan& plan, double* value);

  /// to[r][q] = factor[r] * from[r][q] * w[q], factor[r] such that row r sums to row_mass[r];
  /// column_sum[q] = the sums of its columns. w, column_sum: [stride]; `to` may be `from`.
  void (*scale)(const SinkhornPlan& plan, const double* from, const double* w, double* to,
                double* factor, double* column_sum);

  /// value[r][q] *= w[r] * w[q], for plans of a side with itself; row_sum: [stride] of the result.
  void (*scale_symmetric)(const SinkhornPlan& plan, const double* w, double* value,
                          double* row_sum);

  /// Newton's direction: solves (diag(column_sum) - P^T diag(1 / row_mass) P) x = residual with
  /// x[0] = 0. matrix: [columns][stride], scratch; residual becomes x. Returns false when rounding
  /// has made the matrix indefinite.
  bool (*newton_step)(const SinkhornPlan& plan, const double* value, const double* column_sum,
                      double* matrix, double* residual);

  /// y[k] = e^x[k] and y[k] = log x[k] for k < n, a multiple of kSinkhornPadding; y may be x.
  void (*exp)(const double* x, int32_t n, double* y);
  void (*log)(const double* x, int32_t n, double* y);
};

/// The kernels for the instruction set called portable, avx2 or avx512 by TransportKernel::name.
const SinkhornKernels& SinkhornKernelsNamed(const std::string& name);

}  // namespace demd

#endif  // DEMD_EMD_KERNELS_SINKHORN_KERNELS_H_
