// The parts of the solver against naive versions of themselves.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "emd/large_transport/basis.h"
#include "emd/large_transport/plane.h"
#include "emd/large_transport/simplex.h"
#include "emd/large_transport/tree.h"
#include "tests/emd/large_problems.h"

namespace demd {
namespace large {
namespace {

constexpr double kScale = 1LL << 40;

PlaneSide RandomSide(Shape shape, int32_t n, RandomStream* random) {
  std::vector<Point2> points;
  for (int32_t k = 0; k < n; ++k) points.push_back(PointOf(shape, random));
  PlaneSide side;
  for (int32_t k : PlaneOrder(points)) {
    side.x.push_back(points[static_cast<size_t>(k)].x);
    side.y.push_back(points[static_cast<size_t>(k)].y);
    side.mass.push_back(1 + static_cast<int64_t>(random->Below(9)));
  }
  return side;
}

// Equal totals, all masses positive.
void Balance(PlaneSide* first, PlaneSide* second) {
  const auto total = [](const PlaneSide& side) {
    return std::accumulate(side.mass.begin(), side.mass.end(), int64_t{0});
  };
  const int64_t more = total(*first) - total(*second);
  (more > 0 ? second : first)->mass[0] += more > 0 ? more : -more;
}

// Everything the tree promises, recomputed from its parents and flows.
void ExpectSound(const Tree& tree, const ArcSearch& arcs, const PlaneSide& sources,
                 const PlaneSide& sinks) {
  const int32_t n_nodes = tree.n_nodes();
  std::vector<int64_t> left_a = sources.mass;
  std::vector<int64_t> left_b = sinks.mass;
  for (int32_t node = 1; node < n_nodes; ++node) {
    const BasisArc arc = tree.ArcAbove(node);
    left_a[static_cast<size_t>(arc.source)] -= arc.flow;
    left_b[static_cast<size_t>(arc.sink)] -= arc.flow;
    ASSERT_GE(arc.flow, node < tree.m() ? 1 : 0) << "not strongly feasible";
    ASSERT_EQ(tree.ReducedCost(arcs.Cost(arc.source, arc.sink), arc.source, arc.sink), 0);
  }
  ASSERT_EQ(left_a, std::vector<int64_t>(left_a.size(), 0));
  ASSERT_EQ(left_b, std::vector<int64_t>(left_b.size(), 0));
  // In preorder each node follows its parent or somebody below it: the path stays a stack.
  std::vector<int32_t> path = {0};
  int32_t visited = 1;
  for (int32_t node = tree.next(0); node != 0; node = tree.next(node), ++visited) {
    ASSERT_LT(visited, n_nodes);
    ASSERT_EQ(tree.next(tree.previous(node)), node);
    while (!path.empty() && path.back() != tree.parent(node)) path.pop_back();
    ASSERT_FALSE(path.empty());
    path.push_back(node);
  }
  ASSERT_EQ(visited, n_nodes);
}

TEST(LargeTransportParts, PlaneOrderIsAPermutationWhoseRunsAreApart) {
  RandomStream random(1, "order", 0);
  for (const int32_t n : {1, 2, 3, 100, 257}) {
    std::vector<Point2> points;
    for (int32_t k = 0; k < n; ++k) points.push_back(PointOf(Shape::kSquare, &random));
    const std::vector<int32_t> order = PlaneOrder(points);
    EXPECT_EQ(std::set<int32_t>(order.begin(), order.end()).size(), points.size());
    if (n < 4) continue;
    // The first half of the power of two and the rest do not overlap in one coordinate.
    const int32_t half = n > 256 ? 256 : 64;
    double highest[2] = {-1, -1};
    double lowest[2] = {2, 2};
    for (int32_t k = 0; k < n; ++k) {
      const Point2 p = points[static_cast<size_t>(order[static_cast<size_t>(k)])];
      const double c[2] = {p.x, p.y};
      for (int d = 0; d < 2; ++d) {
        if (k < half) {
          highest[d] = std::max(highest[d], c[d]);
        } else {
          lowest[d] = std::min(lowest[d], c[d]);
        }
      }
    }
    EXPECT_TRUE(highest[0] <= lowest[0] || highest[1] <= lowest[1]) << n;
  }
}

TEST(LargeTransportParts, SearchByBlocksFindsWhatAScanFinds) {
  for (uint64_t k = 0; k < 40; ++k) {
    RandomStream random(1, "search", k);
    const Shape shape = kShapes[k % 4];
    const PlaneSide sources =
        RandomSide(shape, 1 + static_cast<int32_t>(random.Below(200)), &random);
    const PlaneSide sinks = RandomSide(shape, 1 + static_cast<int32_t>(random.Below(200)), &random);
    const double p = k % 3 == 0 ? 2 : 1;
    const PlaneArcs arcs(sources, sinks, p, kScale);
    std::vector<double> shift;
    for (int32_t j = 0; j < arcs.m(); ++j) {
      shift.push_back(static_cast<double>(random.Below(1ULL << 38)));
    }
    std::vector<double> limit(static_cast<size_t>(arcs.n()), kScale / 8);
    for (const bool limited : {false, true}) {
      const double* below = limited ? limit.data() : nullptr;
      ArcLists found;
      found.Reset(arcs.n(), 5);
      arcs.FindLowest(shift.data(), below, &found);
      for (int32_t i = 0; i < arcs.n(); ++i) {
        std::vector<double> sums;
        for (int32_t j = 0; j < arcs.m(); ++j) {
          const double sum = static_cast<double>(arcs.Cost(i, j)) + shift[static_cast<size_t>(j)];
          if (below == nullptr || sum < below[i]) sums.push_back(sum);
        }
        std::sort(sums.begin(), sums.end());
        ASSERT_EQ(found.count[static_cast<size_t>(i)],
                  static_cast<int32_t>(std::min<size_t>(5, sums.size())));
        for (int32_t q = 0; q < found.count[static_cast<size_t>(i)]; ++q) {
          const size_t at = static_cast<size_t>(5 * i + q);
          ASSERT_EQ(
              static_cast<double>(found.cost[at]) + shift[static_cast<size_t>(found.sink[at])],
              sums[static_cast<size_t>(q)]);
          ASSERT_EQ(found.cost[at], arcs.Cost(i, found.sink[at]));
        }
      }
    }
  }
}

TEST(LargeTransportParts, BasesAreStronglyFeasibleAndStaySoThroughEveryPivot) {
  for (uint64_t k = 0; k < 30; ++k) {
    RandomStream random(1, "tree", k);
    const Shape shape = kShapes[k % 5];
    PlaneSide sources = RandomSide(shape, 1 + static_cast<int32_t>(random.Below(40)), &random);
    PlaneSide sinks = RandomSide(shape, 1 + static_cast<int32_t>(random.Below(40)), &random);
    if (k % 3 == 0) {  // totally degenerate
      sinks = RandomSide(shape, sources.size(), &random);
      std::fill(sources.mass.begin(), sources.mass.end(), 1);
      std::fill(sinks.mass.begin(), sinks.mass.end(), 1);
    }
    Balance(&sources, &sinks);
    const PlaneArcs arcs(sources, sinks, 1, kScale);
    Tree tree(arcs, FirstBasis(arcs, sources.mass.data(), sinks.mass.data()));
    ExpectSound(tree, arcs, sources, sinks);
    int pivots = 0;
    for (bool entered = true; entered; ++pivots) {
      ASSERT_LT(pivots, 20000);
      entered = false;
      const int32_t first = static_cast<int32_t>(random.Below(static_cast<uint64_t>(arcs.n())));
      for (int32_t step = 0; step < arcs.n() && !entered; ++step) {
        const int32_t i = (first + step) % arcs.n();
        for (int32_t j = 0; j < arcs.m() && !entered; ++j) {
          const int64_t reduced_cost = tree.ReducedCost(arcs.Cost(i, j), i, j);
          if (reduced_cost >= 0) continue;
          tree.Pivot(i, j, reduced_cost);
          entered = true;
        }
      }
      ASSERT_NO_FATAL_FAILURE(ExpectSound(tree, arcs, sources, sinks)) << "pivot " << pivots;
    }
  }
}

TEST(LargeTransportParts, RefinedBasesCarryWhatTheCoarseOnesDo) {
  for (uint64_t k = 0; k < 30; ++k) {
    RandomStream random(1, "refine", k);
    PlaneSide sources =
        RandomSide(kShapes[k % 5], 2 + static_cast<int32_t>(random.Below(90)), &random);
    PlaneSide sinks =
        RandomSide(kShapes[k % 5], 2 + static_cast<int32_t>(random.Below(90)), &random);
    Balance(&sources, &sinks);
    const PlaneSide coarse_sources = Coarsen(sources);
    const PlaneSide coarse_sinks = k % 2 == 0 ? Coarsen(sinks) : sinks;
    const PlaneArcs coarse(coarse_sources, coarse_sinks, 1, kScale);
    Tree tree(coarse, FirstBasis(coarse, coarse_sources.mass.data(), coarse_sinks.mass.data()));
    Simplex::Lists lists;
    Simplex simplex(coarse, &tree, &lists);
    simplex.ChooseArcs(std::vector<double>(static_cast<size_t>(coarse.m()), 0).data());
    int64_t pivots = 0;
    do {
      ASSERT_TRUE(simplex.Pivot(1000000, &pivots));
    } while (simplex.AddViolatedArcs());
    ExpectSound(tree, coarse, coarse_sources, coarse_sinks);
    const PlaneArcs fine(sources, sinks, 1, kScale);
    const Refinement refinement = {1, k % 2 == 0 ? 1 : 0};
    const std::vector<BasisArc> arcs =
        RefineBasis(tree, refinement, fine, sources.mass.data(), sinks.mass.data());
    ExpectSound(Tree(fine, arcs), fine, sources, sinks);
    for (const BasisArc& arc : arcs) {
      bool lies_in_a_coarse_arc = false;
      for (int32_t node = 1; node < tree.n_nodes(); ++node) {
        const BasisArc coarse_arc = tree.ArcAbove(node);
        lies_in_a_coarse_arc |= coarse_arc.source == arc.source >> refinement.source_shift &&
                                coarse_arc.sink == arc.sink >> refinement.sink_shift;
      }
      EXPECT_TRUE(lies_in_a_coarse_arc);
    }
  }
}

TEST(LargeTransportParts, TheBoundOnPivotsIsAnError) {
  RandomStream random(1, "bound", 0);
  PlaneSide sources = RandomSide(Shape::kSquare, 50, &random);
  PlaneSide sinks = RandomSide(Shape::kSquare, 50, &random);
  Balance(&sources, &sinks);
  const PlaneArcs arcs(sources, sinks, 1, kScale);
  Tree tree(arcs, FirstBasis(arcs, sources.mass.data(), sinks.mass.data()));
  Simplex::Lists lists;
  Simplex simplex(arcs, &tree, &lists);
  simplex.ChooseArcs(std::vector<double>(50, 0).data());
  int64_t pivots = 0;
  EXPECT_FALSE(simplex.Pivot(3, &pivots));
}

}  // namespace
}  // namespace large
}  // namespace demd
