#include "emd/one_dimensional.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "emd/transport.h"
#include "engine/random.h"
#include "tests/emd/gradient_check.h"

namespace demd {
namespace {

constexpr double kCircumference = 6.5;

struct LineProblem {
  std::vector<double> positions;
  std::vector<double> a;
  std::vector<double> b;
};

LineProblem RandomProblem(uint64_t index) {
  RandomStream random(1, "line", index);
  const size_t n = 1 + static_cast<size_t>(random.Below(30));
  LineProblem problem;
  for (size_t k = 0; k < n; ++k) {
    problem.positions.push_back(random.Uniform(0, kCircumference));
    problem.a.push_back(random.Below(3) ? random.Uniform() : 0);
    problem.b.push_back(random.Below(3) ? random.Uniform() : 0);
  }
  problem.a[static_cast<size_t>(random.Below(n))] += 0.5;
  problem.b[static_cast<size_t>(random.Below(n))] += 0.5;
  std::sort(problem.positions.begin(), problem.positions.end());
  return problem;
}

double Transport(const LineProblem& problem, double p, bool circle) {
  const int32_t n = static_cast<int32_t>(problem.positions.size());
  std::vector<double> costs;
  for (double x : problem.positions) {
    for (double y : problem.positions) {
      const double d = std::fabs(x - y);
      costs.push_back(std::pow(circle ? std::min(d, kCircumference - d) : d, p));
    }
  }
  TransportSolver solver(GroundCost::General(n, n, costs));
  return solver.SolveShapes(problem.a.data(), problem.b.data()).distance();
}

TEST(OneDimensional, AgreesWithTransportOnLineAndCircle) {
  for (uint64_t k = 0; k < 2000; ++k) {
    const LineProblem problem = RandomProblem(k);
    const int32_t n = static_cast<int32_t>(problem.positions.size());
    const double* x = problem.positions.data();
    const double* a = problem.a.data();
    const double* b = problem.b.data();
    EXPECT_NEAR(LineEmd(n, x, a, b), Transport(problem, 1, false), 1e-12);
    EXPECT_NEAR(CircleEmd(n, x, kCircumference, a, b), Transport(problem, 1, true), 1e-12);
    EXPECT_NEAR(LineWassersteinPower(2, n, x, a, n, x, b), Transport(problem, 2, false), 1e-11);
  }
}

// Moves a little mass at every cell with mass; one-sided differences bracket a subgradient.
void CheckGradient(uint64_t index, bool circle) {
  LineProblem problem = RandomProblem(index);
  const int32_t n = static_cast<int32_t>(problem.positions.size());
  const auto value = [&](double* d_a, double* d_b) {
    return circle
               ? CircleEmd(n, problem.positions.data(), kCircumference, problem.a.data(),
                           problem.b.data(), d_a, d_b)
               : LineEmd(n, problem.positions.data(), problem.a.data(), problem.b.data(), d_a, d_b);
  };
  std::vector<double> d_a(static_cast<size_t>(n));
  std::vector<double> d_b(static_cast<size_t>(n));
  const double here = value(d_a.data(), d_b.data());
  constexpr double kStep = 1e-7;
  for (int side = 0; side < 2; ++side) {
    std::vector<double>& masses = side ? problem.b : problem.a;
    const std::vector<double>& gradient = side ? d_b : d_a;
    for (size_t i = 0; i < masses.size(); ++i) {
      const double before = masses[i];
      masses[i] = before + kStep;
      EXPECT_GE((value(nullptr, nullptr) - here) / kStep, gradient[i] - 1e-5);
      if (before > kStep) {
        masses[i] = before - kStep;
        EXPECT_LE((here - value(nullptr, nullptr)) / kStep, gradient[i] + 1e-5);
      }
      masses[i] = before;
    }
  }
}

TEST(OneDimensional, GradientsLieBetweenOneSidedDifferences) {
  for (uint64_t k = 0; k < 200; ++k) {
    CheckGradient(k, false);
    CheckGradient(k, true);
  }
}

TEST(OneDimensional, RefusesBadInput) {
  const double x[] = {0, 1};
  const double backwards[] = {1, 0};
  const double a[] = {1, 1};
  const double none[] = {0, 0};
  const double nan[] = {std::numeric_limits<double>::quiet_NaN(), 1};
  EXPECT_THROW(LineEmd(2, backwards, a, a), std::invalid_argument);
  EXPECT_THROW(LineEmd(2, x, a, none), std::invalid_argument);
  EXPECT_THROW(LineEmd(2, x, nan, a), std::invalid_argument);
  EXPECT_THROW(LineEmd(0, x, a, a), std::invalid_argument);
  EXPECT_THROW(CircleEmd(2, x, 1, a, a), std::invalid_argument);
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double p : {0.5, infinity, nan[0]}) {
    EXPECT_THROW(LineWassersteinPower(p, 2, x, a, 2, x, a), std::invalid_argument) << p;
  }
  for (const double circumference : {infinity, nan[0], -1.0}) {
    EXPECT_THROW(CircleEmd(2, x, circumference, a, a), std::invalid_argument) << circumference;
  }
}

// Distances that are no doubles would give 0 * infinity.
TEST(OneDimensional, RefusesPlacesTooFarFromEachOther) {
  const double far[] = {-1.5e308, 1.5e308};
  const double less_far[] = {0, 1e200};
  const double a[] = {1, 1};
  const double b[] = {1, 2};
  EXPECT_THROW(LineEmd(2, far, a, a), std::invalid_argument);
  EXPECT_THROW(LineWassersteinPower(1, 2, far, a, 2, far, b), std::invalid_argument);
  EXPECT_NEAR(LineEmd(2, less_far, a, b), 1e200 / 6, 1e185);
  EXPECT_THROW(LineWassersteinPower(2, 2, less_far, a, 2, less_far, a), std::invalid_argument);
}

TEST(LineWassersteinPower, GradientMatchesCentralDifferences) {
  const double x[] = {0, 0.5, 0.5, 1.25, 3, 4, 4.5};
  for (double p : {1.0, 1.5, 2.0, 3.0}) {
    demd::CheckGradient(
        [&](const double* a, const double* b, double* d_a, double* d_b) {
          return LineWassersteinPower(p, 7, x, a, 7, x, b, d_a, d_b);
        },
        7, 1e-7, 1e-6);
  }
}

}  // namespace
}  // namespace demd
