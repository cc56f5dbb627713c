// A study as its user meets it, whole and in parts.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/io/file.h"
#include "tests/apps/run_program.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

using Words = std::vector<std::string>;

class DemdScan : public testing::Test {
 protected:
  std::string File(const std::string& name) const { return directory_.File(name); }

  // Two runs of seconds.
  Words Small(const std::string& out, const Words& more = {}) const {
    Words words = {
        "--study", "quick",    "--samples", "unsuppressed", "--profiles", "econt",   "--elinks",
        "3",       "--losses", "emd",       "--decoders",   "16x1",       "--seeds", "2",
        "--steps", "4",        "--wafers",  "200",          "--out",      File(out)};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  std::string Bytes(const std::string& name) const {
    return std::string(FileContents(File(name)).bytes());
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(DemdScan, GivesTheSameTablesInPartsAndMerged) {
  const ProgramRun whole = RunProgram("demd_scan", Small("whole"));
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  EXPECT_EQ(whole.out, Bytes("whole/table.txt"));
  for (const std::string part : {"1", "2"}) {
    const ProgramRun run = RunProgram("demd_scan", Small("part" + part, {"--shard", part + "/2"}));
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_NE(run.err.find("1 of 2 runs are still to be done"), std::string::npos) << run.err;
    EXPECT_EQ(run.out, "");
  }
  const ProgramRun merged =
      RunProgram("demd_scan", {"--merge", File("part1"), File("part2"), "--out", File("merged")});
  ASSERT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_EQ(merged.out, whole.out);
  EXPECT_EQ(Bytes("merged/table.csv"), Bytes("whole/table.csv"));

  // Called again, it has nothing to do but to show its tables.
  const ProgramRun again = RunProgram("demd_scan", Small("whole"));
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(again.out, whole.out);
}

TEST_F(DemdScan, ListsItsRuns) {
  const ProgramRun run = RunProgram("demd_scan", Small("unused", {"--list"}));
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out,
            "unsuppressed_econt_3links_16x1_seed1\nunsuppressed_econt_3links_16x1_seed2\n");
}

TEST_F(DemdScan, RefusesWhatMakesNoSenseInOneLine) {
  const std::vector<std::pair<Words, int>> cases = {
      {Small("x", {"--shard", "3/2"}), 2},
      {Small("x", {"--decoders", "512x2"}), 2},
      {{"--study", "large"}, 2},
      {{"--study", "cnn", "--samples", "suppressed", "--list"}, 2},
      {{"--merge", File("nothing"), "--out", File("x")}, 3},
      {{"--merge", File("nothing"), "--steps", "3", "--out", File("x")}, 2},
      {{"--merge", File("nothing"), "--data", "w.csv", "--out", File("x")}, 2},
      {{"--data", File("w.csv"), "--wafers", "300", "--out", File("x")}, 2},
      {{"--data", File("w.csv"), "--out", File("x")}, 3},
  };
  for (const auto& [words, exit_code] : cases) {
    const ProgramRun run = RunProgram("demd_scan", words);
    EXPECT_EQ(run.exit_code, exit_code) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  }
  EXPECT_FALSE(PathExists(File("x"))) << "in the way of the command that is right";
}

}  // namespace
}  // namespace demd
