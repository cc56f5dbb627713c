#include "emd/partial.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

#include "emd/kernels/transport_kernel.h"

namespace demd {
namespace {

// [n + 1][m + 1]: the extra cells take and give at no cost, but not to each other.
GroundCost Extended(const GroundCost& cost) {
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

double EnergyMoversDistance(const GroundCost& cost, double radius, const int64_t* a,
                            const int64_t* b, double* d_a, double* d_b) {
  if (!(radius > 0)) throw std::invalid_argument("energy mover's distance: expected R > 0");
  PartialTransport transport(cost);
  const int64_t sum_a = std::accumulate(a, a + cost.n(), int64_t{0});
  const int64_t sum_b = std::accumulate(b, b + cost.m(), int64_t{0});
  const TransportResult result = transport.Move(a, b, std::min(sum_a, sum_b));
  if (!result.ok()) {
    throw std::invalid_argument(std::string("energy mover's distance: ") + Explain(result.status));
  }
  if (d_a != nullptr && d_b != nullptr) {
    const double sign = sum_a >= sum_b ? 1 : -1;
    using Amount = PartialTransport::Amount;
    transport.Gradients(sign > 0 ? Amount::kIsSumOfB : Amount::kIsSumOfA, d_a, d_b);
    for (int32_t i = 0; i < cost.n(); ++i) d_a[i] = d_a[i] / radius + sign;
    for (int32_t j = 0; j < cost.m(); ++j) d_b[j] = d_b[j] / radius - sign;
  }
  return result.cost / radius + static_cast<double>(std::abs(sum_a - sum_b));
}

}  // namespace demd
