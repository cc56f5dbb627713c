#include "engine/io/csv.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/random.h"
#include "tests/error_message.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

constexpr int64_t kAll = std::numeric_limits<int64_t>::max();

class Csv : public testing::Test {
 protected:
  std::string path() const { return directory_.File("w.csv"); }
  void Write(const std::string& text) const { WriteFile(path(), text); }

  // All rows of a text, as integers.
  CsvRows Integers(const std::string& text, std::vector<int> columns, int32_t min = INT32_MIN,
                   int32_t max = INT32_MAX) const {
    Write(text);
    CsvReader reader(path(), CsvHeader::kDetect, "charges");
    CsvRows rows;
    reader.Read({columns, min, max, {}}, kAll, &rows);
    return rows;
  }

  std::vector<double> Reals(const std::string& text, std::vector<int> columns) const {
    Write(text);
    CsvReader reader(path());
    CsvRows rows;
    reader.Read({{}, 0, 0, columns}, kAll, &rows);
    return rows.reals;
  }

  // The message, without the directory.
  std::string Error(const std::string& text, int n_columns = 3) const {
    std::vector<int> columns;
    for (int c = 0; c < n_columns; ++c) columns.push_back(c);
    return Shorten(ErrorMessage([&] { Integers(text, columns, 0, 4194303); }));
  }
  std::string Shorten(const std::string& message) const {
    const std::string prefix = directory_.path() + "/";
    return message.substr(0, prefix.size()) == prefix ? message.substr(prefix.size()) : message;
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(Csv, ReadsWholeNumbersOfEveryLength) {
  std::string text;
  std::vector<int32_t> expected;
  RandomStream random(1, "csv_test");
  for (int row = 0; row < 2000; ++row) {
    for (int column = 0; column < 5; ++column) {
      const uint32_t value = random.NextUint32() >> (1 + random.Below(31));
      const bool negative = random.Below(4) == 0;
      expected.push_back(negative ? -static_cast<int32_t>(value) : static_cast<int32_t>(value));
      text += std::to_string(expected.back()) + (column < 4 ? "," : "\n");
    }
  }
  const CsvRows rows = Integers(text, {0, 1, 2, 3, 4});
  EXPECT_EQ(rows.n_rows, 2000);
  EXPECT_EQ(rows.integers, expected);
  EXPECT_EQ(rows.lines.front(), 1);
  EXPECT_EQ(rows.lines.back(), 2000);
}

TEST_F(Csv, ReadsTheExtremesAndNothingBeyond) {
  EXPECT_EQ(Integers("2147483647,-2147483648,0\n", {0, 1, 2}).integers,
            (std::vector<int32_t>{INT32_MAX, INT32_MIN, 0}));
  EXPECT_THROW(Integers("2147483648\n", {0}), DataError);
  EXPECT_THROW(Integers("-2147483649\n", {0}), DataError);
  EXPECT_THROW(Integers("99999999999999999999999999\n", {0}), DataError);
}

TEST_F(Csv, AcceptsTheFormsInWhichOtherProgramsWriteNumbers) {
  for (const char* line_end : {"\n", "\r\n"}) {
    const std::string text = std::string("\xEF\xBB\xBF 1,\"2\",3.0") + line_end + "+4, 5 ,\"6e0\"" +
                             line_end + "007,-0,1.2e1" + line_end;
    const CsvRows rows = Integers(text, {0, 1, 2});
    EXPECT_EQ(rows.integers, (std::vector<int32_t>{1, 2, 3, 4, 5, 6, 7, 0, 12}));
    EXPECT_EQ(rows.lines, (std::vector<int64_t>{1, 2, 3}));
  }
}

TEST_F(Csv, DetectsTheHeader) {
  Write("CALQ_0,CALQ_1\n1,2\n");
  EXPECT_EQ(CsvReader(path()).names(), (std::vector<std::string>{"CALQ_0", "CALQ_1"}));
  EXPECT_EQ(CsvReader(path(), CsvHeader::kAbsent).names(), std::vector<std::string>());
  Write("1,2\n");
  EXPECT_FALSE(CsvReader(path()).has_header());
  EXPECT_TRUE(CsvReader(path(), CsvHeader::kPresent).has_header());
  Write("nan,-inf\n");
  EXPECT_FALSE(CsvReader(path()).has_header());
  Write(",\"tc, eta\",\"\"\"x\"\"\"\r\n0,1,2\r\n");
  EXPECT_EQ(CsvReader(path()).names(), (std::vector<std::string>{"", "tc, eta", "\"x\""}));
}

TEST_F(Csv, SelectsColumnsByNameInAnyOrder) {
  Write("entry,a,comment,b,c\n17,1,\"x, \"\"y\"\"\nz\",2,0.5\n18,3,,4,-1e-3\n");
  CsvReader reader(path());
  CsvSelection selection;
  selection.integer_columns = {reader.Column("b"), reader.Column("a")};
  selection.real_columns = {reader.Column("c"), reader.Column("entry")};
  CsvRows rows;
  EXPECT_EQ(reader.Read(selection, 1, &rows), 1);
  EXPECT_EQ(rows.integers, (std::vector<int32_t>{2, 1}));
  EXPECT_EQ(rows.reals, (std::vector<double>{0.5, 17}));
  EXPECT_EQ(rows.lines, std::vector<int64_t>{2});
  EXPECT_EQ(reader.Read(selection, 100, &rows), 1);
  EXPECT_EQ(rows.integers, (std::vector<int32_t>{4, 3}));
  EXPECT_EQ(rows.reals, (std::vector<double>{-1e-3, 18}));
  EXPECT_EQ(rows.lines, std::vector<int64_t>{4}) << "a quoted line end counts";
  EXPECT_EQ(reader.Read(selection, 100, &rows), 0);
}

TEST_F(Csv, NamesMissingAndDoubleColumns) {
  Write("CALQ_0,CALQ_1,x,x\n");
  const CsvReader reader(path());
  EXPECT_EQ(reader.FindColumn("CALQ_1"), 1);
  EXPECT_EQ(reader.FindColumn("CALQ_2"), -1);
  EXPECT_EQ(Shorten(ErrorMessage([&] { reader.Column("CALQ_2"); })),
            "w.csv:1: expected a column CALQ_2, found none; the nearest name is CALQ_0");
  EXPECT_EQ(Shorten(ErrorMessage([&] { reader.Column("x"); })),
            "w.csv:1: expected one column x, found several");
  Write("1,2\n");
  EXPECT_EQ(Shorten(ErrorMessage([&] { CsvReader(path()).Column("a"); })),
            "w.csv:1: expected a column a, found none: the file has no header");
}

TEST_F(Csv, SaysWhichLineIsWrongAndHow) {
  EXPECT_EQ(Error("a,b,c\n1,2,3\n1,2\n"), "w.csv:3: expected 3 charges, found 2");
  EXPECT_EQ(Error("1,2,3\n1,2,3,4,5\n"), "w.csv:2: expected 3 charges, found 5");
  EXPECT_EQ(Error("1,2,3\n\n1,2,3\n"), "w.csv:2: expected charges, found an empty line");
  const std::string expected = "expected a whole number from 0 to 4194303, found ";
  EXPECT_EQ(Error("a,b,c\n1,2,3\n1,x,3\n"), "w.csv:3: column b: " + expected + "\"x\"");
  EXPECT_EQ(Error("1,2,-3\n"), "w.csv:1: column 3: " + expected + "\"-3\"");
  EXPECT_EQ(Error("1,2,4194304\n"), "w.csv:1: column 3: " + expected + "\"4194304\"");
  EXPECT_EQ(Error("1,2.5,3\n"), "w.csv:1: column 2: " + expected + "\"2.5\"");
  EXPECT_EQ(Error("1,,3\n"), "w.csv:1: column 2: " + expected + "an empty field");
  EXPECT_EQ(Error("nan,2,3\n"), "w.csv:1: column 1: " + expected + "\"nan\"");
  EXPECT_EQ(Error("1,inf,3\n"), "w.csv:1: column 2: " + expected + "\"inf\"");
  EXPECT_EQ(Error("1,1e999,3\n"), "w.csv:1: column 2: " + expected + "\"1e999\"");
  EXPECT_EQ(Error("1,0x10,3\n"), "w.csv:1: column 2: " + expected + "\"0x10\"");
  EXPECT_EQ(Error("1,2 2,3\n"), "w.csv:1: column 2: " + expected + "\"2 2\"");
  EXPECT_EQ(Error("1,+-0,3\n"), "w.csv:1: column 2: " + expected + "\"+-0\"");
  EXPECT_EQ(Error("1,--2,3\n"), "w.csv:1: column 2: " + expected + "\"--2\"");
  EXPECT_EQ(Error("1," + std::string(100, '9') + ",3\n"),
            "w.csv:1: column 2: " + expected + "\"" + std::string(40, '9') + "...\"");
}

TEST_F(Csv, WantsTheColumnsThatAreAskedFor) {
  EXPECT_EQ(Error("1,2\n"), "w.csv:1: expected at least 3 charges, found 2");
}

TEST_F(Csv, RefusesWhatIsNoCsvFile) {
  EXPECT_EQ(Error(""), "w.csv: expected rows of numbers, found an empty file");
  EXPECT_EQ(Error("\n\n"), "w.csv: expected rows of numbers, found empty lines");
  EXPECT_EQ(Error(std::string("\x93NUMPY\x01\0v\0{'descr", 16)),
            "w.csv:1: expected text, found the byte 0x01: is this a CSV file?");
  EXPECT_EQ(Error("1,\"2,3\n4,5,6\n"),
            "w.csv:1: expected a closing quote, found the end of the file");
  EXPECT_EQ(Error("1,\"2\"2,3\n"),
            "w.csv:1: expected a comma or line end after a field, found the byte 0x32");
  EXPECT_EQ(Error("1,2,3\r4,5,6\n"),
            "w.csv:1: expected a comma or line end after a field, found the byte 0x0d");
}

TEST_F(Csv, ReadsRealNumbersExactly) {
  RandomStream random(2, "csv_test");
  std::vector<double> expected;
  {
    CsvWriter writer(path(), {"x"});
    for (int i = 0; i < 2000; ++i) {
      expected.push_back(std::ldexp(random.Uniform() - 0.5, static_cast<int>(random.Below(600))));
      writer.Real(expected.back());
      writer.EndRow();
    }
    writer.Close();
  }
  CsvReader reader(path());
  CsvRows rows;
  reader.Read({{}, 0, 0, {0}}, kAll, &rows);
  EXPECT_EQ(rows.reals, expected);
  for (const char* bad : {"nan", "inf", "-inf", "1e999", "x", " ", "1.5.2", "1,5"}) {
    EXPECT_THROW(Reals(std::string("1\n") + bad + "\n", {0}), DataError) << bad;
  }
}

TEST_F(Csv, NoticesEveryTruncationWithinALine) {
  const std::string text = "a,b,c\n12,345,6789\n\"7\",8.0,4000000\n1,2,3\r\n";
  for (size_t size = 0; size < text.size(); ++size) {
    const std::string cut = text.substr(0, size);
    if (size > 0 && cut.back() == '\n') {
      EXPECT_EQ(Error(cut), "(no error)") << "whole lines are a file of their own";
    } else {
      EXPECT_NE(Error(cut), "(no error)") << cut;
    }
  }
  EXPECT_EQ(Error("1,2,3\n1,2,3"),
            "w.csv:2: expected a line end after the last line, found none: the file seems cut off");
}

TEST_F(Csv, EndsOrThrowsOnEveryChangeOfOneBit) {
  const std::string text = "a,b,c\n12,345,6789\n\"7\",8.0,4000000\n1,2,3\r\n";
  int errors = 0;
  for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    errors += Error(changed) != "(no error)" ? 1 : 0;
  }
  EXPECT_GT(errors, 100);
}

TEST_F(Csv, ReadsOnlyColumnsThatAreAskedFor) {
  const CsvRows rows = Integers("n,x,y\n1,nan,\n2,\"a\nb\",-inf\n", {0});
  EXPECT_EQ(rows.integers, (std::vector<int32_t>{1, 2}));
}

TEST_F(Csv, WritesWhatItReads) {
  CsvWriter writer(path(), {"plain", "with, comma", "with \"quote\"", ""});
  writer.Text("");
  writer.Text("a\nb");
  writer.Integer(std::numeric_limits<int64_t>::min());
  writer.Real(0.1);
  writer.EndRow();
  EXPECT_THROW(writer.Real(std::nan("")), NumericError);
  EXPECT_FALSE(PathExists(path()));
  writer.Close();
  EXPECT_EQ(FileContents(path()).bytes(),
            "plain,\"with, comma\",\"with \"\"quote\"\"\",\"\"\n"
            "\"\",\"a\nb\",-9223372036854775808,0.1\n");
  EXPECT_EQ(CsvReader(path()).names(),
            (std::vector<std::string>{"plain", "with, comma", "with \"quote\"", ""}));
}

}  // namespace
}  // namespace demd
