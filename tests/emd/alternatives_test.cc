#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <vector>

#include "emd/certificate.h"
#include "emd/losses.h"
#include "emd/one_dimensional.h"
#include "emd/partial.h"
#include "emd/sinkhorn.h"
#include "emd/sliced.h"
#include "emd/transport.h"
#include "engine/error.h"
#include "engine/ops/reduction.h"
#include "engine/random.h"
#include "tests/emd/gradient_check.h"
#include "tests/emd/problems.h"

namespace demd {
namespace {

TEST(Sliced, EqualsTheLineForPointsOnALineAndStaysBelowTheExactDistance) {
  std::vector<Point2> line;
  std::vector<double> positions;
  for (int k = 0; k < 12; ++k) {
    line.push_back({k * k * 0.1, 0});
    positions.push_back(k * k * 0.1);
  }
  const std::vector<double> a = RandomWeights(12, "line a", 0);
  const std::vector<double> b = RandomWeights(12, "line b", 0);
  constexpr int32_t kMany = 2000;
  EXPECT_NEAR(SlicedEmd(line, kMany).Distance(a.data(), b.data(), nullptr, nullptr),
              LineEmd(12, positions.data(), a.data(), b.data()) * 2 / 3.14159265358979, 1e-6);
  const SlicedEmd sliced(HexagonCentres(), 16);
  TransportSolver exact(GroundCost::Hexagon());
  for (uint64_t k = 0; k < 200; ++k) {
    const std::vector<double> x = RandomWeights(48, "x", k);
    const std::vector<double> y = RandomWeights(48, "y", k);
    EXPECT_LE(sliced.Distance(x.data(), y.data(), nullptr, nullptr),
              exact.SolveShapes(x.data(), y.data()).distance());
  }
}

TEST(Sliced, GradientMatchesCentralDifferences) {
  const SlicedEmd sliced(HexagonCentres(), 8);
  CheckGradient([&](const double* a, const double* b, double* d_a,
                    double* d_b) { return sliced.Distance(a, b, d_a, d_b); },
                48, 1e-7, 1e-6);
}

TEST(Sliced, RefusesPointsThatHaveNoDistances) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THROW(SlicedEmd({}, 8), std::invalid_argument);
  EXPECT_THROW(SlicedEmd({{0, 0}}, 0), std::invalid_argument);
  EXPECT_THROW(SlicedEmd({{0, 0}, {0, infinity}}, 8), std::invalid_argument);
  EXPECT_THROW(SlicedEmd({{0, 0}, {NAN, 0}}, 8), std::invalid_argument);
  EXPECT_THROW(SlicedEmd({{-1.5e308, 0}, {1.5e308, 0}}, 8), std::invalid_argument);
}

TEST(Partial, RefusesSizesOutOfRange) {
  const auto cost = [](int32_t n, int32_t m) {
    return GroundCost::General(n, m, std::vector<double>(static_cast<size_t>(n * m), 1.0));
  };
  EXPECT_THROW(PartialTransport(cost(0, 0)), std::invalid_argument);
  EXPECT_THROW(PartialTransport(cost(3, 0)), std::invalid_argument);
  EXPECT_THROW(PartialTransport(cost(64, 1)), std::invalid_argument);
  EXPECT_THROW(EnergyMovers(cost(0, 3), 1), std::invalid_argument);
  EXPECT_NO_THROW(PartialTransport(cost(63, 63)));
  try {
    PartialTransport too_large(cost(1, 64));
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "partial transport: expected 1 to 63 cells on either side, found 1 and 64");
  }
}

// The cost is convex in the masses: a subgradient lies between the differences on either side.
TEST(Partial, GradientsAtAFixedAmountLieBetweenDifferences) {
  PartialTransport transport(GroundCost::Hexagon());
  for (uint64_t k = 0; k < 20; ++k) {
    RandomStream random(7, "fixed", k);
    std::vector<int64_t> a = RandomMasses(48, 100000, 0.5, &random);
    std::vector<int64_t> b = RandomMasses(48, 80000, 0.5, &random);
    const auto cost = [&] { return transport.Move(a.data(), b.data(), 50000).cost; };
    const double here = cost();
    std::vector<double> d_a(48);
    std::vector<double> d_b(48);
    transport.Gradients(PartialTransport::Amount::kFixed, d_a.data(), d_b.data());
    for (size_t i = 0; i < 48; ++i) {
      for (int side = 0; side < 2; ++side) {
        int64_t& mass = side == 0 ? a[i] : b[i];
        const double slope = side == 0 ? d_a[i] : d_b[i];
        ++mass;
        EXPECT_GE(cost() - here, slope - 1e-8);
        --mass;
        if (mass == 0) continue;
        --mass;
        EXPECT_LE(here - cost(), slope + 1e-8);
        ++mass;
      }
    }
  }
}

