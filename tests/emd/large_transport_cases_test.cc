// Closed forms, gradients, masses at the ends of their range, and input that cannot be solved.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "emd/large_transport/solver.h"
#include "emd/one_dimensional.h"
#include "tests/emd/large_problems.h"

namespace demd {
namespace {

TEST(LargeTransportCases, PointsOnALineMatchTheClosedForm) {
  RandomStream random(1, "line", 0);
  const int32_t n = 300;
  std::vector<double> positions;
  for (int32_t k = 0; k < n; ++k) positions.push_back(random.Uniform(-5, 5));
  std::sort(positions.begin(), positions.end());
  std::vector<Point2> points;
  for (double x : positions) points.push_back({0.6 * x, 0.8 * x});
  const std::vector<int64_t> a = RandomMasses(n, 100000, 1, &random);
  const std::vector<int64_t> b = RandomMasses(n, 100000, 1, &random);
  const std::vector<double> real_a(a.begin(), a.end());
  const std::vector<double> real_b(b.begin(), b.end());
  LargeTransportSolver solver(TransportCosts::Points(points, points));
  EXPECT_NEAR(solver.SolveShapes(a.data(), b.data()).distance(),
              LineEmd(n, positions.data(), real_a.data(), real_b.data()), 1e-12);
  LargeTransportSolver squares(TransportCosts::Points(points, points, 2));
  EXPECT_NEAR(squares.SolveShapes(a.data(), b.data()).distance(),
              LineWassersteinPower(2, n, positions.data(), real_a.data(), n, positions.data(),
                                   real_b.data()),
              1e-11);
}

TEST(LargeTransportCases, ATranslationCostsItsLength) {
  RandomStream random(1, "translation", 0);
  for (const bool units : {true, false}) {
    CloudPair pair = RandomClouds(Shape::kTranslated, 1000, 1000, units, &random);
    pair.b = pair.a;
    LargeTransportSolver solver(TransportCosts::Points(pair.x, pair.y));
    EXPECT_NEAR(solver.Solve(pair.a.data(), pair.b.data()).distance(), std::sqrt(0.3125), 1e-13);
    LargeTransportSolver squares(TransportCosts::Points(pair.x, pair.y, 2));
    EXPECT_NEAR(squares.Solve(pair.a.data(), pair.b.data()).distance(), 0.3125, 1e-13);
  }
}

TEST(LargeTransportCases, MassInTheSamePlaceDoesNotMoveUnderAMetric) {
  RandomStream random(1, "same", 0);
  const CloudPair pair = RandomClouds(Shape::kFewPlaces, 200, 100, false, &random);
  LargeTransportSolver solver(TransportCosts::Points(pair.x, pair.y));
  const TransportResult result = solver.Solve(pair.a.data(), pair.b.data());
  EXPECT_TRUE(IsProved(solver, pair.a, pair.b, result));
  // Identical sides: nothing moves, and nothing is solved.
  LargeTransportSolver same(TransportCosts::Points(pair.x, pair.x));
  const TransportResult zero = same.Solve(pair.a.data(), pair.a.data());
  EXPECT_TRUE(zero.ok());
  EXPECT_EQ(zero.cost, 0);
  EXPECT_EQ(zero.pivots, 0);
  EXPECT_TRUE(IsProved(same, pair.a, pair.a, zero));
}

TEST(LargeTransportCases, OneCellSendsEverything) {
  RandomStream random(1, "one", 0);
  const std::vector<Point2> y = RandomPoints(200, &random);
  const std::vector<int64_t> b = RandomMasses(200, 5000, 1, &random);
  const int64_t a = 5000;
  LargeTransportSolver solver(TransportCosts::Points({{0.5, 0.5}}, y));
  const TransportResult result = solver.Solve(&a, b.data());
  double expected = 0;
  for (size_t j = 0; j < y.size(); ++j) {
    expected += static_cast<double>(b[j]) * solver.costs()(0, static_cast<int32_t>(j));
  }
  EXPECT_NEAR(result.cost, expected, 1e-10);
}

TEST(LargeTransportCases, MassesAsLargeAsAllowedStayExact) {
  RandomStream random(1, "masses", 0);
  CloudPair pair = RandomClouds(Shape::kSquare, 150, 150, false, &random);
  pair.a = RandomMasses(150, kMaxTransportTotal, 1, &random);
  pair.b = RandomMasses(150, kMaxTransportTotal, 1, &random);
  LargeTransportSolver solver(TransportCosts::Points(pair.x, pair.y));
  const TransportResult result = solver.Solve(pair.a.data(), pair.b.data());
  EXPECT_TRUE(IsProved(solver, pair.a, pair.b, result));
  pair.a[0] += 1;
  pair.b[0] += 1;
  EXPECT_EQ(solver.Solve(pair.a.data(), pair.b.data()).status, TransportStatus::kTotalTooLarge);
  // As shapes, masses whose product is too large are rounded, and the result says so.
  pair.a[0] -= 2;
  pair.b[0] -= 1;
  const TransportResult rounded = solver.SolveShapes(pair.a.data(), pair.b.data());
  EXPECT_TRUE(rounded.ok());
  EXPECT_TRUE(rounded.rounded);
  // So are those whose total alone is.
  const std::vector<double> real_b(pair.b.begin(), pair.b.end());
  const double uniform =
      solver.SolveShapes(std::vector<double>(150, 1.0).data(), real_b.data()).distance();
  const std::vector<int64_t> huge(150, INT64_MAX);
  const TransportResult larger = solver.SolveShapes(huge.data(), pair.b.data());
  EXPECT_TRUE(larger.ok());
  EXPECT_TRUE(larger.rounded);
  EXPECT_DOUBLE_EQ(larger.distance(), uniform);
}

TEST(LargeTransportCases, RefusedMassesLeaveTheLastSolutionAsItWas) {
  RandomStream random(2, "refused", 0);
  const CloudPair pair = RandomClouds(Shape::kSquare, 70, 80, false, &random);
  const std::vector<double> a(pair.a.begin(), pair.a.end());
  const std::vector<double> b(pair.b.begin(), pair.b.end());
  LargeTransportSolver solver(TransportCosts::Points(pair.x, pair.y));
  const auto solution = [&] {
    std::vector<double> gradients(150);
    solver.ShapeGradients(1, 1, gradients.data(), gradients.data() + 70);
    for (const PlanEntry& e : solver.Plan()) gradients.push_back(static_cast<double>(e.mass));
    return gradients;
  };
  ASSERT_TRUE(solver.SolveShapes(a.data(), b.data()).ok());
  const std::vector<double> before = solution();
  const std::vector<double> uniform(80, 1.0);
  std::vector<double> bad = b;
  bad[79] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(solver.SolveShapes(uniform.data(), bad.data()).ok());
  EXPECT_EQ(solution(), before);
}

TEST(LargeTransportCases, RealMassesAreScaledToTheWholeTotal) {
  RandomStream random(1, "reals", 0);
  const CloudPair pair = RandomClouds(Shape::kSquare, 150, 120, false, &random);
  const std::vector<double> a(pair.a.begin(), pair.a.end());
  std::vector<double> b(pair.b.begin(), pair.b.end());
  LargeTransportSolver solver(TransportCosts::Points(pair.x, pair.y));
  const double whole = solver.SolveShapes(pair.a.data(), pair.b.data()).distance();
  for (double& mass : b) mass *= 1e-300;
  const TransportResult real = solver.SolveShapes(a.data(), b.data());
  EXPECT_TRUE(real.ok());
  EXPECT_TRUE(real.rounded);
  EXPECT_EQ(real.total, kScaledTotal);
  EXPECT_NEAR(real.distance(), whole, 270 * std::ldexp(1.5, -49));
  int64_t moved = 0;
  for (const PlanEntry& entry : solver.Plan()) moved += entry.mass;
  EXPECT_EQ(moved, kScaledTotal);
}

// Finite differences of a piecewise linear function: exact up to rounding within a piece.
TEST(LargeTransportCases, GradientsEqualDifferences) {
  RandomStream random(1, "gradient", 0);
  CloudPair pair = RandomClouds(Shape::kSquare, 80, 70, false, &random);
  std::vector<double> a(80);
  std::vector<double> b(70);
  for (double& mass : a) mass = random.Uniform(1, 2);
  for (double& mass : b) mass = random.Uniform(1, 2);
  const double sum_a = std::accumulate(a.begin(), a.end(), 0.0);
  const double sum_b = std::accumulate(b.begin(), b.end(), 0.0);
  const auto distance = [&](const CloudPair& at) {
    LargeTransportSolver solver(TransportCosts::Points(at.x, at.y));
    return solver.SolveShapes(a.data(), b.data()).distance();
  };
  LargeTransportSolver solver(TransportCosts::Points(pair.x, pair.y));
  const TransportResult result = solver.SolveShapes(a.data(), b.data());
  std::vector<double> d_a(80);
  std::vector<double> d_b(70);
  solver.ShapeGradients(sum_a, sum_b, d_a.data(), d_b.data());
  std::vector<Point2> d_x;
  std::vector<Point2> d_y;
  PointGradients(pair.x, pair.y, 1, solver.Plan(), result.total, &d_x, &d_y);
  constexpr double kStep = 1e-5;
  constexpr double kTolerance = 1e-6;
  const auto difference = [&](double* value) {
    const double here = *value;
    *value = here + kStep;
    const double above = distance(pair);
    *value = here - kStep;
    const double below = distance(pair);
    *value = here;
    return (above - below) / (2 * kStep);
  };
  for (size_t k = 0; k < 10; ++k) {
    EXPECT_NEAR(difference(&a[7 * k]), d_a[7 * k], kTolerance);
    EXPECT_NEAR(difference(&b[7 * k]), d_b[7 * k], kTolerance);
    EXPECT_NEAR(difference(&pair.x[7 * k].x), d_x[7 * k].x, kTolerance);
    EXPECT_NEAR(difference(&pair.y[7 * k].y), d_y[7 * k].y, kTolerance);
  }
}

TEST(LargeTransportCases, BadMassesHaveAStatus) {
  const std::vector<Point2> points = {{0, 0}, {1, 0}};
  LargeTransportSolver solver(TransportCosts::Points(points, points));
  const int64_t good[] = {1, 2};
  const int64_t negative[] = {-1, 4};
  const int64_t none[] = {0, 0};
  const int64_t more[] = {2, 2};
  const int64_t huge[] = {INT64_MAX, INT64_MAX};
  EXPECT_EQ(solver.Solve(good, negative).status, TransportStatus::kNegativeMass);
  EXPECT_EQ(solver.Solve(none, good).status, TransportStatus::kNoMass);
  EXPECT_EQ(solver.Solve(good, more).status, TransportStatus::kUnequalTotals);
  EXPECT_EQ(solver.Solve(huge, huge).status, TransportStatus::kTotalTooLarge);
  EXPECT_EQ(solver.SolveShapes(huge, negative).status, TransportStatus::kNegativeMass);
  EXPECT_EQ(solver.SolveShapes(huge, none).status, TransportStatus::kNoMass);
  const double real[] = {0.5, 0.5};
  const double nan[] = {0.5, std::numeric_limits<double>::quiet_NaN()};
  const double below[] = {0.5, -0.5};
  EXPECT_EQ(solver.SolveShapes(real, nan).status, TransportStatus::kNotFinite);
  EXPECT_EQ(solver.SolveShapes(below, real).status, TransportStatus::kNegativeMass);
}

TEST(LargeTransportCases, CostsThatCannotBeHeldAreRefused) {
  const std::vector<Point2> points = {{0, 0}, {1, 0}};
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THROW(TransportCosts::Points({}, points), std::invalid_argument);
  EXPECT_THROW(TransportCosts::Points(points, {{infinity, 0}}), std::invalid_argument);
  EXPECT_THROW(TransportCosts::Points(points, {{1e200, 0}}), std::invalid_argument);
  EXPECT_THROW(TransportCosts::Points({{0, 0}}, {{1e-200, 0}}), std::invalid_argument);
  EXPECT_THROW(TransportCosts::Points(points, {{1e100, 0}}, 3), std::invalid_argument);
  EXPECT_THROW(TransportCosts::Points(points, points, 0), std::invalid_argument);
  EXPECT_THROW(TransportCosts::Function(2, 2, [&](int32_t, int32_t) { return infinity; }),
               std::invalid_argument);
  EXPECT_THROW(TransportCosts::Function(
                   2, 3, [](int32_t, int32_t) { return 1.0; }, true),
               std::invalid_argument);
  EXPECT_THROW(TransportCosts::Function(0, 3, [](int32_t, int32_t) { return 1.0; }),
               std::invalid_argument);
}

TEST(LargeTransportCases, ADamagedPlanOrDualIsNotProved) {
  RandomStream random(1, "damage", 0);
  const CloudPair pair = RandomClouds(Shape::kSquare, 100, 90, false, &random);
  LargeTransportSolver solver(TransportCosts::Points(pair.x, pair.y));
  const TransportResult result = solver.Solve(pair.a.data(), pair.b.data());
  const auto proves = [&](const std::vector<PlanEntry>& plan, const std::vector<double>& f) {
    return Certify(solver.costs(), pair.a.data(), pair.b.data(), plan, f.data(),
                   solver.sink_duals().data())
        .Proves(solver.costs().largest(), result.total, kExact);
  };
  EXPECT_TRUE(proves(solver.Plan(), solver.source_duals()));
  std::vector<PlanEntry> plan = solver.Plan();
  ++plan[0].mass;
  EXPECT_FALSE(proves(plan, solver.source_duals()));
  std::vector<double> f = solver.source_duals();
  f[static_cast<size_t>(solver.Plan()[0].source)] += 1e-6;
  EXPECT_FALSE(proves(solver.Plan(), f));
}

}  // namespace
}  // namespace demd
