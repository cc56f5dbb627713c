// Wafers before and after.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "models/report/report_figures.h"
#include "models/report/wafer_picture.h"

namespace demd {
namespace {

constexpr size_t kColumns = 5;  // pictures side by side
constexpr double kTitleSize = 15;
constexpr double kTitleLine = 18;
constexpr double kGap = 18;     // between columns
constexpr double kRowGap = 16;  // between rows
constexpr double kLeft = 10;
constexpr double kScaleWidth = 70;  // for the colour scale on the right

struct ShownWafer {
  std::string title;
  std::string note;
  std::vector<double> fractions;  // [48], of the sum; empty when there is no charge
  bool sets_scale;                // baselines put all charge into few cells and would dim the rest
};

// Fractions of the sum; empty if that is not positive.
std::vector<double> FractionsOf(std::vector<double> cells) {
  const double sum = std::accumulate(cells.begin(), cells.end(), 0.0);
  if (!(sum > 0.0)) return {};
  for (double& cell : cells) cell /= sum;
  return cells;
}

std::vector<double> CellsOf(const Tensor& images, int64_t row) {
  const float* cells = images.data() + row * kWaferCells;
  return std::vector<double>(cells, cells + kWaferCells);
}

std::vector<ShownWafer> ShownWafers(const RunResults& results,
                                    const std::vector<ReportMethod>& methods, size_t row) {
  const Charges& charges = results.held_out[row].charges;
  std::vector<ShownWafer> shown;
  const double sum = static_cast<double>(ChargeSum(charges)) / kCountsPerMipT;
  shown.push_back({"original", "sum " + FixedText(sum, sum < 10 ? 1 : 0) + " transverse MIP",
                   FractionsOf(std::vector<double>(charges.begin(), charges.end())), true});
  for (const ReportMethod& method : methods) {
    if (!HasImages(results, *method.result)) continue;
    const double emd = method.result->emd[row];
    shown.push_back({method.result->title,
                     std::isnan(emd) ? "no charge left" : "EMD " + FixedText(emd, 3),
                     FractionsOf(CellsOf(method.result->images, static_cast<int64_t>(row))),
                     !method.result->is_baseline});
  }
  return shown;
}

double LargestFraction(const std::vector<ShownWafer>& wafers) {
  double largest = 0.0;
  for (const ShownWafer& wafer : wafers) {
    if (!wafer.sets_scale) continue;
    for (const double fraction : wafer.fractions) largest = std::max(largest, fraction);
  }
  return largest > 0.0 ? largest : 1.0;
}

// A title in one line, or in two about as long where one would not fit the column.
std::vector<std::string> TitleLines(const std::string& title, double width) {
  if (TextWidth(title, kTitleSize) <= width) return {title};
  const size_t half = title.size() / 2;
  const size_t before = title.rfind(' ', half);
  const size_t after = title.find(' ', half);
  if (before == std::string::npos && after == std::string::npos) return {title};
  const bool take_after =
      before == std::string::npos || (after != std::string::npos && after - half < half - before);
  const size_t cut = take_after ? after : before;
  return {title.substr(0, cut), title.substr(cut + 1)};
}

// How a wafer is drawn.
struct Layout {
  double width;
  double header;  // room for title and note
  double largest;
};

void DrawShownWafer(Svg* svg, const ShownWafer& wafer, Point2 corner, const Layout& layout) {
  const double room = layout.width + kGap - 4;
  const std::vector<std::string> lines = TitleLines(wafer.title, room);
  TextStyle style;
  style.anchor = Anchor::kMiddle;
  style.bold = true;
  Point2 at = {corner.x + 0.5 * layout.width, corner.y + layout.header - 26};
  for (size_t i = lines.size(); i-- > 0; at.y -= kTitleLine) {
    style.size = FittingSize(lines[i], kTitleSize, room);
    svg->Text(at, lines[i], style);
  }
  TextStyle note;
  note.anchor = Anchor::kMiddle;
  note.colour = "#444444";
  note.size = FittingSize(wafer.note, note.size, room);
  svg->Text({at.x, corner.y + layout.header - 8}, wafer.note, note);
  const std::vector<double> nothing(kWaferCells, 0.0);
  DrawWafer(svg, {corner.x, corner.y + layout.header}, layout.width,
            wafer.fractions.empty() ? nothing : wafer.fractions, layout.largest);
}

// Pictures in rows, and the room that each row's titles need.
struct Grid {
  size_t columns;
  double width;                 // of a wafer
  std::vector<double> headers;  // [row]
};

Grid GridFor(const std::vector<ShownWafer>& wafers) {
  Grid grid;
  grid.columns = std::min(kColumns, wafers.size());
  const double pitch = (kFigureWidth - kLeft - kScaleWidth) / static_cast<double>(grid.columns);
  grid.width = std::min(200.0, pitch - kGap);
  grid.headers.resize((wafers.size() + grid.columns - 1) / grid.columns);
  for (size_t i = 0; i < wafers.size(); ++i) {
    const size_t lines = TitleLines(wafers[i].title, grid.width + kGap - 4).size();
    double& header = grid.headers[i / grid.columns];
    header = std::max(header, 24 + static_cast<double>(lines) * kTitleLine);
  }
  return grid;
}

std::string DrawExample(const std::vector<ShownWafer>& wafers, const std::string& description) {
  const Grid grid = GridFor(wafers);
  const double largest = LargestFraction(wafers);
  const double height = grid.width * WaferPictureAspect();
  const double pitch = grid.width + kGap;
  double total = 4;
  for (const double header : grid.headers) total += header + height + kRowGap;
  Svg svg(kFigureWidth, total, description);
  double top = 0;
  for (size_t i = 0; i < wafers.size(); ++i) {
    const size_t row = i / grid.columns;
    if (i > 0 && i % grid.columns == 0) top += grid.headers[row - 1] + height + kRowGap;
    const double left = kLeft + static_cast<double>(i % grid.columns) * pitch;
    DrawShownWafer(&svg, wafers[i], {left, top}, {grid.width, grid.headers[row], largest});
  }
  const double right = kLeft + static_cast<double>(grid.columns) * pitch;
  DrawWaferScale(&svg, {right, grid.headers[0]}, height, largest);
  return svg.Finish();
}

// The row at quantile q of the defined EMDs.
size_t RowAtQuantile(const std::vector<double>& emd, double q) {
  std::vector<size_t> rows;
  for (size_t i = 0; i < emd.size(); ++i) {
    if (!std::isnan(emd[i])) rows.push_back(i);
  }
  std::stable_sort(rows.begin(), rows.end(), [&](size_t a, size_t b) { return emd[a] < emd[b]; });
  return rows[static_cast<size_t>(std::nearbyint(q * static_cast<double>(rows.size() - 1)))];
}

std::string DescriptionOf(const Wafer& wafer, size_t row) {
  std::string text = "held-out wafer " + CountText(static_cast<int64_t>(row) + 1);
  if (wafer.truth.layer > 0) text += ", layer " + std::to_string(wafer.truth.layer);
  if (wafer.truth.tc_eta != 0.0) {
    text += ", |\u03B7| = " + FixedText(std::fabs(wafer.truth.tc_eta), 2);
  }
  if (wafer.truth.simenergy > 0.0) {
    text += ", shower energy " + FixedText(wafer.truth.simenergy, 1) + " GeV";
  }
  return text + ", " + std::to_string(Occupancy(wafer.charges, kCountsPerMipT)) +
         " trigger cells above one transverse MIP";
}

}  // namespace

std::vector<Figure> WaferFigures(const RunResults& results,
                                 const std::vector<ReportMethod>& methods) {
  const ReportMethod& best = methods[BestMethod(methods)];
  if (best.emd.n == 0) return {};
  struct Case {
    const char* name;
    const char* title;
    double quantile;
  };
  constexpr Case kCases[] = {{"wafer-good", "a good case", 0.05},
                             {"wafer-median", "the median case", 0.5},
                             {"wafer-bad", "a bad case", 0.95}};
  std::vector<Figure> figures;
  for (const Case& shown : kCases) {
    const size_t row = RowAtQuantile(best.result->emd, shown.quantile);
    const std::string caption =
        "The wafer at the " + FixedText(100 * shown.quantile, 0) + " % quantile of the EMD of " +
        best.result->title + ": " + DescriptionOf(results.held_out[row], row) +
        ". Each hexagon is the wafer with its 48 trigger cells; the colour is a cell's share of "
        "the wafer's charge, on a square-root scale that is the same for all of them and ends at "
        "the largest of the original and the trained encoders.";
    figures.push_back({shown.name, std::string("Before and after: ") + shown.title, caption,
                       DrawExample(ShownWafers(results, methods, row), caption)});
  }
  return figures;
}

}  // namespace demd
