#include "emd/large_transport/costs.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace demd {
namespace {

constexpr int64_t kMostCells = int64_t{1} << 24;

// Far enough from the ends of the double range for squares and products with masses.
constexpr double kSmallestDiagonal = 1e-140;
constexpr double kLargestDiagonal = 1e140;
constexpr double kSmallestScale = 1e-280;
constexpr double kLargestScale = 1e280;

int32_t CheckedCount(const char* what, size_t count) {
  if (count < 1 || count > static_cast<size_t>(kMostCells)) {
    throw std::invalid_argument(std::string("transport costs: expected 1 to 2^24 ") + what +
                                ", found " + std::to_string(count));
  }
  return static_cast<int32_t>(count);
}

void CheckScale(double largest) {
  if (largest != 0 && !(largest >= kSmallestScale && largest <= kLargestScale)) {
    throw std::invalid_argument(
        "transport costs: expected a largest cost of 0 or between 1e-280 and 1e280");
  }
}

// The diagonal of the box around all points.
double Diagonal(const std::vector<Point2>& sources, const std::vector<Point2>& sinks) {
  Point2 low = sources.front();
  Point2 high = low;
  for (const std::vector<Point2>* points : {&sources, &sinks}) {
    for (const Point2& p : *points) {
      if (!std::isfinite(p.x) || !std::isfinite(p.y)) {
        throw std::invalid_argument("transport costs: expected finite coordinates");
      }
      low = {std::min(low.x, p.x), std::min(low.y, p.y)};
      high = {std::max(high.x, p.x), std::max(high.y, p.y)};
    }
  }
  const double width = high.x - low.x;
  const double height = high.y - low.y;
  const double diagonal = std::sqrt(width * width + height * height);
  const bool is_point = width == 0 && height == 0;
  if (!is_point && !(diagonal >= kSmallestDiagonal && diagonal <= kLargestDiagonal)) {
    throw std::invalid_argument(
        "transport costs: expected points within a box whose diagonal is 1e-140 to 1e140");
  }
  return diagonal;
}

}  // namespace

TransportCosts TransportCosts::Points(const std::vector<Point2>& sources,
                                      const std::vector<Point2>& sinks, double p) {
  if (!(p > 0) || !std::isfinite(p)) {
    throw std::invalid_argument("transport costs: expected a power p > 0, found " +
                                std::to_string(p));
  }
  TransportCosts costs(CheckedCount("sources", sources.size()),
                       CheckedCount("sinks", sinks.size()));
  // Rounding may carry the distance of two corners beyond that of the box.
  constexpr double kRounding = 1 + 1e-12;
  costs.largest_ = RaiseTo(Diagonal(sources, sinks) * kRounding, p);
  CheckScale(costs.largest_);
  costs.power_ = p;
  costs.points_ = std::make_shared<const PointSets>(PointSets{sources, sinks});
  return costs;
}

TransportCosts TransportCosts::Matrix(const GroundCost& cost) {
  TransportCosts costs(CheckedCount("sources", static_cast<size_t>(cost.n())),
                       CheckedCount("sinks", static_cast<size_t>(cost.m())));
  costs.largest_ = cost.largest();
  costs.metric_on_cells_ = cost.is_metric();
  costs.matrix_ = std::make_shared<const GroundCost>(cost);
  return costs;
}

TransportCosts TransportCosts::Function(int32_t n, int32_t m,
                                        std::function<double(int32_t, int32_t)> cost,
                                        bool is_metric) {
  if (n < 0 || m < 0) throw std::invalid_argument("transport costs: a negative number of cells");
  if (is_metric && n != m) {
    throw std::invalid_argument("transport costs: a metric has as many sources as sinks");
  }
  TransportCosts costs(CheckedCount("sources", static_cast<size_t>(n)),
                       CheckedCount("sinks", static_cast<size_t>(m)));
  for (int32_t i = 0; i < n; ++i) {
    for (int32_t j = 0; j < m; ++j) {
      const double c = cost(i, j);
      if (!std::isfinite(c)) {
        throw std::invalid_argument("transport costs: expected finite costs, found another from " +
                                    std::to_string(i) + " to " + std::to_string(j));
      }
      costs.largest_ = std::max(costs.largest_, std::fabs(c));
    }
  }
  CheckScale(costs.largest_);
  costs.metric_on_cells_ = is_metric;
  costs.function_ = std::move(cost);
  return costs;
}

double TransportCosts::operator()(int32_t source, int32_t sink) const {
  if (points_ != nullptr) {
    const Point2& from = points_->sources[static_cast<size_t>(source)];
    const Point2& to = points_->sinks[static_cast<size_t>(sink)];
    const double dx = from.x - to.x;
    const double dy = from.y - to.y;
    const double distance = std::sqrt(dx * dx + dy * dy);
    return power_ == 1 ? distance : RaiseTo(distance, power_);
  }
  return matrix_ != nullptr ? (*matrix_)(source, sink) : function_(source, sink);
}

}  // namespace demd
