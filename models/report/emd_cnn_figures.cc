// How the EMD CNN predicts.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "models/plots/marks.h"
#include "models/report/report_figures.h"

namespace demd {
namespace {

constexpr char kCnnColour[] = "#0072B2";
constexpr size_t kFewPairs = 400;  // up to which each is a point
constexpr double kPanelGap = 84;   // room for the scale and the next panel's numbers

std::vector<double> RelativeDifferences(const EmdCnnResult& cnn) {
  std::vector<double> differences;
  for (size_t i = 0; i < cnn.truth.size(); ++i) {
    const double truth = static_cast<double>(cnn.truth[i]);
    if (cnn.truth[i] >= kLeastEmd) {
      differences.push_back((static_cast<double>(cnn.predicted[i]) - truth) / truth);
    }
  }
  return differences;
}

// The largest value that the plot of predictions shows: nearly all pairs.
double CnnUpperEnd(const EmdCnnResult& cnn) {
  std::vector<double> values(cnn.truth.begin(), cnn.truth.end());
  values.insert(values.end(), cnn.predicted.begin(), cnn.predicted.end());
  return QuantileOfSorted(SortedDefined(values), 0.999);
}

void DrawPredictions(Svg* svg, const Box& box, const EmdCnnResult& cnn) {
  const Axis x = RoundAxis("exact EMD [cell pitches]", 0.0, CnnUpperEnd(cnn));
  Axis y = x;
  y.label = "predicted EMD [cell pitches]";
  const Panel panel(svg, box, x, y);
  panel.DrawGrid();
  const PairCounts pairs = CountPairs(cnn.truth, cnn.predicted, x.low, x.high, 64);
  if (cnn.truth.size() <= kFewPairs) {
    for (size_t i = 0; i < cnn.truth.size(); ++i) {
      svg->Circle(
          panel.At(static_cast<double>(cnn.truth[i]), static_cast<double>(cnn.predicted[i])), 2.6,
          Filled(kCnnColour, 0.55));
    }
  } else {
    DrawPairCounts(panel, pairs);
    DrawCountScale(panel, pairs.largest());
  }
  svg->Line(panel.At(x.low, x.low), panel.At(x.high, x.high), Stroked("#1a1a1a", 1.2, "6 4"));
  panel.DrawFrame();
  if (pairs.outside == 0) return;
  TextStyle note;
  note.size = 12;
  note.anchor = Anchor::kEnd;
  note.colour = "#444444";
  svg->Text({box.left + box.width - 10, box.top + box.height - 12},
            CountText(pairs.outside) + " outside", note);
}

void DrawErrorNumbers(const Panel& panel, const EmdCnnError& error) {
  const std::string lines[] = {"mean " + SignedText(error.relative_mean, 4),
                               "std " + FixedText(error.relative_std, 4),
                               CountText(error.pairs) + " pairs"};
  TextStyle style;
  style.anchor = Anchor::kEnd;
  double y = panel.box().top + 26;
  for (const std::string& line : lines) {
    panel.svg().Text({panel.box().left + panel.box().width - 14, y}, line, style);
    y += 20;
  }
}

void DrawRelativeDifferences(Svg* svg, const Box& box, const EmdCnnResult& cnn) {
  const std::vector<double> differences = RelativeDifferences(cnn);
  const std::vector<double> sorted = SortedDefined(differences);
  double reach = 0.0;
  for (const double q : {0.005, 0.995}) {
    reach = std::max(reach, std::fabs(QuantileOfSorted(sorted, q)));
  }
  const Axis x =
      RoundAxis("(predicted \u2212 exact) / exact", -std::max(reach, 1e-6), std::max(reach, 1e-6));
  const int bins = sorted.size() < 1000 ? 30 : 80;
  const Histogram histogram = CountInBins(differences, x.low, x.high, bins);
  const double most = static_cast<double>(std::max<int64_t>(histogram.largest(), 1));
  const Panel panel(svg, box, x, RoundAxis("pairs per bin", 0.0, 1.08 * most));
  panel.DrawGrid();
  DrawHistogram(panel, histogram, {kCnnColour, "", Marker::kCircle, false});
  const double mean = cnn.error.relative_mean;
  svg->Line({panel.X(0.0), box.top}, {panel.X(0.0), box.top + box.height},
            Stroked("#1a1a1a", 1, "2 3"));
  svg->Line({panel.X(mean), box.top}, {panel.X(mean), box.top + box.height},
            Stroked("#D55E00", 1.8));
  const double bar = box.top + 14;
  svg->Line({panel.X(mean - cnn.error.relative_std), bar},
            {panel.X(mean + cnn.error.relative_std), bar}, Stroked("#D55E00", 1.8));
  panel.DrawFrame();
  DrawErrorNumbers(panel, cnn.error);
}

Figure EmdCnnFigure(const EmdCnnResult& cnn, size_t number) {
  const std::string caption =
      "Left: the EMD that the EMD CNN predicts against the exact one, on held-out pairs (" +
      cnn.pairs + "); the dashed line is agreement" +
      (cnn.truth.size() > kFewPairs ? ", the colour counts pairs on a logarithmic scale" : "") +
      ". Right: relative difference of the same pairs; upright line and bar: mean \u00B1 standard "
      "deviation. Mean absolute difference " +
      FixedText(cnn.error.absolute_mean, 4) + " cell pitches.";
  constexpr double kSide = 370;
  Svg svg(kFigureWidth, 12 + kSide + Panel::kBottomMargin, caption);
  const double right = Panel::kLeftMargin + kSide + kPanelGap + Panel::kLeftMargin - 14;
  DrawPredictions(&svg, {Panel::kLeftMargin, 12, kSide, kSide}, cnn);
  DrawRelativeDifferences(&svg, {right, 12, kFigureWidth - right - 14, kSide}, cnn);
  return {"emd-cnn-" + std::to_string(number), "EMD CNN on " + cnn.pairs, caption, svg.Finish()};
}

using ErrorValue = double EmdCnnError::*;

// In per cent.
std::vector<Point2> CalibrationPoints(const std::vector<CalibrationBin>& bins, ErrorValue value) {
  std::vector<Point2> points;
  for (const CalibrationBin& bin : bins) {
    points.push_back({bin.truth_mean, 100.0 * (bin.error.*value)});
  }
  return points;
}

// One curve for each kind of pairs, of one number of each bin's error against the bin's EMD.
void DrawCalibration(Svg* svg, const Box& box,
                     const std::vector<std::vector<CalibrationBin>>& kinds, ErrorValue value,
                     const std::string& label) {
  double reach = 1e-6;
  double furthest = 1e-6;
  double lowest = 0.0;
  for (const std::vector<CalibrationBin>& bins : kinds) {
    for (const Point2& point : CalibrationPoints(bins, value)) {
      furthest = std::max(furthest, point.x);
      reach = std::max(reach, point.y);
      lowest = std::min(lowest, point.y);
    }
  }
  const Panel panel(svg, box, RoundAxis("exact EMD [cell pitches]", 0.0, furthest),
                    RoundAxis(label, lowest, reach));
  panel.DrawGrid();
  if (lowest < 0.0) {
    svg->Line(panel.At(0.0, 0.0), panel.At(panel.x_axis().high, 0.0),
              Stroked("#1a1a1a", 1.2, "6 4"));
  }
  for (size_t i = 0; i < kinds.size(); ++i) {
    DrawCurve(panel, CalibrationPoints(kinds[i], value), MainLook(static_cast<int>(i)));
  }
  panel.DrawFrame();
}

Figure CalibrationFigure(const std::vector<const EmdCnnResult*>& results) {
  const std::string caption =
      "Error of the EMD CNN against the exact EMD, in ten ranges of equal numbers of pairs for "
      "each kind. Left: mean of (predicted \u2212 exact) / exact, 0 where predictions are right on "
      "average. Right: its standard deviation.";
  constexpr double kHeight = 280;
  const double width = kFigureWidth - Panel::kLeftMargin - 14;
  std::vector<LegendEntry> legend;
  std::vector<std::vector<CalibrationBin>> kinds;
  for (const EmdCnnResult* cnn : results) {
    legend.push_back({cnn->pairs, MainLook(static_cast<int>(kinds.size()))});
    kinds.push_back(CalibrationOf(cnn->predicted, cnn->truth));
  }
  const double top = LegendHeight(width, legend) + 10;
  const double half = kFigureWidth / 2;
  Svg svg(kFigureWidth, top + kHeight + Panel::kBottomMargin, caption);
  DrawLegend(&svg, {Panel::kLeftMargin, 0}, width, legend);
  DrawCalibration(&svg, {72, top, half - 92, kHeight}, kinds, &EmdCnnError::relative_mean,
                  "mean [%]");
  DrawCalibration(&svg, {half + 72, top, half - 86, kHeight}, kinds, &EmdCnnError::relative_std,
                  "standard deviation [%]");
  return {"emd-cnn-calibration", "Error of the EMD CNN against the EMD", caption, svg.Finish()};
}

}  // namespace

std::vector<Figure> EmdCnnFigures(const RunResults& results) {
  std::vector<Figure> figures;
  std::vector<const EmdCnnResult*> some;  // with an EMD to compare with
  for (const EmdCnnResult& cnn : results.emd_cnn) {
    if (cnn.error.pairs > 0) some.push_back(&cnn);
  }
  for (const EmdCnnResult* cnn : some) figures.push_back(EmdCnnFigure(*cnn, figures.size() + 1));
  if (!some.empty()) figures.push_back(CalibrationFigure(some));
  return figures;
}

}  // namespace demd
