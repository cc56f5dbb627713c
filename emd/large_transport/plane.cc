#include "emd/large_transport/plane.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace demd {
namespace large {
namespace {

constexpr int32_t kBlock = 32;
constexpr double kNoLimit = 1e300;

int32_t BlocksOf(int32_t n) { return (n + kBlock - 1) / kBlock; }

// Splits order[begin, end) where the first part is the largest power of two, across the longer
// side of the box.
void SplitPlane(const std::vector<Point2>& points, size_t begin, size_t end,
                std::vector<int32_t>* order) {
  if (end - begin <= 1) return;
  const auto at = [&](size_t k) { return points[static_cast<size_t>((*order)[k])]; };
  Point2 low = at(begin);
  Point2 high = low;
  for (size_t k = begin; k < end; ++k) {
    low = {std::min(low.x, at(k).x), std::min(low.y, at(k).y)};
    high = {std::max(high.x, at(k).x), std::max(high.y, at(k).y)};
  }
  const bool by_x = high.x - low.x >= high.y - low.y;
  const auto before = [&](int32_t a, int32_t b) {
    const Point2& p = points[static_cast<size_t>(a)];
    const Point2& q = points[static_cast<size_t>(b)];
    const double of_a = by_x ? p.x : p.y;
    const double of_b = by_x ? q.x : q.y;
    return of_a != of_b ? of_a < of_b : a < b;
  };
  size_t half = 1;
  while (2 * half < end - begin) half *= 2;
  const auto first = order->begin() + static_cast<std::ptrdiff_t>(begin);
  std::nth_element(first, first + static_cast<std::ptrdiff_t>(half),
                   order->begin() + static_cast<std::ptrdiff_t>(end), before);
  SplitPlane(points, begin, begin + half, order);
  SplitPlane(points, begin + half, end, order);
}

// sums[k] = cost from (x, y) to sink k plus its shift.
template <typename Power>
void Sums(double x, double y, const double* sink_x, const double* sink_y, const double* shift,
          int32_t n, double scale, Power power, double* sums) {
  for (int32_t k = 0; k < n; ++k) {
    const double dx = x - sink_x[k];
    const double dy = y - sink_y[k];
    sums[k] = OnGrid(power(std::sqrt(dx * dx + dy * dy)), scale) + shift[k];
  }
}

}  // namespace

std::vector<int32_t> PlaneOrder(const std::vector<Point2>& points) {
  std::vector<int32_t> order(points.size());
  std::iota(order.begin(), order.end(), 0);
  SplitPlane(points, 0, points.size(), &order);
  return order;
}

PlaneSide Coarsen(const PlaneSide& side) {
  PlaneSide coarse;
  for (size_t k = 0; k < side.mass.size(); k += 2) {
    if (k + 1 == side.mass.size()) {
      coarse.x.push_back(side.x[k]);
      coarse.y.push_back(side.y[k]);
      coarse.mass.push_back(side.mass[k]);
      continue;
    }
    const int64_t mass = side.mass[k] + side.mass[k + 1];
    const double share = static_cast<double>(side.mass[k]) / static_cast<double>(mass);
    coarse.x.push_back(side.x[k] * share + side.x[k + 1] * (1 - share));
    coarse.y.push_back(side.y[k] * share + side.y[k + 1] * (1 - share));
    coarse.mass.push_back(mass);
  }
  return coarse;
}

PlaneArcs::PlaneArcs(const PlaneSide& sources, const PlaneSide& sinks, double p, double scale)
    : ArcSearch(sources.size(), sinks.size()),
      sources_(sources),
      sinks_(sinks),
      p_(p),
      scale_(scale),
      source_boxes_(Boxes(sources)),
      sink_boxes_(Boxes(sinks)) {}

std::vector<PlaneArcs::Box> PlaneArcs::Boxes(const PlaneSide& side) {
  std::vector<Box> boxes;
  for (size_t begin = 0; begin < side.x.size(); begin += kBlock) {
    const size_t end = std::min(side.x.size(), begin + kBlock);
    Box box = {side.x[begin], side.x[begin], side.y[begin], side.y[begin]};
    for (size_t k = begin; k < end; ++k) {
      box.x_low = std::min(box.x_low, side.x[k]);
      box.x_high = std::max(box.x_high, side.x[k]);
      box.y_low = std::min(box.y_low, side.y[k]);
      box.y_high = std::max(box.y_high, side.y[k]);
    }
    boxes.push_back(box);
  }
  return boxes;
}

int64_t PlaneArcs::Cost(int32_t source, int32_t sink) const {
  const size_t i = static_cast<size_t>(source);
  const size_t j = static_cast<size_t>(sink);
  const double dx = sources_.x[i] - sinks_.x[j];
  const double dy = sources_.y[i] - sinks_.y[j];
  const double distance = std::sqrt(dx * dx + dy * dy);
  return static_cast<int64_t>(OnGrid(p_ == 1 ? distance : RaiseTo(distance, p_), scale_));
}

// On the grid; rounding never carries it above the cost of a pair in the boxes.
double PlaneArcs::LowerBound(const Box& from, const Box& to) const {
  constexpr double kRounding = 1 - 1e-12;
  const double dx = std::max(0.0, std::max(to.x_low - from.x_high, from.x_low - to.x_high));
  const double dy = std::max(0.0, std::max(to.y_low - from.y_high, from.y_low - to.y_high));
  const double distance = std::sqrt(dx * dx + dy * dy);
  return (p_ == 1 ? distance : RaiseTo(distance, p_)) * (scale_ * kRounding) - 1;
}

// The search for one block of sources after the other.
class PlaneArcs::Search {
 public:
  Search(const PlaneArcs& arcs, const double* shift, ArcLists* found)
      : arcs_(arcs), shift_(shift), found_(*found) {
    const int32_t m = arcs.m();
    lowest_shift_.assign(static_cast<size_t>(BlocksOf(m)), kNoLimit);
    for (int32_t j = 0; j < m; ++j) {
      double& lowest = lowest_shift_[static_cast<size_t>(j / kBlock)];
      lowest = std::min(lowest, shift[j]);
    }
  }

