#ifndef DEMD_EMD_LARGE_TRANSPORT_SOLVER_H_
#define DEMD_EMD_LARGE_TRANSPORT_SOLVER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "emd/large_transport/costs.h"
#include "emd/transport.h"

namespace demd {

/// What a solve took.
struct LargeTransportEffort {
  int64_t pivots = 0;
  int32_t levels = 0;     ///< problems solved, from coarse to fine
  int32_t searches = 0;   ///< passes over all arcs of the problem itself, the last a proof
  size_t peak_bytes = 0;  ///< most memory held at a time, without the costs given
};

/// Exact optimal transport between histograms or point sets of any size, at its best above 64 cells
/// a side (below, TransportSolver is faster): the network simplex method on integer masses, in
/// exact arithmetic, without a cost matrix.
///
/// Points in the plane are merged two by two along a k-d tree; each level's optimal basis starts
/// the next finer one. At each level the method works on the 16 to 32 best arcs of each source;
/// at the finest a search over all arcs, by blocks whose boxes bound their costs, adds those that
/// violate optimality until there are none. Costs that are not of points have one level, and their
/// searches look at all n * m costs.
///
/// Costs lie on a grid of 2^-k of the largest, k = min(50, 62 - ceil(log2(n + m))), on which plan
/// and duals prove each other exactly. The cost returned is summed with the true costs, hence
/// exceeds the optimum by at most total * largest * 2^-k. Results are the same bits on every
/// machine. Use one solver per thread.
class LargeTransportSolver {
 public:
  explicit LargeTransportSolver(TransportCosts costs);
  ~LargeTransportSolver();
  LargeTransportSolver(LargeTransportSolver&&) noexcept;
  LargeTransportSolver& operator=(LargeTransportSolver&&) noexcept;

  const TransportCosts& costs() const { return costs_; }

  /// a: [n], b: [m], integer masses of equal total, at most kMaxTransportTotal.
  TransportResult Solve(const int64_t* a, const int64_t* b);

  /// Compares a/sum(a) with b/sum(b): distance() of the result is their earth mover's distance.
  /// Totals are made equal by cross-multiplying; where a total or the product exceeds
  /// kMaxTransportTotal the masses are taken as real ones (those above 2^53 rounded to a double)
  /// and the result says `rounded`.
  TransportResult SolveShapes(const int64_t* a, const int64_t* b);

  /// The same for real masses: each side is scaled to kScaledTotal by largest remainder. A mass
  /// is then off by at most 2 units, which moves the distance by at most
  /// (n + m) * 2^-49 * largest cost.
  TransportResult SolveShapes(const double* a, const double* b);

  /// The plan of the last successful solve, by source, then sink; masses in units of 1/total:
  /// marginals are exactly the integer masses solved. At most n + m - 1 moves, plus mass that
  /// stays in place under a metric.
  std::vector<PlanEntry> Plan() const;

  /// Dual potentials of the last successful solve: f[i] + g[j] <= c_ij for all pairs of cells, with
  /// equality where the plan moves mass, and sum f a + sum g b = cost. Cells without mass to send
  /// or receive have the largest f, then the largest g, that this allows; under a metric g is -f in
  /// their places. f: [n], g: [m]
  const std::vector<double>& source_duals() const { return source_duals_; }
  const std::vector<double>& sink_duals() const { return sink_duals_; }

  /// Derivatives of distance() of the last successful SolveShapes with respect to the masses before
  /// normalisation:
  ///   d distance / d a_i = (f_i - sum_k f_k a_k / sum_a) / sum_a, the like for b with g.
  /// Where the optimal duals are not unique this is a subgradient. sum_a, sum_b: the totals of the
  /// masses given. d_a: [n] and d_b: [m], or null. The derivatives with respect to the positions of
  /// points follow from the plan: PointGradients in emd/certificate.h.
  void ShapeGradients(double sum_a, double sum_b, double* d_a, double* d_b) const;

  /// Of the last solve whose masses were not refused.
  const LargeTransportEffort& effort() const { return effort_; }

 private:
  struct Core;

  TransportResult SolveBalanced(int64_t total, bool rounded);
  void CollectCells();
  bool SolveCore();
  bool SolvePlane();
  bool SolveGeneral();
  void FillDuals();
  double PlanCost() const;
  double DualValue() const;

  TransportCosts costs_;
  double scale_;  // of the grid
  std::vector<int64_t> a_;
  std::vector<int64_t> b_;
  std::vector<PlanEntry> stays_;
  std::vector<double> source_duals_;
  std::vector<double> sink_duals_;
  LargeTransportEffort effort_;
  std::unique_ptr<Core> core_;
};

}  // namespace demd

#endif  // DEMD_EMD_LARGE_TRANSPORT_SOLVER_H_
