#ifndef DEMD_EMD_ENTROPIC_PLAN_H_
#define DEMD_EMD_ENTROPIC_PLAN_H_

#include <cstdint>
#include <vector>

#include "emd/kernels/sinkhorn_kernels.h"

namespace demd {

/// One side of an entropic problem: all cells, and those that have mass. A mass below 1e-100 of the
/// total counts as none.
struct EntropicSide {
  std::vector<int32_t> cells;        ///< that have mass
  std::vector<double> mass;          ///< of those cells, normalised; padded with zeros
  std::vector<double> inverse_mass;  ///< 1 / mass; padded with zeros
  std::vector<double> log_mass;      ///< [number of those cells], padded
  double sum = 0;                    ///< of the masses given

  int32_t size() const { return static_cast<int32_t>(cells.size()); }
  /// Errors: std::invalid_argument on masses that are negative, not finite or all zero.
  void Load(const double* masses, int32_t n, const SinkhornKernels& kernels);
};

/// When to stop.
struct EntropicLimits {
  double epsilon;
  double tolerance;  ///< of the marginals, in L1
  int32_t max_iterations;
};

/// The iterations of an entropic problem on its cells with mass: the plan itself is scaled, hence
/// nothing overflows however small epsilon is. Epsilon is halved down to its value, from one at
/// which the first plan is harmless; each halving squares the plan. At every epsilon an iteration
/// is one of
///
///   Sinkhorn's: columns, then rows are scaled to their masses
///   Newton's:   on the dual as a function of the column potentials, with line search
///
/// Newton's are what makes it fast: their number does not grow as epsilon falls.
/// Sources: M. Cuturi, NIPS 2013; C. Brauer et al., Sinkhorn-Newton method, arXiv:1710.06635.
class EntropicPlan {
 public:
  explicit EntropicPlan(const SinkhornKernels& kernels) : kernels_(&kernels) {}

  /// rows, columns: the sides, kept by reference; cost: [rows.size()][padded columns.size()], kept.
  /// Costs lie within [-largest, largest].
  void Begin(const EntropicSide& rows, const EntropicSide& columns, const double* cost,
             double largest, double epsilon);

  /// Makes the plan of given potentials, at the last epsilon. f: [rows], g: [columns].
  void BeginAt(const std::vector<double>& f, const std::vector<double>& g, double epsilon);

  /// Iterates until the marginals fit or `iterations` reaches its limit.
  void Solve(const EntropicLimits& limits, int32_t* iterations);

  /// The same for rows = columns and a symmetric cost: one potential, of which each iteration
  /// takes half the step of Sinkhorn's.
  void SolveSymmetric(const EntropicLimits& limits, int32_t* iterations);

  /// Potentials of the cells with mass: [rows], [columns], padded.
  const std::vector<double>& f() const { return f_; }
  const std::vector<double>& g() const { return g_; }

 private:
  void SinkhornStep();
  void ScaleRows();
  void NewtonStep();
  bool SearchLine();
  void SymmetricStep();
  void HalveEpsilon();
  double ColumnError() const;
  void Accept(const std::vector<double>& column_factor);

  const SinkhornKernels* kernels_;
  const EntropicSide* rows_ = nullptr;
  const EntropicSide* columns_ = nullptr;
  SinkhornPlan plan_ = {};
  double epsilon_ = 0;              // of the present stage
  std::vector<double> value_;       // [rows][stride]
  std::vector<double> candidate_;   // the same
  std::vector<double> matrix_;      // [columns][stride]
  std::vector<double> f_;           // [rows], padded
  std::vector<double> g_;           // [stride]
  std::vector<double> column_sum_;  // [stride], of value_
  std::vector<double> next_sum_;    // [stride]
  std::vector<double> direction_;   // [stride], in units of epsilon
  std::vector<double> step_;        // [stride]
  std::vector<double> factor_;      // [rows], padded
  std::vector<double> logs_;        // [rows], padded
};

/// n rounded up to a multiple of kSinkhornPadding.
inline int32_t PadForSinkhorn(int32_t n) {
  return (n + kSinkhornPadding - 1) / kSinkhornPadding * kSinkhornPadding;
}

}  // namespace demd

#endif  // DEMD_EMD_ENTROPIC_PLAN_H_
