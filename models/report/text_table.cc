#include "models/report/text_table.h"

#include <algorithm>

#include "models/plots/svg.h"

namespace demd {
namespace {

// Characters, not bytes.
size_t Characters(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string Shortened(const std::string& text, size_t most) {
  if (Characters(text) <= most) return text;
  std::string cut = text;
  while (Characters(cut) > most - 1) {
    while ((static_cast<unsigned char>(cut.back()) & 0xC0) == 0x80) cut.pop_back();
    cut.pop_back();
  }
  return cut + "\u2026";
}

std::string AlignedTable(const std::vector<TextRow>& rows) {
  std::vector<size_t> widths;
  for (const TextRow& row : rows) {
    if (row.size() < 2) continue;
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], Characters(row[c]));
  }
  std::string text;
  for (const TextRow& row : rows) {
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

std::string PlainNumber(double value, int decimals) {
  std::string text = FixedText(value, decimals);
  const size_t minus = text.find("\u2212");
  return minus == std::string::npos ? text : text.replace(minus, std::string("\u2212").size(), "-");
}

std::string PlainPlusMinus(double value, double error, int decimals) {
  return PlainNumber(value, decimals) + " \u00B1 " + PlainNumber(error, decimals);
}

}  // namespace demd
