#include "models/report/device_targets.h"

#include <sstream>
#include <vector>

#include "engine/error.h"
#include "models/plots/svg.h"

namespace demd {

extern const char kDeviceTargetsCsv[];  // the file, see CMakeLists.txt

namespace {

constexpr size_t kColumns = 9;  // of targets.csv

std::vector<std::string> FieldsOf(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line + ",");
  for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
  if (fields.size() != kColumns) {
    throw DataError("targets.csv: expected " + std::to_string(kColumns) + " columns, found '" +
                    line + "'");
  }
  return fields;
}

std::string CountCell(const std::string& number) {
  return "<td>" + EscapeXml(CountText(std::stoll(number))) + "</td>";
}

// Columns: target, wafers, hash, flash, golden, RAM, stack, fewest and most instructions.
std::string RowOf(const std::vector<std::string>& f) {
  std::string row = "<tr><th scope=\"row\" class=\"method\">" + EscapeXml(f[0]) + "</th>";
  for (const size_t column : {3U, 4U, 5U, 6U, 8U}) row += CountCell(f[column]);
  return row + "</tr>\n";
}

}  // namespace

std::string DeviceTargetTable(const std::string& csv) {
  std::string rows;
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  FieldsOf(line);
  while (std::getline(lines, line)) {
    if (line.empty()) continue;
    const std::vector<std::string> fields = FieldsOf(line);
    if (!fields[3].empty()) rows += RowOf(fields);
  }
  return "<table>\n<thead><tr><th scope=\"col\">target</th><th scope=\"col\">flash</th>"
         "<th scope=\"col\">of it golden vectors</th><th scope=\"col\">RAM</th>"
         "<th scope=\"col\">stack</th><th scope=\"col\">instructions per wafer</th></tr></thead>\n"
         "<tbody>\n" +
         rows + "</tbody>\n</table>\n";
}

std::string DeviceTargetTable() { return DeviceTargetTable(kDeviceTargetsCsv); }

}  // namespace demd
