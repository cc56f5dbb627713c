#include "models/report.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "models/device_targets.h"
#include "models/quantisation_scan.h"
#include "models/report_figures.h"
#include "models/report_tables.h"

namespace demd {
namespace {

constexpr char kStyle[] = R"(
  body { font: 16px/1.5 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans',
         sans-serif; color: #1a1a1a; background: #fff; max-width: 1040px; margin: 0 auto;
         padding: 28px 24px 60px; }
  h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; }
  h2 { font-size: 21px; margin: 44px 0 8px; padding-top: 14px; border-top: 1px solid #c8c8c8; }
  .headline { font-size: 18px; margin: 14px 0 20px; padding: 12px 16px; background: #f2f6fa;
              border-left: 5px solid #0072B2; }
  dl { display: flex; flex-wrap: wrap; gap: 8px 26px; margin: 12px 0; }
  dl div { min-width: 60px; }
  dt { font-size: 13px; color: #5a5a5a; }
  dd { margin: 0; overflow-wrap: anywhere; }
  table { border-collapse: collapse; font-size: 15px; font-variant-numeric: tabular-nums;
          margin: 8px 0; }
  th, td { padding: 5px 11px; text-align: right; vertical-align: middle; }
  thead th { font-weight: 600; font-size: 13.5px; line-height: 1.25; vertical-align: bottom;
             border-bottom: 2px solid #1a1a1a; }
  thead th:first-child, th.method { text-align: left; }
  td { white-space: nowrap; }
  tbody tr { border-bottom: 1px solid #e3e3e3; }
  th.method { font-weight: 400; padding-left: 55px; text-indent: -45px; max-width: 230px;
             line-height: 1.3; }
  th.method svg { vertical-align: middle; margin-right: 5px; }
  tr.best td, tr.best th.method { font-weight: 700; }
  tr.divider td { white-space: normal; text-align: left; font-size: 13.5px; color: #5a5a5a; padding-top: 14px;
                  border-bottom: 1px solid #8c8c8c; }
  td.range { padding: 0 6px; } td.range svg { display: block; }
  td.alarm { color: #fff; background: #b30000; font-weight: 700; }
  table.differences { font-size: 14px; } table.differences td { padding: 4px 5px; line-height: 1.2;
          text-align: center; border: 1px solid #fff; white-space: nowrap; }
  table.differences thead th { text-align: center; padding: 4px 5px; }
  table.differences th.method { min-width: 92px; }
  table.differences small { font-size: 11.5px; }
  table.differences thead th:first-child { text-align: left; font-weight: 400; }
  td.sure.better { background: #a9cfe6; } td.likely.better { background: #dcebf5; }
  td.sure.worse { background: #f6cfa6; } td.likely.worse { background: #fbe9d6; }
  td.unsure { background: #f2f2f2; } td.same { background: #d9d9d9; }
  small { font-size: 12px; }
  figure { margin: 16px 0 8px; }
  figure > svg { display: block; width: 100%; height: auto; }
  figcaption, p.note { font-size: 14.5px; line-height: 1.45; color: #3a3a3a; max-width: 900px;
                       margin: 10px 0 0; }
  @media print { body { max-width: none; padding: 0; font-size: 11pt; }
    .figure, table, .headline { break-inside: avoid; } h2 { break-after: avoid; }
    * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
)";

std::string Paragraph(const std::string& css_class, const std::string& text) {
  return "<p class=\"" + css_class + "\">" + EscapeXml(text) + "</p>\n";
}

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

std::string Section(const std::string& name, const std::string& title, const std::string& body) {
  return "<section class=\"figure\" id=\"" + EscapeXml(name) + "\">\n<h2>" + EscapeXml(title) +
         "</h2>\n" + body + "</section>\n";
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

std::string FigureSection(const Figure& figure) {
  return Section(figure.name, figure.title,
                 "<figure>\n" + figure.svg + "<figcaption>" + EscapeXml(figure.caption) +
                     "</figcaption>\n</figure>\n");
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
  return "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
         "<meta charset=\"utf-8\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
         EscapeXml(title) + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n" + body +
         "</body>\n</html>\n";
}

}  // namespace demd
