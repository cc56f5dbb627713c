#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine/io/csv.h"
#include "engine/io/npy.h"
#include "tests/apps/run_program.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

// A CSV row of 48 equal fields (or as many as asked for).
std::string Row(const std::string& field, int n = 48) {
  std::string row = field;
  for (int i = 1; i < n; ++i) row += "," + field;
  return row + "\n";
}

class DemdEmd : public testing::Test {
 protected:
  std::string File(const std::string& name) const { return directory_.File(name); }

  // Runs in words without the directory of the test: exit code and message.
  std::pair<int, std::string> Run(const std::vector<std::string>& arguments) const {
    const ProgramRun run = RunProgram("demd_emd", arguments);
    std::string message = run.err;
    for (size_t at; (at = message.find(directory_.path() + "/")) != std::string::npos;) {
      message.erase(at, directory_.path().size() + 1);
    }
    return {run.exit_code, message};
  }

  // Compares a row of ones with rows of this text.
  std::pair<int, std::string> RunWith(const std::string& text) const {
    WriteFile(File("a.csv"), Row("1"));
    WriteFile(File("b.csv"), text);
    return Run({File("a.csv"), File("b.csv")});
  }

  // Values of the last column of a file.
  static std::vector<double> LastColumn(const std::string& path) {
    CsvReader reader(path);
    CsvRows rows;
    reader.Read({{}, 0, 0, {reader.n_columns() - 1}}, INT64_MAX, &rows);
    return rows.reals;
  }

 private:
  TemporaryDirectory directory_;
};

using Result = std::pair<int, std::string>;

TEST_F(DemdEmd, AgreesWithTheReferenceFile) {
  constexpr double kTolerance = 1e-9;  // digits of the reference
  const std::string reference = DEMD_SOURCE_DIR "/tests/emd/emd_reference_synthetic.csv";
  const std::vector<std::string> arguments = {reference, "--prefix-a",   "a", "--prefix-b", "b",
                                              "--out",   File("emd.csv")};
  ASSERT_EQ(Run(arguments).first, 0);
  const std::vector<double> found = LastColumn(File("emd.csv")), expected = LastColumn(reference);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], kTolerance) << i;
}

TEST_F(DemdEmd, ComparesMoreThan64CellsOnPointsAndMatrices) {
  constexpr int kCells = 90;
  std::string points;
  std::string matrix;
  for (int i = 0; i < kCells; ++i) {
    points += std::to_string(i) + ",1\n";
    for (int j = 0; j < kCells; ++j) {
      matrix += std::to_string(std::abs(i - j)) + (j + 1 < kCells ? "," : "\n");
    }
  }
  WriteFile(File("points.csv"), points);
  WriteFile(File("matrix.csv"), matrix);
  // All mass at one end against equal masses everywhere.
  WriteFile(File("a.csv"), "1," + Row("0", kCells - 1));
  WriteFile(File("b.csv"), Row("1", kCells));
  for (const char* metric : {"points:", "matrix:"}) {
    const std::string file = File(metric[0] == 'p' ? "points.csv" : "matrix.csv");
    ASSERT_EQ(Run({File("a.csv"), File("b.csv"), "--metric", metric + file, "--out",
                   File("emd.csv"), "--plan", File("plan.csv"), "--duals", File("duals.csv")}),
              Result(0, ""));
    EXPECT_NEAR(LastColumn(File("emd.csv")).at(0), (kCells - 1) / 2.0, 1e-9);
    EXPECT_EQ(LastColumn(File("plan.csv")).size(), static_cast<size_t>(kCells));
  }
}

TEST_F(DemdEmd, WritesTheSameToEveryPlaceOnAnyNumberOfThreads) {
  std::string text;
  for (int i = 1; i <= 30; ++i) {
    for (int cell = 0; cell < 48; ++cell) {
      text += std::to_string(1 + i * cell % 17) + (cell < 47 ? "," : "\n");
    }
  }
  WriteFile(File("a.csv"), text);
  const std::string out = RunProgram("demd_emd", {File("a.csv"), "--pairwise"}).out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 901);
  for (const char* threads : {"1", "2", "3"}) {
    EXPECT_EQ(
        Run({File("a.csv"), "--pairwise", "--threads", threads, "--out", File("o.csv")}).first, 0);
    EXPECT_EQ(FileContents(File("o.csv")).bytes(), out);
  }
  EXPECT_EQ(Run({File("a.csv"), "--pairwise", "--out", File("o.npy")}).first, 0);
  EXPECT_EQ(NpyFile(File("o.npy")).view().Values<double>(), LastColumn(File("o.csv")));
}

TEST_F(DemdEmd, SaysInOneLineWhatIsWrongWithAFile) {
  EXPECT_EQ(RunWith(Row("1") + Row("1", 47)),
            Result(3, "demd_emd: b.csv:2: expected 48 fields, found 47\n"));
  EXPECT_EQ(RunWith(Row("nan")),
            Result(3, "demd_emd: b.csv:1: column 1: expected a finite number, found \"nan\"\n"));
  EXPECT_EQ(RunWith(Row("inf")),
            Result(3, "demd_emd: b.csv:1: column 1: expected a finite number, found \"inf\"\n"));
  EXPECT_EQ(RunWith(Row("1e999")),
            Result(3, "demd_emd: b.csv:1: column 1: expected a finite number, found \"1e999\"\n"));
  EXPECT_EQ(RunWith(""),
            Result(3, "demd_emd: b.csv: expected rows of numbers, found an empty file\n"));
  EXPECT_EQ(RunWith(Row("-1")).first, 3);
  EXPECT_EQ(RunWith(Row("1").substr(0, 50)).first, 3);
  EXPECT_EQ(RunWith(std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16)).first, 3);
  EXPECT_EQ(RunWith(Row("1") + Row("1")).first, 3) << "more rows than in the other file";
  EXPECT_EQ(Run({File("a.csv"), File("missing")}),
            Result(3, "demd_emd: missing: cannot open: No such file or directory\n"));
}

