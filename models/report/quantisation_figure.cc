// The scan of weight and output bits as a picture and as a table.

#include "models/report/quantisation_figure.h"

#include <algorithm>
#include <cmath>

#include "models/plots/marks.h"

namespace demd {
namespace {

constexpr int kColumns = 2;
constexpr double kPanelHeight = 230;
constexpr double kPanelRow = kPanelHeight + 66;
constexpr char kTrainedColour[] = "#D55E00";
constexpr Marker kMarkers[] = {Marker::kCircle, Marker::kSquare, Marker::kTriangle,
                               Marker::kDiamond, Marker::kTriangleDown};

// More bits, darker; the lightest still shows on white.
Look LookOfOutputBits(size_t index, size_t count) {
  const double fraction =
      static_cast<double>(index) / std::max(1.0, static_cast<double>(count) - 1);
  return {SequentialColour(0.3 + 0.7 * fraction), "", kMarkers[index % std::size(kMarkers)], false};
}

Look TrainedLook() { return {kTrainedColour, "7 4", Marker::kDiamond, true}; }

std::vector<LegendEntry> LegendOf(const QuantisationScan& scan) {
  std::vector<LegendEntry> entries;
  for (size_t o = 0; o < scan.output_bits.size(); ++o) {
    entries.push_back({std::to_string(scan.output_bits[o]) + " output bits",
                       LookOfOutputBits(o, scan.output_bits.size())});
  }
  entries.push_back({"as trained", TrainedLook()});
  return entries;
}

// An axis for one scan: its points and what training reached.
Axis EmdAxis(const QuantisationScan& scan) {
  double low = INFINITY;
  double high = -INFINITY;
  const auto take = [&](double emd) {
    if (!std::isfinite(emd)) return;
    low = std::min(low, emd);
    high = std::max(high, emd);
  };
  for (const double emd : scan.emd) take(emd);
  take(scan.trained_emd);
  if (!(low <= high)) return RoundAxis("EMD [cell pitches]", 0.0, 1.0);
  const double margin = 0.06 * (high - low) + 0.01 * high;
  return RoundAxis("EMD [cell pitches]", std::max(0.0, low - margin), high + margin);
}

Axis WeightAxis(const QuantisationScan& scan) {
  return {"bits of a weight", scan.weight_bits.front() - 0.4, scan.weight_bits.back() + 0.4, false};
}

// What training reached: a line, and an open marker where its bits are on the axis.
void DrawTrained(const Panel& panel, const QuantisationScan& scan) {
  if (!std::isfinite(scan.trained_emd)) return;
  const Look look = TrainedLook();
  const double y = panel.Y(scan.trained_emd);
  panel.svg().Line({panel.box().left, y}, {panel.box().left + panel.box().width, y},
                   Stroked(look.colour, 1.6, look.dash));
  if (scan.trained_weight_bits >= scan.weight_bits.front() &&
      scan.trained_weight_bits <= scan.weight_bits.back()) {
    DrawMarker(&panel.svg(), {panel.X(scan.trained_weight_bits), y}, 6.5, look);
  }
}

void DrawScan(const Panel& panel, const QuantisationScan& scan) {
  panel.DrawGrid();
  for (size_t o = 0; o < scan.output_bits.size(); ++o) {
    std::vector<Point2> points;
    for (size_t w = 0; w < scan.weight_bits.size(); ++w) {
      const double emd = scan.At(w, o);
      points.push_back({static_cast<double>(scan.weight_bits[w]), std::isfinite(emd) ? emd : NAN});
    }
    DrawCurve(panel, points, LookOfOutputBits(o, scan.output_bits.size()), 2, true);
  }
  DrawTrained(panel, scan);
  panel.DrawFrame();
  TextStyle title;
  title.bold = true;
  title.anchor = Anchor::kEnd;
  const double right = panel.box().left + panel.box().width - 12;
  title.size = FittingSize(scan.title, 14, panel.box().width - 24);
  panel.svg().Text({right, panel.box().top + 22}, scan.title, title);
}

std::string Caption(const std::vector<QuantisationScan>& scans) {
  return "Mean exact EMD between wafer and reconstruction when the trained parameters are "
         "quantised "
         "anew to fewer or more bits, without training: formats calibrated on the values seen, "
         "codes "
         "by the integer encoder, the decoder unchanged; " +
         CountText(scans[0].wafers) +
         " held-out wafers. 3, 5, 7 and 9 output bits are what 2, 3, 4 and 5 eLinks carry. Dashed: "
         "the encoder as it was trained, on the same wafers" +
         (scans[0].trained_weight_bits > 0
              ? "; the open diamond stands at the bits it was trained for."
              : ", in float.") +
         " Each panel has its own scale; smaller is better.";
}

std::string RowOf(const QuantisationScan& scan, size_t w) {
  std::string row = "<tr><th scope=\"row\">" + std::to_string(scan.weight_bits[w]) + " bits</th>";
  for (size_t o = 0; o < scan.output_bits.size(); ++o) {
    row += "<td>" + EscapeXml(FixedText(scan.At(w, o), 3)) + "</td>";
  }
  return row + "</tr>\n";
}

}  // namespace

Figure QuantisationFigure(const std::vector<QuantisationScan>& scans) {
  const std::string caption = Caption(scans);
  const std::vector<LegendEntry> legend = LegendOf(scans[0]);
  const double width = kFigureWidth - Panel::kLeftMargin - 14;
  const double top = LegendHeight(width, legend) + 14;
  const size_t rows = (scans.size() + kColumns - 1) / kColumns;
  Svg svg(kFigureWidth, top + static_cast<double>(rows) * kPanelRow, caption);
  DrawLegend(&svg, {Panel::kLeftMargin, 0}, width, legend);
  constexpr double kPitch = kFigureWidth / kColumns;
  for (size_t i = 0; i < scans.size(); ++i) {
    const Box box{static_cast<double>(i % kColumns) * kPitch + Panel::kLeftMargin,
                  top + static_cast<double>(i / kColumns) * kPanelRow,
                  kPitch - Panel::kLeftMargin - 14, kPanelHeight};
    DrawScan(Panel(&svg, box, WeightAxis(scans[i]), EmdAxis(scans[i])), scans[i]);
  }
  return {"quantisation", "EMD against bits of weights and outputs", caption, svg.Finish()};
}

std::string QuantisationTable(const std::vector<QuantisationScan>& scans) {
  std::string table = "<table>\n<thead><tr><th scope=\"col\">weights</th>";
  for (const int bits : scans[0].output_bits) {
    table += "<th scope=\"col\">" + std::to_string(bits) + " output bits</th>";
  }
  table += "</tr></thead>\n<tbody>\n";
  for (const QuantisationScan& scan : scans) {
    table += "<tr class=\"divider\"><td colspan=\"" + std::to_string(scan.output_bits.size() + 1) +
             "\">" + EscapeXml(scan.title) + "</td></tr>\n";
    for (size_t w = 0; w < scan.weight_bits.size(); ++w) table += RowOf(scan, w);
  }
  return table + "</tbody>\n</table>\n";
}

}  // namespace demd
