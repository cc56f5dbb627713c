#include "emd/large_transport/duals.h"

#include <numeric>

#include "emd/large_transport/arcs.h"

namespace demd {
namespace large {
namespace {

Cells CellsWithout(bool are_sinks, int32_t n, const std::vector<int32_t>& active) {
  std::vector<bool> is_active(static_cast<size_t>(n), false);
  for (int32_t k : active) is_active[static_cast<size_t>(k)] = true;
  Cells cells = {are_sinks, {}};
  for (int32_t k = 0; k < n; ++k) {
    if (!is_active[static_cast<size_t>(k)]) cells.number.push_back(k);
  }
  return cells;
}

// value[k] = min over cells l in `to` of cost(k, l) - dual[l], for cells k in `from`. Sinks are
// compared with sinks where both sides are the same places.
void Transform(const TransportCosts& costs, double scale, Cells from, Cells to,
               const std::vector<double>& dual, std::vector<double>* value) {
  if (from.number.empty()) return;
  std::vector<double> lowest(from.number.size());
  const auto run = [&](const ArcSearch& arcs) {
    std::vector<double> shift;
    for (int32_t l : to.number) shift.push_back(-dual[static_cast<size_t>(l)]);
    arcs.LowestSums(shift.data(), lowest.data());
  };
  if (costs.has_points()) {
    const PlaneSide sources = PlaneSideOf(costs, nullptr, &from);
    const PlaneSide sinks = PlaneSideOf(costs, nullptr, &to);
    run(PlaneArcs(sources, sinks, costs.power(), scale));
  } else {
    run(GeneralArcs(costs, scale, from.number, to.number, from.are_sinks && !to.are_sinks));
  }
  for (size_t k = 0; k < lowest.size(); ++k) {
    (*value)[static_cast<size_t>(from.number[k])] = lowest[k];
  }
}

}  // namespace

PlaneSide PlaneSideOf(const TransportCosts& costs, const int64_t* masses, Cells* cells) {
  const std::vector<Point2>& all = cells->are_sinks ? costs.sink_points() : costs.source_points();
  std::vector<Point2> points;
  for (int32_t k : cells->number) points.push_back(all[static_cast<size_t>(k)]);
  std::vector<int32_t> ordered;
  PlaneSide side;
  for (int32_t k : PlaneOrder(points)) {
    const size_t at = static_cast<size_t>(k);
    ordered.push_back(cells->number[at]);
    side.x.push_back(points[at].x);
    side.y.push_back(points[at].y);
    side.mass.push_back(masses == nullptr ? 1 : masses[cells->number[at]]);
  }
  cells->number = std::move(ordered);
  return side;
}

void ExtendDuals(const TransportCosts& costs, double scale,
                 const std::vector<int32_t>& active_sources,
                 const std::vector<int32_t>& active_sinks, std::vector<double>* f,
                 std::vector<double>* g) {
  const Cells idle_sources = CellsWithout(false, costs.n(), active_sources);
  const Cells idle_sinks = CellsWithout(true, costs.m(), active_sinks);
  const Cells sinks = {true, active_sinks};
  Transform(costs, scale, idle_sources, sinks, *g, f);
  if (costs.is_metric_on_cells() || costs.is_metric_in_plane()) {
    // The transform of any place has slope 1 at most, so its negative serves the sinks.
    std::vector<double> value(g->size());
    Transform(costs, scale, idle_sinks, sinks, *g, &value);
    for (int32_t k : idle_sinks.number) {
      (*g)[static_cast<size_t>(k)] = -value[static_cast<size_t>(k)];
    }
    return;
  }
  Cells all_sources = {false, std::vector<int32_t>(static_cast<size_t>(costs.n()))};
  std::iota(all_sources.number.begin(), all_sources.number.end(), 0);
  Transform(costs, scale, idle_sinks, all_sources, *f, g);
}

}  // namespace large
}  // namespace demd
