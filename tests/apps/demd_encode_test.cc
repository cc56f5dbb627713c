#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/io/file.h"
#include "engine/io/npy.h"
#include "engine/nn/checkpoint.h"
#include "engine/random.h"
#include "quant/encoder_profile.h"
#include "quant/profile_json.h"
#include "tests/apps/run_program.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

std::string RepeatedRow(const std::string& field, int n) {
  std::string row = field;
  for (int i = 1; i < n; ++i) row += "," + field;
  return row + "\n";
}

class DemdEncode : public testing::Test {
 protected:
  std::string File(const std::string& name) const { return directory_.File(name); }

  // A model file with random weights.
  std::string Model(const JsonValue& keep_mask = JsonValue(),
                    const std::string& profile = "econt") const {
    Checkpoint file;
    file.meta.Set("architecture", "autoencoder");
    file.meta.Set("profile", ToJson(ProfileByName(profile)));
    file.meta.Set("elinks", 5);
    if (!keep_mask.IsNull()) file.meta.Set("keep_mask", keep_mask);
    RandomStream random(1, "demd_encode_test");
    const std::vector<std::pair<std::string, Shape>> arrays = {{"conv/kernel", {3, 3, 1, 8}},
                                                               {"conv/bias", {8}},
                                                               {"dense/kernel", {128, 16}},
                                                               {"dense/bias", {16}}};
    for (const auto& [name, shape] : arrays) {
      Tensor values(shape);
      for (int64_t i = 0; i < values.size(); ++i) {
        values.data()[i] = static_cast<float>(random.Uniform(-0.2, 0.4));
      }
      file.arrays.emplace("encoder/" + name, values);
    }
    const std::string path = File("model.npz");
    SaveCheckpoint(path, file);
    return path;
  }

  // Runs on a file of this text; the exit code and the message without the directory.
  std::pair<int, std::string> Run(const std::string& model, const std::string& csv) const {
    WriteFile(File("w.csv"), csv);
    const ProgramRun run = RunProgram("demd_encode", {model, File("w.csv")});
    std::string message = run.err;
    for (size_t at; (at = message.find(directory_.path() + "/")) != std::string::npos;) {
      message.erase(at, directory_.path().size() + 1);
    }
    return {run.exit_code, message};
  }

 private:
  TemporaryDirectory directory_;
};

using Result = std::pair<int, std::string>;

TEST_F(DemdEncode, WritesTheSameCodesFromEveryFormat) {
  const std::string model = Model();
  std::string csv;
  std::vector<int32_t> charges;
  RandomStream random(2, "demd_encode_test");
  for (int row = 0; row < 20; ++row) {
    for (int cell = 0; cell < 48; ++cell) {
      charges.push_back(static_cast<int32_t>(random.Below(1000)));
      csv += std::to_string(charges.back()) + (cell < 47 ? "," : "\n");
    }
  }
  WriteFile(File("w.csv"), csv);
  WriteNpy(File("w.npy"), {20, 48}, charges);
  const ProgramRun from_csv = RunProgram("demd_encode", {model, File("w.csv")});
  EXPECT_EQ(from_csv.exit_code, 0) << from_csv.err;
  EXPECT_EQ(std::count(from_csv.out.begin(), from_csv.out.end(), '\n'), 21);
  EXPECT_EQ(RunProgram("demd_encode", {model, File("w.npy")}).out, from_csv.out);
  EXPECT_EQ(RunProgram("demd_encode", {model}, csv).out, from_csv.out);
  EXPECT_EQ(RunProgram("demd_encode", {model, File("w.csv"), "--threads", "1"}).out, from_csv.out);
}

TEST_F(DemdEncode, SaysInOneLineWhatIsWrongWithWafers) {
  const std::string model = Model();
  const std::string good = RepeatedRow("1", 48);
  const std::string expected = "expected a whole number from 0 to 4194303, found ";
  EXPECT_EQ(Run(model, good + RepeatedRow("1", 47)),
            Result(3, "demd_encode: w.csv:2: expected 48 charges, found 47\n"));
  EXPECT_EQ(Run(model, good + RepeatedRow("1", 49)),
            Result(3, "demd_encode: w.csv:2: expected 48 charges, found 49\n"));
  EXPECT_EQ(Run(model, good + RepeatedRow("-1", 48)),
            Result(3, "demd_encode: w.csv:2: column 1: " + expected + "\"-1\"\n"));
  EXPECT_EQ(Run(model, RepeatedRow("nan", 48)),
            Result(3, "demd_encode: w.csv:1: column 1: " + expected + "\"nan\"\n"));
  EXPECT_EQ(Run(model, RepeatedRow("4194304", 48)),
            Result(3, "demd_encode: w.csv:1: column 1: " + expected + "\"4194304\"\n"));
  EXPECT_EQ(Run(model, RepeatedRow("1e300", 48)),
            Result(3, "demd_encode: w.csv:1: column 1: " + expected + "\"1e300\"\n"));
  EXPECT_EQ(Run(model, ""),
            Result(3, "demd_encode: w.csv: expected rows of numbers, found an empty file\n"));
  EXPECT_EQ(Run(model, good + "1,2,3").first, 3) << "cut off";
  EXPECT_EQ(Run(model, std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16)).first, 3);
}

