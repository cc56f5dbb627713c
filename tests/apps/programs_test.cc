// Every program as its user meets it first: help, version, mistakes on the command line, a full
// disk.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/version.h"
#include "tests/apps/run_program.h"

namespace demd {
namespace {

int CountLines(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

class EveryProgram : public testing::TestWithParam<std::string> {};

TEST_P(EveryProgram, ExplainsItselfWithAnExample) {
  const ProgramRun run = RunProgram(GetParam(), {"--help"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(run.out.rfind("Usage: " + GetParam() + " ", 0), 0U) << run.out;
  EXPECT_NE(run.out.find("\nExample:\n  " + GetParam() + " "), std::string::npos) << run.out;
}

TEST_P(EveryProgram, TellsItsVersion) {
  const ProgramRun run = RunProgram(GetParam(), {"--version"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.out, GetParam() + " " + VersionText() + "\n");
}

TEST_P(EveryProgram, NamesTheOptionThatAnUnknownOneResembles) {
  const ProgramRun run = RunProgram(GetParam(), {"--versoin"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.err, GetParam() + ": unknown option --versoin; did you mean --version?\n");
}

TEST_P(EveryProgram, ReportsAFullDiskBehindItsOutput) {
  const ProgramRun run = RunProgram(GetParam(), {"--help"}, "", "/dev/full");
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.err, GetParam() + ": standard output: cannot write: No space left on device\n");
}

TEST_P(EveryProgram, RefusesTooManyThreadsAndStrayArguments) {
  if (RunProgram(GetParam(), {"--help"}).out.find("--threads") != std::string::npos) {
    const ProgramRun run = RunProgram(GetParam(), {"--threads", "0"});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_EQ(CountLines(run.err), 1) << run.err;
  }
  const ProgramRun run = RunProgram(GetParam(), {"a", "b", "c", "d", "e"});
  EXPECT_EQ(run.exit_code, 2) << run.err;
  EXPECT_EQ(CountLines(run.err), 1) << run.err;
}

INSTANTIATE_TEST_SUITE_P(Programs, EveryProgram, testing::ValuesIn(BuiltPrograms()),
                         [](const auto& row) { return row.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EveryProgram);

}  // namespace
}  // namespace demd
