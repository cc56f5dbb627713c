// The main job as its user meets it, in its small form.

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/io/file.h"
#include "engine/io/json.h"
#include "engine/io/npz.h"
#include "tests/apps/run_program.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

using Words = std::vector<std::string>;

int CountLines(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

Words Joined(Words first, const Words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// "models/emd.npz: <bytes>" of every model of a run.
std::string ModelBytes(const std::string& run) {
  std::string all;
  for (const std::string& name : ListDirectory(run + "/models")) {
    all += name + ": " + std::string(FileContents(run + "/models/" + name).bytes()) + "\n";
  }
  return all;
}

class DemdTrain : public testing::Test {
 protected:
  std::string File(const std::string& name) const { return directory_.File(name); }

  // A run that takes seconds: few steps, two losses.
  Words Small(const std::string& out) const {
    return {"--quick", "--steps", "30", "--losses", "wmse,emd", "--out", File(out)};
  }

  // The decoder of a run of one step with these options.
  std::string DecoderOf(const Words& options) const {
    const std::string out = File("decoder");
    RunProgram("demd_train",
               Joined({"--data", File("w.csv"), "--losses", "emd", "--steps", "1", "--out", out},
                      options));
    const std::string decoder = ReadJson(out + "/run.json").Get("recipe").Get("decoder").AsString();
    std::filesystem::remove_all(out);
    return decoder;
  }

  // The message is one line; lines of progress may come before it.
  void ExpectOneLine(const Words& arguments, int exit_code) const {
    const ProgramRun run = RunProgram("demd_train", arguments);
    EXPECT_EQ(run.exit_code, exit_code) << run.err;
    const size_t message = run.err.find("demd_train: ");
    ASSERT_NE(message, std::string::npos) << run.err;
    EXPECT_EQ(CountLines(run.err.substr(message)), 1) << run.err;
    EXPECT_EQ(run.err.find("took", message), std::string::npos) << run.err;
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(DemdTrain, LeavesModelsMetricsAndAReport) {
  const ProgramRun run = RunProgram("demd_train", Small("run"));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out, "");
  const JsonValue metrics = ReadJson(File("run/metrics.json"));
  EXPECT_FALSE(metrics.AsObject().empty());
  const FileContents report(File("run/report.html"));
  for (const char* loading : {" src=", "<link", "@import", "url(http", "<script"}) {
    EXPECT_EQ(report.bytes().find(loading), std::string_view::npos) << loading;
  }
  const NpzReader model(File("run/models/emd.npz"));
  EXPECT_EQ(model.Array("encoder/conv/kernel").shape(), (std::vector<int64_t>{3, 3, 1, 8}));

  // What a run is used for afterwards.
  ASSERT_EQ(RunProgram("demd_simulate", {"--wafers", "200", "--seed", "2", "--out", File("w.csv")})
                .exit_code,
            0);
  const ProgramRun codes = RunProgram("demd_encode", {File("run/models/emd.npz"), File("w.csv")});
  EXPECT_EQ(codes.exit_code, 0) << codes.err;
  const ProgramRun evaluated = RunProgram("demd_eval", {File("run"), "--data", File("w.csv")});
  EXPECT_EQ(evaluated.exit_code, 0) << evaluated.err;
  EXPECT_NE(evaluated.out, "");
  EXPECT_EQ(evaluated.err, "");

  // The wafers that it was trained on are the first of its seed.
  ASSERT_EQ(RunProgram("demd_simulate", {"--wafers", "50", "--out", File("own.csv")}).exit_code, 0);
  const ProgramRun own = RunProgram("demd_eval", {File("run"), "--data", File("own.csv")});
  EXPECT_EQ(own.exit_code, 0);
  EXPECT_NE(own.err.find("trained on 100 %"), std::string::npos) << own.err;

  // A second run does not touch the first.
  const std::string before = ModelBytes(File("run"));
  ExpectOneLine(Small("run"), 2);
  EXPECT_EQ(ModelBytes(File("run")), before);
}

TEST_F(DemdTrain, GivesTheSameModelsOnOneAndTwoThreads) {
  ASSERT_EQ(RunProgram("demd_train", Joined(Small("one"), {"--threads", "1"})).exit_code, 0);
  ASSERT_EQ(RunProgram("demd_train", Joined(Small("two"), {"--threads", "2"})).exit_code, 0);
  EXPECT_TRUE(ModelBytes(File("one")) == ModelBytes(File("two")));
  EXPECT_EQ(FileContents(File("one/metrics.json")).bytes(),
            FileContents(File("two/metrics.json")).bytes());
}

TEST_F(DemdTrain, ResumesAfterBeingKilledAndEndsWithTheSameModels) {
  ASSERT_EQ(RunProgram("demd_train", Small("whole")).exit_code, 0);
  // Killed as soon as each of these has come into being.
  for (const char* moment : {"run.json", "models/emd_cnn.npz", "models/wmse.npz"}) {
    const std::string out = File("killed");
    std::filesystem::remove_all(out);
    const ProgramRun killed =
        RunProgramUntil("demd_train", Small("killed"), out + "/" + moment, SIGKILL);
    EXPECT_TRUE(killed.exit_code == 128 + SIGKILL || killed.exit_code == 0);
    const ProgramRun resumed = RunProgram("demd_train", {"--resume", "--out", out});
    ASSERT_EQ(resumed.exit_code, 0) << moment << ": " << resumed.err;
    EXPECT_TRUE(ModelBytes(out) == ModelBytes(File("whole"))) << moment;
    EXPECT_EQ(FileContents(out + "/metrics.json").bytes(),
              FileContents(File("whole/metrics.json")).bytes())
        << moment;
  }
}

TEST_F(DemdTrain, StopsAtASignalAndSaysHowToGoOn) {
  const ProgramRun stopped =
      RunProgramUntil("demd_train", Small("run"), File("run/run.json"), SIGINT);
  EXPECT_EQ(stopped.exit_code, 0) << stopped.err;
  const ProgramRun resumed = RunProgram("demd_train", {"--resume", "--out", File("run")});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_TRUE(PathExists(File("run/report.html")));
}

TEST_F(DemdTrain, TakesTheBestDecoderUnlessOneIsNamed) {
  const auto simulate = [&](const char* sample) {
    return RunProgram("demd_simulate",
                      {"--sample", sample, "--wafers", "400", "--out", File("w.csv")})
        .exit_code;
  };
  ASSERT_EQ(simulate("suppressed"), 0);
  EXPECT_EQ(DecoderOf({}), "64b3");
  EXPECT_EQ(DecoderOf({"--elinks", "3"}), "64b3");
  EXPECT_EQ(DecoderOf({"--elinks", "2"}), "8c6");
  EXPECT_EQ(DecoderOf({"--profile", "paper6"}), "8c6");
  ASSERT_EQ(simulate("unsuppressed"), 0);
  EXPECT_EQ(DecoderOf({}), "8c6");
  EXPECT_EQ(DecoderOf({"--decoder", "8x1"}), "8x1");
  EXPECT_EQ(DecoderOf({"--quick"}), "64r2");
}

TEST_F(DemdTrain, SaysInOneLineWhatIsWrong) {
  ExpectOneLine({"--losses", "mse,emdd"}, 2);
  ExpectOneLine({"--profile", "econ"}, 2);
  ExpectOneLine({"--elinks", "6"}, 2);
  ExpectOneLine({"--resume", "--out", File("missing")}, 3);
  ExpectOneLine(Joined(Small("run1"), {"--data", File("missing.csv")}), 3);
  WriteFile(File("w.csv"), "1,2,3\n");
  ExpectOneLine(Joined(Small("run2"), {"--data", File("w.csv")}), 3);
  WriteFile(File("w.csv"), "");
  ExpectOneLine(Joined(Small("run3"), {"--data", File("w.csv")}), 3);
  WriteFile(File("file"), "");
  ExpectOneLine({"--quick", "--out", File("file")}, 3);
  ExpectOneLine({"--quick", "--out", File("file/run")}, 3);
}

TEST_F(DemdTrain, RefusesOptionsThatWouldChangeNothing) {
  ASSERT_EQ(RunProgram("demd_simulate", {"--wafers", "9", "--out", File("w.csv")}).exit_code, 0);
  ExpectOneLine({"--data", File("w.csv"), "--sample", "suppressed"}, 2);
  for (const Words& options : {Words{"--steps", "0"},
                               {"--quick"},
                               {"--seed", "1"},
                               {"--losses", "emd"},
                               {"--data", "x"}}) {
    ExpectOneLine(Joined({"--resume", "--out", File("run")}, options), 2);
  }
}

TEST_F(DemdTrain, NamesTheFieldOfARecipeThatCannotBeRun) {
  ASSERT_EQ(RunProgram("demd_train", Small("run")).exit_code, 0);
  const std::string path = File("run/run.json");
  JsonValue json = ReadJson(path);
  JsonValue recipe = json.Get("recipe");
  recipe.Set("autoencoder_batch", 0);
  json.Set("recipe", recipe);
  WriteJson(path, json);
  const ProgramRun run = RunProgram("demd_train", {"--resume", "--out", File("run")});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.err, "demd_train: " + path + ": autoencoder_batch: expected 1 to 65536, found 0\n");
}

TEST_F(DemdTrain, LeavesARunAloneThatAnotherProcessWorksOn) {
  RunProgramUntil("demd_train", Small("run"), File("run/run.json"), SIGINT);
  const FileLock other(File("run/run.lock"), "taken");
  const std::string before = ModelBytes(File("run"));
  const ProgramRun run = RunProgram("demd_train", {"--resume", "--out", File("run")});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.err, "demd_train: " + File("run") + ": another process is working on this run\n");
  EXPECT_EQ(ModelBytes(File("run")), before);
}

TEST_F(DemdTrain, RefusesARunThatIsDamaged) {
  MakeDirectories(File("run"));
  for (const char* text : {"", "{", "{}", "[1]", "{\"format_version\": 999}"}) {
    WriteFile(File("run/run.json"), text);
    ExpectOneLine({"--resume", "--out", File("run")}, 3);
  }
}

TEST(DemdEval, SaysInOneLineWhatIsWrong) {
  const TemporaryDirectory directory;
  const auto check = [](const Words& arguments, int exit_code) {
    const ProgramRun run = RunProgram("demd_eval", arguments);
    EXPECT_EQ(run.exit_code, exit_code) << run.err;
    EXPECT_EQ(CountLines(run.err), 1) << run.err;
  };
  check({}, 2);
  check({directory.File("run")}, 2);
  ASSERT_EQ(
      RunProgram("demd_simulate", {"--wafers", "10", "--out", directory.File("w.csv")}).exit_code,
      0);
  check({directory.File("run"), "--data", directory.File("w.csv")}, 3);
  check({directory.path(), "--data", directory.File("w.csv")}, 3);
}

}  // namespace
}  // namespace demd
