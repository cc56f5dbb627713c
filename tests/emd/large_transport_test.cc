#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <vector>

#include "emd/large_transport/solver.h"
#include "emd/transport.h"
#include "tests/case_count.h"
#include "tests/emd/large_problems.h"

namespace demd {
namespace {

// Against the solver of small problems and its own certificate, on the same costs.
void ExpectAgreement(const GroundCost& cost, const TransportCosts& costs,
                     const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  TransportSolver small(cost);
  LargeTransportSolver large(costs);
  const TransportResult expected = small.Solve(a.data(), b.data());
  const TransportResult found = large.Solve(a.data(), b.data());
  ASSERT_TRUE(expected.ok() && found.ok()) << Explain(found.status);
  EXPECT_NEAR(found.cost, expected.cost,
              kExact * cost.largest() * static_cast<double>(expected.total));
  EXPECT_TRUE(IsProved(large, a, b, found));
}

TEST(LargeTransport, AgreesWithTheSolverOfSmallProblemsOnAllShapesOfPoints) {
  const uint64_t n_problems = static_cast<uint64_t>(CaseCount(400, 20000));
  for (uint64_t k = 0; k < n_problems; ++k) {
    RandomStream random(1, "clouds", k);
    const Shape shape = kShapes[k % std::size(kShapes)];
    const int32_t n = 1 + static_cast<int32_t>(random.Below(64));
    const bool units = random.Below(3) == 0;
    const int32_t m = units ? n : 1 + static_cast<int32_t>(random.Below(64));
    const CloudPair pair = RandomClouds(shape, n, m, units, &random);
    const double powers[] = {1, 2, 0.5, 3};
    const double p = powers[random.Below(4)];
    SCOPED_TRACE(testing::Message() << "problem " << k << ", power " << p);
    const GroundCost matrix = GroundCost::Between(pair.x, pair.y).Power(p);
    ExpectAgreement(matrix, TransportCosts::Points(pair.x, pair.y, p), pair.a, pair.b);
    ExpectAgreement(matrix, TransportCosts::Matrix(matrix), pair.a, pair.b);
  }
}

TEST(LargeTransport, AgreesWithTheSolverOfSmallProblemsOnAnyCosts) {
  for (uint64_t k = 0; k < 200; ++k) {
    RandomStream random(1, "matrix", k);
    const int32_t n = 1 + static_cast<int32_t>(random.Below(64));
    const int32_t m = 1 + static_cast<int32_t>(random.Below(64));
    std::vector<double> costs = RandomMatrix(n, m, &random);
    if (k % 2 == 1) {
      for (double& c : costs) c = std::floor(3 * c);  // ties
    }
    const std::vector<int64_t> a = RandomMasses(n, 1000000, 0.7, &random);
    const std::vector<int64_t> b = RandomMasses(m, 1000000, 0.7, &random);
    SCOPED_TRACE(testing::Message() << "problem " << k);
    const GroundCost matrix = GroundCost::General(n, m, costs);
    ExpectAgreement(matrix, TransportCosts::Matrix(matrix), a, b);
    ExpectAgreement(
        matrix, TransportCosts::Function(n, m, [&](int32_t i, int32_t j) { return matrix(i, j); }),
        a, b);
  }
}

TEST(LargeTransport, AgreesWithTheSolverOfSmallProblemsForAllMassesUpTo2OnThreeCells) {
  RandomStream random(1, "triangle", 0);
  const std::vector<Point2> points = RandomPoints(3, &random);
  const GroundCost metric = GroundCost::Between(points);
  const GroundCost general = GroundCost::General(3, 3, RandomMatrix(3, 3, &random));
  int compared = 0;
  for (int code = 0; code < 729; ++code) {
    std::vector<int64_t> masses;
    for (int k = 0, rest = code; k < 6; ++k, rest /= 3) masses.push_back(rest % 3);
    const std::vector<int64_t> a(masses.begin(), masses.begin() + 3);
    const std::vector<int64_t> b(masses.begin() + 3, masses.end());
    const int64_t total = std::accumulate(a.begin(), a.end(), int64_t{0});
    if (total == 0 || total != std::accumulate(b.begin(), b.end(), int64_t{0})) continue;
    SCOPED_TRACE(testing::Message() << "masses " << code);
    ExpectAgreement(metric, TransportCosts::Points(points, points), a, b);
    ExpectAgreement(metric, TransportCosts::Matrix(metric), a, b);
    ExpectAgreement(general, TransportCosts::Matrix(general), a, b);
    ++compared;
  }
  EXPECT_EQ(compared, 140);
}

TEST(LargeTransport, FindsTheBestOfAllPermutations) {
  for (uint64_t k = 0; k < 60; ++k) {
    RandomStream random(1, "permutations", k);
    const CloudPair pair = RandomClouds(kShapes[k % std::size(kShapes)], 6, 6, true, &random);
    const GroundCost cost = GroundCost::Between(pair.x, pair.y);
    std::vector<int32_t> order = {0, 1, 2, 3, 4, 5};
    double least = 1e300;
    do {
      double sum = 0;
      for (int32_t i = 0; i < 6; ++i) sum += cost(i, order[static_cast<size_t>(i)]);
      least = std::min(least, sum);
    } while (std::next_permutation(order.begin(), order.end()));
    LargeTransportSolver solver(TransportCosts::Points(pair.x, pair.y));
    const TransportResult result = solver.Solve(pair.a.data(), pair.b.data());
    ASSERT_TRUE(result.ok());
    EXPECT_NEAR(result.cost, least, 6 * kExact * cost.largest()) << "problem " << k;
  }
}

TEST(LargeTransport, ProvesItsResultsOnHundredsOfPointsOfEveryShape) {
  for (const Shape shape : kShapes) {
    for (const bool units : {false, true}) {
      RandomStream random(1, "hundreds", static_cast<uint64_t>(shape));
      const CloudPair pair = RandomClouds(shape, 400, units ? 400 : 300, units, &random);
      SCOPED_TRACE(testing::Message() << "shape " << static_cast<int>(shape));
      LargeTransportSolver on_plane(TransportCosts::Points(pair.x, pair.y));
      const TransportResult result = on_plane.Solve(pair.a.data(), pair.b.data());
      EXPECT_TRUE(IsProved(on_plane, pair.a, pair.b, result));
      EXPECT_LE(std::fabs(result.gap),
                1e-15 * on_plane.costs().largest() * static_cast<double>(result.total));
      const GroundCost matrix = GroundCost::Between(pair.x, pair.y);
      LargeTransportSolver on_matrix(TransportCosts::Matrix(matrix));
      const TransportResult other = on_matrix.Solve(pair.a.data(), pair.b.data());
      EXPECT_TRUE(IsProved(on_matrix, pair.a, pair.b, other));
      EXPECT_NEAR(result.cost, other.cost,
                  kExact * matrix.largest() * static_cast<double>(result.total));
    }
  }
}

TEST(LargeTransport, ServesSidesOfVeryDifferentSizes) {
  for (const auto& [n, m] : {std::pair(1, 3000), std::pair(3000, 1), std::pair(7, 3000),
                             std::pair(3000, 50), std::pair(1, 1), std::pair(2, 2)}) {
    RandomStream random(1, "sizes", static_cast<uint64_t>(n));
    const CloudPair pair = RandomClouds(Shape::kSquare, n, m, false, &random);
    LargeTransportSolver solver(TransportCosts::Points(pair.x, pair.y));
    const TransportResult result = solver.Solve(pair.a.data(), pair.b.data());
    EXPECT_TRUE(IsProved(solver, pair.a, pair.b, result)) << n << " x " << m;
    EXPECT_LE(solver.Plan().size(), static_cast<size_t>(n + m - 1));
  }
}

TEST(LargeTransport, SolvesTwoThousandPointsWithinTheMemoryItReports) {
  RandomStream random(1, "thousands", 0);
  const CloudPair pair = RandomClouds(Shape::kSquare, 2048, 2048, false, &random);
  LargeTransportSolver solver(TransportCosts::Points(pair.x, pair.y));
  const TransportResult result = solver.SolveShapes(pair.a.data(), pair.b.data());
  std::vector<int64_t> a = pair.a;
  std::vector<int64_t> b = pair.b;
  const int64_t factor = result.total / std::accumulate(a.begin(), a.end(), int64_t{0});
  for (int64_t& mass : a) mass *= factor;
  for (int64_t& mass : b) mass *= factor;
  EXPECT_TRUE(IsProved(solver, a, b, result));
  EXPECT_LT(solver.effort().peak_bytes, size_t{4} << 20);
  EXPECT_GT(solver.effort().peak_bytes, size_t{1} << 20);
  EXPECT_GE(solver.effort().searches, 1);
  EXPECT_EQ(solver.effort().pivots, result.pivots);
}

// FNV-1a over the bits of all that a solve returns.
class BitHash {
 public:
  void Add(double value) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    hash_ = (hash_ ^ bits) * 1099511628211ULL;
  }
  uint64_t value() const { return hash_; }

