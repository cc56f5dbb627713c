#ifndef DEMD_MODELS_REPORT_TEXT_TABLE_H_
#define DEMD_MODELS_REPORT_TEXT_TABLE_H_

#include <string>
#include <vector>

namespace demd {

/// A row of a table for terminals. One of a single entry is a heading.
using TextRow = std::vector<std::string>;

/// Columns as wide as their widest entry, the first to the left, the others to the right.
std::string AlignedTable(const std::vector<TextRow>& rows);

/// The text in at most `most` characters, an ellipsis at its end if it was longer.
std::string Shortened(const std::string& text, size_t most);

/// A number with fixed decimals and, unlike FixedText, a plain minus sign.
std::string PlainNumber(double value, int decimals);
/// "0.789 ± 0.004"
std::string PlainPlusMinus(double value, double error, int decimals);

}  // namespace demd

#endif  // DEMD_MODELS_REPORT_TEXT_TABLE_H_
