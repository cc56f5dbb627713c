#include "models/networks/hit_patterns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

#include "engine/error.h"
#include "models/networks/autoencoder_training.h"
#include "models/simulation/simulation.h"
#include "quant/encoder_model.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

AutoencoderOptions PatternOptions(int n_elinks = 5) {
  AutoencoderOptions options;
  options.profile = ProfileByName("econt");
  options.decoder = DecoderByName("16b1");
  options.n_elinks = n_elinks;
  options.seed = 3;
  return options;
}

// The formulas of hit_patterns.h, from the encoder's 8-bit inputs.
std::vector<int> ExpectedCodes(const std::array<int, kWaferCells>& x, const BlockLevels& levels) {
  std::vector<int> codes(16, 0);
  for (int block = 0; block < kPatternBlocks; ++block) {
    int sum = 0;
    int quarters = 0;
    for (int k = 0; k < kCellsPerBlock; ++k) {
      const int charge = x[static_cast<size_t>(PatternCell(block, k))];
      sum += charge;
      if (k < 3) quarters += std::min(charge, 4) << k;
    }
    const int level = std::min(levels.highest, (sum + levels.step - 1) / levels.step);
    codes[static_cast<size_t>(block)] = 8 * level + quarters / 4;
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
  for (const int n_elinks : {5, 4, 3}) {
    const BlockLevels levels = LevelsFor(n_elinks);
    const device::KeepMask mask = PatternBits(n_elinks).mask;
    Autoencoder model(PatternOptions(n_elinks));
    const IntegerEncoder encoder = model.MakeIntegerEncoder();
    const Tensor latents = model.Latents(EncoderInputs(wafers));
    std::set<int> seen;
    for (size_t i = 0; i < wafers.size(); ++i) {
      const std::vector<int> expected = ExpectedCodes(InputsOf(wafers[i].charges), levels);
      const EncoderTrace trace = encoder.Trace(wafers[i].charges.data());
      float values[16];
      encoder.EncodeToLatent(wafers[i].charges.data(), 1, values);
      for (size_t j = 0; j < expected.size(); ++j) {
        ASSERT_EQ(trace.codes[j], expected[j]) << "wafer " << i << ", code " << j;
        ASSERT_EQ(values[j] * 256.0f, static_cast<float>(expected[j] & mask.of_output[j]));
        ASSERT_EQ(latents[static_cast<int64_t>(i * 16 + j)], values[j]);
        seen.insert(expected[j]);
      }
    }
    EXPECT_EQ(*seen.rbegin() / 8, levels.highest) << "the highest level is not among the cases";
    EXPECT_GT(static_cast<int>(seen.size()), 4 * levels.highest);
  }
}

TEST(HitPatterns, SendEveryLevelAndHitThatTheLinksHaveRoomFor) {
  const EncoderProfile profile = ProfileByName("econt");
  const int counts[] = {82, 108, 120};
  for (const int n_elinks : {3, 4, 5}) {
    const SentBits sent = PatternBits(n_elinks);
    EXPECT_EQ(sent.n_elinks, n_elinks);
    CheckSentBits(sent, profile);
    EXPECT_EQ(CountOf(sent), counts[n_elinks - 3]);
    const BlockLevels levels = LevelsFor(n_elinks);
    EXPECT_LE(levels.highest, 1 << levels.bits);
    EXPECT_LT(8 * levels.highest + 7, 512) << "a code would saturate";
  }
}

TEST(HitPatterns, AreRefusedWithAnotherArithmeticOrTwoLinks) {
  EXPECT_THROW(Autoencoder{PatternOptions(2)}, UsageError);
  EXPECT_THROW(Autoencoder{PatternOptions(6)}, UsageError);
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

TEST(BlockDecoder, ReadsTheHighestLevelThatIsSentAsZero) {
  for (const int n_elinks : {5, 4, 3}) {
    Autoencoder model(PatternOptions(n_elinks));
    Wafer one_cell;
    one_cell.charges[PatternCell(7, 1)] = 1000;
    const Tensor x = EncoderInputs({one_cell});
    const Tensor latents = model.Latents(x);
    EXPECT_EQ(latents[7] * 256.0f < 8.0f, n_elinks < 5) << n_elinks;
    const Tensor y = model.Reconstruct(x);
    float others = 0.0f;
    for (int32_t cell = 0; cell < kWaferCells; ++cell) {
      if (cell != PatternCell(7, 1)) others = std::max(others, y[cell]);
    }
    // Untrained: the block's charge goes to all of its cells, more of it to the one that is hit.
    EXPECT_GT(y[PatternCell(7, 1)], 2.0f * others) << n_elinks;
    EXPECT_GT(y[PatternCell(7, 1)], 0.3f) << n_elinks;
  }
}

TEST(BlockDecoder, SurvivesItsFileWithItsBits) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("model.npz");
  const Tensor x = EncoderInputs(Simulation(ZeroSuppressedSample(), 4).Make(0, 50));
  Autoencoder model(PatternOptions(4));
  SaveAutoencoder(path, model, JsonValue::MakeObject());
  const std::unique_ptr<Autoencoder> loaded = LoadAutoencoder(path);
  EXPECT_EQ(NameOf(loaded->options().decoder), "16b1");
  EXPECT_EQ(CountOf(loaded->sent()), 108);
  const EncoderModel encoder = LoadEncoderModel(path);
  EXPECT_EQ(encoder.sent.n_elinks, 4);
  EXPECT_EQ(encoder.sent.mask.of_output[0], 0xFF);
  EXPECT_EQ(encoder.sent.mask.of_output[15], 0x7);
  const Tensor before = model.Reconstruct(x);
  const Tensor after = loaded->Reconstruct(x);
  EXPECT_EQ(
      std::memcmp(before.data(), after.data(), static_cast<size_t>(before.size()) * sizeof(float)),
      0);
}

}  // namespace
}  // namespace demd
