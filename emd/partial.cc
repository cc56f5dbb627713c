#include "emd/partial.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <string>

#include "emd/kernels/transport_kernel.h"
#include "emd/mass_scaling.h"

namespace demd {
namespace {

// [n + 1][m + 1]: the extra cells take and give at no cost, but not to each other.
GroundCost Extended(const GroundCost& cost) {
  constexpr int32_t kMost = kMaxTransportCells - 1;
  if (cost.n() < 1 || cost.n() > kMost || cost.m() < 1 || cost.m() > kMost) {
    throw std::invalid_argument("partial transport: expected 1 to 63 cells on either side, found " +
                                std::to_string(cost.n()) + " and " + std::to_string(cost.m()));
  }
  std::vector<double> costs;
  for (int32_t i = 0; i < cost.n(); ++i) {
    for (int32_t j = 0; j < cost.m(); ++j) costs.push_back(cost(i, j));
    costs.push_back(0);
  }
  for (int32_t j = 0; j < cost.m(); ++j) costs.push_back(0);
  // Sending one unit less through real cells saves this and at most twice the largest cost.
  costs.push_back(cost.largest() > 0 ? 3 * cost.largest() : 1);
  return GroundCost::General(cost.n() + 1, cost.m() + 1, std::move(costs));
}

int64_t CheckedSum(const int64_t* masses, int32_t n) {
  int64_t sum = 0;
  for (int32_t i = 0; i < n; ++i) {
    if (masses[i] < 0 || masses[i] > kMaxTransportTotal) return -1;
    sum += masses[i];
  }
  return sum <= kMaxTransportTotal ? sum : -1;
}

[[noreturn]] void Refuse(TransportStatus status) {
  throw std::invalid_argument(std::string("energy mover's distance: ") + Explain(status));
}

double CheckedSum(const double* masses, int32_t n) {
  double sum = 0;
  for (int32_t i = 0; i < n; ++i) {
    if (!std::isfinite(masses[i])) Refuse(TransportStatus::kNotFinite);
    if (masses[i] < 0) Refuse(TransportStatus::kNegativeMass);
    sum += masses[i];
  }
  if (!std::isfinite(sum)) Refuse(TransportStatus::kTotalTooLarge);
  return sum;
}

// Integers in proportion to the masses that add up to round(total). Too little mass for one unit
// leaves none.
void ScaleToWhole(const double* masses, int32_t n, double total, int64_t* whole) {
  const int64_t units = static_cast<int64_t>(std::nearbyint(total));
  if (units == 0) return;
  const TransportStatus status = ScaleMasses(masses, n, units, whole);
  if (status != TransportStatus::kOptimal) Refuse(status);
}

}  // namespace

PartialTransport::PartialTransport(const GroundCost& cost)
    : n_(cost.n()), m_(cost.m()), solver_(Extended(cost)) {}

TransportResult PartialTransport::Move(const int64_t* a, const int64_t* b, int64_t amount) {
  TransportResult refused;
  const int64_t sum_a = CheckedSum(a, n_);
  const int64_t sum_b = CheckedSum(b, m_);
  if (sum_a < 0 || sum_b < 0) {
    // The solver says which of the two it is.
    const bool negative = std::any_of(a, a + n_, [](int64_t x) { return x < 0; }) ||
                          std::any_of(b, b + m_, [](int64_t x) { return x < 0; });
    refused.status = negative ? TransportStatus::kNegativeMass : TransportStatus::kTotalTooLarge;
    return refused;
  }
  if (amount < 0 || amount > std::min(sum_a, sum_b)) {
    refused.status = TransportStatus::kUnequalTotals;
    return refused;
  }
  int64_t extended_a[kMaxTransportCells];
  int64_t extended_b[kMaxTransportCells];
  *std::copy(a, a + n_, extended_a) = sum_b - amount;
  *std::copy(b, b + m_, extended_b) = sum_a - amount;
  return solver_.Solve(extended_a, extended_b);
}

std::vector<PlanEntry> PartialTransport::Plan() const {
  std::vector<PlanEntry> plan = solver_.Plan();
  plan.erase(std::remove_if(plan.begin(), plan.end(),
                            [&](const PlanEntry& e) { return e.source == n_ || e.sink == m_; }),
             plan.end());
  return plan;
}

// One unit more of a[i] makes the extra sink one larger, unless the amount grows instead, which
// makes the extra source one smaller; the like for b.
void PartialTransport::Gradients(Amount amount, double* d_a, double* d_b) const {
  const double* f = solver_.source_duals();
  const double* g = solver_.sink_duals();
  const double a_shift = amount == Amount::kIsSumOfA ? -f[n_] : g[m_];
  const double b_shift = amount == Amount::kIsSumOfB ? -g[m_] : f[n_];
  for (int32_t i = 0; i < n_; ++i) d_a[i] = f[i] + a_shift;
  for (int32_t j = 0; j < m_; ++j) d_b[j] = g[j] + b_shift;
}

EnergyMovers::EnergyMovers(const GroundCost& cost, double radius)
    : n_(cost.n()), m_(cost.m()), radius_(radius), transport_(cost) {
  if (!(radius > 0)) throw std::invalid_argument("energy mover's distance: expected R > 0");
}

// Moves what the smaller side has.
double EnergyMovers::MoveAll(const int64_t* a, const int64_t* b) {
  const int64_t sum_a = CheckedSum(a, n_);
  const int64_t sum_b = CheckedSum(b, m_);
  const TransportResult result =
      transport_.Move(a, b, std::max<int64_t>(0, std::min(sum_a, sum_b)));
  if (!result.ok()) Refuse(result.status);
  return result.cost;
}

void EnergyMovers::Gradients(bool a_is_larger, double* d_a, double* d_b) const {
  if (d_a == nullptr || d_b == nullptr) return;
  const double sign = a_is_larger ? 1 : -1;
  using Amount = PartialTransport::Amount;
  transport_.Gradients(a_is_larger ? Amount::kIsSumOfB : Amount::kIsSumOfA, d_a, d_b);
  for (int32_t i = 0; i < n_; ++i) d_a[i] = d_a[i] / radius_ + sign;
  for (int32_t j = 0; j < m_; ++j) d_b[j] = d_b[j] / radius_ - sign;
}

double EnergyMovers::Distance(const int64_t* a, const int64_t* b, double* d_a, double* d_b) {
  const double cost = MoveAll(a, b);
  const int64_t extra =
      std::accumulate(a, a + n_, int64_t{0}) - std::accumulate(b, b + m_, int64_t{0});
  Gradients(extra >= 0, d_a, d_b);
  return cost / radius_ + static_cast<double>(std::abs(extra));
}

double EnergyMovers::Distance(const double* a, const double* b, double* d_a, double* d_b) {
  const double sum_a = CheckedSum(a, n_);
  const double sum_b = CheckedSum(b, m_);
  const double unit = std::max(sum_a, sum_b) / static_cast<double>(kScaledTotal);
  if (!(unit > 0)) Refuse(TransportStatus::kNoMass);
  int64_t whole_a[kMaxTransportCells] = {};
  int64_t whole_b[kMaxTransportCells] = {};
  ScaleToWhole(a, n_, sum_a / unit, whole_a);
  ScaleToWhole(b, m_, sum_b / unit, whole_b);
  const double cost = MoveAll(whole_a, whole_b) * unit;
  Gradients(sum_a >= sum_b, d_a, d_b);
  return cost / radius_ + std::fabs(sum_a - sum_b);
}

}  // namespace demd
