// The earth mover's distance of the methods: its distribution, and against
// occupancy, |eta|, layer and shower energy.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include "engine/portable_math.h"
#include "models/plots/marks.h"
#include "models/report/report_figures.h"

namespace demd {
namespace {

constexpr int64_t kLeastPerBin = 5;       // wafers that a median is shown for
constexpr size_t kMostBandsTogether = 4;  // more bands in one panel hide each other
constexpr char kEmdLabel[] = "EMD [cell pitches]";

// A quantity of each wafer, and how it is binned.
struct Abscissa {
  std::string name;    // "occupancy"
  std::string symbol;  // for titles
  std::string words;   // what it is, for captions

  std::string label;
  std::vector<double> values;  // [n], NaN where unknown
  std::vector<double> edges;
  double low = 0.0;
  double high = 1.0;
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
    panel.svg().Text({panel.X(bin.centre()), panel.box().top - 7}, CountText(bin.n), style);
  }
  style.anchor = Anchor::kEnd;
  panel.svg().Text({panel.box().left - 8, panel.box().top - 7}, "wafers", style);
}

// Which methods a figure shows where.
struct ProfileFigureParts {
  std::vector<ReportMethod> together;  // in the large panel
  bool bands_together;
  std::vector<ReportMethod> alone;  // each in a small panel, with its band
};

void DrawTogether(const Panel& panel, const Abscissa& abscissa, const ProfileFigureParts& parts,
                  const Profiles& profiles) {
  panel.DrawGrid();
  for (size_t i = parts.together.size(); parts.bands_together && i-- > 0;) {
    DrawBand(panel, profiles[i], parts.together[i].look, kLeastPerBin);
  }
  for (size_t i = parts.together.size(); i-- > 0;) {
    DrawMedians(panel, profiles[i], parts.together[i].look, kLeastPerBin);
  }
  DrawBinCounts(panel, abscissa);
  panel.DrawFrame();
}

// One method with its band; the medians of all others in grey.
void DrawAlone(const Panel& panel, const ReportMethod& method, const std::vector<ProfileBin>& bins,
               const Profiles& all) {
  panel.DrawGrid();
  for (const std::vector<ProfileBin>& other : all) {
    DrawMedians(panel, other, {"#bdbdbd", "", Marker::kCircle, false}, kLeastPerBin, 1, false);
  }
  DrawBand(panel, bins, method.look, kLeastPerBin);
  DrawMedians(panel, bins, method.look, kLeastPerBin, 2, true);
  panel.DrawFrame();
  panel.DrawHeading(method.result->title);
}

// Small panels side by side, one for each method, below `top`.
constexpr int kSmallColumns = 3;
constexpr double kSmallHeight = 180;
constexpr double kSmallRow = kSmallHeight + 62;

int SmallRows(size_t methods) {
  return (static_cast<int>(methods) + kSmallColumns - 1) / kSmallColumns;
}

void DrawEachAlone(Svg* svg, double top, const Abscissa& abscissa,
                   const std::vector<ReportMethod>& methods, const Profiles& all) {
  const double pitch = kFigureWidth / kSmallColumns;
  const Profiles profiles = ProfilesOf(abscissa, methods);
  const Axis x{abscissa.label, abscissa.low, abscissa.high, false};
  const Axis y = RoundAxis(kEmdLabel, 0.0, 1.15 * LargestOf(profiles, &ProfileBin::q84));
  for (size_t i = 0; i < methods.size(); ++i) {
    const int row = static_cast<int>(i) / kSmallColumns;
    const int column = static_cast<int>(i) % kSmallColumns;
    const Box box{column * pitch + 56, top + row * kSmallRow, pitch - 68, kSmallHeight};
    DrawAlone(Panel(svg, box, x, y), methods[i], profiles[i], all);
  }
}

std::string DrawProfiles(const Abscissa& abscissa, const ProfileFigureParts& parts,
                         const std::string& description) {
  const Profiles profiles = ProfilesOf(abscissa, parts.together);
  const std::vector<LegendEntry> legend = LegendOf(parts.together);
  const double width = kFigureWidth - Panel::kLeftMargin - 14;
  const double legend_height = LegendHeight(width, legend);
  const Box box{Panel::kLeftMargin, legend_height + 30, width, 380};
  const double bottom = box.top + box.height + Panel::kBottomMargin;
  Svg svg(kFigureWidth,
          bottom + (parts.alone.empty() ? 0 : 14) + SmallRows(parts.alone.size()) * kSmallRow,
          description);
  DrawLegend(&svg, {Panel::kLeftMargin, 0}, width, legend);
  const double largest =
      LargestOf(profiles, parts.bands_together ? &ProfileBin::q84 : &ProfileBin::median);
  DrawTogether(Panel(&svg, box, {abscissa.label, abscissa.low, abscissa.high, false},
                     RoundAxis(kEmdLabel, 0.0, 1.05 * largest)),
               abscissa, parts, profiles);
  DrawEachAlone(&svg, bottom + 14, abscissa, parts.alone, profiles);
  return svg.Finish();
}

std::string ProfileCaption(const Abscissa& abscissa, const ProfileFigureParts& parts) {
  std::string caption = "Median EMD between wafer and reconstruction against " + abscissa.words;
  if (parts.bands_together) {
    caption += "; the bands hold the central 68 % of the wafers (16 % to 84 % quantile).";
  } else {
    caption += ".";
  }
  if (!parts.alone.empty()) {
    caption +=
        " Below, methods by themselves: the band holds the central 68 % of the wafers (16 % to "
        "84 % quantile), the grey lines are the medians of all others.";
  }
  return caption + " The numbers above the frame count the wafers of a bin; bins with fewer than " +
         std::to_string(kLeastPerBin) + " are left out. Smaller is better.";
}

Figure ProfileFigure(const std::string& name, const std::string& title, const Abscissa& abscissa,
                     const ProfileFigureParts& parts) {
  const std::string caption = ProfileCaption(abscissa, parts);
  return {name, title, caption, DrawProfiles(abscissa, parts, caption)};
}

// The trained encoders with their bands, then all methods.
std::vector<Figure> ProfileFigures(const Abscissa& abscissa,
                                   const std::vector<ReportMethod>& methods) {
  std::vector<ReportMethod> trained;
  std::vector<ReportMethod> baselines;
  for (const ReportMethod& method : methods) {
    (method.result->is_baseline ? baselines : trained).push_back(method);
  }
  const std::string title = "EMD against " + abscissa.symbol;
  if (methods.size() <= kMostBandsTogether) {
    return {ProfileFigure(abscissa.name, title, abscissa, {methods, true, {}})};
  }
  std::vector<Figure> figures;
  if (!trained.empty()) {
    const bool bands = trained.size() <= kMostBandsTogether;
    const std::vector<ReportMethod> none;
    figures.push_back(ProfileFigure(abscissa.name, title + ", trained encoders", abscissa,
                                    {trained, bands, bands ? none : trained}));
  }
  if (!baselines.empty()) {
    figures.push_back(ProfileFigure(abscissa.name + "-all", title + ", all methods", abscissa,
                                    {methods, false, baselines}));
  }
  return figures;
}

// Nothing when the wafers for which the quantity is known fill fewer than two bins.
std::vector<Figure> FiguresIfFilled(const Abscissa& abscissa,
                                    const std::vector<ReportMethod>& methods) {
  int64_t filled = 0;
  for (const ProfileBin& bin : ProfileOf(abscissa.values, abscissa.values, abscissa.edges)) {
    filled += bin.n >= kLeastPerBin ? 1 : 0;
  }
  return filled < 2 ? std::vector<Figure>() : ProfileFigures(abscissa, methods);
}

// Nearly all wafers of each method; of baselines far beyond the encoders, a part.
double UpperEndOf(const std::vector<ReportMethod>& methods) {
  double trained = 0.0;
  double all = 0.0;
  for (const ReportMethod& method : methods) {
    const double most = QuantileOfSorted(SortedDefined(method.result->emd), 0.995);
    if (most > all) all = most;
    if (!method.result->is_baseline && most > trained) trained = most;
  }
  if (trained > 0.0) all = std::min(all, 1.5 * trained);
  return all > 0.0 ? all : 1.0;
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
  title.size = FittingSize(method.result->title, 14, panel.box().left - 14);
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
  panel.svg().Text({panel.box().left + panel.box().width - 8, panel.box().top + 6},
                   CountText(histogram.above) + " beyond \u2192", note);
}

}  // namespace

