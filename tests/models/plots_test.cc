#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "engine/random.h"
#include "models/plots/binning.h"
#include "models/plots/look.h"
#include "models/plots/marks.h"
#include "models/plots/panel.h"
#include "models/plots/svg.h"
#include "models/statistics.h"
#include "tests/models/well_formed.h"

namespace demd {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(NumberText, HasFixedDecimalsATrueMinusAndNoNegativeZero) {
  EXPECT_EQ(FixedText(0.91249, 3), "0.912");
  EXPECT_EQ(FixedText(-1.5, 1), "\u22121.5");
  EXPECT_EQ(FixedText(-0.0001, 2), "0.00");
  EXPECT_EQ(FixedText(kNaN, 2), "\u2013");
  EXPECT_EQ(FixedText(-INFINITY, 2), "\u2212\u221E");
  EXPECT_EQ(SignedText(0.25, 2), "+0.25");
  EXPECT_EQ(SignedText(0.0001, 2), "0.00");
  EXPECT_EQ(SignedText(-0.25, 2), "\u22120.25");
}

TEST(NumberText, GroupsCountsByThree) {
  EXPECT_EQ(CountText(0), "0");
  EXPECT_EQ(CountText(999), "999");
  EXPECT_EQ(CountText(20000), "20\u202F000");
  EXPECT_EQ(CountText(-1234567), "\u22121\u202F234\u202F567");
}

TEST(EscapeXml, LeavesNothingThatXmlCouldTakeForMarkupOrRefuse) {
  EXPECT_EQ(EscapeXml("a<b> & \"c\""), "a&lt;b&gt; &amp; &quot;c&quot;");
  EXPECT_EQ(EscapeXml("|\u03B7|"), "|\u03B7|");
  EXPECT_EQ(EscapeXml(std::string_view("\0\x01\x1f", 3)), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(EscapeXml("\xff\xc3"), "\uFFFD\uFFFD");
  EXPECT_EQ(EscapeXml("\xEF\xBF\xBF"), "\uFFFD");
}

TEST(EscapeXml, MakesWellFormedTextOfAnyBytes) {
  RandomStream random(3, "bytes");
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int i = 0; i < 12; ++i) bytes += static_cast<char>(random.Below(256));
    Svg svg(10, 10, bytes);
    svg.Text({1, 2}, bytes, {});
    EXPECT_EQ(XmlFault(svg.Finish()), "");
  }
}

TEST(XmlFault, SeesEachKindOfDamage) {
  EXPECT_EQ(XmlFault("<a b=\"1\"><c/>x &amp; y</a>\n"), "");
  for (const char* damaged : {"<a><b></a></b>", "<a>", "<a/><b/>", "<a b=1/>", "<a>&nbsp;</a>",
                              "<a b=\"1\" b=\"2\"/>", "<a>x < y</a>", "x<a/>", "<a b=\"<\"/>"}) {
    EXPECT_NE(XmlFault(damaged), "") << damaged;
  }
}

TEST(Svg, WritesEveryShapeAsWellFormedXml) {
  Svg svg(100, 50.5, "all shapes");
  svg.Line({0, 0}, {1.234, 5}, Stroked("#000", 1, "2 3"));
  svg.Polyline({{0, 0}, {1, 1}}, Stroked("#000", 1));
  svg.Polygon({{0, 0}, {1, 1}, {2, 0}}, Filled("#123456", 0.5));
  svg.Polygons({{{0, 0}, {1, 1}, {2, 0}}, {{5, 5}, {6, 6}, {7, 5}}}, Filled("#123456"));
  svg.Rectangle({1, 2}, 3, 4, Filled("red"));
  svg.Circle({1, 2}, 3, Filled("red"));
  TextStyle style;
  style.upward = style.bold = style.italic = true;
  svg.Text({-0.001, 2}, "a < b", style);
  for (int marker = 0; marker < 5; ++marker) DrawMarker(&svg, {9, 9}, 4, MainLook(marker));
  EXPECT_EQ(XmlFault(svg.Finish()), "");
  EXPECT_NE(svg.Finish().find("x2=\"1.23\""), std::string::npos);
  EXPECT_NE(svg.Finish().find("x=\"0\""), std::string::npos);
}

