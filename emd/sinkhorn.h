#ifndef DEMD_EMD_SINKHORN_H_
#define DEMD_EMD_SINKHORN_H_

#include <cstdint>
#include <vector>

#include "emd/metric.h"

namespace demd {

struct SinkhornOptions {
  double epsilon = 0.1;  ///< strength of the entropy, in units of the ground cost
  int32_t max_iterations = 200;
  double tolerance = 1e-6;  ///< stop when the marginals are off by less, in L1
  bool debiased = false;    ///< subtract half the values of (a, a) and (b, b)
};

/// What Sinkhorn's iterations arrived at. Not converging is no error: marginal_error says how far
/// the plan is from having the right marginals.
struct SinkhornResult {
  double value = 0;
  double marginal_error =
      0;                   ///< sum |row sums of the plan - a|, the largest of the problems solved
  int32_t iterations = 0;  ///< of the problem (a, b)
  bool converged = false;
};

/// Entropic optimal transport between a/sum(a) and b/sum(b):
///
///   min over plans P of <P, c> + epsilon KL(P | a b^T)
///
/// solved on the dual potentials in the log domain, so that no epsilon makes it overflow. With
/// `debiased` the Sinkhorn divergence, which is zero for a = b and never negative (at convergence).
/// Uses engine/portable_math.h: the same bits on every machine.
/// Sources: M. Cuturi, NIPS 2013; J. Feydy et al., AISTATS 2019 (divergence).
class SinkhornSolver {
 public:
  /// Errors: std::invalid_argument when epsilon is not positive, or debiased without a square cost.
  SinkhornSolver(const GroundCost& cost, const SinkhornOptions& options);

  /// a: [n], b: [m], non-negative with some mass. d_a, d_b: derivatives of value with respect to
  /// the masses before normalisation, exact at convergence, or null.
  /// Errors: std::invalid_argument on masses that are negative, not finite or all zero.
  SinkhornResult Solve(const double* a, const double* b, double* d_a, double* d_b);

 private:
  struct Side {
    std::vector<double> mass;      // normalised
    std::vector<double> log_mass;  // unspecified where mass = 0
    double sum = 0;
    void Load(const double* masses, int32_t n);
  };

  double SolvePair(const Side& a, const Side& b, std::vector<double>* f, std::vector<double>* g,
                   SinkhornResult* result);
  double SolveWithItself(const Side& a, std::vector<double>* f, SinkhornResult* result);
  double SoftMin(const double* cost, int64_t stride, const Side& other,
                 const std::vector<double>& potential);
  static void Gradient(const Side& side, const std::vector<double>& potential,
                       const std::vector<double>& self, double* gradient);

  GroundCost cost_;
  SinkhornOptions options_;
  Side a_;
  Side b_;
  std::vector<double> exponents_;
};

}  // namespace demd

#endif  // DEMD_EMD_SINKHORN_H_