 private:
  uint64_t hash_ = 1469598103934665603ULL;
};

// The same on x86-64, 32- and 64-bit ARM and big-endian machines, with any compiler.
TEST(LargeTransport, GivesTheBitsOfEveryOtherMachine) {
  BitHash hash;
  for (const Shape shape : {Shape::kSquare, Shape::kClusters, Shape::kFarApart}) {
    for (const double p : {1.0, 2.0}) {
      RandomStream random(1, "golden", static_cast<uint64_t>(shape));
      const CloudPair pair = RandomClouds(shape, 150, 130, false, &random);
      LargeTransportSolver solver(TransportCosts::Points(pair.x, pair.y, p));
      const TransportResult result = solver.Solve(pair.a.data(), pair.b.data());
      hash.Add(result.cost);
      hash.Add(result.gap);
      for (double f : solver.source_duals()) hash.Add(f);
      for (double g : solver.sink_duals()) hash.Add(g);
      for (const PlanEntry& entry : solver.Plan()) {
        hash.Add(entry.source);
        hash.Add(entry.sink);
        hash.Add(static_cast<double>(entry.mass));
      }
    }
  }
  EXPECT_EQ(hash.value(), 8848947882791746064ULL);
}

TEST(LargeTransport, TheHashOfBitsSeesTheLastBit) {
  BitHash one;
  BitHash next;
  one.Add(1.0);
  next.Add(std::nextafter(1.0, 2.0));
  EXPECT_NE(one.value(), next.value());
}

TEST(LargeTransport, RepeatsItsResultsBitByBit) {
  RandomStream random(1, "repeat", 0);
  const CloudPair pair = RandomClouds(Shape::kSquare, 500, 500, false, &random);
  LargeTransportSolver first(TransportCosts::Points(pair.x, pair.y));
  LargeTransportSolver second(TransportCosts::Points(pair.x, pair.y));
  const TransportResult once = first.Solve(pair.a.data(), pair.b.data());
  second.Solve(pair.b.data(), pair.a.data());
  const TransportResult again = second.Solve(pair.a.data(), pair.b.data());
  EXPECT_EQ(once.cost, again.cost);
  EXPECT_EQ(once.gap, again.gap);
  EXPECT_EQ(once.pivots, again.pivots);
  EXPECT_EQ(first.source_duals(), second.source_duals());
  EXPECT_EQ(first.sink_duals(), second.sink_duals());
}

}  // namespace
}  // namespace demd
