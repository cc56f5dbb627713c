// The exporter as its user meets it.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/io/file.h"
#include "engine/io/json.h"
#include "engine/nn/checkpoint.h"
#include "engine/random.h"
#include "quant/encoder_profile.h"
#include "quant/profile_json.h"
#include "tests/apps/run_program.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

class DemdExport : public testing::Test {
 protected:
  std::string File(const std::string& name) const { return directory_.File(name); }

  // A model file with random parameters.
  std::string Model(const std::string& profile) const {
    Checkpoint file;
    file.meta.Set("architecture", "autoencoder");
    file.meta.Set("profile", ToJson(ProfileByName(profile)));
    file.meta.Set("elinks", 5);
    const std::vector<std::pair<std::string, Shape>> arrays = {{"conv/kernel", {3, 3, 1, 8}},
                                                               {"conv/bias", {8}},
                                                               {"dense/kernel", {128, 16}},
                                                               {"dense/bias", {16}}};
    for (const auto& [name, shape] : arrays) {
      Tensor values(shape);
      RandomStream random(1, name);
      for (int64_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(random.Uniform(-0.2, 0.4));
      }
      file.arrays.emplace("encoder/" + name, values);
    }
    const std::string path = File(profile + ".npz");
    SaveCheckpoint(path, file);
    return path;
  }

  std::string Wafers() const {
    std::string text;
    for (int row = 0; row < 40; ++row) {
      for (int cell = 0; cell < 48; ++cell) {
        text += std::to_string(row * cell % 37 * 5) + (cell < 47 ? "," : "\n");
      }
    }
    WriteFile(File("w.csv"), text);
    return File("w.csv");
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(DemdExport, WritesAFolderForTheModelAndSaysThatItVerified) {
  const ProgramRun run = RunProgram("demd_export", {Model("econt"), "--out", File("out")});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("every file read back and verified on 256 wafers"), std::string::npos);
  EXPECT_EQ(ListDirectory(File("out") + "/econt").size(), 18u);
}

TEST_F(DemdExport, CalibratesAFloatModelToTheWidthsAskedFor) {
  const ProgramRun run = RunProgram(
      "demd_export", {Model("float"), "--profile", "calibrated", "--weight-bits", "5",
                      "--output-bits", "7", "--data", Wafers(), "--out", File("out"), "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const JsonValue json = ParseJson(run.out, "output").AsArray()[0];
  const EncoderProfile profile = EncoderProfileOf(json.Get("profile"));
  EXPECT_EQ(profile.name, "calibrated");
  EXPECT_EQ(profile.formats.weight.bits, 5);
  EXPECT_EQ(profile.formats.output.bits, 7);
  EXPECT_TRUE(PathExists(File("out") + "/float/encoder.h"));
  EXPECT_FALSE(PathExists(File("out") + "/float/golden_frames.npy")) << "frames need 9 bits";
}

TEST_F(DemdExport, NamesWhatIsMissingForAFloatModel) {
  const std::string model = Model("float");
  const ProgramRun plain = RunProgram("demd_export", {model, "--out", File("out")});
  EXPECT_EQ(plain.exit_code, 2);
  EXPECT_NE(plain.err.find("--profile econt, paper5, paper6 or calibrated"), std::string::npos);
  const ProgramRun blind =
      RunProgram("demd_export", {model, "--profile", "calibrated", "--out", File("out")});
  EXPECT_EQ(blind.exit_code, 2);
  EXPECT_NE(blind.err.find("--data"), std::string::npos);
  EXPECT_FALSE(PathExists(File("out")));
}

TEST_F(DemdExport, RefusesOptionsThatWouldChangeNothing) {
  const std::string model = Model("econt");
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--weight-bits", "3"}, "--weight-bits: expected --profile calibrated with it, found none"},
      {{"--profile", "paper5", "--output-bits", "9"},
       "--output-bits: expected --profile calibrated with it, found none"},
      {{"--model", "emd"}, "--model: expected a run's directory to choose from, found " + model},
      {{"--data", Wafers(), "--seed", "2"},
       "--seed: expected golden wafers that are made, found --data"}};
  for (const auto& [options, message] : cases) {
    std::vector<std::string> arguments = {model, "--out", File("out")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const ProgramRun run = RunProgram("demd_export", arguments);
    EXPECT_EQ(run.exit_code, 2) << message;
    EXPECT_EQ(run.err, "demd_export: " + message + "\n");
  }
  EXPECT_FALSE(PathExists(File("out")));
}

TEST_F(DemdExport, RefusesAnAccumulatorThatCouldOverflowWithLayerAndBound) {
  const std::string model = Model("econt");
  const ProgramRun run =
      RunProgram("demd_export", {model, "--accumulator-bits", "16", "--out", File("out")});
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_NE(run.err.find("layer dense, output "), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("expected an accumulator of 16 bits to suffice, found values from "),
            std::string::npos)
      << run.err;
  EXPECT_FALSE(PathExists(File("out"))) << "nothing half-written";
  EXPECT_EQ(RunProgram("demd_export", {model, "--accumulator-bits", "24", "--out", File("out")})
                .exit_code,
            0);
}

}  // namespace
}  // namespace demd
