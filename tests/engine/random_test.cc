#include "engine/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <string>
#include <vector>

namespace demd {
namespace {

using Words4 = std::array<uint32_t, 4>;

// Draws are fixed by their seeds, so these limits cannot fail by chance: they are set where a
// correct generator stays with a probability of 1 - 1e-6.
constexpr double kMostDeviations = 4.9;

// Sum of (observed - expected)^2 / expected, in standard deviations above its mean.
double ChiSquareDeviations(const std::vector<int64_t>& observed,
                           const std::vector<double>& expected) {
  double chi_square = 0.0;
  int cells = 0;
  double pooled_observed = 0.0, pooled_expected = 0.0;
  for (size_t i = 0; i < observed.size(); ++i) {
    // Cells too empty for the normal approximation are put together.
    pooled_observed += static_cast<double>(observed[i]);
    pooled_expected += expected[i];
    if (pooled_expected < 10.0) continue;
    const double difference = pooled_observed - pooled_expected;
    chi_square += difference * difference / pooled_expected;
    pooled_observed = pooled_expected = 0.0;
    ++cells;
  }
  const double freedom = cells - 1;
  // Wilson and Hilferty: the cube root is nearly normal.
  const double variance = 2.0 / (9.0 * freedom);
  return (std::cbrt(chi_square / freedom) - (1.0 - variance)) / std::sqrt(variance);
}

// Tests draws against a distribution function in cells of equal width over [low, high].
double DeviationsFrom(const std::function<double(double)>& distribution, double low, double high,
                      int n, const std::function<double()>& draw) {
  constexpr size_t kCells = 100;
  const double width = (high - low) / kCells;
  std::vector<int64_t> observed(kCells + 2, 0);
  std::vector<double> expected(kCells + 2, 0.0);
  for (int i = 0; i < n; ++i) {
    const double cell = std::floor((draw() - low) / width);
    ++observed[static_cast<size_t>(std::clamp(cell, -1.0, double{kCells}) + 1.0)];
  }
  double before = 0.0;
  for (size_t i = 0; i <= kCells; ++i) {
    const double after = distribution(low + width * static_cast<double>(i));
    expected[i] = n * (after - before);
    before = after;
  }
  expected[kCells + 1] = n * (1.0 - before);
  return ChiSquareDeviations(observed, expected);
}

// Regularised lower incomplete gamma function, by its series (all arguments here are moderate).
double GammaDistribution(double shape, double x) {
  if (x <= 0.0) return 0.0;
  double term = 1.0 / shape, sum = term;
  for (int n = 1; term > 1e-17 * sum; ++n) {
    term *= x / (shape + n);
    sum += term;
  }
  return std::min(1.0, sum * std::exp(shape * std::log(x) - x - std::lgamma(shape)));
}

TEST(Philox, GivesTheKnownAnswersOfItsAuthors) {
  // Random123 1.14, tests/kat_vectors, philox4x32 10.
  EXPECT_EQ(Philox({0, 0, 0, 0}, {0, 0}), (Words4{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}),
            (Words4{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words4{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, GivesTheseNumbersForever) {
  RandomStream stream(7, "shuffle", 3);
  EXPECT_EQ(stream.NextUint32(), 0x8038cec6U);
  EXPECT_EQ(stream.NextUint64(), 0x5e06aebffc956cf7U);
  EXPECT_EQ(stream.Uniform(), 0x1.328ba60101494p-3);
  EXPECT_EQ(stream.Below(1000), 280U);
  EXPECT_EQ(stream.Normal(), -0x1.1c27bb7ed2cfap-2);
  EXPECT_EQ(stream.Exponential(), 0x1.6d6618cf1caf9p-3);
  EXPECT_EQ(stream.Gamma(0.5), 0x1.795ca560688bfp-2);
  EXPECT_EQ(stream.Gamma(5.0), 0x1.779d1eee1b0cp+1);
  EXPECT_EQ(stream.Poisson(3.0), 2);
  EXPECT_EQ(stream.Poisson(1000.0), 1019);
}

TEST(RandomStream, DependsOnEveryPartOfItsName) {
  std::set<uint64_t> first;
  for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{1} << 32, ~uint64_t{0}}) {
    for (const char* purpose : {"", "a", "b", "ab", "ba"}) {
      for (const uint64_t index : {uint64_t{0}, uint64_t{1}, uint64_t{1} << 32}) {
        first.insert(RandomStream(seed, purpose, index).NextUint64());
      }
    }
  }
  EXPECT_EQ(first.size(), 60U);
  EXPECT_EQ(RandomStream(1, "a", 2).NextUint64(), RandomStream(1, "a", 2).NextUint64());
}

TEST(RandomStream, HasFairBitsInEveryPlace) {
  RandomStream stream(1, "bits");
  constexpr int kDraws = 100000;
  std::array<int, 64> ones{};
  for (int i = 0; i < kDraws; ++i) {
    const uint64_t word = stream.NextUint64();
    for (size_t bit = 0; bit < 64; ++bit) ones[bit] += static_cast<int>(word >> bit & 1);
  }
  for (const int count : ones) {
    EXPECT_LT(std::fabs(count - kDraws / 2), kMostDeviations * std::sqrt(kDraws / 4.0));
  }
}

TEST(RandomStream, DrawsUniformNumbers) {
  RandomStream stream(2, "uniform");
  EXPECT_LT(DeviationsFrom([](double x) { return std::clamp(x, 0.0, 1.0); }, 0.0, 1.0, 200000,
                           [&] { return stream.Uniform(); }),
            kMostDeviations);
  for (int i = 0; i < 10000; ++i) {
    const double x = stream.Uniform(-3.0, 5.0);
    EXPECT_TRUE(x >= -3.0 && x < 5.0);
  }
}

TEST(RandomStream, DrawsPairsThatFillThePlane) {
  RandomStream stream(3, "pairs");
  constexpr size_t kSide = 32;
  std::vector<int64_t> observed(kSide * kSide, 0);
  constexpr int kDraws = 200000;
  for (int i = 0; i < kDraws; ++i) {
    const size_t row = static_cast<size_t>(stream.Below(kSide));
    ++observed[row * kSide + static_cast<size_t>(stream.Below(kSide))];
  }
  const std::vector<double> expected(observed.size(), double{kDraws} / (kSide * kSide));
  EXPECT_LT(ChiSquareDeviations(observed, expected), kMostDeviations);
}

TEST(RandomStream, DrawsBelowWithoutBias) {
  RandomStream stream(4, "below");
  for (const uint64_t n : {1U, 2U, 3U, 7U, 48U, 1000U}) {
    std::vector<int64_t> observed(static_cast<size_t>(n), 0);
    for (int i = 0; i < 100000; ++i) ++observed[static_cast<size_t>(stream.Below(n))];
    if (n == 1) continue;
    const std::vector<double> expected(static_cast<size_t>(n), 100000.0 / static_cast<double>(n));
    EXPECT_LT(ChiSquareDeviations(observed, expected), kMostDeviations) << n;
  }
  // A remainder of 64 bits would fall below 2^63 twice as often as above.
  const uint64_t three_quarters = uint64_t{3} << 62;
  int low = 0;
  for (int i = 0; i < 30000; ++i) low += stream.Below(three_quarters) < uint64_t{1} << 62 ? 1 : 0;
  EXPECT_LT(std::fabs(low - 10000.0), kMostDeviations * std::sqrt(30000 * 2.0 / 9.0));
}

TEST(RandomStream, DrawsNormalNumbers) {
  RandomStream stream(5, "normal");
  EXPECT_LT(DeviationsFrom([](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }, -4.0, 4.0,
                           200000, [&] { return stream.Normal(); }),
            kMostDeviations);
  double sum = 0.0, sum2 = 0.0, sum4 = 0.0;
  constexpr int kDraws = 200000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = stream.Normal();
    sum += x;
    sum2 += x * x;
    sum4 += x * x * x * x;
  }
  EXPECT_LT(std::fabs(sum / kDraws), kMostDeviations * std::sqrt(1.0 / kDraws));
  EXPECT_LT(std::fabs(sum2 / kDraws - 1.0), kMostDeviations * std::sqrt(2.0 / kDraws));
  EXPECT_LT(std::fabs(sum4 / kDraws - 3.0), kMostDeviations * std::sqrt(96.0 / kDraws));
}

TEST(RandomStream, DrawsExponentialAndGammaNumbers) {
  RandomStream stream(6, "gamma");
  EXPECT_LT(DeviationsFrom([](double x) { return x > 0.0 ? 1.0 - std::exp(-x) : 0.0; }, 0.0, 8.0,
                           100000, [&] { return stream.Exponential(); }),
            kMostDeviations);
  for (const double shape : {0.05, 0.5, 1.0, 2.5, 30.0, 1000.0}) {
    const double spread = 4.0 * std::sqrt(shape);
    EXPECT_LT(DeviationsFrom([=](double x) { return GammaDistribution(shape, x); },
                             std::max(0.0, shape - spread), shape + spread + 2.0, 50000,
                             [&] { return stream.Gamma(shape); }),
              kMostDeviations)
        << shape;
  }
}

TEST(RandomStream, DrawsPoissonNumbers) {
  RandomStream stream(7, "poisson");
  EXPECT_EQ(stream.Poisson(0.0), 0);
  for (const double mean : {0.01, 1.0, 7.5, 29.9, 30.1, 200.0, 5000.0}) {
    constexpr int kDraws = 20000;
    const size_t first = static_cast<size_t>(std::max(0.0, mean - 6.0 * std::sqrt(mean)));
    const size_t last = static_cast<size_t>(mean + 6.0 * std::sqrt(mean) + 10.0);
    std::vector<int64_t> observed(last - first + 1, 0);
    std::vector<double> expected(last - first + 1, 0.0);
    for (int i = 0; i < kDraws; ++i) {
      const int64_t x = stream.Poisson(mean);
      ASSERT_GE(x, static_cast<int64_t>(first));
      ASSERT_LE(x, static_cast<int64_t>(last));
      ++observed[static_cast<size_t>(x) - first];
    }
    for (size_t i = 0; i < expected.size(); ++i) {
      const double x = static_cast<double>(first + i);
      expected[i] = kDraws * std::exp(x * std::log(mean) - mean - std::lgamma(x + 1.0));
    }
    EXPECT_LT(ChiSquareDeviations(observed, expected), kMostDeviations) << mean;
  }
}

TEST(RandomStream, ShufflesIntoEveryOrderAlike) {
  RandomStream stream(8, "shuffle");
  std::vector<int64_t> observed(1000, 0);
  for (int i = 0; i < 48000; ++i) {
    std::array<size_t, 4> items = {0, 1, 2, 3};
    stream.Shuffle(items.data(), items.size());
    ++observed[items[0] * 100 + items[1] * 10 + items[2]];
  }
  std::vector<int64_t> orders;
  std::copy_if(observed.begin(), observed.end(), std::back_inserter(orders),
               [](int64_t count) { return count > 0; });
  ASSERT_EQ(orders.size(), 24U);
  EXPECT_LT(ChiSquareDeviations(orders, std::vector<double>(24, 2000.0)), kMostDeviations);
  EXPECT_EQ(std::accumulate(orders.begin(), orders.end(), int64_t{0}), 48000);
}

// The tests above can fail: a distribution that is 2 % off is seen.
TEST(RandomStream, ChiSquareSeesASmallDifference) {
  RandomStream stream(9, "twin");
  EXPECT_GT(DeviationsFrom([](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }, -4.0, 4.0,
                           200000, [&] { return 1.02 * stream.Normal(); }),
            kMostDeviations);
}

}  // namespace
}  // namespace demd
