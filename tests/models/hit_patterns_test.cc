#include "models/networks/hit_patterns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

#include "engine/error.h"
#include "models/networks/autoencoder_training.h"
#include "models/simulation/simulation.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

AutoencoderOptions PatternOptions(int step = 4) {
  AutoencoderOptions options;
  options.profile = ProfileByName("econt");
  options.decoder = DecoderByName("16b1");
  options.pattern_step = step;
  options.seed = 3;
  return options;
}

// The formulas of hit_patterns.h, from the encoder's 8-bit inputs.
std::vector<int> ExpectedCodes(const std::array<int, kWaferCells>& x, int step) {
  std::vector<int> codes(16, 0);
  for (int block = 0; block < kPatternBlocks; ++block) {
    int sum = 0;
    int quarters = 0;
    for (int k = 0; k < kCellsPerBlock; ++k) {
      const int charge = x[static_cast<size_t>(PatternCell(block, k))];
      sum += charge;
      if (k < 3) quarters += std::min(charge, 4) << k;
    }
    codes[static_cast<size_t>(block)] = std::min(511, 8 * ((sum + step - 1) / step) + quarters / 4);
  }
  for (int e = 0; e < 4; ++e) {
    int quarters = 0;
    for (int m = 0; m < 3; ++m) {
      quarters += std::min(x[static_cast<size_t>(PatternCell(3 * e + m, 3))], 4) << m;
    }
    codes[static_cast<size_t>(kPatternBlocks + e)] = quarters / 4;
  }
  return codes;
}

// What the ASIC's input converter makes of charges.
std::array<int, kWaferCells> InputsOf(const Charges& charges) {
  int log2 = 0;
  while (ChargeSum(charges) >> (log2 + 1) != 0) ++log2;
  std::array<int, kWaferCells> x{};
  for (size_t i = 0; i < x.size(); ++i) {
    const int64_t scaled = (static_cast<int64_t>(charges[i]) << 7) >> log2;
    x[i] = static_cast<int>(std::min<int64_t>(scaled, 255));
  }
  return x;
}

TEST(HitPatterns, BlocksHoldEveryCellOnceAndItsNeighbours) {
  std::set<int32_t> cells;
  for (int block = 0; block < kPatternBlocks; ++block) {
    for (int k = 0; k < kCellsPerBlock; ++k) cells.insert(PatternCell(block, k));
    EXPECT_TRUE(AreNeighbours(PatternCell(block, 0), PatternCell(block, 1))) << block;
    EXPECT_TRUE(AreNeighbours(PatternCell(block, 0), PatternCell(block, 2))) << block;
  }
  EXPECT_EQ(cells.size(), 48u);
  EXPECT_EQ(*cells.begin(), 0);
  EXPECT_EQ(*cells.rbegin(), 47);
}

TEST(HitPatterns, AreTheCodesThatTheIntegerEncoderGives) {
  std::vector<Wafer> wafers = Simulation(UnsuppressedSample(), 4).Make(0, 400);
  const std::vector<Wafer> suppressed = Simulation(ZeroSuppressedSample(), 4).Make(0, 400);
  wafers.insert(wafers.end(), suppressed.begin(), suppressed.end());
  Wafer one_cell;
  one_cell.charges[19] = kMaxCharge;
  wafers.push_back(one_cell);
  for (const int step : {2, 4}) {
    Autoencoder model(PatternOptions(step));
    const IntegerEncoder encoder = model.MakeIntegerEncoder();
    const Tensor latents = model.Latents(EncoderInputs(wafers));
    std::set<int> seen;
    for (size_t i = 0; i < wafers.size(); ++i) {
      const std::vector<int> expected = ExpectedCodes(InputsOf(wafers[i].charges), step);
      float values[16];
      encoder.EncodeToLatent(wafers[i].charges.data(), 1, values);
      for (size_t j = 0; j < expected.size(); ++j) {
        ASSERT_EQ(values[j] * 256.0f, static_cast<float>(expected[j]))
            << "wafer " << i << ", code " << j;
        ASSERT_EQ(latents[static_cast<int64_t>(i * 16 + j)], values[j]);
        seen.insert(expected[j]);
      }
    }
    EXPECT_GT(seen.size(), 100u);
    EXPECT_EQ(seen.count(511), 1u) << "saturation is not among the cases";
  }
}

