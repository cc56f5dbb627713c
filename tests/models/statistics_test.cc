#include "models/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "engine/error.h"
#include "engine/random.h"

namespace demd {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kRounding = 1e-15;

TEST(Summary, OfOneToFiveIsWhatOneComputesByHand) {
  const Summary summary = Summarise({5, 3, 1, 2, 4});
  EXPECT_EQ(summary.n, 5);
  EXPECT_EQ(summary.n_undefined, 0);
  EXPECT_EQ(summary.mean, 3.0);
  EXPECT_NEAR(summary.standard_deviation, std::sqrt(2.5), kRounding);
  EXPECT_NEAR(summary.standard_error, std::sqrt(0.5), kRounding);
  EXPECT_EQ(summary.median, 3.0);
  EXPECT_NEAR(summary.q05, 1.2, kRounding);
  EXPECT_NEAR(summary.q16, 1.64, kRounding);
  EXPECT_NEAR(summary.q84, 4.36, 4 * kRounding);
  EXPECT_NEAR(summary.q95, 4.8, 4 * kRounding);
}

TEST(Summary, CountsUndefinedEntriesApartAndLeavesThemOut) {
  const Summary summary = Summarise({kNan, 2, 4, kNan, kNan});
  EXPECT_EQ(summary.n, 2);
  EXPECT_EQ(summary.n_undefined, 3);
  EXPECT_EQ(summary.mean, 3.0);
  EXPECT_EQ(summary.median, 3.0);
}

TEST(Summary, IsUndefinedWhereTheSampleIsTooSmall) {
  for (const std::vector<double>& sample : {std::vector<double>{}, std::vector<double>{kNan}}) {
    const Summary none = Summarise(sample);
    EXPECT_EQ(none.n, 0);
    EXPECT_TRUE(std::isnan(none.mean));
    EXPECT_TRUE(std::isnan(none.standard_deviation));
    EXPECT_TRUE(std::isnan(none.standard_error));
    EXPECT_TRUE(std::isnan(none.median));
  }
  const Summary one = Summarise({7});
  EXPECT_EQ(one.mean, 7.0);
  EXPECT_EQ(one.q05, 7.0);
  EXPECT_EQ(one.q95, 7.0);
  EXPECT_TRUE(std::isnan(one.standard_deviation));
  EXPECT_TRUE(std::isnan(one.standard_error));
}

TEST(Summary, KeepsASmallSpreadAboutALargeMean) {
  const Summary summary = Summarise({1e9 + 1, 1e9 + 2, 1e9 + 3});
  EXPECT_EQ(summary.mean, 1e9 + 2);
  EXPECT_EQ(summary.standard_deviation, 1.0);
}

TEST(Summary, OfANormalSampleFindsItsWidthAndQuantiles) {
  constexpr int kEntries = 10000;
  constexpr double kFiveStandardErrors = 5 * 2.1 / 100;  // of the 5 % quantile, the worst
  RandomStream random(11, "sample");
  std::vector<double> sample(kEntries);
  for (double& x : sample) x = random.Normal();
  const Summary summary = Summarise(sample);
  EXPECT_NEAR(summary.mean, 0.0, kFiveStandardErrors);
  EXPECT_NEAR(summary.standard_deviation, 1.0, kFiveStandardErrors);
  EXPECT_NEAR(summary.q05, -1.645, kFiveStandardErrors);
  EXPECT_NEAR(summary.q16, -0.994, kFiveStandardErrors);
  EXPECT_NEAR(summary.q84, 0.994, kFiveStandardErrors);
  EXPECT_NEAR(summary.q95, 1.645, kFiveStandardErrors);
}

TEST(Summary, RefusesAnInfiniteEntry) {
  EXPECT_THROW(Summarise({1, kInfinity}), NumericError);
  EXPECT_THROW(ComparePaired({1, -kInfinity}, {1, 2}), NumericError);
  EXPECT_THROW(ComparePaired({kInfinity}, {kInfinity}), NumericError);
}

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  const std::vector<double> sorted = {0, 10, 40};
  EXPECT_EQ(QuantileOfSorted(sorted, 0.0), 0.0);
  EXPECT_EQ(QuantileOfSorted(sorted, 0.25), 5.0);
  EXPECT_EQ(QuantileOfSorted(sorted, 0.5), 10.0);
  EXPECT_EQ(QuantileOfSorted(sorted, 0.75), 25.0);
  EXPECT_EQ(QuantileOfSorted(sorted, 1.0), 40.0);
  EXPECT_TRUE(std::isnan(QuantileOfSorted({}, 0.5)));
}

TEST(PairedDifference, UsesOnlyPairsWhereBothAreDefined) {
  const PairedDifference difference = ComparePaired({3, kNan, 5, 9, kNan}, {1, 1, kNan, 5, kNan});
  EXPECT_EQ(difference.n, 2);
  EXPECT_EQ(difference.n_undefined, 3);
  EXPECT_EQ(difference.mean, 3.0);
  EXPECT_NEAR(difference.standard_error, 1.0, kRounding);
}

TEST(PairedDifference, IsSharperThanTheDifferenceOfMeansForEntriesThatBelongTogether) {
  RandomStream random(12, "pairs");
  std::vector<double> a(1000);
  std::vector<double> b(1000);
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = random.Normal();
    b[i] = a[i] - 0.01 + 0.001 * random.Normal();
  }
  const PairedDifference difference = ComparePaired(a, b);
  EXPECT_NEAR(difference.mean, 0.01, 5 * difference.standard_error);
  EXPECT_LT(difference.standard_error, 0.01 * Summarise(a).standard_error);
}

TEST(PairedDifference, RefusesSamplesOfDifferentLength) {
  EXPECT_THROW(ComparePaired({1, 2}, {1}), NumericError);
}

}  // namespace
}  // namespace demd
