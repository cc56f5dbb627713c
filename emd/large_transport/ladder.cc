#include "emd/large_transport/ladder.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "emd/large_transport/basis.h"
#include "emd/large_transport/simplex.h"

namespace demd {
namespace large {
namespace {

// A bug guard: strongly feasible trees rule out that pivots go on forever, and problems met take
// below 20 for each node.
constexpr int64_t kPivotsPerNode = 10000;

// One problem of the ladder. The finest is level 0; `shift`s lead from here to the next coarser.
struct Level {
  PlaneSide sources;
  PlaneSide sinks;
  Refinement refinement;
};

// From the finest to one source and one sink. A side is halved once it has more points than the
// level's number, so that both grow at the same pace.
std::vector<Level> MakeLevels(PlaneSide sources, PlaneSide sinks) {
  int32_t points = 1;
  while (points < std::max(sources.size(), sinks.size())) points *= 2;
  std::vector<Level> levels;
  levels.push_back({std::move(sources), std::move(sinks), {0, 0}});
  while (points > 1) {
    points /= 2;
    Level& fine = levels.back();
    fine.refinement = {fine.sources.size() > points ? 1 : 0, fine.sinks.size() > points ? 1 : 0};
    Level coarse = {fine.refinement.source_shift == 1 ? Coarsen(fine.sources) : fine.sources,
                    fine.refinement.sink_shift == 1 ? Coarsen(fine.sinks) : fine.sinks,
                    {0, 0}};
    levels.push_back(std::move(coarse));
  }
  return levels;
}

// What the potentials of a coarse problem's sources make of the potentials of fine sinks: the
// largest that they allow.
std::vector<double> GuessSinkPotentials(const Tree& coarse_tree, const Level& coarse,
                                        const Level& fine, double p, double scale) {
  std::vector<double> shift(static_cast<size_t>(coarse.sources.size()));
  for (int32_t i = 0; i < coarse.sources.size(); ++i) {
    shift[static_cast<size_t>(i)] =
        -static_cast<double>(coarse_tree.Potential(coarse_tree.m() + i));
  }
  std::vector<double> guess(static_cast<size_t>(fine.sinks.size()));
  PlaneArcs(fine.sinks, coarse.sources, p, scale).LowestSums(shift.data(), guess.data());
  for (double& g : guess) g = -g;
  return guess;
}

// Improves the tree until it is optimal, or on a level between until the arcs at hand are used up.
bool Improve(const ArcSearch& arcs, const std::vector<double>& guess, bool finest, Tree* tree,
             Simplex::Lists* lists, LargeTransportEffort* effort) {
  const int64_t limit = effort->pivots + kPivotsPerNode * tree->n_nodes();
  Simplex simplex(arcs, tree, lists);
  simplex.ChooseArcs(guess.data());
  ++effort->levels;
  do {
    if (!simplex.Pivot(limit, &effort->pivots)) return false;
    if (!finest) return true;
    ++effort->searches;
  } while (simplex.AddViolatedArcs());
  effort->peak_bytes = std::max(effort->peak_bytes, simplex.bytes() + 2 * tree->bytes());
  return true;
}

}  // namespace

std::unique_ptr<Tree> SolveOnPlane(PlaneSide sources, PlaneSide sinks, double p, double scale,
                                   LargeTransportEffort* effort) {
  const std::vector<Level> levels = MakeLevels(std::move(sources), std::move(sinks));
  std::unique_ptr<Tree> tree;
  Simplex::Lists lists;
  lists.Reserve(levels.front().sources.size());
  size_t level_bytes = 0;
  for (size_t k = levels.size(); k-- > 0;) {
    const Level& level = levels[k];
    const PlaneArcs arcs(level.sources, level.sinks, p, scale);
    const int64_t* source_mass = level.sources.mass.data();
    const int64_t* sink_mass = level.sinks.mass.data();
    std::vector<double> guess(level.sinks.mass.size(), 0);
    if (tree == nullptr) {
      tree = std::make_unique<Tree>(arcs, FirstBasis(arcs, source_mass, sink_mass));
    } else {
      guess = GuessSinkPotentials(*tree, levels[k + 1], level, p, scale);
      tree = std::make_unique<Tree>(
          arcs, RefineBasis(*tree, level.refinement, arcs, source_mass, sink_mass));
    }
    if (!Improve(arcs, guess, k == 0, tree.get(), &lists, effort)) return nullptr;
    level_bytes += level.sources.bytes() + level.sinks.bytes();
    if (k == 0) effort->peak_bytes += level_bytes + arcs.bytes() + BytesOf(guess);
  }
  return tree;
}

std::unique_ptr<Tree> SolveOnOneLevel(const ArcSearch& arcs, const int64_t* source_mass,
                                      const int64_t* sink_mass, LargeTransportEffort* effort) {
  auto tree = std::make_unique<Tree>(arcs, FirstBasis(arcs, source_mass, sink_mass));
  const std::vector<double> guess(static_cast<size_t>(arcs.m()), 0);
  Simplex::Lists lists;
  if (!Improve(arcs, guess, true, tree.get(), &lists, effort)) return nullptr;
  return tree;
}

}  // namespace large
}  // namespace demd
