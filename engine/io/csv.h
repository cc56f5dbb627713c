#ifndef DEMD_ENGINE_IO_CSV_H_
#define DEMD_ENGINE_IO_CSV_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/file.h"

namespace demd {

// CSV as read and written here:
//
//   file   = [BOM] [header] {row}        UTF-8; a byte order mark is skipped
//   header, row = field {"," field} ("\n" | "\r\n")
//   field  = characters other than , and line ends, or "quoted", with "" for a quote inside
//
// Every line has as many fields as the first. Spaces around a number are allowed, as are quotes.
// Empty lines may stand at the end only. The last line must have its line end: without it a file
// cut off in the middle of a number could not be told from a whole one.

/// Whether the first line holds names. kDetect: it does if one of its fields begins with a letter
/// or underscore and is not "nan" or "inf".
enum class CsvHeader { kDetect, kPresent, kAbsent };

/// Which columns to read, and what they must hold.
struct CsvSelection {
  std::vector<int> integer_columns;  // whole numbers ("12", "-3", also "12.0")
  int32_t integer_min = INT32_MIN;
  int32_t integer_max = INT32_MAX;
  std::vector<int> real_columns;  // finite decimal numbers ("1.5", "-2e-3")
};

/// Some rows of a file, one after the other.
struct CsvRows {
  int64_t n_rows = 0;
  std::vector<int32_t> integers;  // [n_rows][integer_columns], in the order of the selection
  std::vector<double> reals;      // [n_rows][real_columns]
  std::vector<int64_t> lines;     // [n_rows] line number, from 1, for messages
};

/// Reads a CSV file from front to back in bounded memory.
/// Errors: DataError "path:line: expected X, found Y", for example
///   wafers.csv:17: expected 48 charges, found 47
///   wafers.csv:17: column CALQ_5: expected a whole number from 0 to 4194303, found "-3"
class CsvReader {
 public:
  /// Opens the file and reads its first line. `field_name` is what messages call the fields.
  explicit CsvReader(const std::string& path, CsvHeader header = CsvHeader::kDetect,
                     std::string field_name = "fields");

  const std::string& path() const { return contents_.path(); }
  bool has_header() const { return !names_.empty(); }
  /// Names of the columns; empty without a header.
  const std::vector<std::string>& names() const { return names_; }
  int n_columns() const { return n_columns_; }

  /// Index of the column of this name, -1 if there is none. Error: DataError if there are several.
  int FindColumn(std::string_view name) const;
  /// The same, but a missing column is a DataError that gives the nearest name.
  int Column(std::string_view name) const;

  /// Reads up to max_rows further rows in place of what `rows` held. Returns rows->n_rows, 0 at the
  /// end of the file. Fields of columns not selected are skipped unread.
  /// REQUIRES: no column is selected twice.
  int64_t Read(const CsvSelection& selection, int64_t max_rows, CsvRows* rows);

 private:
  struct Plan;

  void ReadFirstLine(CsvHeader header);
  Plan MakePlan(const CsvSelection& selection) const;
  bool AtEnd();
  void ReadRow(const Plan& plan, int32_t* integers, double* reals);
  void ReadField(const Plan& plan, int column, int32_t* integers, double* reals);
  std::string_view NextField(std::string* unquoted);
  std::string_view NextQuotedField(std::string* unquoted);
  void EndField();
  [[noreturn]] void FailAtRow(const std::string& message) const;
  [[noreturn]] void FailAtColumn(int column, const std::string& expected,
                                 std::string_view found) const;
  [[noreturn]] void FailAtCount(int found) const;

  FileContents contents_;
  std::string field_name_;
  std::vector<std::string> names_;
  int n_columns_ = 0;
  const char* next_ = nullptr;  // first byte not yet read
  const char* end_ = nullptr;   // one past the last byte of the file
  int64_t line_ = 1;            // the line next_ is on
  int64_t row_line_ = 1;        // the line on which the row being read began
  bool row_ended_ = true;       // the field read last was the last of its row
};

/// Writes a CSV file through AtomicFile: it appears complete, at Close(), or not at all.
class CsvWriter {
 public:
  /// Writes the header, unless `names` is empty.
  CsvWriter(const std::string& path, const std::vector<std::string>& names);

  /// Appends one field to the row. Real numbers are written in the shortest form that reads back
  /// as the same value. Error: NumericError for NaN and infinity.
  void Integer(int64_t value);
  void Real(double value);
  void Text(std::string_view value);
  void EndRow();

  void Close();

 private:
  void BeginField();

  AtomicFile file_;
  std::string row_;
  bool in_row_ = false;
};

}  // namespace demd

#endif  // DEMD_ENGINE_IO_CSV_H_
