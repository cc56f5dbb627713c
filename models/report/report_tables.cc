#include "models/report/report_tables.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "models/plots/panel.h"

namespace demd {
namespace {

constexpr double kRangeWidth = 230;  // of the picture in the main table
constexpr double kRangeHeight = 26;

std::string Element(const std::string& name, const std::string& inside) {
  return "<" + name + ">" + inside + "</" + name.substr(0, name.find(' ')) + ">";
}

std::string Cell(const std::string& text) { return Element("td", EscapeXml(text)); }

std::string HeadCells(const std::vector<std::string>& titles) {
  std::string cells;
  for (const std::string& title : titles) {
    cells += Element("th scope=\"col\"", EscapeXml(title));
  }
  return Element("tr", cells);
}

std::string PlusMinus(double value, double error, int decimals) {
  return FixedText(value, decimals) + "\u00A0\u00B1\u00A0" + FixedText(error, decimals);
}

std::string Percent(double fraction) { return FixedText(100 * fraction, 0) + "\u202F%"; }

// A piece of the method's line with its marker, as in the figures.
std::string Swatch(const Look& look) {
  Svg svg(34, 12, "");
  svg.Line({0, 6}, {34, 6}, Stroked(look.colour, 2.2, look.dash));
  DrawMarker(&svg, {17, 6}, 4.5, look);
  return svg.Finish();
}

std::string MethodCell(const ReportMethod& method) {
  return Element("th scope=\"row\" class=\"method\"",
                 Swatch(method.look) + " " + EscapeXml(method.result->title));
}

// Central 90 % as a bar, median as a line, mean as the marker, on an axis that all rows share.
std::string RangePicture(const ReportMethod& method, double high) {
  const Summary& emd = method.emd;
  Svg svg(kRangeWidth, kRangeHeight,
          "central 90 %: " + FixedText(emd.q05, 2) + " to " + FixedText(emd.q95, 2));
  const Panel panel(&svg, {7, 4, kRangeWidth - 14, kRangeHeight - 8}, {"", 0.0, high, false},
                    {"", 0.0, 1.0, false});
  svg.Line(panel.At(0, 0.5), panel.At(high, 0.5), Stroked("#d9d9d9", 1));
  if (emd.n > 0) {
    const Point2 corner = panel.At(emd.q05, 0.75);
    svg.Rectangle(corner, panel.X(emd.q95) - corner.x, 0.5 * panel.box().height,
                  Filled(method.look.colour, 0.3));
    svg.Line(panel.At(emd.median, 0), panel.At(emd.median, 1), Stroked("#1a1a1a", 1.8));
    DrawMarker(&svg, panel.At(emd.mean, 0.5), 4.5, method.look);
  }
  if (emd.q95 > high) {
    const Point2 tip = {kRangeWidth - 1, 0.5 * kRangeHeight};
    svg.Polygon({tip, {tip.x - 6, tip.y - 5}, {tip.x - 6, tip.y + 5}}, Filled(method.look.colour));
  }
  return svg.Finish();
}

// The end of the axis of the pictures: a baseline far beyond the encoders must not squeeze them.
double RangeEnd(const std::vector<ReportMethod>& methods) {
  double trained = 0.0;
  double all = 0.0;
  for (const ReportMethod& method : methods) {
    if (method.emd.q95 > all) all = method.emd.q95;
    if (!method.result->is_baseline && method.emd.q95 > trained) trained = method.emd.q95;
  }
  if (trained > 0.0) all = std::min(all, 1.5 * trained);
  return RoundAxis("", 0.0, all > 0.0 ? all : 1.0).high;
}

std::string MismatchCell(int64_t mismatches) {
  if (mismatches < 0) return Cell("\u2013");
  if (mismatches == 0) return Cell("0");
  return Element("td class=\"alarm\"", EscapeXml(CountText(mismatches)));
}

std::string MainRow(const ReportMethod& method, double high, bool any_undefined, bool is_best) {
  const Summary& emd = method.emd;
  std::string cells = MethodCell(method) + Cell(CountText(method.result->bits)) +
                      Cell(PlusMinus(emd.mean, emd.standard_error, 3)) +
                      Cell(FixedText(emd.median, 3)) +
                      Cell(FixedText(emd.q05, 2) + " \u2013 " + FixedText(emd.q95, 2)) +
                      Element("td class=\"range\"", RangePicture(method, high)) +
                      MismatchCell(method.result->mismatches);
  if (any_undefined) cells += Cell(CountText(emd.n_undefined));
  return Element(is_best ? "tr class=\"best\"" : "tr", cells) + "\n";
}

// How sure a difference is, as a colour: blue where the row is better, orange where it is worse.
std::string DifferenceClass(const PairedDifference& difference) {
  const double significance = Significance(difference);
  if (!(significance >= 2)) return "unsure";
  const std::string strength = significance >= 5 ? "sure" : "likely";
  return strength + (difference.mean < 0 ? " better" : " worse");
}

std::string SignificanceText(double significance) {
  if (std::isnan(significance)) return "\u2013";
  return FixedText(significance, significance < 10 ? 1 : 0) + "\u2009\u03C3";
}

std::string DifferenceCell(const MethodResult& row, const MethodResult& column) {
  if (&row == &column) return "<td class=\"same\"></td>";
  const PairedDifference difference = ComparePaired(row.emd, column.emd);
  return Element("td class=\"" + DifferenceClass(difference) + "\"",
                 EscapeXml(SignedText(difference.mean, 3)) + "<br/><small>\u00B1\u2009" +
                     EscapeXml(FixedText(difference.standard_error, 3)) + " \u00B7 " +
                     EscapeXml(SignificanceText(Significance(difference))) + "</small>");
}

std::string Capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] -= 'a' - 'A';
  return text;
}

