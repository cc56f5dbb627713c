#ifndef DEMD_EMD_LARGE_TRANSPORT_COSTS_H_
#define DEMD_EMD_LARGE_TRANSPORT_COSTS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "emd/metric.h"

namespace demd {

/// What it costs to move one unit of mass from source i to sink j, for problems of any size: from
/// points in the plane, computed on the fly; from a matrix; or from any function. Immutable and
/// cheap to copy. Errors of the makers: std::invalid_argument.
class TransportCosts {
 public:
  /// Euclidean distance to the power p > 0 (no root is taken) from n source points to m sink
  /// points; the same bits as GroundCost::Between(...).Power(p), without the matrix. For p <= 1
  /// this is a metric on the plane: mass need not move between a source and a sink in the same
  /// place. Coordinates: finite, the diagonal of the box around all points 0 or 1e-140 to 1e140.
  static TransportCosts Points(const std::vector<Point2>& sources, const std::vector<Point2>& sinks,
                               double p = 1);

  /// Any ground cost. Under a metric mass that lies in the same cell on both sides stays there.
  static TransportCosts Matrix(const GroundCost& cost);

  /// Any function of source and sink, without side effects, finite and always the same for the
  /// same arguments. It is called about n * m times here, to learn the largest value, and some ten
  /// times n * m during a solve. is_metric: n = m and the function is a metric on the cells.
  static TransportCosts Function(int32_t n, int32_t m,
                                 std::function<double(int32_t source, int32_t sink)> cost,
                                 bool is_metric = false);

  int32_t n() const { return n_; }
  int32_t m() const { return m_; }
  /// Bound on the absolute values.
  double largest() const { return largest_; }
  double operator()(int32_t source, int32_t sink) const;

  /// Cell i on both sides is the same place, and the cost is a metric.
  bool is_metric_on_cells() const { return metric_on_cells_; }
  /// Places in the plane with a metric: cells with equal coordinates are the same place.
  bool is_metric_in_plane() const { return has_points() && power_ <= 1; }

  /// Made by Points; then [n], [m] and the exponent.
  bool has_points() const { return points_ != nullptr; }
  const std::vector<Point2>& source_points() const { return points_->sources; }
  const std::vector<Point2>& sink_points() const { return points_->sinks; }
  double power() const { return power_; }
  /// Made by Matrix; else null.
  const GroundCost* matrix() const { return matrix_.get(); }

 private:
  struct PointSets {
    std::vector<Point2> sources;
    std::vector<Point2> sinks;
  };

  TransportCosts(int32_t n, int32_t m) : n_(n), m_(m) {}

  int32_t n_;
  int32_t m_;
  double largest_ = 0;
  double power_ = 1;
  bool metric_on_cells_ = false;
  std::shared_ptr<const PointSets> points_;
  std::shared_ptr<const GroundCost> matrix_;
  std::function<double(int32_t, int32_t)> function_;
};

}  // namespace demd

#endif  // DEMD_EMD_LARGE_TRANSPORT_COSTS_H_