TEST(Partial, MovesTheCheapestMassFirst) {
  PartialTransport transport(GroundCost::General(2, 2, {1, 5, 2, 7}));
  const int64_t a[] = {3, 2};
  const int64_t b[] = {4, 9};
  const double expected[] = {0, 1, 2, 3, 5};
  for (int64_t amount = 0; amount <= 4; ++amount) {
    const TransportResult result = transport.Move(a, b, amount);
    ASSERT_TRUE(result.ok()) << Explain(result.status);
    EXPECT_DOUBLE_EQ(result.cost, expected[amount]);
    int64_t moved = 0;
    for (const PlanEntry& entry : transport.Plan()) moved += entry.mass;
    EXPECT_EQ(moved, amount);
  }
  // All of a: 3 by cell 0 and 2 by cell 1; the dearer sink takes one unit, 5 - 1 < 7 - 2.
  EXPECT_DOUBLE_EQ(transport.Move(a, b, 5).cost, 2 * 1 + 1 * 5 + 2 * 2);
  EXPECT_EQ(transport.Move(a, b, 6).status, TransportStatus::kUnequalTotals);
  EXPECT_EQ(transport.Move(a, b, -1).status, TransportStatus::kUnequalTotals);
}

TEST(Partial, EqualsFullTransportForEqualTotals) {
  const GroundCost cost = GroundCost::Hexagon();
  PartialTransport partial(cost);
  TransportSolver full(cost);
  for (uint64_t k = 0; k < 100; ++k) {
    RandomStream random(2, "partial", k);
    const std::vector<int64_t> a = RandomMasses(48, 100000, 0.5, &random);
    const std::vector<int64_t> b = RandomMasses(48, 100000, 0.5, &random);
    const double expected = full.Solve(a.data(), b.data()).cost;
    EXPECT_NEAR(partial.Move(a.data(), b.data(), 100000).cost, expected, 1e-8);
    EXPECT_NEAR(EnergyMovers(cost, 1).Distance(a.data(), b.data()), expected, 1e-8);
  }
}

TEST(EnergyMoversDistance, IsAMetricForLargeRadiusAndHasTheRightGradient) {
  const GroundCost cost = GroundCost::Hexagon();
  EnergyMovers movers(cost, cost.largest() / 2);
  for (uint64_t k = 0; k < 60; ++k) {
    RandomStream random(3, "emd", k);
    std::vector<int64_t> sides[3];
    for (std::vector<int64_t>& side : sides) {
      side = RandomMasses(48, 1 + static_cast<int64_t>(random.Below(100000)), 0.5, &random);
    }
    const auto distance = [&](int p, int q) {
      return movers.Distance(sides[p].data(), sides[q].data());
    };
    EXPECT_NEAR(distance(0, 1), distance(1, 0), 1e-8);
    EXPECT_LE(distance(0, 2), distance(0, 1) + distance(1, 2) + 1e-8);
    std::vector<double> d_a(48);
    std::vector<double> d_b(48);
    const double here = movers.Distance(sides[0].data(), sides[1].data(), d_a.data(), d_b.data());
    const std::vector<double> real_a(sides[0].begin(), sides[0].end());
    const std::vector<double> real_b(sides[1].begin(), sides[1].end());
    EXPECT_NEAR(movers.Distance(real_a.data(), real_b.data()), here, 1e-7);
    // One unit is a small step; the distance is convex in a, so a subgradient lies below.
    for (size_t i = 0; i < 48; i += 5) {
      ++sides[0][i];
      EXPECT_GE(distance(0, 1) - here, d_a[i] - 1e-8);
      --sides[0][i];
      ++sides[1][i];
      EXPECT_GE(distance(0, 1) - here, d_b[i] - 1e-8);
      --sides[1][i];
    }
  }
  EXPECT_THROW(EnergyMovers(cost, 0), std::invalid_argument);
}

TEST(EnergyMoversDistance, GradientMatchesCentralDifferencesForRealMassesOfUnequalTotals) {
  EnergyMovers movers(GroundCost::Hexagon(), 5);
  for (double scale : {0.5, 1.5}) {
    CheckGradient(
        [&](const double* a, const double* b, double* d_a, double* d_b) {
          std::vector<double> scaled(a, a + 48);
          for (double& x : scaled) x *= scale;
          const double distance = movers.Distance(scaled.data(), b, d_a, d_b);
          for (int i = 0; d_a != nullptr && i < 48; ++i) d_a[i] *= scale;
          return distance;
        },
        48, 1e-7, 1e-6);
  }
}