TEST(Ticks, AreFewRoundAndInsideForAnyRange) {
  RandomStream random(5, "ticks");
  for (int round = 0; round < 3000; ++round) {
    const double low = random.Normal() * std::pow(10.0, random.Uniform(-6, 6));
    const double high = low + std::pow(10.0, random.Uniform(-6, 6));
    if (high - low < 1e-9 * std::fabs(low)) continue;
    const int wanted = 2 + static_cast<int>(random.Below(9));
    const std::vector<Tick> ticks = MakeTicks({"", low, high, false}, wanted);
    EXPECT_GE(ticks.size(), 2u) << low << " " << high;
    EXPECT_LE(ticks.size(), std::max<size_t>(static_cast<size_t>(wanted) + 1, 6)) << low;
    std::set<std::string> labels;
    for (const Tick& tick : ticks) {
      EXPECT_GE(tick.value, low - 1e-6 * (high - low));
      EXPECT_LE(tick.value, high + 1e-6 * (high - low));
      labels.insert(tick.label);
    }
    EXPECT_EQ(labels.size(), ticks.size()) << low << " " << high;
  }
}

std::vector<std::string> Labels(const Axis& axis, int wanted) {
  std::vector<std::string> labels;
  for (const Tick& tick : MakeTicks(axis, wanted)) labels.push_back(tick.label);
  return labels;
}

TEST(Ticks, ReadAsAPersonWouldWriteThem) {
  using List = std::vector<std::string>;
  EXPECT_EQ(Labels({"", 0, 2, false}, 5), (List{"0.0", "0.5", "1.0", "1.5", "2.0"}));
  EXPECT_EQ(Labels({"", 0, 48, false}, 5), (List{"0", "10", "20", "30", "40"}));
  EXPECT_EQ(Labels({"", -0.1, 0.1, false}, 4),
            (List{"\u22120.10", "\u22120.05", "0.00", "0.05", "0.10"}));
  EXPECT_EQ(Labels({"", 0.01, 10, true}, 5), (List{"0.01", "0.1", "1", "10"}));
  EXPECT_EQ(Labels({"", 0.4, 2.5, true}, 5), (List{"0.5", "1", "2"}));
  EXPECT_EQ(Labels({"", 1e-6, 1e-2, true}, 8),
            (List{"10\u207B\u2076", "10\u207B\u2075", "10\u207B\u2074", "0.001", "0.01"}));
}

TEST(Ticks, MarkNothingBetweenWholeNumbersOfACount) {
  using List = std::vector<std::string>;
  const Axis half_steps{"", 1.7, 5.3, false};
  Axis counts = half_steps;
  counts.whole = true;
  EXPECT_EQ(Labels(half_steps, 9).size(), 7u);
  EXPECT_EQ(Labels(counts, 9), (List{"2", "3", "4", "5"}));
  EXPECT_EQ(Labels(counts, 3), (List{"2", "4"}));
  const std::vector<double> whole = {2, 3, 4, 5};
  EXPECT_EQ(MakeMinorTicks(counts, 9), whole);
  EXPECT_EQ(MakeMinorTicks(counts, 3), whole);
}

TEST(RoundAxis, HoldsItsRangeAndSurvivesRangesWithoutExtent) {
  RandomStream random(6, "axes");
  for (int round = 0; round < 2000; ++round) {
    const double low = random.Normal() * std::pow(10.0, random.Uniform(-6, 6));
    const double high = low + std::pow(10.0, random.Uniform(-6, 6));
    if (high - low < 1e-6 * std::fabs(low)) continue;
    const double slack = 1e-6 * (high - low);
    const Axis axis = RoundAxis("", low, high);
    EXPECT_LE(axis.low, low + slack);
    EXPECT_GE(axis.high, high - slack);
    EXPECT_LE(axis.high - axis.low, 1.5 * (high - low));
  }
  for (const double value : {0.0, 3.5, -2.0, kNaN, std::numeric_limits<double>::infinity()}) {
    const Axis axis = RoundAxis("", value, value);
    EXPECT_LT(axis.low, axis.high) << value;
    const Axis log_axis = RoundLogAxis("", value, value);
    EXPECT_LT(log_axis.low, log_axis.high) << value;
    EXPECT_GT(log_axis.low, 0.0) << value;
  }
}

TEST(Panel, PlacesDataLinearlyOrByItsLogarithmAndClampsIt) {
  Svg svg(200, 100, "");
  const Panel panel(&svg, {10, 20, 100, 50}, {"", 0, 4, false}, {"", 0.01, 100, true});
  EXPECT_DOUBLE_EQ(panel.X(1), 35);
  EXPECT_DOUBLE_EQ(panel.X(-3), 10);
  EXPECT_DOUBLE_EQ(panel.X(9), 110);
  EXPECT_NEAR(panel.Y(1), 45, 1e-9);
  EXPECT_DOUBLE_EQ(panel.Y(0), 70);
  panel.DrawGrid();
  panel.DrawFrame();
  EXPECT_EQ(XmlFault(svg.Finish()), "");
}

