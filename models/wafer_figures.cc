// Wafers before and after.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "models/report_figures.h"
#include "models/wafer_picture.h"

namespace demd {
namespace {

constexpr int kColumns = 5;  // pictures side by side
constexpr double kTitleSize = 15;
constexpr double kScaleWidth = 70;  // for the colour scale on the right

struct ShownWafer {
  std::string title;
  std::string note;
  std::vector<double> fractions;  // [48], of the sum; empty when there is no charge
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
                   FractionsOf(std::vector<double>(charges.begin(), charges.end()))});
  for (const ReportMethod& method : methods) {
    if (method.result->images.size() == 0) continue;
    const double emd = method.result->emd[row];
    shown.push_back({method.result->title,
                     std::isnan(emd) ? "no charge left" : "EMD " + FixedText(emd, 3),
                     FractionsOf(CellsOf(method.result->images, static_cast<int64_t>(row)))});
  }
  return shown;
}

double LargestFraction(const std::vector<ShownWafer>& wafers) {
  double largest = 0.0;
  for (const ShownWafer& wafer : wafers) {
    for (const double fraction : wafer.fractions) largest = std::max(largest, fraction);
  }
  return largest > 0.0 ? largest : 1.0;
}

// Text that is cut to fit a column.
std::string Fitted(const std::string& text, double size, double width) {
  if (TextWidth(text, size) <= width) return text;
  std::string cut = text;
  while (!cut.empty() && TextWidth(cut + "\u2026", size) > width) {
    while ((static_cast<unsigned char>(cut.back()) & 0xC0) == 0x80) cut.pop_back();
    cut.pop_back();
  }
  return cut + "\u2026";
}

void DrawShownWafer(Svg* svg, const ShownWafer& wafer, Point2 corner, double width,
                    double largest) {
  TextStyle title;
  title.size = kTitleSize;
  title.bold = true;
  title.anchor = Anchor::kMiddle;
  const double middle = corner.x + 0.5 * width;
  svg->Text({middle, corner.y + 16}, Fitted(wafer.title, kTitleSize, width + 14), title);
  TextStyle note;
  note.anchor = Anchor::kMiddle;
  note.colour = "#444444";
  svg->Text({middle, corner.y + 34}, Fitted(wafer.note, note.size, width + 14), note);
  const std::vector<double> nothing(kWaferCells, 0.0);
  DrawWafer(svg, {corner.x, corner.y + 42}, width,
            wafer.fractions.empty() ? nothing : wafer.fractions, largest);
}

std::string DrawExample(const std::vector<ShownWafer>& wafers, const std::string& description) {
  const int columns = std::min(kColumns, static_cast<int>(wafers.size()));
  const int rows = (static_cast<int>(wafers.size()) + columns - 1) / columns;
  constexpr double kGap = 18;
  const double width = std::min(200.0, (kFigureWidth - kScaleWidth - 10) / columns - kGap);
  const double height = width * WaferPictureAspect();
  const double row_height = 42 + height + 16;
  Svg svg(kFigureWidth, rows * row_height + 4, description);
  const double largest = LargestFraction(wafers);
  const double left = 8;
  for (size_t i = 0; i < wafers.size(); ++i) {
    const int row = static_cast<int>(i) / columns;
    const int column = static_cast<int>(i) % columns;
    DrawShownWafer(&svg, wafers[i], {left + column * (width + kGap), row * row_height}, width,
                   largest);
  }
  DrawWaferScale(&svg, {left + columns * (width + kGap), 42}, height, largest);
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
  constexpr Case kCases[] = {{"wafer-good", "A good case", 0.05},
                             {"wafer-median", "The median case", 0.5},
                             {"wafer-bad", "A bad case", 0.95}};
  std::vector<Figure> figures;
  for (const Case& shown : kCases) {
    const size_t row = RowAtQuantile(best.result->emd, shown.quantile);
    const std::string where = "the " + FixedText(100 * shown.quantile, 0) +
                              " % quantile of the EMD of " + best.result->title;
    const std::string caption =
        shown.title + std::string(", at ") + where + ": " +
        DescriptionOf(results.held_out[row], row) +
        ". Each hexagon is the wafer with its 48 trigger cells; the colour is a cell's share of "
        "the wafer's charge, on a square-root scale that is the same for the original and all "
        "reconstructions of it.";
    figures.push_back({shown.name,
                       std::string("Before and after: ") + static_cast<char>(shown.title[0] + 32) +
                           (shown.title + 1),
                       caption, DrawExample(ShownWafers(results, methods, row), caption)});
  }
  return figures;
}

}  // namespace demd