TEST(EnergyMoversDistance, CountsTheMassWhereOneSideHasNone) {
  EnergyMovers movers(GroundCost::Between({{0, 0}, {3, 0}}), 2);
  const double none[] = {0, 0};
  const double some[] = {1, 0.5};
  const double bad[] = {1, -0.5};
  EXPECT_DOUBLE_EQ(movers.Distance(none, some), 1.5);
  EXPECT_DOUBLE_EQ(movers.Distance(some, none), 1.5);
  const double one[] = {0, 1};
  EXPECT_NEAR(movers.Distance(some, one), 0.5 + 0.5 * 3 / 2, 1e-12);  // units of 2^-50
  EXPECT_THROW(movers.Distance(none, none), std::invalid_argument);
  EXPECT_THROW(movers.Distance(some, bad), std::invalid_argument);
}

TEST(LowerBoundByTransform, NeverExceedsTheDistanceAndReachesItForTheDuals) {
  const GroundCost cost = GroundCost::Hexagon().Power(2);
  TransportSolver solver(cost);
  for (uint64_t k = 0; k < 50; ++k) {
    const std::vector<double> a = RandomWeights(48, "a", k);
    const std::vector<double> b = RandomWeights(48, "b", k);
    const std::vector<double> any = RandomWeights(48, "f", k);
    const double exact = solver.SolveShapes(a.data(), b.data()).distance();
    EXPECT_LE(LowerBoundByTransform(cost, a.data(), b.data(), any.data()), exact);
    EXPECT_NEAR(LowerBoundByTransform(cost, a.data(), b.data(), solver.source_duals()), exact,
                1e-10);
  }
}

TEST(PointGradients, MatchCentralDifferences) {
  RandomStream random(4, "points");
  std::vector<Point2> x = RandomPoints(7, &random);
  const std::vector<Point2> y = RandomPoints(9, &random);
  const std::vector<int64_t> a = RandomMasses(7, 1000, 1, &random);
  const std::vector<int64_t> b = RandomMasses(9, 1000, 1, &random);
  for (double p : {1.0, 2.0, 3.0}) {
    const auto distance = [&] {
      TransportSolver solver(GroundCost::Between(x, y).Power(p));
      return solver.Solve(a.data(), b.data()).distance();
    };
    TransportSolver solver(GroundCost::Between(x, y).Power(p));
    ASSERT_TRUE(solver.Solve(a.data(), b.data()).ok());
    std::vector<Point2> d_x;
    std::vector<Point2> d_y;
    PointGradients(x, y, p, solver.Plan(), 1000, &d_x, &d_y);
    Point2 sum = {0, 0};
    for (const Point2& d : d_x) sum = {sum.x + d.x, sum.y + d.y};
    for (const Point2& d : d_y) sum = {sum.x + d.x, sum.y + d.y};
    EXPECT_NEAR(sum.x, 0, 1e-12);  // moving everything changes nothing
    EXPECT_NEAR(sum.y, 0, 1e-12);
    for (size_t i = 0; i < x.size(); ++i) {
      constexpr double kStep = 1e-6;
      const double center = x[i].x;
      x[i].x = center + kStep;
      const double above = distance();
      x[i].x = center - kStep;
      const double below = distance();
      x[i].x = center;
      EXPECT_NEAR(d_x[i].x, (above - below) / (2 * kStep), 1e-7);
    }
  }
}

TEST(Losses, WassersteinDistanceIsTheRootOfThePowerWithItsGradient) {
  const GroundCost cost = GroundCost::Hexagon();
  const auto row = [](const char* name) {
    Tensor tensor(Shape{1, 48});
    RandomStream random(6, name);
    for (int64_t i = 0; i < 48; ++i) tensor[i] = static_cast<float>(random.Uniform(0.1, 1));
    return tensor;
  };
  for (double p : {1.0, 2.0, 3.0}) {
    Parameter roots = {"a", row("a"), Tensor(), true, 0.0f};
    Parameter powers = {"a", row("a"), Tensor(), true, 0.0f};
    Tape tape;
    Var root = WassersteinDistance(cost, p, tape.Use(roots), tape.Input(row("b")));
    tape.Backward(Sum(root));
    Tape power_tape;
    Var power = ExactEmd(cost.Power(p), power_tape.Use(powers), power_tape.Input(row("b")));
    power_tape.Backward(Sum(power));
    const double power_value = static_cast<double>(power.value()[0]);
    const double value = std::pow(power_value, 1 / p);
    EXPECT_NEAR(static_cast<double>(root.value()[0]), value, 1e-6 * value);
    for (int64_t i = 0; i < 48; ++i) {
      const double slope = value / (p * power_value);
      EXPECT_NEAR(static_cast<double>(roots.gradient[i]),
                  slope * static_cast<double>(powers.gradient[i]), 1e-6);
    }
    tape.Clear();
    Var same = WassersteinDistance(cost, p, tape.Use(roots), tape.Input(row("a")));
    EXPECT_EQ(same.value()[0], 0.0f);
    EXPECT_THROW(WassersteinDistance(cost, 0.5, same, same), UsageError);
  }
}