std::string ComparedWith(const ReportMethod& best, const ReportMethod& other) {
  const PairedDifference difference = ComparePaired(best.result->emd, other.result->emd);
  return Percent(-difference.mean / other.emd.mean) + " below " + other.result->title + " (" +
         SignedText(difference.mean, 3) + "\u00A0\u00B1\u00A0" +
         FixedText(difference.standard_error, 3) + ")";
}

// The best against every other of its kind, or of many against the next and the last.
std::string Comparisons(const std::vector<ReportMethod>& methods, const ReportMethod& best) {
  constexpr size_t kMost = 4;
  std::vector<const ReportMethod*> others;
  for (const ReportMethod& method : methods) {
    const bool same_kind = method.result->is_baseline == best.result->is_baseline;
    if (&method != &best && same_kind && !std::isnan(method.emd.mean)) others.push_back(&method);
  }
  std::stable_sort(others.begin(), others.end(),
                   [](const auto* a, const auto* b) { return a->emd.mean > b->emd.mean; });
  if (others.size() > kMost) others = {others.front(), others.back()};
  std::string text;
  for (const ReportMethod* other : others) {
    text += (text.empty() ? ", " : "; ") + ComparedWith(best, *other);
  }
  return text;
}

// The strongest is found by paired differences: means leave out the wafers of which a method sends
// nothing, so that they are of other wafers for each.
std::string BaselineSentence(const std::vector<ReportMethod>& methods, const ReportMethod& best) {
  if (best.result->is_baseline) return "";
  const ReportMethod* strongest = nullptr;
  PairedDifference to_strongest;  // the encoder minus it
  for (const ReportMethod& method : methods) {
    if (!method.result->is_baseline || !method.result->fits_links) continue;
    const PairedDifference difference = ComparePaired(best.result->emd, method.result->emd);
    if (std::isnan(difference.mean)) continue;
    if (strongest != nullptr && difference.mean <= to_strongest.mean) continue;
    strongest = &method;
    to_strongest = difference;
  }
  if (strongest == nullptr) return "";
  const std::string on =
      strongest->emd.n_undefined == 0 ? "" : " on the wafers of which it sends something";
  return " The strongest baseline that fits the links, " + strongest->result->title + ", has " +
         FixedText(strongest->emd.mean, 3) + on + ": the encoder is " +
         (to_strongest.mean < 0 ? "better" : "worse") + " by " +
         PlusMinus(std::fabs(to_strongest.mean), to_strongest.standard_error, 3) + ".";
}

}  // namespace