TEST_F(DemdEncode, SaysInOneLineWhatIsWrongWithAFile) {
  const std::string model = Model();
  const auto check = [&](const std::vector<std::string>& arguments, const std::string& end) {
    const ProgramRun run = RunProgram("demd_encode", arguments);
    EXPECT_EQ(run.exit_code, 3) << end;
    EXPECT_EQ(run.err, "demd_encode: " + end + "\n");
  };
  const std::string missing = File("missing");
  check({missing}, missing + ": cannot open: No such file or directory");
  check({model, missing + ".csv"}, missing + ".csv: cannot open: No such file or directory");
  const std::string folder = model.substr(0, model.size() - std::string("/model.npz").size());
  check({folder}, folder + ": expected a file, found a directory");
  check({model, folder}, folder + ": expected a file, found a directory");
  WriteNpy(File("wide.npy"), {3, 49}, std::vector<int32_t>(147));
  check({model, File("wide.npy")}, File("wide.npy") + ": expected shape (n, 48), found (3, 49)");
  std::vector<float> charges(96, 1.0F);
  charges[50] = -2.0F;
  WriteNpy(File("negative.npy"), {2, 48}, charges);
  check({model, File("negative.npy")},
        File("negative.npy") +
            ": element [1, 2]: expected a whole number from 0 to 4194303, found -2");
}

TEST_F(DemdEncode, NamesTheProfilesThatItTakesForAFloatModel) {
  const std::string model = Model(JsonValue(), "float");
  const std::string rows = RepeatedRow("9", 48);
  const ProgramRun plain = RunProgram("demd_encode", {model}, rows);
  EXPECT_EQ(plain.exit_code, 2);
  EXPECT_EQ(plain.err, "demd_encode: " + model +
                           ": expected --profile econt, paper5 or paper6 with this float model, "
                           "found none\n");
  EXPECT_EQ(RunProgram("demd_encode", {model, "--profile", "calibrated"}, rows).exit_code, 2);
  for (const char* profile : {"econt", "paper5", "paper6"}) {
    EXPECT_EQ(RunProgram("demd_encode", {model, "--profile", profile}, rows).exit_code, 0);
  }
}

TEST_F(DemdEncode, SaysWhyStandardOutputCannotBeWritten) {
  std::string rows;
  for (int i = 0; i < 5000; ++i) rows += RepeatedRow("9", 48);
  EXPECT_EQ(RunProgram("demd_encode", {Model()}, rows, "/dev/full").err,
            "demd_encode: standard output: cannot write: No space left on device\n");
}

TEST_F(DemdEncode, SendsTheBitsThatTheModelChose) {
  WriteFile(File("w.csv"), RepeatedRow("9", 48));
  const auto codes_of = [&](const std::string& model) {
    return RunProgram("demd_encode", {model, File("w.csv"), "--to", "raw"}).out;
  };
  const std::string all = codes_of(Model());
  const std::string model = Model(JsonValue(std::vector<int>(16, 0x2F)));
  const std::string chosen = codes_of(model);
  ASSERT_EQ(chosen.size(), 32u);
  for (size_t i = 0; i < 32; ++i) {
    EXPECT_EQ(chosen[i], i % 2 == 0 ? static_cast<char>(all[i] & 0x2F) : '\0') << i;
  }
  // For other links there is nothing that it chose.
  const ProgramRun run = RunProgram("demd_encode", {model, File("w.csv"), "--elinks", "4"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("--elinks: expected 5"), std::string::npos) << run.err;
  EXPECT_EQ(RunProgram("demd_encode", {model, File("w.csv"), "--elinks", "5"}).exit_code, 0);
}

TEST_F(DemdEncode, NoticesDamagedModels) {
  const std::string model = Model();
  const std::string bytes(FileContents(model).bytes());
  const std::string damaged = File("damaged.npz");
  for (const size_t size : {size_t{0}, size_t{1}, bytes.size() / 2, bytes.size() - 1}) {
    WriteFile(damaged, bytes.substr(0, size));
    EXPECT_EQ(Run(damaged, RepeatedRow("1", 48)).first, 3) << size;
  }
  for (size_t at = 0; at < bytes.size(); at += bytes.size() / 7) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    WriteFile(damaged, changed);
    const auto [exit_code, message] = Run(damaged, RepeatedRow("1", 48));
    EXPECT_EQ(exit_code, 3) << "byte " << at;
    EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 1) << message;
  }
}

}  // namespace
}  // namespace demd
