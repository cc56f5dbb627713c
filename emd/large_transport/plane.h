#ifndef DEMD_EMD_LARGE_TRANSPORT_PLANE_H_
#define DEMD_EMD_LARGE_TRANSPORT_PLANE_H_

#include <cstdint>
#include <vector>

#include "emd/large_transport/arcs.h"
#include "emd/metric.h"

namespace demd {
namespace large {

/// Order of points in which every aligned run of 2^k neighbours is a cell of a k-d tree: the
/// numbers of the points, a permutation that depends on coordinates and numbers alone.
std::vector<int32_t> PlaneOrder(const std::vector<Point2>& points);

/// Points with masses, the coordinates apart.
struct PlaneSide {
  std::vector<double> x;
  std::vector<double> y;
  std::vector<int64_t> mass;

  int32_t size() const { return static_cast<int32_t>(mass.size()); }
  size_t bytes() const { return BytesOf(x) + BytesOf(y) + BytesOf(mass); }
};

/// Every two neighbours become one, in their centre of mass. REQUIRES: masses > 0.
PlaneSide Coarsen(const PlaneSide& side);

/// Arcs between points in plane order, of cost distance^p. The search compares blocks of points by
/// their boxes first, so that a source meets few sinks but those that suit it.
class PlaneArcs : public ArcSearch {
 public:
  /// The sides must outlive this.
  PlaneArcs(const PlaneSide& sources, const PlaneSide& sinks, double p, double scale);

  int64_t Cost(int32_t source, int32_t sink) const override;
  void FindLowest(const double* shift, const double* limit, ArcLists* found) const override;
  size_t bytes() const { return BytesOf(source_boxes_) + BytesOf(sink_boxes_); }

 private:
  struct Box {
    double x_low, x_high, y_low, y_high;
  };
  // A block of sinks and what its sums cannot fall below.
  struct BlockBound {
    double bound;
    int32_t block;
  };
  class Search;

  static std::vector<Box> Boxes(const PlaneSide& side);
  double LowerBound(const Box& from, const Box& to) const;

  const PlaneSide& sources_;
  const PlaneSide& sinks_;
  double p_;
  double scale_;
  std::vector<Box> source_boxes_;
  std::vector<Box> sink_boxes_;
};

}  // namespace large
}  // namespace demd

#endif  // DEMD_EMD_LARGE_TRANSPORT_PLANE_H_