std::string MainTable(const RunResults& results, const std::vector<ReportMethod>& methods) {
  const bool any_undefined = std::any_of(methods.begin(), methods.end(), [](const auto& method) {
    return method.emd.n_undefined > 0;
  });
  const double high = RangeEnd(methods);
  const size_t best = methods.empty() ? 0 : BestMethod(methods);
  std::vector<std::string> titles = {"Method",
                                     "bits per wafer",
                                     "mean EMD",
                                     "median",
                                     "5\u202F%\u2009\u2013\u200995\u202F%",
                                     "0 to " + FixedText(high, 1) + " cell pitches",
                                     "mismatches"};
  if (any_undefined) titles.push_back("undefined");
  std::string rows;
  bool baselines = false;
  for (size_t i = 0; i < methods.size(); ++i) {
    if (methods[i].result->is_baseline && !baselines) {
      baselines = true;
      rows += "<tr class=\"divider\"><td colspan=\"" + std::to_string(titles.size()) +
              "\">The concentrator's other algorithms at " + std::to_string(results.n_elinks) +
              " eLinks, on the same wafers</td></tr>\n";
    }
    rows += MainRow(methods[i], high, any_undefined, i == best);
  }
  return "<table class=\"main\"><thead>" + HeadCells(titles) + "</thead>\n<tbody>" + rows +
         "</tbody></table>\n";
}

std::string DifferenceTable(const std::vector<ReportMethod>& methods) {
  constexpr size_t kMost = 10;
  std::vector<const ReportMethod*> shown;
  for (const ReportMethod& method : methods) {
    if (methods.size() <= kMost || !method.result->is_baseline) shown.push_back(&method);
  }
  if (shown.size() < 2) return "";
  std::vector<std::string> titles = {"row minus column"};
  for (const ReportMethod* column : shown) titles.push_back(column->result->name);
  std::string rows;
  for (const ReportMethod* row : shown) {
    std::string cells = MethodCell(*row);
    for (const ReportMethod* column : shown) cells += DifferenceCell(*row->result, *column->result);
    rows += Element("tr", cells) + "\n";
  }
  return "<table class=\"differences\"><thead>" + HeadCells(titles) + "</thead>\n<tbody>" + rows +
         "</tbody></table>\n";
}

std::string OtherMetricsTable(const RunResults& results, const std::vector<ReportMethod>& methods) {
  std::string rows;
  for (const ReportMethod& method : methods) {
    const OtherMetrics others = MeasureOthers(results, *method.result);
    if (!others.available) continue;
    std::string cells = MethodCell(method);
    for (const Summary* summary :
         {&others.mean_shift, &others.rms_difference, &others.peers_rms_difference,
          &others.cross_correlation, &others.zero_fraction_after}) {
      cells += Cell(PlusMinus(summary->mean, summary->standard_error, 3));
    }
    rows += Element("tr", cells) + "\n";
  }
  if (rows.empty()) return "";
  return "<table class=\"others\"><thead>" +
         HeadCells({"Method", "shift of the centre [cell pitches]",
                    "difference of the RMS radius [cell pitches]", "the same, peers' definition",
                    "cross correlation", "fraction of empty cells"}) +
         "</thead>\n<tbody>" + rows + "</tbody></table>\n";
}

std::string Headline(const RunResults& results, const std::vector<ReportMethod>& methods) {
  if (methods.empty()) return "";
  const ReportMethod& best = methods[BestMethod(methods)];
  const std::string text =
      Capitalised(best.result->title) + " has the lowest mean EMD" +
      (best.result->is_baseline ? "" : " of the trained encoders") + ": " +
      PlusMinus(best.emd.mean, best.emd.standard_error, 3) + " cell pitches on " +
      CountText(static_cast<int64_t>(results.held_out.size())) + " held-out wafers";
  return text + Comparisons(methods, best) + "." + BaselineSentence(methods, best);
}

}  // namespace demd
