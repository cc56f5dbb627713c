#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <string>

#include "engine/io/csv.h"
#include "engine/io/npy.h"
#include "tests/apps/run_program.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

class DemdSimulate : public testing::Test {
 protected:
  std::string File(const std::string& name) const { return directory_.File(name); }

 private:
  TemporaryDirectory directory_;
};

TEST_F(DemdSimulate, WritesTheSameWafersToEveryPlaceOnAnyNumberOfThreads) {
  const ProgramRun run = RunProgram("demd_simulate", {"--wafers", "300", "--seed", "5"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 301);
  for (const char* threads : {"1", "3"}) {
    const ProgramRun again =
        RunProgram("demd_simulate", {"--wafers", "300", "--seed", "5", "--threads", threads});
    EXPECT_TRUE(again.out == run.out) << threads;
  }
  ASSERT_EQ(RunProgram("demd_simulate", {"--wafers", "300", "--seed", "5", "--out", File("w.npy")})
                .exit_code,
            0);
  NpyFile(File("w.npy")).view().ExpectShape({300, 48});
  const ProgramRun other = RunProgram("demd_simulate", {"--wafers", "300", "--seed", "6"});
  EXPECT_FALSE(other.out == run.out);
}

TEST_F(DemdSimulate, GoesOnWhereAnotherRunEnded) {
  const std::string whole = RunProgram("demd_simulate", {"--wafers", "50"}).out;
  const std::string begin = RunProgram("demd_simulate", {"--wafers", "20"}).out;
  const std::string rest = RunProgram("demd_simulate", {"--wafers", "30", "--first", "20"}).out;
  EXPECT_TRUE(whole == begin + rest.substr(rest.find('\n') + 1));
}

TEST_F(DemdSimulate, TellsByItsExitCodeThatItWasStopped) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string out = File("w.csv");
    const ProgramRun run = RunProgramUntil("demd_simulate", {"--wafers", "100000000", "--out", out},
                                           out + ".tmp", signal);
    EXPECT_EQ(run.exit_code, 128 + signal) << run.err;
    EXPECT_NE(run.err.find("was not completed\n"), std::string::npos) << "ended by the program";
    EXPECT_FALSE(PathExists(out));
    EXPECT_FALSE(PathExists(out + ".tmp"));
  }
}

TEST_F(DemdSimulate, SaysInOneLineWhatIsWrong) {
  const auto check = [](const std::vector<std::string>& arguments, int exit_code) {
    const ProgramRun run = RunProgram("demd_simulate", arguments);
    EXPECT_EQ(run.exit_code, exit_code) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  };
  check({"--wafers", "0"}, 2);
  check({"--wafers", "-5"}, 2);
  check({"--sample", "other"}, 2);
  check({"--pileup", "-0.5"}, 2);
  check({"--showers", "-0.01"}, 2);
  check({"--check", "--out", File("w.csv")}, 2);
  check({"--wafers", "10", "--out", File("missing/w.csv")}, 3);
  check({"--wafers", "10", "--out", "/dev/full"}, 3);
  EXPECT_EQ(RunProgram("demd_simulate", {"--wafers", "10"}, "", "/dev/full").exit_code, 3);
  EXPECT_FALSE(PathExists(File("missing")));
}

}  // namespace
}  // namespace demd
