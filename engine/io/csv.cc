#include "engine/io/csv.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

#include "engine/error.h"
#include "engine/io/little_endian.h"
#include "engine/io/nearest_name.h"

namespace demd {
namespace {

// Parses one to seven digits that are followed by `delimiter`, eight bytes at a time; returns the
// position after the delimiter, or null for anything else (which may still be a number).
const char* ParseShortNumber(const char* p, const char* end, char delimiter, int32_t* value) {
  if (end - p < 8) return nullptr;
  // Byte i of w is digit i; bytes that are no digits get their top bit set in the mask.
  const uint64_t w = LoadLittleEndian<uint64_t>(p) ^ 0x3030303030303030ULL;
  const uint64_t mask = ((w + 0x7676767676767676ULL) | w) & 0x8080808080808080ULL;
  if (mask == 0) return nullptr;
  const int n_digits = __builtin_ctzll(mask) / 8;
  if (n_digits == 0 || p[n_digits] != delimiter) return nullptr;
  // Shifted up, the digits end in the top byte, with zeros before the first. Neighbours are then
  // combined: 8 digits, 4 pairs, 2 quadruples, 1 number.
  const uint64_t digits = w << (64 - 8 * n_digits);
  const uint64_t pairs = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ffULL;
  const uint64_t quads = (pairs * 100 + (pairs >> 16)) & 0x0000ffff0000ffffULL;
  *value = static_cast<int32_t>((quads * 10000 + (quads >> 32)) & 0xffffffffULL);
  return p + n_digits + 1;
}

std::string_view Trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// A finite decimal number and nothing else.
bool ParseReal(std::string_view text, double* value) {
  text = Trim(text);
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return false;
  }
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *value);
  return error == std::errc() && stop == end && std::isfinite(*value);
}

// A whole number within 32 bits, also if written as 12.0 or 1.2e1. A double holds each exactly.
bool ParseWhole(std::string_view text, double* value) {
  return ParseReal(text, value) && std::floor(*value) == *value;
}

bool LooksLikeName(std::string_view field) {
  field = Trim(field);
  if (field.empty()) return false;
  const auto lower = [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  };
  const char first = lower(field.front());
  if (first != '_' && (first < 'a' || first > 'z')) return false;
  std::string word(field);
  std::transform(word.begin(), word.end(), word.begin(), lower);
  return word != "nan" && word != "inf" && word != "infinity";
}

std::string HexByte(char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  const uint8_t byte = static_cast<uint8_t>(c);
  return {'0', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

// What stood in the file, for a message: one line, printable, not too long.
std::string Shown(std::string_view found) {
  if (Trim(found).empty()) return "an empty field";
  constexpr size_t kLongest = 40;
  std::string text = "\"";
  for (const char c : found.substr(0, kLongest)) text += c >= ' ' && c <= '~' ? c : '?';
  return text + (found.size() > kLongest ? "...\"" : "\"");
}

}  // namespace

// What to do with each column.
struct CsvReader::Plan {
  enum class Kind { kSkip, kInteger, kReal };
  struct Column {
    Kind kind = Kind::kSkip;
    size_t slot = 0;  // place in the row of integers or of reals
  };
  std::vector<Column> columns;
  int32_t integer_min;
  int32_t integer_max;
};

CsvReader::CsvReader(const std::string& path, CsvHeader header, std::string field_name)
    : contents_(path), field_name_(std::move(field_name)) {
  const std::string_view bytes = contents_.bytes();
  if (bytes.empty()) throw DataError(path + ": expected rows of numbers, found an empty file");
  next_ = bytes.data();
  end_ = next_ + bytes.size();
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.substr(0, kByteOrderMark.size()) == kByteOrderMark) next_ += kByteOrderMark.size();
  ReadFirstLine(header);
}

void CsvReader::ReadFirstLine(CsvHeader header) {
  const char* const begin = next_;
  if (AtEnd()) throw DataError(path() + ": expected rows of numbers, found empty lines");
  std::vector<std::string> fields;
  std::string unquoted;
  row_ended_ = false;
  while (!row_ended_) fields.emplace_back(Trim(NextField(&unquoted)));
  n_columns_ = static_cast<int>(fields.size());
  const bool is_header =
      header == CsvHeader::kPresent ||
      (header == CsvHeader::kDetect && std::any_of(fields.begin(), fields.end(), LooksLikeName));
  if (is_header) {
    names_ = std::move(fields);
  } else {
    next_ = begin;
    line_ = 1;
  }
}

