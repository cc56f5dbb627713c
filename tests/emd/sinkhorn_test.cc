#include "emd/sinkhorn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "emd/benchmark_pairs.h"
#include "emd/kernels/sinkhorn_kernels.h"
#include "emd/kernels/transport_kernel.h"
#include "emd/transport.h"
#include "engine/random.h"
#include "tests/emd/gradient_check.h"
#include "tests/emd/plain_sinkhorn.h"
#include "tests/emd/problems.h"

namespace demd {
namespace {

std::vector<const SinkhornKernels*> RunnableSinkhornKernels() {
  std::vector<const SinkhornKernels*> runnable;
  for (const TransportKernel* kernel : RunnableTransportKernels()) {
    runnable.push_back(&SinkhornKernelsNamed(kernel->name));
  }
  return runnable;
}

// exp and log of the kernels: 8 ulp against the C library, which is within 1 of the truth.
TEST(SinkhornKernels, ExpAndLogAreAccurate) {
  constexpr double kTolerance = 8 * 0x1p-53;
  for (const SinkhornKernels* kernels : RunnableSinkhornKernels()) {
    for (uint64_t k = 0; k < 20000; ++k) {
      RandomStream random(1, "exp", k);
      double x[8];
      double y[8];
      const double scale = std::pow(10.0, random.Uniform(-12, 2.845));
      for (double& value : x) value = scale * random.Uniform(-1, 1);
      kernels->exp(x, 8, y);
      for (int i = 0; i < 8; ++i) ASSERT_NEAR(y[i] / std::exp(x[i]), 1, kTolerance) << x[i];
      for (int i = 0; i < 8; ++i) x[i] = std::exp(x[i]);
      kernels->log(x, 8, y);
      for (int i = 0; i < 8; ++i) {
        ASSERT_NEAR(y[i], std::log(x[i]), kTolerance * std::fabs(std::log(x[i]))) << x[i];
      }
    }
    double edge[8] = {-701, -1e300, 701, 1e300, 0, -0.0, -700, 700};
    kernels->exp(edge, 8, edge);
    EXPECT_EQ(edge[0], 0);
    EXPECT_EQ(edge[1], 0);
    EXPECT_EQ(edge[2], edge[7]);
    EXPECT_EQ(edge[3], edge[7]);
    EXPECT_EQ(edge[4], 1);
    EXPECT_EQ(edge[5], 1);
    EXPECT_GT(edge[6], 0);
  }
}

// Value and gradient of the textbook's iterations, which need thousands where ours need a few.
TEST(Sinkhorn, AgreesWithPlainIterations) {
  for (uint64_t k = 0; k < 60; ++k) {
    RandomStream random(2, "problem", k);
    const int32_t n = 1 + static_cast<int32_t>(random.Below(20));
    const int32_t m = 1 + static_cast<int32_t>(random.Below(20));
    const GroundCost cost = GroundCost::General(n, m, RandomMatrix(n, m, &random));
    SinkhornOptions options;
    options.epsilon = k % 2 ? 0.1 : 0.5;
    options.tolerance = 1e-12;
    std::vector<double> a(static_cast<size_t>(n));
    std::vector<double> b(static_cast<size_t>(m));
    for (double& x : a) x = random.Below(3) ? random.Uniform(0, 5) : 0;
    for (double& x : b) x = random.Below(3) ? random.Uniform(0, 5) : 0;
    a[0] += 0.1;
    b[0] += 0.1;
    std::vector<double> d_a(a.size());
    std::vector<double> d_b(b.size());
    const SinkhornResult found =
        SinkhornSolver(cost, options).Solve(a.data(), b.data(), d_a.data(), d_b.data());
    EXPECT_TRUE(found.converged) << found.marginal_error;
    EXPECT_LT(found.iterations, 40);
    const PlainSinkhorn expected = SolvePlainSinkhorn(cost, a, b, options.epsilon, 3000);
    EXPECT_NEAR(found.value, expected.value, 1e-12);
    double sum = 0;
    double mean = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += a[i];
    for (size_t i = 0; i < a.size(); ++i) mean += expected.f[i] * a[i] / sum;
    for (size_t i = 0; i < a.size(); ++i) {
      EXPECT_NEAR(d_a[i], (expected.f[i] - mean) / sum, 1e-10 / sum);
    }
  }
}

TEST(Sinkhorn, GivesTheSameBytesOnEveryInstructionSet) {
  for (const char* kind : {"dense", "realistic", "sparse"}) {
    for (bool debiased : {false, true}) {
      SinkhornOptions options;
      options.debiased = debiased;
      SinkhornSolver solver(GroundCost::Hexagon(), options);
      for (const BenchmarkPair& pair : MakeBenchmarkPairs(kind, 50, 2)) {
        const std::vector<double> a(pair.a.begin(), pair.a.end());
        const std::vector<double> b(pair.b.begin(), pair.b.end());
        std::vector<double> first;
        for (const SinkhornKernels* kernels : RunnableSinkhornKernels()) {
          solver.UseKernels(*kernels);
          std::vector<double> found(96);
          const SinkhornResult result =
              solver.Solve(a.data(), b.data(), found.data(), found.data() + 48);
          found.push_back(result.value);
          found.push_back(result.marginal_error);
          found.push_back(result.iterations);
          if (first.empty()) first = found;
          ASSERT_EQ(found, first) << kernels->name;
        }
      }
    }
  }
}

TEST(Sinkhorn, ConvergesForEpsilonDownToAThousandthOfAPitch) {
  const GroundCost cost = GroundCost::Hexagon();
  TransportSolver exact(cost);
  for (const char* kind : {"dense", "realistic", "sparse"}) {
    for (const BenchmarkPair& pair : MakeBenchmarkPairs(kind, 20, 3)) {
      const std::vector<double> a(pair.a.begin(), pair.a.end());
      const std::vector<double> b(pair.b.begin(), pair.b.end());
      const double target = exact.SolveShapes(a.data(), b.data()).distance();
      for (double epsilon : {0.1, 0.01, 0.001}) {
        SinkhornOptions options;
        options.epsilon = epsilon;
        const SinkhornResult found =
            SinkhornSolver(cost, options).Solve(a.data(), b.data(), nullptr, nullptr);
        EXPECT_TRUE(found.converged) << kind << epsilon << ' ' << found.marginal_error;
        EXPECT_GE(found.value, target - 1e-5);
        EXPECT_LE(found.value, target + 2 * epsilon * std::log(48.0));
      }
    }
  }
}

TEST(Sinkhorn, TakesMassesAndCostsOfAnyMagnitude) {
  for (double scale : {1e-150, 1.0, 1e150}) {
    SinkhornOptions options;
    options.epsilon = 0.1 * scale;
    const GroundCost cost =
        GroundCost::General(2, 3, {0, scale, 3 * scale, scale, 0, 1e-9 * scale});
    const double a[] = {1e-100, 3e-100};
    const double b[] = {1e200, 1e-130, 1e199};
    double d_a[2];
    double d_b[3];
    const SinkhornResult found = SinkhornSolver(cost, options).Solve(a, b, d_a, d_b);
    EXPECT_TRUE(found.converged);
    EXPECT_GT(found.value / scale, 0);
    EXPECT_LT(found.value / scale, 3);
    for (double d : d_a) EXPECT_TRUE(std::isfinite(d));
    for (double d : d_b) EXPECT_TRUE(std::isfinite(d));
  }
}

TEST(Sinkhorn, RefusesWhatItCannotSolve) {
  const GroundCost cost = GroundCost::General(2, 2, {0, 1, 2, 0});
  SinkhornOptions options;
  options.debiased = true;
  EXPECT_THROW(SinkhornSolver(cost, options), std::invalid_argument);
  options.debiased = false;
  options.epsilon = INFINITY;
  EXPECT_THROW(SinkhornSolver(cost, options), std::invalid_argument);
  options.epsilon = 1;
  SinkhornSolver solver(cost, options);
  const double good[] = {1, 0};
  const double none[] = {0, 0};
  const double negative[] = {1, -1};
  const double nan[] = {NAN, 1};
  for (const double* bad : {none, negative, nan}) {
    EXPECT_THROW(solver.Solve(good, bad, nullptr, nullptr), std::invalid_argument);
    EXPECT_THROW(solver.Solve(bad, good, nullptr, nullptr), std::invalid_argument);
  }
}

TEST(Sinkhorn, ApproachesTheExactDistanceFromAbove) {
  const GroundCost cost = GroundCost::Hexagon();
  TransportSolver exact(cost);
  const std::vector<double> a = RandomWeights(48, "a", 1);
  const std::vector<double> b = RandomWeights(48, "b", 1);
  const double target = exact.SolveShapes(a.data(), b.data()).distance();
  double before = 1e300;
  for (double epsilon : {1.0, 0.3, 0.1}) {
    SinkhornOptions options;
    options.epsilon = epsilon;
    options.max_iterations = 3000;
    options.tolerance = 1e-7;
    const SinkhornResult found =
        SinkhornSolver(cost, options).Solve(a.data(), b.data(), nullptr, nullptr);
    EXPECT_TRUE(found.converged) << found.marginal_error;
    EXPECT_GE(found.value, target - 1e-6);
    EXPECT_LT(found.value - target, before);
    before = found.value - target;
    EXPECT_LE(before, epsilon * std::log(48.0));  // the entropy of either side bounds the term
  }
}

TEST(Sinkhorn, GradientMatchesCentralDifferencesWithAndWithoutDebiasing) {
  for (bool debiased : {false, true}) {
    SinkhornOptions options;
    options.epsilon = 0.5;
    options.max_iterations = 5000;
    options.tolerance = 1e-11;
    options.debiased = debiased;
    RandomStream random(1, "points");
    SinkhornSolver solver(GroundCost::Between(RandomPoints(10, &random)), options);
    CheckGradient([&](const double* a, const double* b, double* d_a,
                      double* d_b) { return solver.Solve(a, b, d_a, d_b).value; },
                  10, 1e-5, 1e-7);
  }
}

TEST(Sinkhorn, DivergenceIsZeroForEqualSidesAndPositiveOtherwise) {
  SinkhornOptions options;
  options.debiased = true;
  options.max_iterations = 1000;
  SinkhornSolver solver(GroundCost::Hexagon(), options);
  const std::vector<double> a = RandomWeights(48, "a", 2);
  std::vector<double> sparse(48, 0.0);
  sparse[3] = 1;
  EXPECT_NEAR(solver.Solve(a.data(), a.data(), nullptr, nullptr).value, 0, 1e-6);
  EXPECT_NEAR(solver.Solve(sparse.data(), sparse.data(), nullptr, nullptr).value, 0, 1e-6);
  EXPECT_GT(solver.Solve(a.data(), sparse.data(), nullptr, nullptr).value, 1);
}

TEST(Sinkhorn, SaysThatItDidNotConverge) {
  SinkhornOptions options;
  options.epsilon = 1e-3;
  options.max_iterations = 3;
  const std::vector<double> a = RandomWeights(48, "a", 3);
  const std::vector<double> b = RandomWeights(48, "b", 3);
  const SinkhornResult found =
      SinkhornSolver(GroundCost::Hexagon(), options).Solve(a.data(), b.data(), nullptr, nullptr);
  EXPECT_FALSE(found.converged);
  EXPECT_GT(found.marginal_error, options.tolerance);
  EXPECT_TRUE(std::isfinite(found.value));
  options.epsilon = 0;
  EXPECT_THROW(SinkhornSolver(GroundCost::Hexagon(), options), std::invalid_argument);
}

}  // namespace
}  // namespace demd