TEST(HitPatterns, TakeTheFinerStepWhereBlocksAllowIt) {
  const auto step_for = [](const SimulationOptions& sample) {
    const Tensor x = EncoderInputs(Simulation(sample, 4).Make(0, 500));
    return PatternStepFor(TensorRows(x));
  };
  EXPECT_EQ(step_for(ZeroSuppressedSample()), 2);
  EXPECT_EQ(step_for(UnsuppressedSample()), 4);
}

TEST(HitPatterns, AreRefusedWithAnotherArithmeticOrFewerLinks) {
  AutoencoderOptions four_links = PatternOptions();
  four_links.n_elinks = 4;
  EXPECT_THROW(Autoencoder{four_links}, UsageError);
  for (const char* profile : {"float", "paper5", "paper6"}) {
    AutoencoderOptions options = PatternOptions();
    options.profile = ProfileByName(profile);
    EXPECT_THROW(Autoencoder{options}, UsageError) << profile;
  }
}

TEST(BlockDecoder, StartsNearThePlainReadingAndSoonBeatsSuperTriggerCells) {
  const Simulation simulation(ZeroSuppressedSample(), 4);
  const Tensor train = EncoderInputs(simulation.Make(0, 4000));
  const std::vector<Wafer> wafers = simulation.Make(4000, 300);
  const Tensor validation = EncoderInputs(wafers);
  Tensor uniform(validation.shape());
  std::fill_n(uniform.data(), uniform.size(), 1.0f);

  AutoencoderTrainOptions options;
  options.model = PatternOptions();
  options.epochs = 5;
  options.batch_size = 64;
  options.learning_rate = 1.2e-2;
  AutoencoderTraining training(options, train, validation, nullptr);
  const ParameterList& parameters = training.model().parameters();
  std::vector<Tensor> before;
  for (const Parameter* parameter : parameters) before.push_back(parameter->value);
  const double at_first = MeanEmd(validation, training.model().Reconstruct(validation));
  EXPECT_LT(at_first, 0.5 * MeanEmd(validation, uniform));

  while (!training.trainer().done()) training.trainer().Step();
  const double after = MeanEmd(validation, training.model().Reconstruct(validation));
  // The super trigger cells' is 0.67.
  EXPECT_LT(after, 0.5);
  for (size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& value = parameters[i]->value;
    const bool is_same = std::memcmp(value.data(), before[i].data(),
                                     static_cast<size_t>(value.size()) * sizeof(float)) == 0;
    const bool of_encoder = parameters[i]->name.rfind("encoder/", 0) == 0;
    EXPECT_EQ(is_same, of_encoder) << parameters[i]->name;
  }
}

TEST(BlockDecoder, SurvivesItsFileWithItsStep) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("model.npz");
  const Tensor x = EncoderInputs(Simulation(ZeroSuppressedSample(), 4).Make(0, 50));
  Autoencoder model(PatternOptions(2));
  SaveAutoencoder(path, model, JsonValue::MakeObject());
  const std::unique_ptr<Autoencoder> loaded = LoadAutoencoder(path);
  EXPECT_EQ(NameOf(loaded->options().decoder), "16b1");
  const Tensor before = model.Reconstruct(x);
  const Tensor after = loaded->Reconstruct(x);
  EXPECT_EQ(
      std::memcmp(before.data(), after.data(), static_cast<size_t>(before.size()) * sizeof(float)),
      0);
}

}  // namespace
}  // namespace demd
