#include "emd/large_transport/masses.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace demd {
namespace large {
namespace {

// Keeps sums of 2^24 masses finite. Masses below 2^-1046 vanish.
constexpr double kHeadroom = 1.0 / (1 << 24);

void TakeCommon(int32_t source, int32_t sink, std::vector<int64_t>* a, std::vector<int64_t>* b,
                std::vector<PlanEntry>* stays) {
  int64_t& from = (*a)[static_cast<size_t>(source)];
  int64_t& to = (*b)[static_cast<size_t>(sink)];
  const int64_t common = std::min(from, to);
  if (common == 0) return;
  from -= common;
  to -= common;
  stays->push_back({source, sink, common});
}

// Cells with mass by place.
std::vector<int32_t> SortedByPlace(const std::vector<Point2>& points,
                                   const std::vector<int64_t>& masses) {
  std::vector<int32_t> cells;
  for (size_t k = 0; k < points.size(); ++k) {
    if (masses[k] > 0) cells.push_back(static_cast<int32_t>(k));
  }
  std::sort(cells.begin(), cells.end(), [&](int32_t k, int32_t l) {
    const Point2& p = points[static_cast<size_t>(k)];
    const Point2& q = points[static_cast<size_t>(l)];
    return p.x != q.x ? p.x < q.x : p.y != q.y ? p.y < q.y : k < l;
  });
  return cells;
}

void CancelInPlane(const TransportCosts& costs, std::vector<int64_t>* a, std::vector<int64_t>* b,
                   std::vector<PlanEntry>* stays) {
  const std::vector<int32_t> sources = SortedByPlace(costs.source_points(), *a);
  const std::vector<int32_t> sinks = SortedByPlace(costs.sink_points(), *b);
  size_t i = 0;
  size_t j = 0;
  while (i < sources.size() && j < sinks.size()) {
    const Point2& p = costs.source_points()[static_cast<size_t>(sources[i])];
    const Point2& q = costs.sink_points()[static_cast<size_t>(sinks[j])];
    if (p.x == q.x && p.y == q.y) {
      TakeCommon(sources[i], sinks[j], a, b, stays);
      const bool used_up = (*a)[static_cast<size_t>(sources[i])] == 0;
      ++(used_up ? i : j);
    } else {
      ++(p.x < q.x || (p.x == q.x && p.y < q.y) ? i : j);
    }
  }
}

TransportStatus SumOf(const int64_t* masses, int32_t n, int64_t* total) {
  int64_t sum = 0;
  bool too_large = false;
  for (int32_t i = 0; i < n; ++i) {
    if (masses[i] < 0) return TransportStatus::kNegativeMass;
    too_large = too_large || masses[i] > kMaxTransportTotal - sum;
    if (!too_large) sum += masses[i];
  }
  if (too_large) return TransportStatus::kTotalTooLarge;
  *total = sum;
  return sum == 0 ? TransportStatus::kNoMass : TransportStatus::kOptimal;
}

}  // namespace

TransportStatus SumMasses(const int64_t* a, int32_t n, const int64_t* b, int32_t m,
                          int64_t* total_a, int64_t* total_b) {
  const TransportStatus status = SumOf(a, n, total_a);
  return status == TransportStatus::kOptimal ? SumOf(b, m, total_b) : status;
}

TransportStatus ScaleTo(int64_t total, const double* masses, int32_t n,
                        std::vector<int64_t>* scaled) {
  double sum = 0;
  double lost = 0;  // rounding of the sum (Neumaier)
  for (int32_t i = 0; i < n; ++i) {
    if (!std::isfinite(masses[i])) return TransportStatus::kNotFinite;
    if (masses[i] < 0) return TransportStatus::kNegativeMass;
    const double mass = masses[i] * kHeadroom;
    const double next = sum + mass;
    lost += sum >= mass ? (sum - next) + mass : (mass - next) + sum;
    sum = next;
  }
  sum += lost;
  if (sum == 0) return TransportStatus::kNoMass;
  scaled->assign(static_cast<size_t>(n), 0);
  std::vector<double> remainder(static_cast<size_t>(n), 0);
  std::vector<int32_t> order;  // cells with mass
  int64_t missing = total;
  for (int32_t i = 0; i < n; ++i) {
    const size_t k = static_cast<size_t>(i);
    const double share = masses[i] * kHeadroom / sum * static_cast<double>(total);
    (*scaled)[k] = static_cast<int64_t>(share);
    remainder[k] = share - static_cast<double>((*scaled)[k]);
    missing -= (*scaled)[k];
    if (masses[i] > 0) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](int32_t i, int32_t j) {
    const double p = remainder[static_cast<size_t>(i)];
    const double q = remainder[static_cast<size_t>(j)];
    return p != q ? p > q : i < j;
  });
  // One unit each to those that deserve it most; rounding can leave a few more to give, or some
  // to take from the largest.
  for (size_t k = 0; missing > 0; k = k + 1 == order.size() ? 0 : k + 1, --missing) {
    ++(*scaled)[static_cast<size_t>(order[k])];
  }
  if (missing < 0) *std::max_element(scaled->begin(), scaled->end()) += missing;
  return TransportStatus::kOptimal;
}

std::vector<PlanEntry> CancelCommon(const TransportCosts& costs, std::vector<int64_t>* a,
                                    std::vector<int64_t>* b) {
  std::vector<PlanEntry> stays;
  if (costs.is_metric_on_cells()) {
    for (int32_t i = 0; i < costs.n(); ++i) TakeCommon(i, i, a, b, &stays);
  } else if (costs.is_metric_in_plane()) {
    CancelInPlane(costs, a, b, &stays);
  }
  return stays;
}

}  // namespace large
}  // namespace demd
