#ifndef DEMD_EMD_PARTIAL_H_
#define DEMD_EMD_PARTIAL_H_

#include <cstdint>
#include <vector>

#include "emd/metric.h"
#include "emd/transport.h"

namespace demd {

/// Transport between sides of different totals, by adding one cell on each side that takes or gives
/// what stays behind at no cost.
class PartialTransport {
 public:
  /// Errors: std::invalid_argument when a side has more than 63 cells or none.
  explicit PartialTransport(const GroundCost& cost);

  /// The cheapest way to move exactly `amount` <= min(sum a, sum b) of mass. cost is that of the
  /// mass moved; total is sum a + sum b - amount, what the extended problem moves.
  /// a: [n], b: [m]. A negative or too large amount gives kUnequalTotals.
  TransportResult Move(const int64_t* a, const int64_t* b, int64_t amount);

  /// The plan of the last solve: the mass moved, without what stays behind.
  std::vector<PlanEntry> Plan() const;

  /// What the amount does when a mass changes.
  enum class Amount { kFixed, kIsSumOfA, kIsSumOfB };

  /// Derivatives of the last cost with respect to a[i] and b[j] (subgradients where the duals are
  /// not unique). d_a: [n], d_b: [m].
  void Gradients(Amount amount, double* d_a, double* d_b) const;

 private:
  int32_t n_;
  int32_t m_;
  TransportSolver solver_;
};

/// Energy mover's distance with its term for extra mass:
///
///   min over plans f of sum f_ij c_ij / R + |sum a - sum b|,  moving min(sum a, sum b)
///
/// A metric when R is at least half the largest ground distance. The unit is that of the masses,
/// which are not normalised; one side may have none.
/// Source: P. T. Komiske, E. M. Metodiev, J. Thaler, Phys. Rev. Lett. 123 (2019) 041801, eq. 1.
class EnergyMovers {
 public:
  /// Errors: std::invalid_argument when R is not positive, or a side has more than 63 cells or
  /// none.
  EnergyMovers(const GroundCost& cost, double radius);

  /// a: [n], b: [m]. d_a: [n], d_b: [m], derivatives with respect to the masses (for equal totals,
  /// those towards a larger a; subgradients where the duals are not unique), or both null.
  /// Errors: std::invalid_argument on masses that TransportSolver would refuse.
  double Distance(const int64_t* a, const int64_t* b, double* d_a = nullptr, double* d_b = nullptr);

  /// The same for real masses: what moves is rounded to units of 2^-50 of the larger total.
  double Distance(const double* a, const double* b, double* d_a = nullptr, double* d_b = nullptr);

 private:
  double MoveAll(const int64_t* a, const int64_t* b);
  void Gradients(bool a_is_larger, double* d_a, double* d_b) const;

  int32_t n_;
  int32_t m_;
  double radius_;
  PartialTransport transport_;
};

}  // namespace demd

#endif  // DEMD_EMD_PARTIAL_H_
