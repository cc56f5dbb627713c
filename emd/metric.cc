#include "emd/metric.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "emd/transport_tables.h"

namespace demd {
namespace {

// Rounding of the entries may violate the triangle inequality by a few units in the last place.
constexpr double kTriangleTolerance = 1e-12;

// Far enough from the ends of the double range for products with masses and powers of two.
constexpr double kSmallestScale = 1e-280;
constexpr double kLargestScale = 1e280;

std::vector<double> Distances(const std::vector<Point2>& from, const std::vector<Point2>& to) {
  std::vector<double> costs;
  costs.reserve(from.size() * to.size());
  for (const Point2& a : from) {
    for (const Point2& b : to) {
      const double dx = a.x - b.x;
      const double dy = a.y - b.y;
      costs.push_back(std::sqrt(dx * dx + dy * dy));
    }
  }
  return costs;
}

int32_t Count(size_t n) {
  if (n > 0x7fffffff) throw std::invalid_argument("ground cost: more than 2^31 - 1 points");
  return static_cast<int32_t>(n);
}

void CheckMetric(int32_t n, const std::vector<double>& costs) {
  const auto at = [&](int32_t i, int32_t j) {
    return costs[static_cast<size_t>(i) * static_cast<size_t>(n) + static_cast<size_t>(j)];
  };
  const auto complain = [](const std::string& what, int32_t i, int32_t j) {
    throw std::invalid_argument("metric: expected " + what + ", violated at cells " +
                                std::to_string(i) + " and " + std::to_string(j));
  };
  double largest = 0;
  for (int32_t i = 0; i < n; ++i) {
    for (int32_t j = 0; j < n; ++j) {
      if (!(at(i, j) >= 0)) complain("non-negative entries", i, j);
      if (at(i, j) != at(j, i)) complain("a symmetric matrix", i, j);
      largest = std::max(largest, at(i, j));
    }
    if (at(i, i) != 0) complain("a zero diagonal", i, i);
  }
  for (int32_t k = 0; k < n; ++k) {
    for (int32_t i = 0; i < n; ++i) {
      for (int32_t j = 0; j < i; ++j) {
        if (at(i, j) > at(i, k) + at(k, j) + kTriangleTolerance * largest) {
          complain("the triangle inequality by way of cell " + std::to_string(k), i, j);
        }
      }
    }
  }
}

// x^n for whole n >= 0.
double WholePower(double x, double n) {
  constexpr double kFewFactors = 8;
  double product = 1;
  if (n <= kFewFactors) {
    for (double k = 0; k < n; ++k) product *= x;
    return product;
  }
  for (double square = x; n >= 1; n = std::floor(n / 2), square *= square) {
    if (std::fmod(n, 2) == 1) product *= square;
  }
  return product;
}

// x^f for 0 <= f < 1: the product of x^(1/2), x^(1/4), ... for the binary digits of f. Roots of
// more than 64 halvings are 1 but for their rounding.
double FractionalPower(double x, double f) {
  constexpr int kMostRoots = 64;
  double product = 1;
  double root = x;
  for (int k = 0; k < kMostRoots && f > 0; ++k) {
    root = std::sqrt(root);
    f *= 2;
    if (f < 1) continue;
    product *= root;
    f -= 1;
  }
  return product;
}

}  // namespace

double RaiseTo(double x, double p) {
  const double whole = std::floor(p);
  return WholePower(x, whole) * FractionalPower(x, p - whole);
}

GroundCost::GroundCost(int32_t n, int32_t m, bool is_metric, std::vector<double> costs)
    : n_(n), m_(m), is_metric_(is_metric), largest_(0) {
  if (n < 0 || m < 0 || costs.size() != static_cast<size_t>(n) * static_cast<size_t>(m)) {
    throw std::invalid_argument("ground cost: expected " + std::to_string(n) + " x " +
                                std::to_string(m) + " entries, found " +
                                std::to_string(costs.size()));
  }
  for (double c : costs) {
    if (!std::isfinite(c)) throw std::invalid_argument("ground cost: an entry is not finite");
    largest_ = std::max(largest_, std::fabs(c));
  }
  if (largest_ != 0 && (largest_ < kSmallestScale || largest_ > kLargestScale)) {
    throw std::invalid_argument("ground cost: expected a largest entry between 1e-280 and 1e280");
  }
  costs_ = std::make_shared<const std::vector<double>>(std::move(costs));
  if (n <= kMaxTransportCells && m <= kMaxTransportCells) {
    tables_ = std::make_shared<const TransportTables>(
        MakeTransportTables(n, m, is_metric, costs_->data(), largest_));
  }
}

GroundCost GroundCost::Hexagon() { return Between(HexagonCentres()); }

GroundCost GroundCost::Between(const std::vector<Point2>& points) {
  const int32_t n = Count(points.size());
  return GroundCost(n, n, true, Distances(points, points));
}

GroundCost GroundCost::Between(const std::vector<Point2>& sources,
                               const std::vector<Point2>& sinks) {
  return GroundCost(Count(sources.size()), Count(sinks.size()), false, Distances(sources, sinks));
}

GroundCost GroundCost::General(int32_t n, int32_t m, std::vector<double> costs) {
  return GroundCost(n, m, false, std::move(costs));
}

GroundCost GroundCost::Metric(int32_t n, std::vector<double> costs) {
  GroundCost cost(n, n, true, std::move(costs));
  CheckMetric(n, *cost.costs_);
  return cost;
}

GroundCost GroundCost::Power(double p) const {
  if (!(p > 0) || !std::isfinite(p)) {
    throw std::invalid_argument("power of a ground cost: expected p > 0, found " +
                                std::to_string(p));
  }
  std::vector<double> raised(*costs_);
  for (double& c : raised) {
    if (c < 0) throw std::invalid_argument("power of a ground cost: an entry is negative");
    c = RaiseTo(c, p);
  }
  return GroundCost(n_, m_, is_metric_ && p <= 1, std::move(raised));
}

}  // namespace demd