  void Run(int32_t block, const double* limit) {
    begin_ = block * kBlock;
    count_ = std::min(arcs_.n() - begin_, kBlock);
    for (int32_t k = 0; k < count_; ++k) {
      lowest_[k].Reset(found_.capacity, limit == nullptr ? kNoLimit : limit[begin_ + k]);
    }
    CollectBlocks(arcs_.source_boxes_[static_cast<size_t>(block)]);
    const auto later = [](const BlockBound& a, const BlockBound& b) {
      return a.bound != b.bound ? a.bound > b.bound : a.block > b.block;
    };
    std::make_heap(queue_.begin(), queue_.end(), later);
    while (!queue_.empty() && queue_.front().bound < HighestLimit()) {
      Visit(queue_.front().block);
      std::pop_heap(queue_.begin(), queue_.end(), later);
      queue_.pop_back();
    }
    for (int32_t k = 0; k < count_; ++k) lowest_[k].Write(arcs_, begin_ + k, &found_);
  }

 private:
  double HighestLimit() const {
    double highest = -kNoLimit;
    for (int32_t k = 0; k < count_; ++k) highest = std::max(highest, lowest_[k].limit());
    return highest;
  }

  void CollectBlocks(const Box& box) {
    const double highest = HighestLimit();
    queue_.clear();
    for (size_t t = 0; t < lowest_shift_.size(); ++t) {
      const double bound = arcs_.LowerBound(box, arcs_.sink_boxes_[t]) + lowest_shift_[t];
      if (bound < highest) queue_.push_back({bound, static_cast<int32_t>(t)});
    }
  }

