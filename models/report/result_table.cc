// The main table as text.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "models/report/report_methods.h"
#include "models/report/results_json.h"
#include "models/report/text_table.h"

namespace demd {
namespace {

// The title; one that is too long for the table after its short name.
std::string NameFor(const MethodResult& method) {
  constexpr size_t kWidth = 25;
  if (Shortened(method.title, kWidth) == method.title) return method.title;
  return Shortened(method.name + ": " + method.title, kWidth);
}

TextRow RowOf(const ReportMethod& method, const ReportMethod& best) {
  const Summary& emd = method.emd;
  TextRow row = {"  " + NameFor(*method.result), std::to_string(method.result->bits),
                 PlainPlusMinus(emd.mean, emd.standard_error, 3), PlainNumber(emd.median, 3),
                 PlainNumber(emd.q05, 2) + "-" + PlainNumber(emd.q95, 2)};
  if (&method == &best) {
    row.push_back("best");
  } else {
    const PairedDifference difference = ComparePaired(method.result->emd, best.result->emd);
    row.push_back((difference.mean > 0 ? "+" : "") +
                  PlainPlusMinus(difference.mean, difference.standard_error, 3));
  }
  row.push_back(method.result->mismatches < 0 ? "-" : std::to_string(method.result->mismatches));
  row.push_back(emd.n_undefined == 0 ? "" : std::to_string(emd.n_undefined));
  return row;
}

}  // namespace

std::string ResultTable(const RunResults& results) {
  const std::vector<ReportMethod> methods = ReportMethods(results);
  if (methods.empty()) return "no method was measured\n";
  const size_t best = BestMethod(methods);
  const bool any_undefined = std::any_of(methods.begin(), methods.end(), [](const auto& method) {
    return method.emd.n_undefined > 0;
  });
  std::vector<TextRow> rows = {{"EMD in cell pitches", "bits", "mean", "median", "5-95 %",
                                "minus best's", "mismatch", any_undefined ? "undef" : ""}};
  bool baselines = false;
  for (const ReportMethod& method : methods) {
    if (method.result->is_baseline && !baselines) {
      baselines = true;
      rows.push_back({"baselines at " + std::to_string(results.n_elinks) + " eLinks"});
    } else if (rows.size() == 1) {
      rows.push_back({"encoders, profile " + results.profile + ", " +
                      std::to_string(results.n_elinks) + " eLinks"});
    }
    rows.push_back(RowOf(method, methods[best]));
  }
  return AlignedTable(rows);
}

}  // namespace demd
