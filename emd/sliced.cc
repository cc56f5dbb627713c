#include "emd/sliced.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "emd/real_masses.h"
#include "engine/portable_math.h"

namespace demd {
namespace {

constexpr double kPi = 3.14159265358979323846;

}  // namespace

SlicedEmd::SlicedEmd(const std::vector<Point2>& points, int32_t n_directions)
    : n_(static_cast<int32_t>(points.size())), n_directions_(n_directions) {
  if (points.empty() || n_directions < 1) {
    throw std::invalid_argument("sliced EMD: expected at least one point and one direction");
  }
  for (const Point2& point : points) {
    if (!std::isfinite(point.x) || !std::isfinite(point.y)) {
      throw std::invalid_argument("sliced EMD: expected finite coordinates");
    }
  }
  const size_t n = points.size();
  std::vector<double> position(n);
  std::vector<int32_t> order(n);
  for (int32_t k = 0; k < n_directions; ++k) {
    const double angle = kPi * (k + 0.5) / n_directions;
    const double x = Cos(angle);
    const double y = Sin(angle);
    for (size_t i = 0; i < n; ++i) position[i] = x * points[i].x + y * points[i].y;
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int32_t i, int32_t j) {
      return position[static_cast<size_t>(i)] < position[static_cast<size_t>(j)];
    });
    const double first = position[static_cast<size_t>(order.front())];
    const double last = position[static_cast<size_t>(order.back())];
    if (!std::isfinite(last - first)) {
      throw std::invalid_argument("sliced EMD: expected points closer to each other");
    }
    for (size_t i = 0; i < n; ++i) {
      const double here = position[static_cast<size_t>(order[i])];
      lengths_.push_back(i + 1 < n ? position[static_cast<size_t>(order[i + 1])] - here : 0);
    }
    order_.insert(order_.end(), order.begin(), order.end());
  }
}

double SlicedEmd::Distance(const double* a, const double* b, double* d_a, double* d_b) const {
  const size_t n = static_cast<size_t>(n_);
  const double sum_a = CheckedSum("sliced EMD", a, n_);
  const double sum_b = CheckedSum("sliced EMD", b, n_);
  std::vector<double> difference(n);
  std::vector<double> potential(n, 0.0);
  std::vector<double> slope(n);
  for (size_t i = 0; i < n; ++i) difference[i] = a[i] / sum_a - b[i] / sum_b;
  double total = 0;
  for (size_t k = 0; k < static_cast<size_t>(n_directions_); ++k) {
    const int32_t* order = order_.data() + k * n;
    const double* length = lengths_.data() + k * n;
    double excess = 0;
    for (size_t i = 0; i < n; ++i) {
      excess += difference[static_cast<size_t>(order[i])];
      total += std::fabs(excess) * length[i];
      slope[i] = excess > 0 ? length[i] : excess < 0 ? -length[i] : 0;
    }
    double sum = 0;
    for (size_t i = n; i-- > 0;) {
      sum += slope[i];
      potential[static_cast<size_t>(order[i])] += sum;
    }
  }
  for (double& p : potential) p /= n_directions_;
  ThroughNormalisation(n_, potential.data(), a, sum_a, 1, d_a);
  ThroughNormalisation(n_, potential.data(), b, sum_b, -1, d_b);
  return total / n_directions_;
}

}  // namespace demd
