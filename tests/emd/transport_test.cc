#include "emd/transport.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "emd/certificate.h"
#include "emd/kernels/transport_kernel.h"
#include "engine/random.h"
#include "tests/case_count.h"
#include "tests/emd/problems.h"

namespace demd {
namespace {

struct ReferenceRow {
  std::vector<int64_t> a;
  std::vector<int64_t> b;
  double emd;
};

std::vector<ReferenceRow> ReadReference() {
  std::ifstream file(DEMD_SOURCE_DIR "/tests/emd/emd_reference_synthetic.csv");
  std::vector<ReferenceRow> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::stringstream fields(line);
    std::string field;
    std::getline(fields, field, ',');
    ReferenceRow row;
    for (int k = 0; k < 96; ++k) {
      std::getline(fields, field, ',');
      (k < 48 ? row.a : row.b).push_back(std::stoll(field));
    }
    std::getline(fields, field, ',');
    row.emd = std::stod(field);
    rows.push_back(row);
  }
  return rows;
}

TEST(Transport, AgreesWithTheReferenceOnSyntheticWafers) {
  const std::vector<ReferenceRow> rows = ReadReference();
  ASSERT_EQ(rows.size(), 304u);
  TransportSolver solver(GroundCost::Hexagon());
  for (const ReferenceRow& row : rows) {
    const TransportResult exact = solver.SolveShapes(row.a.data(), row.b.data());
    ASSERT_TRUE(exact.ok()) << Explain(exact.status);
    EXPECT_FALSE(exact.rounded);
    EXPECT_NEAR(exact.distance(), row.emd, 1e-9);
    const std::vector<double> a(row.a.begin(), row.a.end());
    const std::vector<double> b(row.b.begin(), row.b.end());
    const TransportResult rounded = solver.SolveShapes(a.data(), b.data());
    EXPECT_TRUE(rounded.rounded);
    EXPECT_NEAR(rounded.distance(), exact.distance(), 96 * std::ldexp(13.757, -50));
  }
}

TEST(Transport, ASwappedPairOfMassesIsNoticedByTheReference) {
  std::vector<ReferenceRow> rows = ReadReference();
  TransportSolver solver(GroundCost::Hexagon());
  int noticed = 0;
  for (ReferenceRow& row : rows) {
    std::swap(row.a[3], row.a[44]);
    const TransportResult result = solver.SolveShapes(row.a.data(), row.b.data());
    noticed += std::fabs(result.distance() - row.emd) > 1e-9;
  }
  EXPECT_GT(noticed, 150);
}

// DEMD_LONG_TESTS in the environment makes it 10^6 problems.
TEST(Transport, ProvesRandomProblemsOfAllSizesOptimal) {
  const uint64_t n_problems = static_cast<uint64_t>(CaseCount(100000, 1000000));
  int64_t failures = 0;
  for (uint64_t k = 0; k < n_problems; ++k) {
    RandomStream random(2, "problem", k);
    const bool large = k % 50 == 0;
    const int32_t n = 1 + static_cast<int32_t>(random.Below(large ? 64 : 12));
    const int32_t m = 1 + static_cast<int32_t>(random.Below(large ? 64 : 12));
    const bool metric = random.Below(2) == 0;
    const GroundCost cost = metric ? GroundCost::Between(RandomPoints(n, &random))
                                   : GroundCost::General(n, m, RandomMatrix(n, m, &random));
    TransportSolver solver(cost);
    const int64_t total = int64_t{1} << random.Below(55);
    const std::vector<int64_t> a = RandomMasses(cost.n(), total, random.Uniform(), &random);
    const std::vector<int64_t> b = RandomMasses(cost.m(), total, random.Uniform(), &random);
    const TransportResult result = solver.Solve(a.data(), b.data());
    failures += !IsProved(solver, a.data(), b.data(), result);
    failures += !(std::fabs(result.gap) <= kExact * cost.largest() * static_cast<double>(total));
  }
  EXPECT_EQ(failures, 0);
}

TEST(Transport, ProvesDegenerateFamiliesOptimal) {
  int64_t failures = 0;
  for (uint64_t k = 0; k < 400; ++k) {
    RandomStream random(3, "degenerate", k);
    const int32_t n = 2 + static_cast<int32_t>(random.Below(63));
    std::vector<Point2> points(static_cast<size_t>(n));
    // Collinear equidistant points, a grid with coinciding points, or all points in one place.
    for (int32_t i = 0; i < n; ++i) {
      points[static_cast<size_t>(i)] = {static_cast<double>(k % 3 == 2 ? 1 : i / (k % 2 ? 1 : 7)),
                                        static_cast<double>(k % 3 == 1 ? i % 7 : 0)};
    }
    const GroundCost metric = GroundCost::Between(points);
    for (const GroundCost& cost : {metric, metric.Power(2)}) {
      TransportSolver solver(cost);
      // A permutation problem: equal masses on random halves.
      std::vector<int64_t> a(static_cast<size_t>(n), 0);
      for (int32_t i = 0; i < n / 2; ++i) a[static_cast<size_t>(i)] = int64_t{1} << (k % 41);
      std::vector<int64_t> b = a;
      random.Shuffle(a.data(), a.size());
      random.Shuffle(b.data(), b.size());
      const TransportResult result = solver.Solve(a.data(), b.data());
      failures += !IsProved(solver, a.data(), b.data(), result);
    }
  }
  EXPECT_EQ(failures, 0);
}

TEST(Transport, ScalesWithTheCostsOverTwentyFourDecades) {
  RandomStream random(4, "scales");
  const std::vector<Point2> points = RandomPoints(20, &random);
  const std::vector<int64_t> a = RandomMasses(20, 1 << 20, 0.7, &random);
  const std::vector<int64_t> b = RandomMasses(20, 1 << 20, 0.7, &random);
  TransportSolver unit(GroundCost::Between(points));
  const double expected = unit.Solve(a.data(), b.data()).cost;
  for (int decade = -12; decade <= 12; ++decade) {
    std::vector<Point2> scaled = points;
    const double factor = std::pow(10.0, decade);
    for (Point2& p : scaled) p = {p.x * factor, p.y * factor};
    TransportSolver solver(GroundCost::Between(scaled));
    const TransportResult result = solver.Solve(a.data(), b.data());
    EXPECT_NEAR(result.cost / factor, expected, 1e-13 * expected);
    EXPECT_TRUE(IsProved(solver, a.data(), b.data(), result));
  }
}

TEST(Transport, CostsOfOneProblemMaySpanTwentyFourDecades) {
  for (uint64_t k = 0; k < 200; ++k) {
    RandomStream random(5, "range", k);
    std::vector<double> costs(100);
    for (double& c : costs) c = std::pow(10.0, random.Uniform(-12, 12));
    TransportSolver solver(GroundCost::General(10, 10, costs));
    const std::vector<int64_t> a = RandomMasses(10, 1 << 30, 0.8, &random);
    const std::vector<int64_t> b = RandomMasses(10, 1 << 30, 0.8, &random);
    EXPECT_TRUE(IsProved(solver, a.data(), b.data(), solver.Solve(a.data(), b.data())));
  }
}

TEST(Transport, HasTheSymmetriesOfADistance) {
  TransportSolver solver(GroundCost::Hexagon());
  const auto distance = [&](const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
    return solver.SolveShapes(a.data(), b.data()).distance();
  };
  for (uint64_t k = 0; k < 300; ++k) {
    RandomStream random(6, "triangle", k);
    const auto masses = [&] {
      return RandomMasses(48, 1 + static_cast<int64_t>(random.Below(1 << 22)), 0.5, &random);
    };
    const std::vector<int64_t> a = masses();
    const std::vector<int64_t> b = masses();
    const std::vector<int64_t> c = masses();
    EXPECT_NEAR(distance(a, b), distance(b, a), 1e-13);
    EXPECT_LE(distance(a, c), distance(a, b) + distance(b, c) + 1e-13);
    EXPECT_EQ(distance(a, a), 0);
    std::vector<int64_t> tripled = a;
    for (int64_t& x : tripled) x *= 3;
    EXPECT_NEAR(distance(tripled, b), distance(a, b), 1e-13);
    std::vector<int64_t> turned_a(48);
    std::vector<int64_t> turned_b(48);
    for (size_t i = 0; i < 48; ++i) {
      turned_a[(i + 16) % 48] = a[i];
      turned_b[(i + 16) % 48] = b[i];
    }
    EXPECT_NEAR(distance(turned_a, turned_b), distance(a, b), 1.1e-5);
  }
}

TEST(Transport, MovesASingleCellByItsDistance) {
  const GroundCost cost = GroundCost::Hexagon();
  TransportSolver solver(cost);
  for (int32_t i = 0; i < 48; ++i) {
    for (int32_t j = 0; j < 48; ++j) {
      std::vector<int64_t> a(48, 0);
      std::vector<int64_t> b(48, 0);
      a[static_cast<size_t>(i)] = 5;
      b[static_cast<size_t>(j)] = int64_t{1} << 22;
      EXPECT_DOUBLE_EQ(solver.SolveShapes(a.data(), b.data()).distance(), cost(i, j));
    }
  }
}

// Central differences at points where no basis is degenerate, as random real masses are.
TEST(Transport, GradientsOfShapesMatchCentralDifferences) {
  TransportSolver solver(GroundCost::Hexagon());
  for (uint64_t k = 0; k < 20; ++k) {
    RandomStream random(7, "gradient", k);
    std::vector<double> sides[2] = {std::vector<double>(48), std::vector<double>(48)};
    double sums[2] = {0, 0};
    for (int side = 0; side < 2; ++side) {
      for (double& x : sides[side]) sums[side] += x = random.Uniform(0.1, 1);
    }
    ASSERT_TRUE(solver.SolveShapes(sides[0].data(), sides[1].data()).ok());
    double gradients[2][48];
    solver.ShapeGradients(sums[0], sums[1], gradients[0], gradients[1]);
    for (int side = 0; side < 2; ++side) {
      for (size_t i = 0; i < 48; ++i) {
        constexpr double kStep = 1e-7;
        double values[2];
        for (int sign = 0; sign < 2; ++sign) {
          std::vector<double> moved[2] = {sides[0], sides[1]};
          moved[side][i] += sign ? kStep : -kStep;
          values[sign] = solver.SolveShapes(moved[0].data(), moved[1].data()).distance();
        }
        EXPECT_NEAR(gradients[side][i], (values[1] - values[0]) / (2 * kStep), 1e-6);
      }
    }
  }
}

// The EMD is convex in a: a subgradient lies below every one-sided difference.
TEST(Transport, GradientsAreSubgradientsAtCellsWithoutMass) {
  TransportSolver solver(GroundCost::Hexagon());
  for (uint64_t k = 0; k < 20; ++k) {
    RandomStream random(8, "subgradient", k);
    const std::vector<int64_t> a = RandomMasses(48, 1000, 0.3, &random);
    const std::vector<int64_t> b = RandomMasses(48, 1000, 0.3, &random);
    const double here = solver.Solve(a.data(), b.data()).cost;
    const std::vector<double> f(solver.source_duals(), solver.source_duals() + 48);
    for (size_t to = 0; to < 48; ++to) {
      for (size_t from = 0; from < 48; ++from) {
        if (a[from] == 0) continue;
        std::vector<int64_t> moved = a;
        --moved[from];
        ++moved[to];
        EXPECT_GE(solver.Solve(moved.data(), b.data()).cost - here, f[to] - f[from] - 1e-9);
      }
    }
  }
}

TEST(Transport, AllKernelsGiveTheSameBytes) {
  const GroundCost costs[] = {GroundCost::Hexagon(), GroundCost::Hexagon().Power(2)};
  for (const GroundCost& cost : costs) {
    for (uint64_t k = 0; k < 2000; ++k) {
      RandomStream random(9, "kernels", k);
      const std::vector<int64_t> a = RandomMasses(48, 1 << 22, random.Uniform(), &random);
      const std::vector<int64_t> b = RandomMasses(48, 1 << 22, random.Uniform(), &random);
      std::vector<double> first;
      for (const TransportKernel* kernel : RunnableTransportKernels()) {
        TransportSolver solver(cost);
        solver.UseKernel(*kernel);
        const TransportResult result = solver.Solve(a.data(), b.data());
        std::vector<double> found = {result.cost, static_cast<double>(result.pivots)};
        found.insert(found.end(), solver.source_duals(), solver.source_duals() + 48);
        found.insert(found.end(), solver.sink_duals(), solver.sink_duals() + 48);
        if (first.empty()) first = found;
        ASSERT_EQ(found, first) << kernel->name;
      }
    }
  }
}

TEST(Transport, SaysWhatIsWrongWithMasses) {
  TransportSolver solver(GroundCost::Between({{0, 0}, {1, 0}}));
  const int64_t one[] = {1, 0};
  const int64_t two[] = {1, 1};
  const int64_t none[] = {0, 0};
  const int64_t negative[] = {2, -1};
  const int64_t huge[] = {kMaxTransportTotal, 1};
  const int64_t lowest[] = {std::numeric_limits<int64_t>::min(), 1};
  const int64_t highest[] = {std::numeric_limits<int64_t>::max(), 1};
  EXPECT_EQ(solver.Solve(one, two).status, TransportStatus::kUnequalTotals);
  EXPECT_EQ(solver.Solve(none, none).status, TransportStatus::kNoMass);
  EXPECT_EQ(solver.Solve(negative, one).status, TransportStatus::kNegativeMass);
  EXPECT_EQ(solver.Solve(lowest, one).status, TransportStatus::kNegativeMass);
  EXPECT_EQ(solver.Solve(huge, huge).status, TransportStatus::kTotalTooLarge);
  EXPECT_EQ(solver.Solve(highest, one).status, TransportStatus::kTotalTooLarge);
  EXPECT_EQ(solver.SolveShapes(highest, negative).status, TransportStatus::kNegativeMass);
  EXPECT_EQ(solver.SolveShapes(none, highest).status, TransportStatus::kNoMass);
  const double real[] = {0.5, 0.25};
  const double nan[] = {std::numeric_limits<double>::quiet_NaN(), 1};
  const double infinite[] = {1, std::numeric_limits<double>::infinity()};
  const double minus[] = {1, -1e-9};
  const double zero[] = {0, -0.0};
  EXPECT_EQ(solver.SolveShapes(real, nan).status, TransportStatus::kNotFinite);
  EXPECT_EQ(solver.SolveShapes(infinite, real).status, TransportStatus::kNotFinite);
  EXPECT_EQ(solver.SolveShapes(minus, real).status, TransportStatus::kNegativeMass);
  EXPECT_EQ(solver.SolveShapes(zero, real).status, TransportStatus::kNoMass);
  EXPECT_TRUE(solver.Solve(two, two).ok());
}

TEST(Transport, TakesMassesAtTheEndsOfTheirRange) {
  TransportSolver solver(GroundCost::Between({{0, 0}, {1, 0}, {3, 0}}));
  const int64_t a[] = {kMaxTransportTotal, 0, 0};
  const int64_t b[] = {0, kMaxTransportTotal - 1, 1};
  EXPECT_DOUBLE_EQ(solver.Solve(a, b).distance(), 1);
  const int64_t c[] = {0, 0, kMaxTransportTotal - 5};  // the product of the totals is too large
  const TransportResult rounded = solver.SolveShapes(a, c);
  EXPECT_TRUE(rounded.rounded);
  EXPECT_NEAR(rounded.distance(), 3, 1e-14);
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  const int64_t d[] = {kLargest, kLargest, kLargest};  // so is a total
  const TransportResult larger = solver.SolveShapes(a, d);
  EXPECT_TRUE(larger.ok());
  EXPECT_TRUE(larger.rounded);
  EXPECT_NEAR(larger.distance(), 4.0 / 3, 1e-14);
  const double large[] = {1.7e308, 1.7e308, 1.7e308};
  const double small[] = {1e-300, 0, 0};
  EXPECT_NEAR(solver.SolveShapes(small, large).distance(), 4.0 / 3, 1e-14);
}

TEST(Transport, RefusedMassesLeaveTheLastSolutionAsItWas) {
  TransportSolver solver(GroundCost::Hexagon());
  RandomStream random(3, "refused");
  const std::vector<int64_t> whole = RandomMasses(48, 1000, 1, &random);
  const std::vector<double> a(whole.begin(), whole.end());
  const std::vector<double> b(48, 1.0);
  const auto solution = [&] {
    std::vector<double> gradients(96);
    solver.ShapeGradients(1000, 48, gradients.data(), gradients.data() + 48);
    for (const PlanEntry& e : solver.Plan()) gradients.push_back(static_cast<double>(e.mass));
    return gradients;
  };
  ASSERT_TRUE(solver.SolveShapes(a.data(), b.data()).ok());
  const std::vector<double> before = solution();
  std::vector<double> bad = b;
  bad[47] = std::numeric_limits<double>::quiet_NaN();
  const std::vector<int64_t> other(48, kMaxTransportTotal);
  const std::vector<int64_t> none(48, 0);
  EXPECT_FALSE(solver.SolveShapes(b.data(), bad.data()).ok());
  EXPECT_FALSE(solver.SolveShapes(bad.data(), a.data()).ok());
  EXPECT_FALSE(solver.SolveShapes(other.data(), none.data()).ok());
  EXPECT_FALSE(solver.Solve(whole.data(), none.data()).ok());
  EXPECT_EQ(solution(), before);
}

TEST(Transport, RefusesSizesOutOfRange) {
  EXPECT_THROW(TransportSolver(GroundCost::General(0, 1, {})), std::invalid_argument);
  EXPECT_THROW(TransportSolver(GroundCost::General(65, 1, std::vector<double>(65))),
               std::invalid_argument);
  EXPECT_NO_THROW(TransportSolver(GroundCost::General(64, 64, std::vector<double>(64 * 64))));
}

TEST(Certificate, RefusesWrongPlansAndWrongDuals) {
  const GroundCost cost = GroundCost::Between({{0, 0}, {1, 0}, {3, 0}});
  TransportSolver solver(cost);
  const int64_t a[] = {2, 1, 0};
  const int64_t b[] = {0, 1, 2};
  const TransportResult result = solver.Solve(a, b);
  ASSERT_TRUE(IsProved(solver, a, b, result));
  const double* f = solver.source_duals();
  std::vector<double> g(solver.sink_duals(), solver.sink_duals() + 3);
  std::vector<PlanEntry> plan = solver.Plan();
  plan.back().mass += 1;
  EXPECT_FALSE(Certify(cost, a, b, plan, f, g.data()).plan_is_feasible);
  plan = solver.Plan();
  plan.push_back({0, 1, 1});
  plan.push_back({0, 1, -1});
  EXPECT_FALSE(Certify(cost, a, b, plan, f, g.data()).plan_is_feasible);
  g[2] += 0.1;
  EXPECT_FALSE(Certify(cost, a, b, solver.Plan(), f, g.data()).Proves(cost, 3, kExact));
  g[2] -= 0.2;
  EXPECT_FALSE(Certify(cost, a, b, solver.Plan(), f, g.data()).Proves(cost, 3, kExact));
}

// Without the last three moves this is the right plan; in 64 bits they add up to zero.
TEST(Certificate, RefusesMovesOfMoreMassThanThereIs) {
  const GroundCost cost = GroundCost::Between({{0, 0}, {1, 0}});
  const int64_t a[] = {5, 0};
  const int64_t b[] = {0, 5};
  const double f[] = {0, -1};
  const double g[] = {0, 1};
  std::vector<PlanEntry> plan = {{0, 1, 5}};
  EXPECT_TRUE(Certify(cost, a, b, plan, f, g).Proves(cost, 5, kExact));
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  for (const int64_t mass : {kLargest, kLargest, int64_t{2}}) plan.push_back({0, 0, mass});
  EXPECT_FALSE(Certify(cost, a, b, plan, f, g).plan_is_feasible);
}

}  // namespace
}  // namespace demd