TEST_F(DemdEmd, CallsTheDistanceOfAnEmptyRowUndefined) {
  const auto [exit_code, message] = RunWith(Row("0"));
  EXPECT_EQ(exit_code, 4);
  EXPECT_NE(message.find("b.csv:1: expected some mass"), std::string::npos) << message;
}

TEST_F(DemdEmd, ReadsMassesOfAnySize) {
  for (const char* mass : {"1e300", "1e-320", "99999999999999999999", "400000000000000"}) {
    EXPECT_EQ(RunWith(Row(mass)), Result(0, "")) << mass;
  }
}

TEST_F(DemdEmd, LeavesNoFileBehindWhenItFails) {
  WriteFile(File("a.csv"), Row("1") + Row("1"));
  WriteFile(File("b.csv"), Row("1") + Row("0"));
  EXPECT_EQ(Run({File("a.csv"), File("b.csv"), "--out", File("emd.csv")}).first, 4);
  EXPECT_FALSE(PathExists(File("emd.csv")));
  EXPECT_FALSE(PathExists(File("emd.csv.tmp")));
  EXPECT_EQ(Run({File("a.csv"), File("a.csv"), "--out", File("missing/emd.csv")}),
            Result(3, "demd_emd: missing/emd.csv: cannot create: No such file or directory\n"));
  EXPECT_EQ(Run({File("a.csv"), File("a.csv"), "--out", "/dev/full"}),
            Result(3, "demd_emd: /dev/full: cannot write: No space left on device\n"));
}

TEST_F(DemdEmd, TellsByItsExitCodeThatItWasStopped) {
  std::string rows;
  for (int i = 0; i < 3000; ++i) {
    for (int cell = 0; cell < 48; ++cell) {
      rows += std::to_string(1 + i * cell % 97) + (cell < 47 ? "," : "\n");
    }
  }
  WriteFile(File("a.csv"), rows);
  for (const int signal : {SIGINT, SIGTERM}) {
    const ProgramRun run =
        RunProgramUntil("demd_emd", {File("a.csv"), "--pairwise", "--out", File("o.csv")},
                        File("o.csv.tmp"), signal);
    EXPECT_EQ(run.exit_code, 128 + signal) << run.err;
    EXPECT_NE(run.err.find("nothing written\n"), std::string::npos) << "ended by the program";
    EXPECT_FALSE(PathExists(File("o.csv")));
    EXPECT_FALSE(PathExists(File("o.csv.tmp")));
  }
}

TEST_F(DemdEmd, ReadsStandardInput) {
  WriteFile(File("a.csv"), Row("1") + Row("2"));
  const std::string other = "1," + Row("0", 47) + Row("3");
  WriteFile(File("b.csv"), other);
  const std::string expected = RunProgram("demd_emd", {File("a.csv"), File("b.csv")}).out;
  EXPECT_EQ(RunProgram("demd_emd", {File("a.csv"), "-"}, other).out, expected);
  EXPECT_EQ(RunProgram("demd_emd", {"-", "--pairwise"}, other).out,
            RunProgram("demd_emd", {File("b.csv"), "--pairwise"}).out);
  EXPECT_EQ(RunProgram("demd_emd", {"-", "-"}, other).exit_code, 2);
}

TEST_F(DemdEmd, RefusesToWriteOverItsInputsAndOutputs) {
  const std::string rows = Row("1") + Row("2");
  WriteFile(File("a.csv"), rows);
  const std::vector<std::vector<std::string>> cases = {
      {"--out", File("a.csv")},
      {"--out", File("x.csv"), "--plan", File("x.csv")},
      {"--out", File("x.csv"), "--duals", File("./x.csv")},
      {"--plan", File("p.npy")},
      {"--plan", "/dev/stdout"}};
  for (const std::vector<std::string>& options : cases) {
    std::vector<std::string> arguments = {File("a.csv"), File("a.csv")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const auto [exit_code, message] = Run(arguments);
    EXPECT_EQ(exit_code, 2) << message;
    EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 1) << message;
  }
  EXPECT_EQ(FileContents(File("a.csv")).bytes(), rows);
  EXPECT_FALSE(PathExists(File("x.csv")));
  EXPECT_FALSE(PathExists(File("p.npy")));
}

TEST_F(DemdEmd, RefusesPrefixesForColumnsWithoutNames) {
  WriteNpy(File("w.npy"), {1, 48}, std::vector<float>(48, 1.0F));
  EXPECT_EQ(Run({File("w.npy"), "--prefix-a", "A_"}),
            Result(2,
                   "demd_emd: --prefix-a: expected a CSV file, whose columns have names, found "
                   "w.npy\n"));
}

TEST_F(DemdEmd, RefusesOptionsThatMakeNoSense) {
  WriteFile(File("a.csv"), Row("1"));
  for (const std::vector<std::string>& options : {std::vector<std::string>{"--metric", "hexagn"},
                                                  {"--metric", "points:"},
                                                  {"--metric", "matrix:"},
                                                  {"--p", "nan"},
                                                  {"--p", "-1"},
                                                  {"--pairwise", "--pairs", "x"}}) {
    std::vector<std::string> arguments = {File("a.csv"), File("a.csv")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const auto [exit_code, message] = Run(arguments);
    EXPECT_EQ(exit_code, 2) << message;
    EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 1) << message;
  }
}

}  // namespace
}  // namespace demd
