#ifndef DEMD_EMD_CERTIFICATE_H_
#define DEMD_EMD_CERTIFICATE_H_

#include <cstdint>
#include <vector>

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
  bool Proves(const GroundCost& cost, int64_t total, double tolerance) const;
};

/// Checks in O(n m + plan), without trusting the solver. a: [n], b: [m] integer masses of equal
/// total (for SolveShapes those times total / sum); f: [n], g: [m].
Certificate Certify(const GroundCost& cost, const int64_t* a, const int64_t* b,
                    const std::vector<PlanEntry>& plan, const double* f, const double* g);

}  // namespace demd

#endif  // DEMD_EMD_CERTIFICATE_H_
