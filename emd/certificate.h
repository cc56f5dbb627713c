#ifndef DEMD_EMD_CERTIFICATE_H_
#define DEMD_EMD_CERTIFICATE_H_

#include <cstdint>
#include <vector>

#include "emd/large_transport/costs.h"
#include "emd/metric.h"
#include "emd/transport.h"

namespace demd {

/// What an independent look at a plan and duals finds. Weak duality makes this a proof: any plan
/// with the right marginals costs at least the value of any feasible duals.
struct Certificate {
  bool plan_is_feasible = false;  ///< masses >= 0, cells in range, marginals exactly a and b
  double plan_cost = 0;           ///< sum of mass * cost
  double dual_value = 0;          ///< sum f a + sum g b
  double worst_violation = 0;     ///< largest f_i + g_j - c_ij over all pairs of cells, at least 0

  /// True if the plan is optimal up to `tolerance` times the largest cost and the total mass.
  bool Proves(double largest_cost, int64_t total, double tolerance) const;
  bool Proves(const GroundCost& cost, int64_t total, double tolerance) const {
    return Proves(cost.largest(), total, tolerance);
  }
};

/// Checks in O(n m + plan), without trusting the solver. a: [n], b: [m] integer masses of equal
/// total (for SolveShapes those times total / sum); f: [n], g: [m].
Certificate Certify(const GroundCost& cost, const int64_t* a, const int64_t* b,
                    const std::vector<PlanEntry>& plan, const double* f, const double* g);
Certificate Certify(const TransportCosts& costs, const int64_t* a, const int64_t* b,
                    const std::vector<PlanEntry>& plan, const double* f, const double* g);

/// A lower bound of the earth mover's distance of a/sum(a) and b/sum(b) from any potential f, by
/// its c-transform g_j = min_i (c_ij - f_i), which makes the pair feasible: sum f a + sum g b,
/// normalised. Tight for optimal f. a, f: [n], b: [m], sums positive; g: [m], or null.
double LowerBoundByTransform(const GroundCost& cost, const double* a, const double* b,
                             const double* f, double* g = nullptr);

/// Derivatives of an optimal transport cost with respect to the positions of the cells, at a fixed
/// plan, for the Euclidean distance to the finite power p >= 1 (no root taken):
///   d_x[i] = sum_j plan_ij / total * p |x_i - y_j|^(p - 2) (x_i - y_j), and the like for d_y
/// Pairs in the same place contribute nothing (a subgradient for p = 1).
void PointGradients(const std::vector<Point2>& x, const std::vector<Point2>& y, double p,
                    const std::vector<PlanEntry>& plan, int64_t total, std::vector<Point2>* d_x,
                    std::vector<Point2>* d_y);

}  // namespace demd

#endif  // DEMD_EMD_CERTIFICATE_H_