int CsvReader::FindColumn(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) return -1;
  if (std::find(found + 1, names_.end(), name) != names_.end()) {
    throw DataError(path() + ":1: expected one column " + std::string(name) + ", found several");
  }
  return static_cast<int>(found - names_.begin());
}

int CsvReader::Column(std::string_view name) const {
  const int column = FindColumn(name);
  if (column >= 0) return column;
  std::string message = path() + ":1: expected a column " + std::string(name) + ", found none";
  if (!has_header()) throw DataError(message + ": the file has no header");
  const std::string nearest = NearestName(name, names_);
  throw DataError(nearest.empty() ? message : message + "; the nearest name is " + nearest);
}

int64_t CsvReader::Read(const CsvSelection& selection, int64_t max_rows, CsvRows* rows) {
  const Plan plan = MakePlan(selection);
  const size_t n_integers = selection.integer_columns.size();
  const size_t n_reals = selection.real_columns.size();
  rows->n_rows = 0;
  rows->integers.clear();
  rows->reals.clear();
  rows->lines.clear();
  while (rows->n_rows < max_rows && !AtEnd()) {
    const size_t row = static_cast<size_t>(rows->n_rows);
    rows->integers.resize((row + 1) * n_integers);
    rows->reals.resize((row + 1) * n_reals);
    ReadRow(plan, rows->integers.data() + row * n_integers, rows->reals.data() + row * n_reals);
    rows->lines.push_back(row_line_);
    ++rows->n_rows;
  }
  return rows->n_rows;
}

CsvReader::Plan CsvReader::MakePlan(const CsvSelection& selection) const {
  Plan plan;
  plan.columns.resize(static_cast<size_t>(n_columns_));
  plan.integer_min = selection.integer_min;
  plan.integer_max = selection.integer_max;
  const auto add = [&](const std::vector<int>& columns, Plan::Kind kind) {
    for (size_t slot = 0; slot < columns.size(); ++slot) {
      assert(columns[slot] >= 0);
      if (columns[slot] >= n_columns_) {
        throw DataError(path() + ":1: expected at least " + std::to_string(columns[slot] + 1) +
                        " " + field_name_ + ", found " + std::to_string(n_columns_));
      }
      Plan::Column& column = plan.columns[static_cast<size_t>(columns[slot])];
      assert(column.kind == Plan::Kind::kSkip);
      column = {kind, slot};
    }
  };
  add(selection.integer_columns, Plan::Kind::kInteger);
  add(selection.real_columns, Plan::Kind::kReal);
  return plan;
}

// True at the end of the file, or if nothing but empty lines follows.
bool CsvReader::AtEnd() {
  row_line_ = line_;
  if (next_ == end_) return true;
  if (*next_ != '\n' && *next_ != '\r') return false;
  const auto is_line_end = [](char c) { return c == '\n' || c == '\r'; };
  if (!std::all_of(next_, end_, is_line_end)) {
    FailAtRow("expected " + field_name_ + ", found an empty line");
  }
  next_ = end_;
  return true;
}

void CsvReader::ReadRow(const Plan& plan, int32_t* integers, double* reals) {
  row_ended_ = false;
  for (int c = 0; c < n_columns_; ++c) {
    const Plan::Column& column = plan.columns[static_cast<size_t>(c)];
    const bool last = c == n_columns_ - 1;
    int32_t value = 0;
    // Nearly every field takes this way; whatever is unusual takes the other.
    const char* after = column.kind != Plan::Kind::kInteger
                            ? nullptr
                            : ParseShortNumber(next_, end_, last ? '\n' : ',', &value);
    if (after != nullptr && value >= plan.integer_min && value <= plan.integer_max) {
      integers[column.slot] = value;
      next_ = after;
      row_ended_ = last;
      line_ += last ? 1 : 0;
    } else {
      ReadField(plan, c, integers, reals);
    }
  }
  if (row_ended_) return;
  int found = n_columns_;
  std::string unquoted;
  for (; !row_ended_; ++found) NextField(&unquoted);
  FailAtCount(found);
}