Figure DistributionFigure(const std::vector<ReportMethod>& methods) {
  const int bins = methods[0].result->emd.size() < 300 ? 30 : 80;
  const double row_height = methods.size() <= 6 ? 62 : 50;
  double left = 0;
  for (const ReportMethod& method : methods) {
    left = std::max(left, TextWidth(method.result->title, 14) + 30);
  }
  left = std::min(left, 340.0);
  const std::string caption =
      "Distribution of the EMD between wafer and reconstruction, each histogram scaled to its "
      "highest bin. Line: median; marker: mean, also given in numbers with its standard error; "
      "bar: central 90 % of the wafers (5 % to 95 % quantile). Smaller is better.";
  const double height = static_cast<double>(methods.size()) * row_height + 10;
  Svg svg(kFigureWidth, height + Panel::kBottomMargin, caption);
  const Axis x = RoundAxis(kEmdLabel, 0.0, UpperEndOf(methods));
  const Box whole{left, 2, kFigureWidth - left - 14, height};
  for (size_t i = 0; i < methods.size(); ++i) {
    const Histogram histogram = CountInBins(methods[i].result->emd, x.low, x.high, bins);
    const Box box{left, 8 + static_cast<double>(i) * row_height, whole.width, row_height - 18};
    const double most = static_cast<double>(std::max<int64_t>(histogram.largest(), 1));
    DrawDistributionRow(Panel(&svg, box, x, {"", 0.0, most, false}), methods[i], histogram);
  }
  Panel(&svg, whole, x, {"", 0.0, 1.0, false}).DrawFrameWithoutY();
  return {"distribution", "EMD of each method", caption, svg.Finish()};
}

