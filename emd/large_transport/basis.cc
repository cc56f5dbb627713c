#include "emd/large_transport/basis.h"

#include <algorithm>
#include <numeric>

namespace demd {
namespace large {
namespace {

// Mass and a number of infinitesimal units. Every source has one of these more than its mass, and
// the root takes all: then no proper subset of sources balances a subset of sinks, each transfer
// uses up exactly one of source, sink and coarse arc, and the arcs make up a strongly feasible
// tree.
struct PerturbedMass {
  int64_t mass;
  int64_t units;

  bool operator<(const PerturbedMass& other) const {
    return mass != other.mass ? mass < other.mass : units < other.units;
  }
  bool is_zero() const { return mass == 0 && units == 0; }
  void Take(const PerturbedMass& other) {
    mass -= other.mass;
    units -= other.units;
  }
};

// One side while it is handed out.
class Side {
 public:
  Side(const int64_t* masses, int32_t n, int64_t units) : left_(static_cast<size_t>(n)) {
    for (size_t k = 0; k < left_.size(); ++k) left_[k] = {masses[k], units};
  }

  PerturbedMass& left(int32_t k) { return left_[static_cast<size_t>(k)]; }

  // Of the nodes begin, ..., end - 1 that have mass left, the one of least cost(node); -1 if none.
  template <typename Cost>
  int32_t Nearest(int32_t begin, int32_t end, Cost cost) {
    int32_t nearest = -1;
    int64_t least = INT64_MAX;
    for (int32_t k = begin; k < end; ++k) {
      if (left(k).is_zero()) continue;
      const int64_t c = cost(k);
      if (c < least) {
        least = c;
        nearest = k;
      }
    }
    return nearest;
  }

  int32_t First(int32_t begin, int32_t end) {
    while (begin < end && left(begin).is_zero()) ++begin;
    return begin < end ? begin : -1;
  }

 private:
  std::vector<PerturbedMass> left_;
};

class Refiner {
 public:
  Refiner(const ArcSearch& fine, Refinement refinement, const int64_t* source_mass,
          const int64_t* sink_mass)
      : fine_(fine),
        refinement_(refinement),
        sources_(source_mass, fine.n(), 1),
        sinks_(sink_mass, fine.m(), 0) {
    sinks_.left(0).units = fine.n();
    arcs_.reserve(static_cast<size_t>(fine.n() + fine.m() - 1));
    begun_source_.assign(static_cast<size_t>(((fine.n() - 1) >> refinement.source_shift) + 1), -1);
    begun_sink_.assign(static_cast<size_t>(((fine.m() - 1) >> refinement.sink_shift) + 1), -1);
  }

  // Hands on what a coarse arc carries.
  void Transfer(int32_t coarse_source, int32_t coarse_sink, PerturbedMass flow) {
    int32_t& i = begun_source_[static_cast<size_t>(coarse_source)];
    int32_t& j = begun_sink_[static_cast<size_t>(coarse_sink)];
    while (!flow.is_zero()) {
      Choose(coarse_source, coarse_sink, &i, &j);
      const PerturbedMass moved = std::min(flow, std::min(sources_.left(i), sinks_.left(j)));
      arcs_.push_back({i, j, moved.mass});
      flow.Take(moved);
      sources_.left(i).Take(moved);
      sinks_.left(j).Take(moved);
      if (sources_.left(i).is_zero()) i = -1;
      if (sinks_.left(j).is_zero()) j = -1;
    }
  }

  std::vector<BasisArc> TakeArcs() { return std::move(arcs_); }

 private:
  // Goes on with the nodes begun; where there is none takes another.
  void Choose(int32_t coarse_source, int32_t coarse_sink, int32_t* i, int32_t* j) {
    const int32_t first_source = coarse_source << refinement_.source_shift;
    const int32_t first_sink = coarse_sink << refinement_.sink_shift;
    const int32_t end_source = std::min(fine_.n(), (coarse_source + 1) << refinement_.source_shift);
    const int32_t end_sink = std::min(fine_.m(), (coarse_sink + 1) << refinement_.sink_shift);
    if (*i < 0 && *j < 0) *i = sources_.First(first_source, end_source);
    if (*i < 0) {
      *i = sources_.Nearest(first_source, end_source, [&](int32_t k) { return fine_.Cost(k, *j); });
    }
    if (*j < 0) {
      *j = sinks_.Nearest(first_sink, end_sink, [&](int32_t k) { return fine_.Cost(*i, k); });
    }
  }

  const ArcSearch& fine_;
  Refinement refinement_;
  Side sources_;
  Side sinks_;
  // By coarse node, the fine node that has given or got a part of its mass; -1 if none.
  std::vector<int32_t> begun_source_;
  std::vector<int32_t> begun_sink_;
  std::vector<BasisArc> arcs_;
};

// Infinitesimal units that the arc above each node carries towards the root.
std::vector<int64_t> UnitsAbove(const Tree& coarse, int32_t n_fine, int shift) {
  std::vector<int64_t> units(static_cast<size_t>(coarse.n_nodes()), 0);
  for (int32_t i = 0; i < n_fine; ++i) {
    ++units[static_cast<size_t>(coarse.m() + (i >> shift))];
  }
  for (int32_t node = coarse.previous(0); node != 0; node = coarse.previous(node)) {
    units[static_cast<size_t>(coarse.parent(node))] += units[static_cast<size_t>(node)];
  }
  return units;
}

}  // namespace

std::vector<BasisArc> RefineBasis(const Tree& coarse, Refinement refinement, const ArcSearch& fine,
                                  const int64_t* source_mass, const int64_t* sink_mass) {
  const std::vector<int64_t> units = UnitsAbove(coarse, fine.n(), refinement.source_shift);
  Refiner refiner(fine, refinement, source_mass, sink_mass);
  for (int32_t node = coarse.next(0); node != 0; node = coarse.next(node)) {
    const BasisArc arc = coarse.ArcAbove(node);
    const int64_t up = units[static_cast<size_t>(node)];
    refiner.Transfer(arc.source, arc.sink, {arc.flow, node >= coarse.m() ? up : -up});
  }
  return refiner.TakeArcs();
}

std::vector<BasisArc> FirstBasis(const ArcSearch& problem, const int64_t* source_mass,
                                 const int64_t* sink_mass) {
  constexpr int kAll = 30;
  Refiner refiner(problem, {kAll, kAll}, source_mass, sink_mass);
  const int64_t total = std::accumulate(source_mass, source_mass + problem.n(), int64_t{0});
  refiner.Transfer(0, 0, {total, problem.n()});
  return refiner.TakeArcs();
}

}  // namespace large
}  // namespace demd
