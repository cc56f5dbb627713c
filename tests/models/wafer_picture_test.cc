#include "models/report/wafer_picture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "emd/metric.h"
#include "tests/models/well_formed.h"

namespace demd {
namespace {

double AreaOf(const std::vector<Point2>& outline) {
  double twice = 0;
  for (size_t i = 0; i < outline.size(); ++i) {
    const Point2& a = outline[i];
    const Point2& b = outline[(i + 1) % outline.size()];
    twice += a.x * b.y - b.x * a.y;
  }
  return 0.5 * twice;
}

bool Contains(const std::vector<Point2>& outline, Point2 p) {
  bool inside = false;
  for (size_t i = 0; i < outline.size(); ++i) {
    const Point2& a = outline[i];
    const Point2& b = outline[(i + 1) % outline.size()];
    const bool crosses = (a.y > p.y) != (b.y > p.y);
    if (crosses && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x)) inside = !inside;
  }
  return inside;
}

TEST(TriggerCellOutlines, HaveTheAreaOfFourSensorCells) {
  const double kFourHexagons = 4 * std::sqrt(3.0) / 2;  // of pitch 1
  const std::vector<std::vector<Point2>> outlines = TriggerCellOutlines();
  ASSERT_EQ(outlines.size(), 48u);
  for (const std::vector<Point2>& outline : outlines) {
    EXPECT_EQ(outline.size(), 14u);
    EXPECT_NEAR(AreaOf(outline), kFourHexagons, 1e-12);
  }
}

TEST(TriggerCellOutlines, HoldTheirOwnCentreAndNoOther) {
  const std::vector<std::vector<Point2>> outlines = TriggerCellOutlines();
  const std::vector<Point2> centres = HexagonCentres();
  for (size_t i = 0; i < 48; ++i) {
    for (size_t j = 0; j < 48; ++j) EXPECT_EQ(Contains(outlines[i], centres[j]), i == j);
  }
}

// Each inner edge belongs to two cells, to 1e-3 because the centres' table has that much rounding.
TEST(TriggerCellOutlines, TileTheWaferWithoutGaps) {
  const std::vector<std::vector<Point2>> outlines = TriggerCellOutlines();
  std::vector<Point2> middles;
  for (const std::vector<Point2>& outline : outlines) {
    for (size_t i = 0; i < outline.size(); ++i) {
      const Point2& a = outline[i];
      const Point2& b = outline[(i + 1) % outline.size()];
      middles.push_back({0.5 * (a.x + b.x), 0.5 * (a.y + b.y)});
    }
  }
  int outer = 0;
  for (const Point2& a : middles) {
    int same = 0;
    for (const Point2& b : middles) {
      same += std::fabs(a.x - b.x) < 1e-3 && std::fabs(a.y - b.y) < 1e-3 ? 1 : 0;
    }
    EXPECT_TRUE(same == 1 || same == 2);
    outer += same == 1 ? 1 : 0;
  }
  // 192 sensor cells have 1152 sides; 161 pairs touch in each rhombus of 8 x 8, 15 at each seam.
  EXPECT_EQ(outer, 1152 - 2 * 3 * (161 + 15));
}

TEST(DrawWafer, PaintsTheLargestDarkestAndAnEmptyOneWhite) {
  std::vector<double> values(48, 0.0);
  values[7] = 0.5;
  Svg svg(200, 200, "wafer");
  DrawWafer(&svg, {0, 0}, 180, values, 0.5);
  DrawWaferScale(&svg, {185, 0}, 180, 0.5);
  const std::string text = svg.Finish();
  EXPECT_EQ(XmlFault(text), "");
  EXPECT_NE(text.find("#081d58"), std::string::npos);
  Svg empty(200, 200, "wafer");
  DrawWafer(&empty, {0, 0}, 180, std::vector<double>(48, 0.0), 0.0);
  EXPECT_EQ(empty.Finish().find("#081d58"), std::string::npos);
}

}  // namespace
}  // namespace demd