std::vector<Figure> OccupancyFigures(const RunResults& results,
                                     const std::vector<ReportMethod>& methods) {
  constexpr int kBinWidth = 4;
  constexpr size_t kFewestBins = 4;
  Abscissa occupancy{"occupancy",
                     "occupancy",
                     "the number of trigger cells with more than one transverse MIP (35 counts)",
                     "trigger cells above one transverse MIP",
                     {},
                     {},
                     0.0,
                     1.0};
  for (const Wafer& wafer : results.held_out) {
    occupancy.values.push_back(Occupancy(wafer.charges, kCountsPerMipT));
  }
  // Whole numbers k, k+1, k+2, k+3 fill the bin around their middle.
  for (int edge = 0; edge <= kWaferCells + kBinWidth; edge += kBinWidth) {
    occupancy.edges.push_back(edge - 0.5);
  }
  const std::vector<ProfileBin> bins =
      ProfileOf(occupancy.values, occupancy.values, occupancy.edges);
  size_t shown = bins.size();
  while (shown > kFewestBins && bins[shown - 1].n < kLeastPerBin) --shown;
  occupancy.edges.resize(shown + 1);
  occupancy.low = occupancy.edges.front();
  occupancy.high = occupancy.edges.back();
  return ProfileFigures(occupancy, methods);
}

std::vector<Figure> EtaFigures(const RunResults& results,
                               const std::vector<ReportMethod>& methods) {
  constexpr int kBins = 10;
  Abscissa eta{
      "eta",      "|\u03B7|", "the pseudorapidity |\u03B7| of the wafer, where it is known",
      "|\u03B7|", {},         {},
      1.6,        3.0};
  for (const Wafer& wafer : results.held_out) {
    const double size = std::fabs(wafer.truth.tc_eta);
    eta.values.push_back(size == 0.0 ? NAN : size);
  }
  for (int i = 0; i <= kBins; ++i) eta.edges.push_back((160 + 14 * i) / 100.0);
  return FiguresIfFilled(eta, methods);
}

std::vector<Figure> LayerFigures(const RunResults& results,
                                 const std::vector<ReportMethod>& methods) {
  Abscissa layer{"layer", "layer", "the layer of the wafer, where it is known", "layer", {}, {}};
  std::set<double> layers;
  for (const Wafer& wafer : results.held_out) {
    layer.values.push_back(wafer.truth.layer > 0 ? static_cast<double>(wafer.truth.layer)
                                                 : static_cast<double>(NAN));
    if (wafer.truth.layer > 0) layers.insert(wafer.truth.layer);
  }
  if (layers.size() < 2) return {};
  // Edges half way between layers that occur.
  double last = 0.0;
  for (const double place : layers) {
    layer.edges.push_back(last == 0.0 ? place - 0.5 : 0.5 * (last + place));
    last = place;
  }
  layer.edges.push_back(last + last - layer.edges.back());
  layer.edges.front() = *layers.begin() - (layer.edges[1] - *layers.begin());
  layer.low = layer.edges.front();
  layer.high = layer.edges.back();
  return FiguresIfFilled(layer, methods);
}

std::vector<Figure> ShowerEnergyFigures(const RunResults& results,
                                        const std::vector<ReportMethod>& methods) {
  constexpr double kLow = -1.0;
  constexpr double kHigh = 3.0;
  constexpr double kBinWidth = 0.5;
  Abscissa energy{"energy",
                  "shower energy",
                  "the energy of the signal shower in the wafer, for wafers that have one",
                  "log10 of the shower's energy in the wafer [GeV]",
                  {},
                  {},
                  kLow,
                  kHigh};
  for (const Wafer& wafer : results.held_out) {
    const double gev = wafer.truth.simenergy;
    energy.values.push_back(gev > 0.0 ? Log(gev) / Log(10.0) : NAN);
  }
  for (double edge = kLow; edge <= kHigh; edge += kBinWidth) energy.edges.push_back(edge);
  return FiguresIfFilled(energy, methods);
}

}  // namespace demd
