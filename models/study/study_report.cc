// A study's report as a page.

#include <algorithm>
#include <cmath>

#include "models/report/report_page.h"
#include "models/study/study_figures.h"
#include "models/study/study_results.h"

namespace demd {
namespace {

std::string Cell(const std::string& text) { return "<td>" + EscapeXml(text) + "</td>"; }

std::string Head(const std::vector<std::string>& titles) {
  std::string cells;
  for (const std::string& title : titles)
    cells += "<th scope=\"col\">" + EscapeXml(title) + "</th>";
  return "<thead><tr>" + cells + "</tr></thead>\n";
}

std::string PlusMinus(const SeedAverage& value, double scale, int decimals) {
  std::string text = FixedText(scale * value.mean, decimals);
  if (!std::isnan(value.standard_error)) {
    text += "\u00A0\u00B1\u00A0" + FixedText(scale * value.standard_error, decimals);
  }
  return text;
}

std::string Divider(const std::string& text, size_t columns) {
  return "<tr class=\"divider\"><td colspan=\"" + std::to_string(columns) + "\">" +
         EscapeXml(text) + "</td></tr>\n";
}

std::string PlaceOf(const StudyRow& row) {
  std::string text = row.group.sample;
  if (row.group.profile != "float") text += ", " + std::to_string(row.group.n_elinks) + " eLinks";
  if (row.is_baseline) return text + ", the concentrator's other algorithms";
  return text + ", profile " + row.group.profile + ", decoder " + row.group.decoder + " (" +
         CountText(row.decoder_multiply_adds) + " multiply-adds)";
}

std::string SecondsText(double seconds) {
  return std::isnan(seconds) ? "\u2013" : FixedText(seconds, 0) + "\u202Fs";
}

std::string MethodTable(const StudyResults& results) {
  const std::vector<std::string> titles = {"Method",    "bits",
                                           "seeds",     "mean EMD",
                                           "median",    "5\u202F%\u2009\u2013\u200995\u202F%",
                                           "undefined", "to telescope, %",
                                           "training"};
  const std::vector<size_t> best = BestRows(results);
  std::string rows;
  std::string place;
  for (size_t i = 0; i < results.rows.size(); ++i) {
    const StudyRow& row = results.rows[i];
    if (PlaceOf(row) != place) rows += Divider(place = PlaceOf(row), titles.size());
    const bool is_best = std::find(best.begin(), best.end(), i) != best.end();
    rows += std::string(is_best ? "<tr class=\"best\">" : "<tr>") +
            "<th scope=\"row\" class=\"method\">" + EscapeXml(row.title) + "</th>" +
            Cell(CountText(row.bits)) + Cell(std::to_string(row.means.size())) +
            Cell(PlusMinus(row.emd, 1, 4)) + Cell(FixedText(row.median, 3)) +
            Cell(FixedText(row.q05, 2) + " \u2013 " + FixedText(row.q95, 2)) +
            Cell(row.undefined > 0 ? FixedText(100 * row.undefined, 1) + "\u202F%" : "") +
            Cell(PlusMinus(row.to_telescope, 100, 1)) + Cell(SecondsText(row.seconds)) + "</tr>\n";
  }
  return "<table>" + Head(titles) + "<tbody>" + rows + "</tbody></table>\n";
}

std::string CnnTable(const StudyResults& results) {
  const std::vector<std::string> titles = {
      "Held-out pairs",    "seeds",          "mean",    "standard deviation",
      "mean |difference|", "validation rms", "training"};
  const std::vector<size_t> best = BestCnnRows(results);
  std::string rows;
  std::string place;
  for (size_t i = 0; i < results.cnns.size(); ++i) {
    const StudyCnnRow& row = results.cnns[i];
    const bool is_best = std::find(best.begin(), best.end(), i) != best.end();
    const std::string here = row.group.sample + ", " + row.group.profile + ", " +
                             std::to_string(row.group.n_elinks) + " eLinks, decoder " +
                             row.group.decoder + "; network and loss " + row.group.cnn;
    if (here != place) rows += Divider(place = here, titles.size());
    rows += std::string(is_best ? "<tr class=\"best\">" : "<tr>") +
            "<th scope=\"row\" class=\"method\">" + EscapeXml(row.pairs) + "</th>" +
            Cell(std::to_string(row.seeds)) + Cell(PlusMinus(row.relative_mean, 1, 4)) +
            Cell(PlusMinus(row.relative_std, 1, 4)) + Cell(PlusMinus(row.absolute_mean, 1, 4)) +
            Cell(FixedText(row.validation_error, 4)) + Cell(SecondsText(row.seconds)) + "</tr>\n";
  }
  return "<table>" + Head(titles) + "<tbody>" + rows + "</tbody></table>\n";
}

std::string RunList(const StudyResults& results) {
  std::string items;
  for (const StudyRun& run : results.runs) {
    const std::string name = EscapeXml(run.name);
    items += "<li><a href=\"runs/" + name + "/report.html\">" + name + "</a></li>\n";
  }
  return "<ul>\n" + items + "</ul>\n";
}

}  // namespace

std::string StudyReport(const StudyResults& results) {
  const std::string title = "Wafer compression by earth mover\u2019s distance: a study";
  std::string body = "<h1>" + EscapeXml(title) + "</h1>\n";
  for (const Figure& figure : StudyFigures(results)) body += FigureSection(figure);
  if (!results.rows.empty()) {
    body += Section(
        "methods", "All encoders and algorithms",
        MethodTable(results) +
            Paragraph(
                "note",
                "EMD in cell pitches (1.208 cm) on held-out wafers, solved exactly; smaller is "
                "better. Means over seeds with their standard errors; of one seed, over its "
                "wafers. To telescope: mean EMD relative to that of the telescope loss with "
                "the paper's decoder on the same wafers, in the same profile and at the same "
                "links, seed by seed. Undefined: wafers of whose charge nothing was sent, left out "
                "of all else. Bold: the least mean EMD on validation wafers for its "
                "sample, profile and links. Training: wall clock, for one encoder, on one thread "
                "with other runs beside it if there were any."));
  }
  if (!results.cnns.empty()) {
    body += Section("cnns", "EMD CNNs",
                    CnnTable(results) + Paragraph("note",
                                                  "Relative difference (predicted \u2212 "
                                                  "exact) / exact on held-out pairs."));
  }
  body += Section("runs", "Runs",
                  Paragraph("note",
                            "Each with its own report: EMD against occupancy, |\u03B7|, layer and "
                            "shower energy, wafers before and after, paired differences.") +
                      RunList(results));
  return ReportPage(title, body);
}

}  // namespace demd
