#include "apps/cli.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/parallel.h"
#include "engine/version.h"
#include "tests/error_message.h"

namespace demd {
namespace {

using Words = std::vector<std::string>;

// A program with an option of every kind.
struct Sample {
  bool quick = false;
  int64_t seed = 1;
  double rate = 1e-3;
  std::string out = "demd_run";
  std::string profile = "econt";
  Words losses = {"mse", "emd"};
  Words data = {"simulated"};
  Words files;
  OptionParser options{"demd_sample",
                       "Does this and that with the rows of two files of wafers, "
                       "and says so in more words than fit a line."};

  Sample() {
    options.TextList("--data", &data, "FILE|DIR", "wafers to train on");
    options.Text("--out", &out, "DIR", "run directory");
    options.Choice("--profile", &profile, {"econt", "float"}, "arithmetic");
    options.Choices("--losses", &losses, {"mse", "telescope", "emd"}, "losses to compare");
    options.Integer("--seed", &seed, "N", 0, 100, "random seed");
    options.Real("--rate", &rate, "X", 0.0, 1.0, "learning rate");
    options.Flag("--quick", &quick, "a small run");
    options.Threads();
    options.Arguments(&files, "A B", 0, 2, "files to read");
    options.Example("demd_sample --quick a.csv b.csv");
  }
  bool Parse(const Words& arguments) { return options.Parse(arguments); }
};

std::string UsageMessage(const Words& arguments) {
  Sample sample;
  return ErrorMessage<UsageError>([&] { sample.Parse(arguments); });
}

TEST(OptionParser, KeepsDefaultsWithoutArguments) {
  Sample sample;
  EXPECT_TRUE(sample.Parse({}));
  EXPECT_FALSE(sample.quick);
  EXPECT_EQ(sample.seed, 1);
  EXPECT_EQ(sample.data, Words{"simulated"});
  EXPECT_EQ(sample.losses, (Words{"mse", "emd"}));
}

TEST(OptionParser, ReadsEveryKindOfOption) {
  Sample sample;
  EXPECT_TRUE(sample.Parse({"a.csv", "--data", "x", "y", "--quick", "--seed=7", "--rate", "0.5",
                            "--out", "-", "--profile", "float", "--losses", "emd,telescope",
                            "--data=z", "--", "--odd name"}));
  EXPECT_EQ(sample.data, (Words{"x", "y", "z"}));
  EXPECT_TRUE(sample.quick);
  EXPECT_EQ(sample.seed, 7);
  EXPECT_EQ(sample.rate, 0.5);
  EXPECT_EQ(sample.out, "-");
  EXPECT_EQ(sample.profile, "float");
  EXPECT_EQ(sample.losses, (Words{"emd", "telescope"}));
  EXPECT_EQ(sample.files, (Words{"a.csv", "--odd name"}));
}

TEST(OptionParser, SetsTheThreadCount) {
  Sample sample;
  const int before = ThreadCount();
  EXPECT_TRUE(sample.Parse({"--threads", "3"}));
  EXPECT_EQ(ThreadCount(), 3);
  SetThreadCount(before);
}

TEST(OptionParser, NamesTheNearestOption) {
  EXPECT_EQ(UsageMessage({"--sede", "1"}), "unknown option --sede; did you mean --seed?");
  EXPECT_EQ(UsageMessage({"--treads=2"}), "unknown option --treads; did you mean --threads?");
  EXPECT_EQ(UsageMessage({"--hlep"}), "unknown option --hlep; did you mean --help?");
  EXPECT_EQ(UsageMessage({"--xyzzy-plugh"}), "unknown option --xyzzy-plugh (see --help)");
}

TEST(OptionParser, SaysWhatIsWrongWithAValue) {
  const std::string seed = "--seed: expected a whole number from 0 to 100, found ";
  EXPECT_EQ(UsageMessage({"--seed", "x"}), seed + "\"x\"");
  EXPECT_EQ(UsageMessage({"--seed", "1x"}), seed + "\"1x\"");
  EXPECT_EQ(UsageMessage({"--seed", "-1"}), seed + "\"-1\"");
  EXPECT_EQ(UsageMessage({"--seed", "101"}), seed + "\"101\"");
  EXPECT_EQ(UsageMessage({"--seed", "99999999999999999999"}), seed + "\"99999999999999999999\"");
  EXPECT_EQ(UsageMessage({"--seed="}), seed + "\"\"");
  EXPECT_EQ(UsageMessage({"--rate", "nan"}),
            "--rate: expected a number from 0 to 1, found \"nan\"");
  EXPECT_EQ(UsageMessage({"--seed"}), "--seed: expected N, found nothing");
  EXPECT_EQ(UsageMessage({"--seed", "--quick"}), "--seed: expected N, found the option --quick");
  EXPECT_EQ(UsageMessage({"--seed", "1", "--seed", "2"}), "--seed: expected once, found twice");
  EXPECT_EQ(UsageMessage({"--quick=yes"}), "--quick: expected no value");
  EXPECT_EQ(UsageMessage({"--profile", "ecnt"}),
            "--profile: expected one of econt, float, found \"ecnt\"");
  EXPECT_EQ(UsageMessage({"--losses", "mse,,emd"}),
            "--losses: expected one of mse, telescope, emd, found \"\"");
  EXPECT_EQ(UsageMessage({"--losses", "mse,mse"}),
            "--losses: expected each word once, found mse twice");
  EXPECT_EQ(UsageMessage({"--out="}), "--out: expected DIR, found nothing");
  EXPECT_EQ(UsageMessage({"--threads", "0"}),
            "--threads: expected a whole number from 1 to 1024, found \"0\"");
  EXPECT_EQ(UsageMessage({"a", "b", "c"}), "expected A B, found 3 arguments (see --help)");
}

TEST(OptionParser, RefusesOptionsThatWereGiven) {
  Sample sample;
  sample.Parse({"--seed", "1", "--quick"});
  EXPECT_NO_THROW(sample.options.Refuse({"--rate", "--out"}, "expected none"));
  EXPECT_EQ(ErrorMessage<UsageError>([&] {
              sample.options.Refuse({"--rate", "--seed"}, "expected --rate with it, found none");
            }),
            "--seed: expected --rate with it, found none")
      << "also with the value that it has by default";
}

TEST(OptionParser, RefusesArgumentsOfAProgramThatHasNone) {
  OptionParser options("demd_none", "Nothing.");
  EXPECT_EQ(ErrorMessage<UsageError>([&] { options.Parse({"x"}); }),
            "expected only options, found \"x\" (see --help)");
}

TEST(OptionParser, PrintsThisHelp) {
  EXPECT_EQ(Sample().options.HelpText(),
            R"(Usage: demd_sample [options] A B

Does this and that with the rows of two files of wafers, and says so in more
words than fit a line.

  A B                   files to read

Options:
  --data FILE|DIR ...   wafers to train on (default: simulated)
  --out DIR             run directory (default: demd_run)
  --profile econt|float
                        arithmetic (default: econt)
  --losses LIST         losses to compare (out of mse, telescope, emd) (default:
                        mse,emd)
  --seed N              random seed (default: 1)
  --rate X              learning rate (default: 0.001)
  --quick               a small run
  --threads N           threads to use; results do not depend on it (default:
                        one per processor)
  --help                print this and exit
  --version             print version and git revision and exit

Example:
  demd_sample --quick a.csv b.csv
)");
}

TEST(OptionParser, PrintsHelpAndVersionWhateverElseIsAsked) {
  for (const Words& arguments : {Words{"--help"}, Words{"--seed", "x", "-h"}}) {
    testing::internal::CaptureStdout();
    Sample sample;
    EXPECT_FALSE(sample.Parse(arguments));
    EXPECT_EQ(testing::internal::GetCapturedStdout(), sample.options.HelpText());
  }
  testing::internal::CaptureStdout();
  EXPECT_FALSE(Sample().Parse({"--version"}));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "demd_sample " + VersionText() + "\n");
}

TEST(Version, IsThreeNumbersAndARevision) {
  EXPECT_EQ(VersionText(), Version() + " (git " + GitRevision() + ")");
  EXPECT_TRUE(GitRevision() == "unknown" ||
              GitRevision().find_first_not_of("0123456789abcdef") == std::string::npos);
}

// The exit code and the text on standard error.
std::pair<int, std::string> Invoke(const std::function<int(const Words&)>& body) {
  char name[] = "some/folder/demd_sample", argument[] = "a.csv";
  char* argv[] = {name, argument, nullptr};
  testing::internal::CaptureStderr();
  const int exit_code = RunMain(2, argv, body);
  return {exit_code, testing::internal::GetCapturedStderr()};
}

template <typename E>
std::pair<int, std::string> RunThrowing(const E& error) {
  return Invoke([&](const Words&) -> int { throw error; });
}

TEST(RunMain, ReturnsTheExitCodeOfTheBody) {
  EXPECT_EQ(Invoke([](const Words& arguments) {
              EXPECT_EQ(arguments, Words{"a.csv"});
              return 1;
            }),
            std::make_pair(1, std::string()));
}

TEST(RunMain, SaysWhyStandardOutputCouldNotBeWrittenHoweverLongAgo) {
  const int out = ::dup(STDOUT_FILENO), full = ::open("/dev/full", O_WRONLY);
  ::dup2(full, STDOUT_FILENO);
  const auto printed = Invoke([](const Words&) {
    std::cout << std::string(100000, 'x') << std::flush;
    errno = 0;
    return 0;
  });
  std::cout.clear();
  std::clearerr(stdout);
  ::dup2(out, STDOUT_FILENO);
  ::close(out);
  ::close(full);
  EXPECT_EQ(printed.first, 3);
  EXPECT_EQ(printed.second,
            "demd_sample: standard output: cannot write: No space left on device\n");
}

TEST(RunMain, TurnsEveryExceptionIntoOneLineAndItsExitCode) {
  EXPECT_EQ(RunThrowing(UsageError("u")), std::make_pair(2, std::string("demd_sample: u\n")));
  EXPECT_EQ(RunThrowing(DataError("d")), std::make_pair(3, std::string("demd_sample: d\n")));
  EXPECT_EQ(RunThrowing(NumericError("n")), std::make_pair(4, std::string("demd_sample: n\n")));
  EXPECT_EQ(RunThrowing(std::bad_alloc()),
            std::make_pair(3, std::string("demd_sample: out of memory\n")));
  EXPECT_EQ(RunThrowing(std::logic_error("b")),
            std::make_pair(5, std::string("demd_sample: internal error, please report it: b\n")));
}

}  // namespace
}  // namespace demd
