#ifndef DEMD_EMD_SINKHORN_H_
#define DEMD_EMD_SINKHORN_H_

#include <cstdint>
#include <vector>

#include "emd/entropic_plan.h"
#include "emd/metric.h"

namespace demd {

struct SinkhornKernels;

struct SinkhornOptions {
  double epsilon = 0.1;          ///< strength of the entropy, in units of the ground cost
  int32_t max_iterations = 200;  ///< of each problem: Sinkhorn's and Newton's together
  double tolerance = 1e-6;       ///< stop when the marginals are off by less, in L1
  bool debiased = false;         ///< subtract half the values of (a, a) and (b, b)
};

/// What the iterations arrived at. Not converging is no error: marginal_error says how far the plan
/// is from having the right marginals.
struct SinkhornResult {
  double value = 0;
  double marginal_error = 0;  ///< sum |sums of the plan - mass|, the largest of the problems solved
  int32_t iterations = 0;     ///< of the problem (a, b)
  bool converged = false;
};

/// Entropic optimal transport between a/sum(a) and b/sum(b):
///
///   min over plans P of <P, c> + epsilon KL(P | a b^T)
///
/// on the dual potentials, by the iterations of emd/entropic_plan.h. The potentials they end with
/// are renewed once in the log domain, which also tells the true marginal error; where that is not
/// met, the iterations go on from there. With `debiased` the Sinkhorn divergence, which is zero for
/// a = b and never negative (at convergence). No function of the C library that could differ
/// between machines is used: the same bits everywhere.
/// Sources: M. Cuturi, NIPS 2013; J. Feydy et al., AISTATS 2019 (divergence).
class SinkhornSolver {
 public:
  /// Errors: std::invalid_argument when epsilon is not positive and finite, or debiased without a
  /// symmetric cost.
  SinkhornSolver(const GroundCost& cost, const SinkhornOptions& options);

  /// Replaces the instruction set chosen when the solver was made.
  void UseKernels(const SinkhornKernels& kernels);

  /// a: [n], b: [m], non-negative with some mass. d_a, d_b: derivatives of value with respect to
  /// the masses before normalisation, exact at convergence, or null.
  /// Errors: std::invalid_argument on masses that are negative, not finite or all zero.
  SinkhornResult Solve(const double* a, const double* b, double* d_a, double* d_b);

 private:
  double SolvePair(SinkhornResult* result);
  double SolveWithItself(const EntropicSide& side, std::vector<double>* self,
                         SinkhornResult* result);
  void GatherCosts(const std::vector<double>& table, size_t stride, const EntropicSide& rows,
                   const EntropicSide& columns);
  void SoftMin(const std::vector<double>& table, size_t stride, const EntropicSide& other,
               const std::vector<double>& potential, std::vector<double>* out);
  EntropicLimits Limits() const;

  GroundCost cost_;
  SinkhornOptions options_;
  const SinkhornKernels* kernels_;
  EntropicPlan plan_;
  size_t row_stride_;               // n, padded
  size_t column_stride_;            // m, padded
  std::vector<double> costs_;       // [n][column_stride_]
  std::vector<double> transposed_;  // [m][row_stride_]
  EntropicSide a_;
  EntropicSide b_;
  std::vector<double> gathered_;     // costs of the cells with mass
  std::vector<const double*> rows_;  // rows of a table
  std::vector<double> f_;            // [row_stride_], of all cells
  std::vector<double> g_;            // [column_stride_]
  std::vector<double> self_a_;       // [row_stride_]
  std::vector<double> self_b_;       // [row_stride_]
  std::vector<double> old_;          // potentials of the cells with mass
  std::vector<double> new_;          // the same
  std::vector<double> scratch_;
};

}  // namespace demd

#endif  // DEMD_EMD_SINKHORN_H_
