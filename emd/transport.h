#ifndef DEMD_EMD_TRANSPORT_H_
#define DEMD_EMD_TRANSPORT_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "emd/metric.h"

namespace demd {

struct KernelTables;
struct KernelWorkspace;
struct TransportKernel;

/// How a solve ended. Anything but kOptimal gives no result. After masses that are refused a solver
/// still has the plan and duals of its last success; after kPivotLimit it has none.
enum class TransportStatus {
  kOptimal,        ///< solved; cost, plan and duals belong together
  kNegativeMass,   ///< a mass is negative
  kNotFinite,      ///< a mass is NaN or infinite
  kNoMass,         ///< one side, or both, have no mass to compare
  kUnequalTotals,  ///< Solve was given sides of different total mass
  kTotalTooLarge,  ///< Solve was given a total mass above kMaxTransportTotal
  kPivotLimit,     ///< bug guard; exact arithmetic rules it out
};

/// One sentence for a person, without a full stop.
const char* Explain(TransportStatus status);

/// Largest total mass on each side of Solve.
constexpr int64_t kMaxTransportTotal = int64_t{1} << 54;

/// Total to which real masses are scaled.
constexpr int64_t kScaledTotal = int64_t{1} << 50;

/// The outcome of a solve in numbers.
struct TransportResult {
  TransportStatus status = TransportStatus::kNoMass;
  double cost = 0;       ///< sum over the plan of mass * ground cost
  double gap = 0;        ///< cost minus the value of the duals: rounding, about 1e-16 of cost
  int64_t total = 0;     ///< integer mass on either side, as solved
  bool rounded = false;  ///< masses had to be rounded to integers (see SolveShapes)
  int32_t pivots = 0;

  bool ok() const { return status == TransportStatus::kOptimal; }
  /// Cost per unit of mass: the earth mover's distance of the normalised masses.
  double distance() const { return cost / static_cast<double>(total); }
};

/// One arc of a transport plan that carries mass.
struct PlanEntry {
  int32_t source;
  int32_t sink;
  int64_t mass;
};

/// Exact optimal transport between histograms of at most 64 cells a side: the network simplex
/// method on integer masses, in exact arithmetic from start to end (transport_tables.h says on
/// which grid the costs lie: 2^-50 of the largest, so the cost returned, which is summed with the
/// true costs, exceeds the optimum by at most total * largest * 2^-49).
///
/// A solver owns its workspace (about 30 kB) and allocates only when it is made and in Plan(); use
/// one per thread. Results are the same bits on every machine.
class TransportSolver {
 public:
  /// Errors: std::invalid_argument when a side has more than 64 cells or none.
  explicit TransportSolver(const GroundCost& cost);
  ~TransportSolver();
  TransportSolver(TransportSolver&&) noexcept;
  TransportSolver& operator=(TransportSolver&&) noexcept;

  const GroundCost& ground_cost() const { return cost_; }

  /// Replaces the kernel that suits this machine best; for tests and timings.
  void UseKernel(const TransportKernel& kernel);

  /// a: [n], b: [m], integer masses of equal total, at most kMaxTransportTotal.
  TransportResult Solve(const int64_t* a, const int64_t* b);

  /// Compares a/sum(a) with b/sum(b): distance() of the result is their earth mover's distance.
  /// Totals are made equal by cross-multiplying; where a total or the product exceeds
  /// kMaxTransportTotal the masses are taken as real ones (those above 2^53 rounded to a double)
  /// and the result says `rounded`.
  TransportResult SolveShapes(const int64_t* a, const int64_t* b);

  /// The same for real masses: each side is scaled to kScaledTotal by largest remainder. A mass
  /// is then off by at most 1.25 units, which moves the distance by at most
  /// (n + m) * 2^-50 * largest cost.
  TransportResult SolveShapes(const double* a, const double* b);

  /// The plan of the last successful solve, in units of 1/total: marginals are exactly the integer
  /// masses solved. At most n + m - 1 moves, plus mass that stays in place under a metric.
  std::vector<PlanEntry> Plan() const;

  /// Dual potentials of the last successful solve: f[i] + g[j] <= c_ij for all pairs of cells, with
  /// equality where the plan moves mass, and sum f a + sum g b = cost. Under a metric g = -f.
  /// Cells without mass have the largest f, then the largest g, that this allows.
  /// f: [n], g: [m], in place: the next successful solve overwrites them.
  const double* source_duals() const;
  const double* sink_duals() const;

  /// Derivatives of distance() of the last successful SolveShapes with respect to the masses before
  /// normalisation:
  ///   d distance / d a_i = (f_i - sum_k f_k a_k / sum_a) / sum_a, the like for b with g.
  /// Where the optimal duals are not unique (degenerate problems, cells without mass) this is a
  /// subgradient. sum_a, sum_b: the totals of the masses given. d_a: [n] and d_b: [m], or null.
  void ShapeGradients(double sum_a, double sum_b, double* d_a, double* d_b) const;

 private:
  struct Workspace;

  TransportResult SolveBalanced(int64_t total, bool rounded);
  void CollectNodes();
  void ExtendDuals();
  double PlanCost() const;
  double DualValue() const;

  GroundCost cost_;
  std::unique_ptr<Workspace> workspace_;
  bool (*solve_)(const KernelTables& tables, KernelWorkspace* workspace);
};

}  // namespace demd

#endif  // DEMD_EMD_TRANSPORT_H_
