// A study's tables as text and as CSV.

#include <algorithm>
#include <cmath>

#include "models/report/text_table.h"
#include "models/study/study_results.h"

namespace demd {
namespace {

std::string Percent(const SeedAverage& ratio) {
  if (std::isnan(ratio.mean)) return "-";
  const std::string sign = ratio.mean > 0 ? "+" : "";
  if (std::isnan(ratio.standard_error)) return sign + PlainNumber(100 * ratio.mean, 1) + " %";
  return sign + PlainPlusMinus(100 * ratio.mean, 100 * ratio.standard_error, 1) + " %";
}

// "-" where there is none, without an error where that is not known.
std::string AverageText(const SeedAverage& average, int decimals) {
  if (std::isnan(average.mean)) return "-";
  if (std::isnan(average.standard_error)) return PlainNumber(average.mean, decimals);
  return PlainPlusMinus(average.mean, average.standard_error, decimals);
}

std::string Heading(const StudyRow& row) {
  if (row.is_baseline) {
    return row.group.sample + ", " + std::to_string(row.group.n_elinks) +
           " eLinks, the concentrator's other algorithms";
  }
  const std::string links =
      row.group.profile == "float" ? "" : ", " + std::to_string(row.group.n_elinks) + " eLinks";
  return row.group.sample + ", profile " + row.group.profile + links + ", decoder " +
         row.group.decoder;
}

void AddMethodRows(const StudyResults& results, std::vector<TextRow>* table) {
  constexpr size_t kWidth = 30;
  const std::vector<size_t> best = BestRows(results);
  table->push_back({"mean EMD on held-out wafers, in cell pitches", "bits", "seeds", "mean",
                    "median", "5-95 %", "undefined", "to telescope", "chosen"});
  std::string heading;
  for (size_t i = 0; i < results.rows.size(); ++i) {
    const StudyRow& row = results.rows[i];
    if (Heading(row) != heading) {
      heading = Heading(row);
      table->push_back({heading});
    }
    const bool is_best = std::find(best.begin(), best.end(), i) != best.end();
    table->push_back(
        {"  " + Shortened(row.title, kWidth), std::to_string(row.bits),
         std::to_string(row.means.size()), PlainPlusMinus(row.emd.mean, row.emd.standard_error, 4),
         PlainNumber(row.median, 3), PlainNumber(row.q05, 2) + "-" + PlainNumber(row.q95, 2),
         row.undefined > 0 ? PlainNumber(100 * row.undefined, 1) + " %" : "",
         Percent(row.to_telescope), is_best ? "*" : ""});
  }
}

std::string CnnTable(const StudyResults& results) {
  if (results.cnns.empty()) return "";
  std::vector<TextRow> table = {{"EMD CNN: (predicted - true) / true on held-out pairs", "seeds",
                                 "mean", "std", "mean |difference|", "validation rms", "chosen"}};
  const std::vector<size_t> best = BestCnnRows(results);
  std::string heading;
  for (size_t i = 0; i < results.cnns.size(); ++i) {
    const StudyCnnRow& row = results.cnns[i];
    const bool is_best = std::find(best.begin(), best.end(), i) != best.end();
    const std::string title = row.group.sample + ", " + row.group.profile + ", " +
                              std::to_string(row.group.n_elinks) + " eLinks, decoder " +
                              row.group.decoder + ", network and loss " + row.group.cnn;
    if (title != heading) table.push_back({heading = title});
    table.push_back({"  " + row.pairs, std::to_string(row.seeds), AverageText(row.relative_mean, 4),
                     AverageText(row.relative_std, 4), PlainNumber(row.absolute_mean.mean, 4),
                     PlainNumber(row.validation_error, 4), is_best ? "*" : ""});
  }
  return "\n" + AlignedTable(table);
}

std::string CsvNumber(double value) { return std::isnan(value) ? "" : PlainNumber(value, 6); }

std::string CsvText(const std::string& text) {
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string CsvLine(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) line += (line.empty() ? "" : ",") + CsvText(field);
  return line + "\n";
}

}  // namespace

std::string StudyTable(const StudyResults& results) {
  std::vector<TextRow> table;
  AddMethodRows(results, &table);
  return AlignedTable(table) +
         "Means over seeds with their standard errors; of one seed, over its wafers. To telescope: "
         "with the paper's decoder, on the same wafers.\nUndefined: wafers of whose charge nothing "
         "was sent, left out of all "
         "else.\n*: least mean EMD on validation wafers for its sample, profile and "
         "links.\n" +
         CnnTable(results);
}

std::string StudyCsv(const StudyResults& results) {
  std::string csv = CsvLine({"sample", "profile", "elinks", "decoder", "method", "is_baseline",
                             "bits", "decoder_multiply_adds", "seeds", "mean_emd", "standard_error",
                             "median", "q05", "q95", "undefined", "to_telescope",
                             "to_telescope_standard_error", "validation_emd", "mismatches"});
  for (const StudyRow& row : results.rows) {
    csv += CsvLine(
        {row.group.sample, row.group.profile.empty() ? "-" : row.group.profile,
         std::to_string(row.group.n_elinks), row.group.decoder.empty() ? "-" : row.group.decoder,
         row.method, row.is_baseline ? "1" : "0", std::to_string(row.bits),
         std::to_string(row.decoder_multiply_adds), std::to_string(row.means.size()),
         CsvNumber(row.emd.mean), CsvNumber(row.emd.standard_error), CsvNumber(row.median),
         CsvNumber(row.q05), CsvNumber(row.q95), CsvNumber(row.undefined),
         CsvNumber(row.to_telescope.mean), CsvNumber(row.to_telescope.standard_error),
         CsvNumber(row.validation), std::to_string(row.mismatches)});
  }
  return csv;
}

}  // namespace demd