  void Visit(int32_t block) {
    const Box& box = arcs_.sink_boxes_[static_cast<size_t>(block)];
    const double shift = lowest_shift_[static_cast<size_t>(block)];
    const Ray ray = arcs_.p_ == 1 ? RayTo(block) : Ray();
    for (int32_t k = 0; k < count_; ++k) {
      const size_t i = static_cast<size_t>(begin_ + k);
      const double x = arcs_.sources_.x[i];
      const double y = arcs_.sources_.y[i];
      const double limit = lowest_[k].limit();
      if (arcs_.p_ == 1 && ray.Bound(x, y) >= limit) continue;
      if (arcs_.LowerBound({x, x, y, y}, box) + shift < limit) Compare(x, y, block, &lowest_[k]);
    }
  }

  // A distance is at least its projection on any direction. On that between the centres of two
  // blocks the projection is close to it where they are far apart, and
  //   cost + shift >= scale direction.(source - centre) + rest
  // for all sinks of the block at once.
  struct Ray {
    double direction_x = 0;  // times scale
    double direction_y = 0;
    double centre_x = 0;  // of the sources
    double centre_y = 0;
    double rest = 0;

    double Bound(double x, double y) const {
      return direction_x * (x - centre_x) + direction_y * (y - centre_y) + rest;
    }
  };

  Ray RayTo(int32_t block) const {
    const Box& from = arcs_.source_boxes_[static_cast<size_t>(begin_ / kBlock)];
    const Box& to = arcs_.sink_boxes_[static_cast<size_t>(block)];
    const double to_x = to.x_low + (to.x_high - to.x_low) / 2;
    const double to_y = to.y_low + (to.y_high - to.y_low) / 2;
    Ray ray;
    ray.centre_x = from.x_low + (from.x_high - from.x_low) / 2;
    ray.centre_y = from.y_low + (from.y_high - from.y_low) / 2;
    const double dx = ray.centre_x - to_x;
    const double dy = ray.centre_y - to_y;
    const double distance = std::sqrt(dx * dx + dy * dy);
    if (distance > 0) {
      ray.direction_x = dx / distance * arcs_.scale_;
      ray.direction_y = dy / distance * arcs_.scale_;
    }
    const int32_t first = block * kBlock;
    const int32_t end = std::min(arcs_.m(), first + kBlock);
    double lowest = kNoLimit;
    for (int32_t j = first; j < end; ++j) {
      const size_t at = static_cast<size_t>(j);
      const double along = ray.direction_x * (arcs_.sinks_.x[at] - to_x) +
                           ray.direction_y * (arcs_.sinks_.y[at] - to_y);
      lowest = std::min(lowest, shift_[j] - along);
    }
    // Each of some ten roundings is below a unit of the grid.
    constexpr double kMargin = 64;
    ray.rest = distance * arcs_.scale_ + lowest - kMargin;
    return ray;
  }

  void Compare(double x, double y, int32_t block, LowestArcs* lowest) {
    const int32_t first = block * kBlock;
    const int32_t n = std::min(arcs_.m() - first, kBlock);
    const double* sink_x = arcs_.sinks_.x.data() + first;
    const double* sink_y = arcs_.sinks_.y.data() + first;
    const double p = arcs_.p_;
    const auto run = [&](auto power) {
      Sums(x, y, sink_x, sink_y, shift_ + first, n, arcs_.scale_, power, sums_);
    };
    if (p == 1) {
      run([](double d) { return d; });
    } else if (p == 2) {
      run([](double d) { return d * d; });
    } else {
      run([p](double d) { return RaiseTo(d, p); });
    }
    for (int32_t k = 0; k < n; ++k) lowest->Offer(sums_[k], first + k);
  }

  const PlaneArcs& arcs_;
  const double* shift_;
  ArcLists& found_;
  std::vector<double> lowest_shift_;  // of each block of sinks
  std::vector<BlockBound> queue_;
  int32_t begin_ = 0;  // sources of the current block
  int32_t count_ = 0;
  LowestArcs lowest_[kBlock];
  double sums_[kBlock];
};

void PlaneArcs::FindLowest(const double* shift, const double* limit, ArcLists* found) const {
  Search search(*this, shift, found);
  for (int32_t block = 0; block < BlocksOf(n()); ++block) search.Run(block, limit);
}

}  // namespace large
}  // namespace demd
