#include "models/networks/emd_regions.h"

#include <gtest/gtest.h>

#include <cmath>

#include "emd/metric.h"

namespace demd {
namespace {

TEST(RandomRegions, AreSoftIndicatorsWithEdgesAtLeastAFifthOfAPitchWide) {
  constexpr int64_t kCount = 300;
  const Tensor regions = RandomRegions(kCount, 1);
  const GroundCost metric = GroundCost::Hexagon();
  for (int64_t k = 0; k < kCount; ++k) {
    double steepest = 0.0;
    for (int32_t i = 0; i < metric.n(); ++i) {
      const double w = static_cast<double>(regions[i * kCount + k]);
      EXPECT_LE(std::fabs(w), 1.0);
      for (int32_t j = 0; j < i; ++j) {
        const double other = static_cast<double>(regions[j * kCount + k]);
        steepest = std::max(steepest, std::fabs(w - other) / metric(i, j));
      }
    }
    // A weight w falls from 1 to -1 over two widths, and a width is 0.2 or more.
    EXPECT_LE(steepest, 1.0 / 0.2) << "region " << k;
  }
}

TEST(RandomRegions, KeepTheFirstOnesWhenMoreAreAskedFor) {
  const Tensor few = RandomRegions(10, 7);
  const Tensor many = RandomRegions(25, 7);
  const Tensor others = RandomRegions(10, 8);
  int64_t different = 0;
  for (int64_t i = 0; i < 48; ++i) {
    for (int64_t k = 0; k < 10; ++k) {
      EXPECT_EQ(few[i * 10 + k], many[i * 25 + k]);
      different += few[i * 10 + k] != others[i * 10 + k] ? 1 : 0;
    }
  }
  EXPECT_GT(different, 100);
}

}  // namespace
}  // namespace demd
