// The earth mover's distance of the methods: its distribution, and against occupancy and |eta|.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "models/plots/marks.h"
#include "models/report_figures.h"

namespace demd {
namespace {

constexpr int64_t kLeastPerBin = 5;       // wafers that a median is shown for
constexpr size_t kMostBandsTogether = 3;  // more bands in one panel hide each other
constexpr char kEmdLabel[] = "EMD [cell pitches]";

// A quantity of each wafer, and how it is binned.
struct Abscissa {
  std::string label;
  std::vector<double> values;  // [n], NaN where unknown
  std::vector<double> edges;
  double low;
  double high;
};

std::vector<LegendEntry> LegendOf(const std::vector<ReportMethod>& methods) {
  std::vector<LegendEntry> entries;
  for (const ReportMethod& method : methods) {
    entries.push_back({method.result->title, method.look});
  }
  return entries;
}

using Profiles = std::vector<std::vector<ProfileBin>>;  // [method][bin]

Profiles ProfilesOf(const Abscissa& abscissa, const std::vector<ReportMethod>& methods) {
  Profiles profiles;
  for (const ReportMethod& method : methods) {
    profiles.push_back(ProfileOf(abscissa.values, method.result->emd, abscissa.edges));
  }
  return profiles;
}

double LargestOf(const Profiles& profiles, double ProfileBin::*value) {
  double largest = 0.0;
  for (const std::vector<ProfileBin>& bins : profiles) {
    for (const ProfileBin& bin : bins) {
      if (bin.n >= kLeastPerBin) largest = std::max(largest, bin.*value);
    }
  }
  return largest > 0.0 ? largest : 1.0;
}

// Number of wafers of each bin, above the frame.
void DrawBinCounts(const Panel& panel, const Abscissa& abscissa) {
  const std::vector<ProfileBin> bins = ProfileOf(abscissa.values, abscissa.values, abscissa.edges);
  TextStyle style;
  style.size = 11.5;
  style.colour = "#666666";
  style.anchor = Anchor::kMiddle;
  for (const ProfileBin& bin : bins) {
    if (bin.n == 0) continue;
    panel.svg().Text({panel.X(bin.centre()), panel.box().top - 5}, CountText(bin.n), style);
  }
  style.anchor = Anchor::kEnd;
  panel.svg().Text({panel.box().left - 8, panel.box().top - 5}, "wafers", style);
}

// All methods in one panel.
void DrawTogether(const Panel& panel, const Abscissa& abscissa,
                  const std::vector<ReportMethod>& methods, const Profiles& profiles) {
  panel.DrawGrid();
  if (methods.size() <= kMostBandsTogether) {
    for (size_t i = methods.size(); i-- > 0;) {
      DrawBand(panel, profiles[i], methods[i].look, kLeastPerBin);
    }
  }
  for (size_t i = methods.size(); i-- > 0;) {
    DrawMedians(panel, profiles[i], methods[i].look, kLeastPerBin);
  }
  DrawBinCounts(panel, abscissa);
  panel.DrawFrame();
}

// One method with its band, the others' medians in grey.
void DrawAlone(const Panel& panel, size_t shown, const std::vector<ReportMethod>& methods,
               const Profiles& profiles) {
  panel.DrawGrid();
  for (size_t i = 0; i < methods.size(); ++i) {
    if (i == shown) continue;
    DrawMedians(panel, profiles[i], {"#bdbdbd", "", Marker::kCircle, false}, kLeastPerBin, 1,
                false);
  }
  DrawBand(panel, profiles[shown], methods[shown].look, kLeastPerBin);
  DrawMedians(panel, profiles[shown], methods[shown].look, kLeastPerBin, 2, true);
  panel.DrawFrame();
  panel.DrawHeading(methods[shown].result->title);
}

// Small panels side by side, one for each method, below `top`.
constexpr int kSmallColumns = 3;
constexpr double kSmallHeight = 180;
constexpr double kSmallRow = kSmallHeight + 62;

int SmallRows(size_t methods) {
  return (static_cast<int>(methods) + kSmallColumns - 1) / kSmallColumns;
}

void DrawEachAlone(Svg* svg, double top, const Abscissa& abscissa,
                   const std::vector<ReportMethod>& methods, const Profiles& profiles) {
  const double pitch = kFigureWidth / kSmallColumns;
  const Axis x{abscissa.label, abscissa.low, abscissa.high, false};
  const Axis y = RoundAxis(kEmdLabel, 0.0, 1.08 * LargestOf(profiles, &ProfileBin::q84));
  for (size_t i = 0; i < methods.size(); ++i) {
    const int row = static_cast<int>(i) / kSmallColumns;
    const int column = static_cast<int>(i) % kSmallColumns;
    const Box box{column * pitch + 56, top + row * kSmallRow, pitch - 68, kSmallHeight};
    DrawAlone(Panel(svg, box, x, y), i, methods, profiles);
  }
}

std::string DrawProfiles(const Abscissa& abscissa, const std::vector<ReportMethod>& methods,
                         const std::string& description) {
  const Profiles profiles = ProfilesOf(abscissa, methods);
  const bool bands_together = methods.size() <= kMostBandsTogether;
  const std::vector<LegendEntry> legend = LegendOf(methods);
  const double legend_width = kFigureWidth - Panel::kLeftMargin - 20;
  const double legend_height = LegendHeight(legend_width, legend);
  const Box box{Panel::kLeftMargin, legend_height + 26, kFigureWidth - Panel::kLeftMargin - 14,
                380};
  const double together = box.top + box.height + Panel::kBottomMargin;
  const double small = bands_together ? 0.0 : 14 + SmallRows(methods.size()) * kSmallRow;
  Svg svg(kFigureWidth, together + small, description);
  DrawLegend(&svg, {Panel::kLeftMargin, 0}, legend_width, legend);
  const double largest =
      LargestOf(profiles, bands_together ? &ProfileBin::q84 : &ProfileBin::median);
  DrawTogether(Panel(&svg, box, {abscissa.label, abscissa.low, abscissa.high, false},
                     RoundAxis(kEmdLabel, 0.0, 1.05 * largest)),
               abscissa, methods, profiles);
  if (!bands_together) DrawEachAlone(&svg, together + 14, abscissa, methods, profiles);
  return svg.Finish();
}

std::string ProfileCaption(const std::string& against, size_t methods) {
  std::string caption = "Median EMD between wafer and reconstruction against " + against;
  if (methods <= kMostBandsTogether) {
    caption += "; the bands hold the central 68 % of the wafers (16 % to 84 % quantile).";
  } else {
    caption +=
        ". Below, each method by itself: the band holds the central 68 % of the wafers (16 % to "
        "84 % quantile), the grey lines are the other methods' medians.";
  }
  return caption + " The numbers above the frame count the wafers of a bin; bins with fewer than " +
         std::to_string(kLeastPerBin) + " are left out. Smaller is better.";
}

double UpperEndOf(const std::vector<ReportMethod>& methods) {
  double high = 0.0;
  for (const ReportMethod& method : methods) {
    const double most = QuantileOfSorted(SortedDefined(method.result->emd), 0.99);
    if (most > high) high = most;
  }
  return high > 0.0 ? high : 1.0;
}

// Median as a line, mean as the method's marker, the central 90 % as a bar below the histogram.
void DrawSummary(const Panel& panel, const ReportMethod& method) {
  const Summary& emd = method.emd;
  const double base = panel.box().top + panel.box().height;
  const double middle = base + 7;
  Svg& svg = panel.svg();
  svg.Line({panel.X(emd.q05), middle}, {panel.X(emd.q95), middle}, Stroked(method.look.colour, 3));
  svg.Line({panel.X(emd.median), base - panel.box().height * 0.9},
           {panel.X(emd.median), middle + 5}, Stroked("#1a1a1a", 1.8));
  DrawMarker(&svg, {panel.X(emd.mean), middle}, 5, method.look);
}

void DrawDistributionRow(const Panel& panel, const ReportMethod& method,
                         const Histogram& histogram) {
  DrawHistogram(panel, histogram, method.look);
  if (method.emd.n > 0) DrawSummary(panel, method);
  const double base = panel.box().top + panel.box().height;
  TextStyle title;
  title.size = 14;
  title.bold = true;
  title.anchor = Anchor::kEnd;
  panel.svg().Text({panel.box().left - 12, base - 14}, method.result->title, title);
  TextStyle note;
  note.size = 13;
  note.colour = "#444444";
  note.anchor = Anchor::kEnd;
  panel.svg().Text(
      {panel.box().left - 12, base + 4},
      FixedText(method.emd.mean, 3) + " \u00B1 " + FixedText(method.emd.standard_error, 3), note);
  if (histogram.above == 0) return;
  panel.svg().Text({panel.box().left + panel.box().width - 8, base - 8},
                   CountText(histogram.above) + " beyond \u2192", note);
}

}  // namespace

Figure DistributionFigure(const std::vector<ReportMethod>& methods) {
  constexpr int kBins = 80;
  const double row_height = methods.size() <= 6 ? 62 : 50;
  double left = 0;
  for (const ReportMethod& method : methods) {
    left = std::max(left, TextWidth(method.result->title, 14) + 30);
  }
  left = std::min(left, 320.0);
  const std::string caption =
      "Distribution of the EMD between wafer and reconstruction, each histogram scaled to its "
      "highest bin. Line: median; marker: mean, also given in numbers with its standard error; "
      "bar: central 90 % of the wafers (5 % to 95 % quantile). Smaller is better.";
  const double height = static_cast<double>(methods.size()) * row_height + 10;
  Svg svg(kFigureWidth, height + Panel::kBottomMargin, caption);
  const Axis x = RoundAxis(kEmdLabel, 0.0, UpperEndOf(methods));
  const Box whole{left, 2, kFigureWidth - left - 14, height};
  for (size_t i = 0; i < methods.size(); ++i) {
    const Histogram histogram = CountInBins(methods[i].result->emd, x.low, x.high, kBins);
    const Box box{left, 8 + static_cast<double>(i) * row_height, whole.width, row_height - 18};
    const double most = static_cast<double>(std::max<int64_t>(histogram.largest(), 1));
    DrawDistributionRow(Panel(&svg, box, x, {"", 0.0, most, false}), methods[i], histogram);
  }
  Panel(&svg, whole, x, {"", 0.0, 1.0, false}).DrawFrameWithoutY();
  return {"distribution", "EMD of each method", caption, svg.Finish()};
}

Figure OccupancyFigure(const RunResults& results, const std::vector<ReportMethod>& methods) {
  constexpr int kBinWidth = 4;
  Abscissa occupancy;
  occupancy.label = "trigger cells above one transverse MIP";
  double most = 0;
  for (const Wafer& wafer : results.held_out) {
    occupancy.values.push_back(Occupancy(wafer.charges, kCountsPerMipT));
    most = std::max(most, occupancy.values.back());
  }
  // Whole numbers k, k+1, k+2, k+3 fill the bin around their middle.
  for (int edge = 0; edge <= most + kBinWidth; edge += kBinWidth) {
    occupancy.edges.push_back(edge - 0.5);
  }
  occupancy.low = occupancy.edges.front();
  occupancy.high = occupancy.edges.back();
  const std::string caption = ProfileCaption(
      "the number of trigger cells with more than one transverse MIP (35 counts)", methods.size());
  return {"occupancy", "EMD against occupancy", caption, DrawProfiles(occupancy, methods, caption)};
}

std::vector<Figure> EtaFigures(const RunResults& results,
                               const std::vector<ReportMethod>& methods) {
  constexpr int kBins = 10;
  Abscissa eta{"|\u03B7|", {}, {}, 1.6, 3.0};
  for (const Wafer& wafer : results.held_out) {
    const double size = std::fabs(wafer.truth.tc_eta);
    eta.values.push_back(size == 0.0 ? NAN : size);
  }
  for (int i = 0; i <= kBins; ++i) eta.edges.push_back((160 + 14 * i) / 100.0);
  int64_t filled = 0;
  for (const ProfileBin& bin : ProfileOf(eta.values, eta.values, eta.edges)) {
    filled += bin.n >= kLeastPerBin ? 1 : 0;
  }
  if (filled < 2) return {};
  const std::string caption =
      ProfileCaption("the pseudorapidity |\u03B7| of the wafer, where it is known", methods.size());
  return {{"eta", "EMD against |\u03B7|", caption, DrawProfiles(eta, methods, caption)}};
}

}  // namespace demd
