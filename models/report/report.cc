#include "models/report/report.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "models/report/device_targets.h"
#include "models/report/quantisation_figure.h"
#include "models/report/report_figures.h"
#include "models/report/report_page.h"
#include "models/report/report_tables.h"

namespace demd {
namespace {

std::string FactList(const RunResults& results) {
  const std::pair<const char*, std::string> facts[] = {
      {"data", results.data},
      {"training wafers", CountText(results.train_wafers)},
      {"validation wafers", CountText(results.validation_wafers)},
      {"held-out wafers", CountText(static_cast<int64_t>(results.held_out.size()))},
      {"encoder profile", results.profile},
      {"eLinks", std::to_string(results.n_elinks)},
      {"seed", std::to_string(results.seed)},
      {"demd revision", results.revision}};
  std::string list;
  for (const auto& [term, value] : facts) {
    list += std::string("<div><dt>") + term + "</dt><dd>" + EscapeXml(value) + "</dd></div>\n";
  }
  return "<dl>\n" + list + "</dl>\n";
}

std::string UndefinedNote(const std::vector<ReportMethod>& methods) {
  std::string counts;
  for (const ReportMethod& method : methods) {
    if (method.emd.n_undefined == 0) continue;
    counts += (counts.empty() ? "" : ", ") + method.result->title + " " +
              CountText(method.emd.n_undefined);
  }
  if (counts.empty()) return "";
  return " Where a reconstruction has no charge at all its EMD is undefined; such wafers are left "
         "out of the figures and counted: " +
         counts + ".";
}

std::string MainSection(const RunResults& results, const std::vector<ReportMethod>& methods) {
  const std::string note =
      "EMD: earth mover's distance between the normalised charges of wafer and reconstruction, in "
      "cell pitches (1.208 cm); solved exactly; smaller is better. Mean with its standard error. "
      "In the pictures, the bar is the central 90 % of the wafers (an arrow: it goes on), the line "
      "the median, the marker "
      "the mean. Mismatches: codes in which the integer encoder, as it runs on the chip, differs "
      "from the encoder as it was trained." +
      UndefinedNote(methods);
  return Section("result", "Result", MainTable(results, methods) + Paragraph("note", note));
}

std::string DifferenceSection(const std::vector<ReportMethod>& methods) {
  const std::string table = DifferenceTable(methods);
  if (table.empty()) return "";
  return Section("differences", "Paired differences",
                 table + Paragraph("note",
                                   "Mean over the same wafers of the row's EMD minus the column's, "
                                   "\u00B1 its standard error, and how many standard errors "
                                   "(\u03C3) it is from zero. Blue: the row is better; orange: "
                                   "worse; full colour from 5 \u03C3, pale from 2 \u03C3, grey "
                                   "below."));
}

std::string OtherSection(const RunResults& results, const std::vector<ReportMethod>& methods) {
  const std::string table = OtherMetricsTable(results, methods);
  if (table.empty()) return "";
  return Section("others", "Other metrics",
                 table + Paragraph("note",
                                   "Means over the held-out wafers \u00B1 standard errors. Shift "
                                   "of the energy-weighted centre; absolute difference of the "
                                   "energy-weighted RMS radius, and the same as the ECON-T "
                                   "autoencoder's code defines it; Pearson correlation of the 48 "
                                   "charges; fraction of cells that are exactly 0 after "
                                   "reconstruction."));
}

std::string QuantisationSection(const RunResults& results) {
  if (results.scans.empty()) return "";
  const Figure figure = QuantisationFigure(results.scans);
  return Section(figure.name, figure.title,
                 "<figure>\n" + figure.svg + "<figcaption>" + EscapeXml(figure.caption) +
                     "</figcaption>\n</figure>\n" + QuantisationTable(results.scans));
}

std::string BoardSection(const RunResults& results) {
  if (results.profile != "econt") return "";
  return Section("boards", "The encoder on boards",
                 DeviceTargetTable() +
                     Paragraph("note",
                               "The example firmware (quant/device/firmware) built by GCC 12 with "
                               "-Os, in bytes; RAM without the stack. Instructions, from link "
                               "words to frame, were counted by QEMU: every wafer takes the same; "
                               "they are not cycles. The formats decide these numbers, not the "
                               "weights; targets.sh beside the firmware builds and runs a run's "
                               "own encoders on all targets and compares what they give."));
}

}  // namespace

std::string MakeReport(const RunResults& results) {
  const std::vector<ReportMethod> methods = ReportMethods(results);
  const std::string title = "Wafer compression by earth mover\u2019s distance: " + results.profile +
                            ", " + std::to_string(results.n_elinks) + " eLinks";
  std::string body = "<h1>" + EscapeXml(title) + "</h1>\n" + FactList(results);
  if (!methods.empty()) {
    body += Paragraph("headline", Headline(results, methods));
    body += MainSection(results, methods) + DifferenceSection(methods);
  }
  for (const Figure& figure : ReportFigures(results, methods)) body += FigureSection(figure);
  body += QuantisationSection(results);
  body += BoardSection(results);
  body += OtherSection(results, methods);
  return ReportPage(title, body);
}

}  // namespace demd