TEST(Histogram, CountsEveryValueOnce) {
  const Histogram histogram = CountInBins({-1, 0, 0.1, 0.999, 1, 1.5, 2, 2.1, kNaN}, 0, 2, 4);
  EXPECT_EQ(histogram.counts, (std::vector<int64_t>{2, 1, 1, 2}));
  EXPECT_EQ(histogram.below, 1);
  EXPECT_EQ(histogram.above, 1);
  EXPECT_EQ(histogram.inside(), 6);
  EXPECT_EQ(histogram.largest(), 2);
}

TEST(PairCounts, KeepRowsForTheSecondCoordinate) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const PairCounts pairs =
      CountPairs({0.1f, 0.9f, 2.0f, nan, 1.0f}, {0.9f, 0.1f, 0.5f, 0.5f, 1.0f}, 0, 1, 2);
  EXPECT_EQ(pairs.counts, (std::vector<int64_t>{0, 1, 1, 1}));
  EXPECT_EQ(pairs.outside, 2);
}

TEST(Profile, IsTheQuantilesOfEachBinWithoutTheUndefined) {
  RandomStream random(8, "profile");
  std::vector<double> x;
  std::vector<double> y;
  for (int i = 0; i < 500; ++i) {
    x.push_back(random.Uniform(-1, 4));
    y.push_back(random.Below(10) == 0 ? kNaN : random.Normal());
  }
  const std::vector<double> edges = {0, 0.5, 2, 3};
  const std::vector<ProfileBin> bins = ProfileOf(x, y, edges);
  ASSERT_EQ(bins.size(), 3u);
  for (size_t b = 0; b < bins.size(); ++b) {
    std::vector<double> inside;
    for (size_t i = 0; i < x.size(); ++i) {
      if (x[i] >= edges[b] && x[i] < edges[b + 1]) inside.push_back(y[i]);
    }
    const Summary summary = Summarise(inside);
    EXPECT_EQ(bins[b].n, summary.n);
    EXPECT_EQ(bins[b].median, summary.median);
    EXPECT_EQ(bins[b].q16, summary.q16);
    EXPECT_EQ(bins[b].q84, summary.q84);
  }
}

TEST(Curve, IsInterruptedWhereItIsUndefined) {
  Svg svg(100, 100, "");
  const Panel panel(&svg, {0, 0, 100, 100}, {"", 0, 4, false}, {"", 0, 1, false});
  DrawCurve(panel, {{0, 0}, {1, 1}, {2, kNaN}, {3, 0}, {4, 1}}, MainLook(0));
  const std::string text = svg.Finish();
  size_t lines = 0;
  for (size_t at = text.find("<polyline"); at != std::string::npos;
       at = text.find("<polyline", at + 1)) {
    ++lines;
  }
  EXPECT_EQ(lines, 2u);
  EXPECT_EQ(text.find("nan"), std::string::npos);
}

// Relative luminance of "#rrggbb" without gamma: enough to compare greys.
double Grey(const std::string& colour) {
  const auto channel = [&](size_t at) { return std::stoi(colour.substr(at, 2), nullptr, 16); };
  return 0.299 * channel(1) + 0.587 * channel(3) + 0.114 * channel(5);
}

TEST(SequentialColour, GetsDarkerAllTheWayAlsoInGrey) {
  EXPECT_EQ(SequentialColour(0), "#ffffff");
  EXPECT_EQ(SequentialColour(-1), "#ffffff");
  EXPECT_EQ(SequentialColour(2), "#081d58");
  for (int i = 0; i < 200; ++i) {
    EXPECT_GE(Grey(SequentialColour(i / 200.0)), Grey(SequentialColour((i + 1) / 200.0))) << i;
  }
}

TEST(Looks, DifferInColourDashAndMarkerTogetherForThirtyThings) {
  std::set<std::string> all;
  for (int i = 0; i < 30; ++i) {
    const Look look = MainLook(i);
    all.insert(look.colour + "/" + look.dash + "/" + std::to_string(static_cast<int>(look.marker)));
  }
  EXPECT_EQ(all.size(), 30u);
}

}  // namespace
}  // namespace demd
