#include "models/results/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "emd/metric.h"
#include "engine/error.h"
#include "engine/parallel.h"
#include "engine/random.h"
#include "models/wafer.h"

namespace demd {
namespace {

constexpr double kRounding = 1e-12;

// Wafers with charge in about half of their cells.
std::vector<int32_t> RandomWafers(int64_t n, uint64_t seed) {
  RandomStream random(seed, "wafers");
  std::vector<int32_t> rows(static_cast<size_t>(n) * kWaferCells);
  for (int32_t& x : rows) x = random.Below(2) == 0 ? static_cast<int32_t>(random.Below(1000)) : 0;
  for (size_t k = 0; k < rows.size(); k += kWaferCells) rows[k] = 1;
  return rows;
}

std::vector<float> AsReal(const std::vector<int32_t>& rows, float scale) {
  std::vector<float> real;
  for (const int32_t x : rows) real.push_back(scale * static_cast<float>(x));
  return real;
}

// One cell with charge.
std::vector<int32_t> Single(size_t cell) {
  std::vector<int32_t> row(kWaferCells);
  row[cell] = 7;
  return row;
}

double Distance(size_t i, size_t j) {
  const std::vector<Point2> at = HexagonCentres();
  return std::sqrt((at[i].x - at[j].x) * (at[i].x - at[j].x) +
                   (at[i].y - at[j].y) * (at[i].y - at[j].y));
}

TEST(Metrics, OfAnExactReconstructionInAnyUnitAreZeroAndFullCorrelation) {
  const std::vector<int32_t> before = RandomWafers(20, 1);
  const WaferMetrics metrics = CompareWafers(before.data(), AsReal(before, 0.25f).data(), 20);
  for (size_t k = 0; k < 20; ++k) {
    EXPECT_EQ(metrics.emd[k], 0.0);
    EXPECT_NEAR(metrics.mean_shift[k], 0.0, kRounding);
    EXPECT_NEAR(metrics.rms_difference[k], 0.0, kRounding);
    EXPECT_NEAR(metrics.peers_rms_difference[k], 0.0, kRounding);
    EXPECT_NEAR(metrics.cross_correlation[k], 1.0, kRounding);
    EXPECT_EQ(metrics.zero_fraction_before[k], metrics.zero_fraction_after[k]);
    EXPECT_EQ(metrics.empty[k], 0.0);
  }
}

TEST(Metrics, OfSingleCellsAreTheirDistance) {
  for (size_t i = 0; i < kWaferCells; ++i) {
    for (size_t j = 0; j < kWaferCells; ++j) {
      const WaferMetrics metrics = CompareWafers(Single(i).data(), AsReal(Single(j), 3).data(), 1);
      EXPECT_NEAR(metrics.emd[0], Distance(i, j), kRounding);
      EXPECT_NEAR(metrics.mean_shift[0], Distance(i, j), kRounding);
      EXPECT_NEAR(metrics.rms_difference[0], 0.0, kRounding);
      EXPECT_NEAR(metrics.cross_correlation[0], i == j ? 1.0 : -1.0 / 47, kRounding);
      EXPECT_EQ(metrics.zero_fraction_after[0], 47.0 / 48);
    }
  }
}

TEST(Metrics, OfTwoCellsAgainstOneHaveTheRadiiOfTheDefinition) {
  std::vector<int32_t> pair(kWaferCells);
  pair[0] = 3;
  pair[1] = 1;
  const WaferMetrics metrics = CompareWafers(pair.data(), AsReal(Single(0), 1).data(), 1);
  // Cells 0 and 1 are two pitches apart in y: <y> = -1/2, R^2 = 3/4 (1/2)^2 + 1/4 (3/2)^2.
  EXPECT_NEAR(metrics.emd[0], 0.5, kRounding);
  EXPECT_NEAR(metrics.mean_shift[0], 0.5, kRounding);
  EXPECT_NEAR(metrics.rms_difference[0], std::sqrt(0.75), kRounding);
  // The peers' radius: weights squared, in units of the spread of the 48 y coordinates.
  double mean_y = 0;
  for (const Point2& r : HexagonCentres()) mean_y += r.y / 48;
  double variance_y = 0;
  for (const Point2& r : HexagonCentres()) variance_y += (r.y - mean_y) * (r.y - mean_y) / 48;
  const double square = (9.0 / 16 * 0.25 + 1.0 / 16 * 2.25) / variance_y;
  EXPECT_NEAR(metrics.peers_rms_difference[0], std::sqrt(square), kRounding);
}

TEST(Metrics, AreSymmetricAndBoundedByTheTransport) {
  constexpr int64_t kWafers = 200;
  const std::vector<int32_t> a = RandomWafers(kWafers, 2);
  const std::vector<int32_t> b = RandomWafers(kWafers, 3);
  const WaferMetrics there = CompareWafers(a.data(), AsReal(b, 1).data(), kWafers);
  const WaferMetrics back = CompareWafers(b.data(), AsReal(a, 1).data(), kWafers);
  for (size_t k = 0; k < kWafers; ++k) {
    EXPECT_NEAR(there.emd[k], back.emd[k], kRounding);
    EXPECT_NEAR(there.mean_shift[k], back.mean_shift[k], kRounding);
    EXPECT_NEAR(there.peers_rms_difference[k], back.peers_rms_difference[k], kRounding);
    EXPECT_NEAR(there.cross_correlation[k], back.cross_correlation[k], kRounding);
    EXPECT_EQ(there.zero_fraction_before[k], back.zero_fraction_after[k]);
    // The mean is a 1-Lipschitz image of the masses.
    EXPECT_LE(there.mean_shift[k], there.emd[k] + kRounding);
    EXPECT_LE(std::fabs(there.cross_correlation[k]), 1.0 + kRounding);
  }
}

TEST(Metrics, OfAnEmptyReconstructionAreUndefinedAndCounted) {
  std::vector<int32_t> before = RandomWafers(3, 4);
  std::vector<float> after = AsReal(before, 1);
  std::fill_n(after.begin() + kWaferCells, kWaferCells, 0.0f);
  std::fill_n(before.begin() + 2 * kWaferCells, kWaferCells, 0);
  const WaferMetrics metrics = CompareWafers(before.data(), after.data(), 3);
  EXPECT_EQ(metrics.emd[0], 0.0);
  for (const size_t k : {size_t{1}, size_t{2}}) {
    EXPECT_TRUE(std::isnan(metrics.emd[k]));
    EXPECT_TRUE(std::isnan(metrics.mean_shift[k]));
    EXPECT_TRUE(std::isnan(metrics.rms_difference[k]));
    EXPECT_TRUE(std::isnan(metrics.peers_rms_difference[k]));
    EXPECT_TRUE(std::isnan(metrics.cross_correlation[k]));
  }
  EXPECT_EQ(metrics.empty, (std::vector<double>{0, 1, 0}));
  EXPECT_EQ(metrics.zero_fraction_after[1], 1.0);
  EXPECT_EQ(metrics.zero_fraction_before[2], 1.0);
}

TEST(Metrics, AUniformReconstructionHasNoCorrelationWhateverItsValue) {
  const std::vector<int32_t> before = RandomWafers(1, 5);
  for (const float value : {1.0f, 0.1f, 1.0f / 3, 1e-30f}) {
    const std::vector<float> after(kWaferCells, value);
    EXPECT_EQ(CompareWafers(before.data(), after.data(), 1).cross_correlation[0], 0.0);
  }
}

TEST(Metrics, GiveTheSameBytesForEveryThreadCount) {
  const std::vector<int32_t> before = RandomWafers(700, 6);
  const std::vector<float> after = AsReal(RandomWafers(700, 7), 0.3f);
  SetThreadCount(1);
  const WaferMetrics one = CompareWafers(before.data(), after.data(), 700);
  SetThreadCount(3);
  const WaferMetrics three = CompareWafers(before.data(), after.data(), 700);
  SetThreadCount(1);
  EXPECT_EQ(one.emd, three.emd);
  EXPECT_EQ(one.mean_shift, three.mean_shift);
  EXPECT_EQ(one.peers_rms_difference, three.peers_rms_difference);
  EXPECT_EQ(one.cross_correlation, three.cross_correlation);
}

TEST(Metrics, NameTheChargeThatIsNone) {
  const std::vector<int32_t> before = RandomWafers(2, 8);
  for (const float bad :
       {-0.5f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> after = AsReal(before, 1);
    after[kWaferCells + 5] = bad;
    try {
      CompareWafers(before.data(), after.data(), 2);
      FAIL() << "took " << bad;
    } catch (const NumericError& error) {
      EXPECT_NE(std::string(error.what()).find("after[1][5]: expected"), std::string::npos)
          << error.what();
    }
  }
}

TEST(Metrics, TakeNoWafersAtAll) { EXPECT_TRUE(CompareWafers(nullptr, nullptr, 0).emd.empty()); }

}  // namespace
}  // namespace demd
