#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "emd/metric.h"
#include "emd/transport.h"
#include "engine/random.h"
#include "tests/emd/problems.h"

namespace demd {
namespace {

// Distances known without a solver. Tolerances are relative to values of order 1 to 100: sums of at
// most 64 rounded products.
constexpr double kTolerance = 1e-13;

// Moving everything by v costs |v| a unit, whatever the histogram: a linear potential proves it.
TEST(ClosedForm, ATranslationCostsItsLength) {
  constexpr int32_t kSide = 8;
  std::vector<Point2> grid;
  for (int32_t k = 0; k < kSide * kSide; ++k)
    grid.push_back({1.0 * (k % kSide), 0.75 * (k / kSide)});
  const GroundCost cost = GroundCost::Between(grid);
  TransportSolver solver(cost);
  for (uint64_t k = 0; k < 50; ++k) {
    RandomStream random(1, "translation", k);
    const int32_t right = static_cast<int32_t>(random.Below(4));
    const int32_t up = static_cast<int32_t>(random.Below(4));
    std::vector<int64_t> a(grid.size(), 0);
    std::vector<int64_t> b(grid.size(), 0);
    for (int32_t i = 0; i < 4; ++i) {
      for (int32_t j = 0; j < 4; ++j) {
        const int64_t mass = static_cast<int64_t>(random.Below(1 << 22));
        a[static_cast<size_t>(kSide * j + i)] += mass;
        b[static_cast<size_t>(kSide * (j + up) + i + right)] += mass;
      }
    }
    EXPECT_NEAR(solver.Solve(a.data(), b.data()).distance(), std::hypot(right, 0.75 * up),
                10 * kTolerance);
  }
}

// From a uniform histogram to one place: the mean distance, with any cost.
TEST(ClosedForm, EverythingToOnePlaceCostsTheMean) {
  for (double p : {0.5, 1.0, 2.0}) {
    const GroundCost cost = GroundCost::Hexagon().Power(p);
    TransportSolver solver(cost);
    const std::vector<int64_t> uniform(48, int64_t{1} << 30);
    for (int32_t j = 0; j < 48; ++j) {
      std::vector<int64_t> place(48, 0);
      place[static_cast<size_t>(j)] = 7;
      double mean = 0;
      for (int32_t i = 0; i < 48; ++i) mean += cost(i, j) / 48;
      const TransportResult result = solver.SolveShapes(uniform.data(), place.data());
      EXPECT_NEAR(result.distance(), mean, kTolerance * cost.largest());
    }
  }
}

// On equidistant places of a line, from the uniform histogram on the left half to that on the
// right: half the length of the line, for every way of matching them.
TEST(ClosedForm, UniformHalvesOfALineAreHalfALineApart) {
  std::vector<Point2> line;
  for (int32_t k = 0; k < 64; ++k) line.push_back({0.5 * k, 0});
  TransportSolver solver(GroundCost::Between(line));
  std::vector<int64_t> left(64, 0);
  std::vector<int64_t> right(64, 0);
  for (size_t k = 0; k < 32; ++k) left[k] = right[k + 32] = 5;
  EXPECT_NEAR(solver.Solve(left.data(), right.data()).distance(), 16, 16 * kTolerance);
}

// Every cell full, against one that lacks a count: what that has too much spreads over all cells.
// Totals of 21-bit charges meet at a product below 2^54, those of 22 bits are rounded.
TEST(ClosedForm, TakesTheLargestChargesOfAWafer) {
  const GroundCost cost = GroundCost::Hexagon();
  TransportSolver solver(cost);
  for (int bits : {21, 22}) {
    const int64_t most = (int64_t{1} << bits) - 1;
    const std::vector<int64_t> full(48, most);
    std::vector<int64_t> but_one = full;
    but_one[13] = most - 1;
    const TransportResult result = solver.SolveShapes(full.data(), but_one.data());
    ASSERT_TRUE(result.ok()) << Explain(result.status);
    EXPECT_EQ(result.rounded, bits == 22);
    double mean = 0;
    for (int32_t i = 0; i < 48; ++i) mean += cost(13, i) / 48;
    const double expected = mean / (48.0 * static_cast<double>(most) - 1);
    const double rounding = bits == 22 ? 96 * std::ldexp(cost.largest(), -50) : 0;
    EXPECT_NEAR(result.distance(), expected, kTolerance * expected + rounding);
  }
}

}  // namespace
}  // namespace demd