void CsvReader::ReadField(const Plan& plan, int column, int32_t* integers, double* reals) {
  std::string unquoted;
  const std::string_view field = NextField(&unquoted);
  const bool last = column == n_columns_ - 1;
  if (row_ended_ && !last) FailAtCount(column + 1);
  const auto [kind, slot] = plan.columns[static_cast<size_t>(column)];
  double value = 0.0;
  if (kind == Plan::Kind::kInteger) {
    if (!ParseWhole(field, &value) || value < plan.integer_min || value > plan.integer_max) {
      FailAtColumn(column,
                   "a whole number from " + std::to_string(plan.integer_min) + " to " +
                       std::to_string(plan.integer_max),
                   field);
    }
    integers[slot] = static_cast<int32_t>(value);
  } else if (kind == Plan::Kind::kReal) {
    if (!ParseReal(field, &value)) FailAtColumn(column, "a finite number", field);
    reals[slot] = value;
  }
}

// The field at next_, without its quotes; `unquoted` is room for it.
std::string_view CsvReader::NextField(std::string* unquoted) {
  if (next_ != end_ && *next_ == '"') return NextQuotedField(unquoted);
  const char* const begin = next_;
  while (next_ != end_ && *next_ != ',' && *next_ != '\n' && *next_ != '\r') {
    const uint8_t byte = static_cast<uint8_t>(*next_);
    if (byte < 0x20 && byte != '\t') {
      FailAtRow("expected text, found the byte " + HexByte(*next_) + ": is this a CSV file?");
    }
    ++next_;
  }
  const std::string_view field(begin, static_cast<size_t>(next_ - begin));
  EndField();
  return field;
}

std::string_view CsvReader::NextQuotedField(std::string* unquoted) {
  unquoted->clear();
  for (++next_; next_ != end_; ++next_) {
    if (*next_ == '"') {
      ++next_;
      const bool doubled = next_ != end_ && *next_ == '"';
      if (!doubled) {
        EndField();
        return *unquoted;
      }
    }
    if (*next_ == '\n') ++line_;
    unquoted->push_back(*next_);
  }
  FailAtRow("expected a closing quote, found the end of the file");
}

// Steps over the comma or line end after a field.
void CsvReader::EndField() {
  if (end_ - next_ >= 2 && next_[0] == '\r' && next_[1] == '\n') ++next_;
  if (next_ == end_) {
    FailAtRow("expected a line end after the last line, found none: the file seems cut off");
  }
  if (*next_ != ',' && *next_ != '\n') {
    FailAtRow("expected a comma or line end after a field, found the byte " + HexByte(*next_));
  }
  row_ended_ = *next_ == '\n';
  line_ += row_ended_ ? 1 : 0;
  ++next_;
}

void CsvReader::FailAtRow(const std::string& message) const {
  throw DataError(path() + ":" + std::to_string(row_line_) + ": " + message);
}

void CsvReader::FailAtColumn(int column, const std::string& expected,
                             std::string_view found) const {
  const std::string name =
      has_header() ? names_[static_cast<size_t>(column)] : std::to_string(column + 1);
  FailAtRow("column " + name + ": expected " + expected + ", found " + Shown(found));
}

void CsvReader::FailAtCount(int found) const {
  FailAtRow("expected " + std::to_string(n_columns_) + " " + field_name_ + ", found " +
            std::to_string(found));
}

CsvWriter::CsvWriter(const std::string& path, const std::vector<std::string>& names) : file_(path) {
  if (names.empty()) return;
  for (const std::string& name : names) Text(name);
  EndRow();
}

void CsvWriter::BeginField() {
  if (in_row_) row_ += ',';
  in_row_ = true;
}

void CsvWriter::Integer(int64_t value) {
  BeginField();
  char digits[24];
  row_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void CsvWriter::Real(double value) {
  if (!std::isfinite(value)) {
    throw NumericError(file_.path() + ": expected a finite number to write, found NaN or infinity");
  }
  BeginField();
  char digits[32];
  row_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void CsvWriter::Text(std::string_view value) {
  BeginField();
  if (!value.empty() && value.find_first_of(",\"\r\n") == std::string_view::npos) {
    row_.append(value);
    return;
  }
  row_ += '"';
  for (const char c : value) row_.append(c == '"' ? 2 : 1, c);
  row_ += '"';
}

void CsvWriter::EndRow() {
  row_ += '\n';
  file_.Write(row_);
  row_.clear();
  in_row_ = false;
}

void CsvWriter::Close() { file_.Commit(); }

}  // namespace demd
