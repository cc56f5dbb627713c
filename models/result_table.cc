// The main table as text.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "models/plots/svg.h"
#include "models/report_methods.h"
#include "models/results_json.h"

namespace demd {
namespace {

using Row = std::vector<std::string>;

// Characters, not bytes.
size_t Characters(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  }));
}

// At most `most` characters.
std::string Shortened(const std::string& text, size_t most) {
  if (Characters(text) <= most) return text;
  std::string cut = text;
  while (Characters(cut) > most - 1) {
    while ((static_cast<unsigned char>(cut.back()) & 0xC0) == 0x80) cut.pop_back();
    cut.pop_back();
  }
  return cut + "\u2026";
}

// Columns as wide as their widest entry, the first to the left, the others to the right. A row of
// one entry is a heading.
std::string Aligned(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    if (row.size() < 2) continue;
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], Characters(row[c]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string padding(
          row.size() < 2 || Characters(row[c]) > widths[c] ? 0 : widths[c] - Characters(row[c]),
          ' ');
      line += c == 0 ? row[c] + padding : "  " + padding + row[c];
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    text += line + "\n";
  }
  return text;
}

// For terminals: a plain minus sign.
std::string Plain(double value, int decimals) {
  std::string text = FixedText(value, decimals);
  const size_t minus = text.find("\u2212");
  return minus == std::string::npos ? text : text.replace(minus, std::string("\u2212").size(), "-");
}

// The title; one that is too long for the table after its short name.
std::string NameFor(const MethodResult& method) {
  constexpr size_t kWidth = 25;
  if (Characters(method.title) <= kWidth) return method.title;
  return Shortened(method.name + ": " + method.title, kWidth);
}

Row RowOf(const ReportMethod& method, const ReportMethod& best) {
  const Summary& emd = method.emd;
  Row row = {"  " + NameFor(*method.result), std::to_string(method.result->bits),
             Plain(emd.mean, 3) + " \u00B1 " + Plain(emd.standard_error, 3), Plain(emd.median, 3),
             Plain(emd.q05, 2) + "-" + Plain(emd.q95, 2)};
  if (&method == &best) {
    row.push_back("best");
  } else {
    const PairedDifference difference = ComparePaired(method.result->emd, best.result->emd);
    row.push_back((difference.mean > 0 ? "+" : "") + Plain(difference.mean, 3) + " \u00B1 " +
                  Plain(difference.standard_error, 3));
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
  std::vector<Row> rows = {{"EMD in cell pitches", "bits", "mean", "median", "5-95 %",
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
  return Aligned(rows);
}

}  // namespace demd
