#include "models/networks/telescope.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "models/wafer.h"
#include "tests/engine/gradient_check.h"

namespace demd {
namespace {

// (t - p)^2 max(t, p)
double Weighted(double t, double p) { return (t - p) * (t - p) * std::max(t, p); }

TEST(TelescopeGroups, AreFourDifferentCellsThatTouch) {
  std::set<std::set<int32_t>> seen;
  for (const TelescopeGroup& group : TelescopeGroups()) {
    const std::set<int32_t> cells(group.cells.begin(), group.cells.end());
    EXPECT_EQ(cells.size(), 4u);
    EXPECT_TRUE(seen.insert(cells).second) << "a group stands twice";
    for (const int32_t cell : cells) {
      const auto neighbours = std::count_if(
          cells.begin(), cells.end(), [cell](int32_t other) { return AreNeighbours(cell, other); });
      EXPECT_GE(neighbours, 2) << "cell " << cell;
    }
  }
}

// 12 of the perfect tiling, 6 shifted right, 6 down, 3 both, 9 across the seams.
TEST(TelescopeGroups, CoverEveryCellAndCarryTheirWeights) {
  double total = 0.0;
  std::set<int32_t> covered;
  for (const TelescopeGroup& group : TelescopeGroups()) {
    total += static_cast<double>(group.weight);
    covered.insert(group.cells.begin(), group.cells.end());
  }
  EXPECT_EQ(covered.size(), 48u);
  const double rhombus = 1.5 + 4.0 / 3 + 2.25 + 1.5 + (1.5 + 1) + (1 + 1.5) + 1;
  const double seams = 3 * (1.5 + 1 + 5.0 / 3);
  EXPECT_NEAR(total, (3 * rhombus + seams) / 4, 1e-5);
}

TEST(TelescopeGroups, AreKeptByATurnOf120Degrees) {
  std::set<std::set<int32_t>> groups;
  for (const TelescopeGroup& group : TelescopeGroups()) {
    groups.insert(std::set<int32_t>(group.cells.begin(), group.cells.end()));
  }
  for (const std::set<int32_t>& group : groups) {
    std::set<int32_t> turned;
    for (const int32_t cell : group) turned.insert(RotatedCell(cell));
    EXPECT_EQ(groups.count(turned), 1u);
  }
}

TEST(TelescopeLoss, EqualsItsDefinition) {
  const int64_t n = 5;
  const Tensor p = RandomTensor({n, 48}, "p", 0.0, 1.0);
  const Tensor t = RandomTensor({n, 48}, "t", 0.0, 1.0);
  double l48 = 0.0, l36 = 0.0, l3 = 0.0;
  for (int64_t r = 0; r < n; ++r) {
    double p3[3] = {0, 0, 0}, t3[3] = {0, 0, 0};
    for (int64_t i = 0; i < 48; ++i) {
      const double ti = static_cast<double>(t[r * 48 + i]), pi = static_cast<double>(p[r * 48 + i]);
      l48 += Weighted(ti, pi) / static_cast<double>(48 * n);
      p3[i / 16] += pi;
      t3[i / 16] += ti;
    }
    for (int i = 0; i < 3; ++i) l3 += Weighted(t3[i], p3[i]) / static_cast<double>(3 * n);
    for (const TelescopeGroup& group : TelescopeGroups()) {
      double tg = 0.0, pg = 0.0;
      for (const int32_t cell : group.cells) {
        tg += static_cast<double>(t[r * 48 + cell]);
        pg += static_cast<double>(p[r * 48 + cell]);
      }
      l36 += static_cast<double>(group.weight) * Weighted(tg, pg) / static_cast<double>(36 * n);
    }
  }
  Tape tape;
  const Var loss = TelescopeLoss(tape.Input(p), tape.Input(t));
  EXPECT_NEAR(static_cast<double>(loss.scalar()), 4 * l48 + 2 * l36 + l3, 1e-5);
  const Var weighted = WeightedMeanSquaredError(tape.Input(p), tape.Input(t));
  EXPECT_NEAR(static_cast<double>(weighted.scalar()), l48, 1e-6);
}

TEST(TelescopeLoss, GradientMatchesCentralDifferences) {
  const Graph graph = [](Tape&, const std::vector<Var>& v) { return TelescopeLoss(v[0], v[1]); };
  CheckGradients(graph,
                 {RandomTensor({2, 48}, "p", 0.0, 1.0), RandomTensor({2, 48}, "t", 0.0, 1.0)});
}

}  // namespace
}  // namespace demd
