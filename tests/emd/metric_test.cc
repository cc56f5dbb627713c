#include "emd/metric.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace demd {
namespace {

TEST(Hexagon, HasTheKnownNeighbourDistances) {
  const GroundCost cost = GroundCost::Hexagon();
  int inside = 0;
  int narrow_seam = 0;
  int wide_seam = 0;
  double sum = 0;
  for (int32_t i = 0; i < kHexagonCells; ++i) {
    for (int32_t j = 0; j < kHexagonCells; ++j) {
      sum += cost(i, j);
      if (j >= i) continue;
      if (i / 16 == j / 16) inside += std::fabs(cost(i, j) - 2.0) < 1e-3;
      if (i / 16 != j / 16) narrow_seam += std::fabs(cost(i, j) - 1.803) < 1e-3;
      if (i / 16 != j / 16) wide_seam += std::fabs(cost(i, j) - 2.291) < 1e-3;
    }
  }
  EXPECT_EQ(inside, 99);
  EXPECT_EQ(narrow_seam, 12);
  EXPECT_EQ(wide_seam, 9);
  EXPECT_NEAR(cost.largest(), 13.757, 5e-4);
  EXPECT_NEAR(sum / (48.0 * 48.0), 6.531, 5e-4);
}

TEST(Hexagon, KeepsItsDistancesUnderAThirdOfATurn) {
  const GroundCost cost = GroundCost::Hexagon();
  for (int32_t i = 0; i < kHexagonCells; ++i) {
    for (int32_t j = 0; j < kHexagonCells; ++j) {
      EXPECT_NEAR(cost(i, j), cost((i + 16) % 48, (j + 16) % 48), 1.1e-5);
    }
  }
}

TEST(Hexagon, IsAMetricByTheCheckOfMatrices) {
  const GroundCost cost = GroundCost::Hexagon();
  EXPECT_TRUE(cost.is_metric());
  EXPECT_NO_THROW(GroundCost::Metric(48, std::vector<double>(cost.data(), cost.data() + 48 * 48)));
}

TEST(GroundCost, RefusesMatricesThatAreNoMetric) {
  EXPECT_NO_THROW(GroundCost::Metric(2, {0, 1, 1, 0}));
  EXPECT_THROW(GroundCost::Metric(2, {0, 1, 2, 0}), std::invalid_argument);
  EXPECT_THROW(GroundCost::Metric(2, {1, 1, 1, 0}), std::invalid_argument);
  EXPECT_THROW(GroundCost::Metric(2, {0, -1, -1, 0}), std::invalid_argument);
  EXPECT_THROW(GroundCost::Metric(3, {0, 1, 5, 1, 0, 1, 5, 1, 0}), std::invalid_argument);
}

TEST(GroundCost, RefusesWrongSizesAndValues) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THROW(GroundCost::General(2, 2, {1, 2, 3}), std::invalid_argument);
  EXPECT_THROW(GroundCost::General(-1, 2, {}), std::invalid_argument);
  EXPECT_THROW(GroundCost::General(1, 1, {nan}), std::invalid_argument);
  EXPECT_THROW(GroundCost::General(1, 1, {infinity}), std::invalid_argument);
  EXPECT_THROW(GroundCost::General(1, 1, {1e300}), std::invalid_argument);
  EXPECT_THROW(GroundCost::General(1, 1, {1e-300}), std::invalid_argument);
  EXPECT_THROW(GroundCost::General(1, 1, {-1}).Power(2), std::invalid_argument);
  EXPECT_THROW(GroundCost::Hexagon().Power(0), std::invalid_argument);
}

TEST(RaiseTo, IsThePowerWithinItsBound) {
  for (const double p : {0.0, 0.125, 0.3, 0.5, 1.0, 1.5, 2.0, 2.0 + 1.0 / 3, 3.0, 7.999, 8.0, 9.0,
                         11.7, 100.0, 255.4}) {
    for (double x = 1e-3; x < 15; x *= 1.0371) {
      const double power = std::pow(x, p);
      if (power < 1e-290 || power > 1e290) continue;
      EXPECT_NEAR(RaiseTo(x, p), power, (p + 161) * 0x1p-53 * power) << x << "^" << p;
    }
    EXPECT_EQ(RaiseTo(0, p), p == 0 ? 1.0 : 0.0);
    EXPECT_EQ(RaiseTo(1, p), 1.0);
  }
  EXPECT_EQ(RaiseTo(3.7, 0.5), std::sqrt(3.7));
  EXPECT_EQ(RaiseTo(3.7, 1.25), 3.7 * std::sqrt(std::sqrt(3.7)));
  EXPECT_EQ(RaiseTo(0.5, 1e300), 0.0);
  EXPECT_NEAR(RaiseTo(1e-300, 1e-300), 1.0, 1e-15);
}

TEST(GroundCost, PowersKnowWhetherTheyAreMetrics) {
  const GroundCost cost = GroundCost::Hexagon();
  EXPECT_FALSE(cost.Power(2).is_metric());
  EXPECT_TRUE(cost.Power(1).is_metric());
  const GroundCost root = cost.Power(0.5);
  EXPECT_TRUE(root.is_metric());
  EXPECT_NO_THROW(GroundCost::Metric(48, std::vector<double>(root.data(), root.data() + 48 * 48)));
  EXPECT_DOUBLE_EQ(cost.Power(3)(4, 9), cost(4, 9) * cost(4, 9) * cost(4, 9));
  EXPECT_NEAR(cost.Power(1.5)(4, 9), std::pow(cost(4, 9), 1.5), 1e-14);
}

}  // namespace
}  // namespace demd