TEST(Losses, BadParametersAreTheCallersErrorBeforeAnyRow) {
  const double infinity = std::numeric_limits<double>::infinity();
  const GroundCost cost = GroundCost::Between({{0, 0}, {1, 0}});
  const GroundCost large = GroundCost::Metric(64, std::vector<double>(64 * 64, 0.0));
  const std::vector<double> line = {0, 1};
  Tape tape;
  Var bad_row = tape.Input(Tensor(Shape{1, 2}, std::vector<float>{-1, 0}));
  Var bad_long_row = tape.Input(Tensor(Shape{1, 64}));
  for (const double radius : {0.0, -1.0, double{NAN}}) {
    EXPECT_THROW(EnergyMoversDistance(cost, radius, bad_row, bad_row), UsageError) << radius;
  }
  EXPECT_THROW(EnergyMoversDistance(large, 1, bad_long_row, bad_long_row), UsageError);
  SinkhornOptions options;
  options.debiased = true;
  const GroundCost one_way = GroundCost::General(2, 2, {0, 1, 2, 0});
  EXPECT_THROW(SinkhornDistance(one_way, options, bad_row, bad_row), UsageError);
  for (const double epsilon : {0.0, -1.0, infinity}) {
    options.epsilon = epsilon;
    EXPECT_THROW(SinkhornDistance(cost, options, bad_row, bad_row), UsageError) << epsilon;
  }
  for (const double p : {0.5, infinity, double{NAN}}) {
    EXPECT_THROW(WassersteinDistance(cost, p, bad_row, bad_row), UsageError) << p;
    EXPECT_THROW(LineWassersteinPower(p, line, bad_row, bad_row), UsageError) << p;
  }
  const GroundCost negative = GroundCost::General(2, 2, {0, -1, 1, 0});
  EXPECT_THROW(WassersteinDistance(negative, 2, bad_row, bad_row), UsageError);
  for (const double circumference : {-1.0, 1.0, infinity, double{NAN}}) {
    EXPECT_THROW(OneDimensionalDistance(line, circumference, bad_row, bad_row), UsageError)
        << circumference;
  }
  const std::vector<double> unordered = {1, 0};
  for (const double circumference : {0.0, 2.0}) {
    EXPECT_THROW(OneDimensionalDistance(unordered, circumference, bad_row, bad_row), UsageError);
  }
  EXPECT_THROW(LineWassersteinPower(1, unordered, bad_row, bad_row), UsageError);
}

TEST(Losses, AlternativesGiveTheirValueAndGradientOnTheTape) {
  RandomStream random(5, "rows");
  Tensor rows(Shape{5, 48});
  for (int64_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(random.Uniform(0.1, 1));
  Tensor target(Shape{5, 48});
  for (int64_t i = 0; i < rows.size(); ++i) target[i] = static_cast<float>(random.Uniform(0.1, 1));
  const GroundCost cost = GroundCost::Hexagon();
  const SlicedEmd sliced(HexagonCentres(), 8);
  std::vector<double> positions(48);
  for (size_t k = 0; k < 48; ++k) positions[k] = static_cast<double>(k);
  using Op = std::function<Var(Var, Var)>;
  const Op ops[] = {
      [&](Var a, Var b) { return SlicedDistance(sliced, a, b); },
      [&](Var a, Var b) { return SinkhornDistance(cost, SinkhornOptions(), a, b); },
      [&](Var a, Var b) { return OneDimensionalDistance(positions, 0, a, b); },
      [&](Var a, Var b) { return OneDimensionalDistance(positions, 48, a, b); },
      [&](Var a, Var b) { return LineWassersteinPower(2, positions, a, b); },
      [&](Var a, Var b) { return EnergyMoversDistance(cost, 5, a, b); },
      [&](Var a, Var b) { return ExactEmd(cost.Power(2), a, b); },
  };
  for (const Op& op : ops) {
    Parameter a = {"a", rows, Tensor(), true, 0.0f};
    Tape tape;
    Var y = op(tape.Use(a), tape.Input(target));
    const float before = Sum(y).scalar();
    tape.Backward(Sum(y));
    for (int64_t i = 0; i < rows.size(); ++i) a.value[i] -= 0.02f * a.gradient[i];
    tape.Clear();
    EXPECT_LT(Sum(op(tape.Use(a), tape.Input(target))).scalar(), before);
    a.value[50] = -1;
    tape.Clear();
    EXPECT_THROW(op(tape.Use(a), tape.Input(target)), NumericError);
  }
}

}  // namespace
}  // namespace demd
