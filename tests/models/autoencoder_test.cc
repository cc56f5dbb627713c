#include "models/networks/autoencoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <set>
#include <vector>

#include "engine/error.h"
#include "engine/nn/optimizers.h"
#include "engine/ops/dense.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "models/networks/autoencoder_training.h"
#include "models/simulation/simulation.h"
#include "models/statistics.h"
#include "tests/engine/gradient_check.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

// Wafers with a few charged cells each.
std::vector<Wafer> RandomWafers(int64_t n, const std::string& purpose) {
  std::vector<Wafer> wafers(static_cast<size_t>(n));
  for (size_t i = 0; i < wafers.size(); ++i) {
    RandomStream random(5, purpose, i);
    const uint64_t cells = 1 + random.Below(kWaferCells);
    for (uint64_t k = 0; k < cells; ++k) {
      const size_t cell = static_cast<size_t>(random.Below(kWaferCells));
      wafers[i].charges[cell] =
          1 + static_cast<int32_t>(random.Below(uint64_t{1} << (1 + random.Below(16))));
    }
  }
  return wafers;
}

AutoencoderOptions OptionsOf(const std::string& profile, int n_elinks = 5) {
  AutoencoderOptions options;
  options.profile = ProfileByName(profile);
  options.n_elinks = n_elinks;
  options.seed = 3;
  return options;
}

TEST(Autoencoder, HasThePapersNumberOfParameters) {
  const Autoencoder model(OptionsOf("float"));
  EXPECT_EQ(CountTrainable(model.parameters()), 4977);
  ParameterList encoder(model.parameters().begin(), model.parameters().begin() + 4);
  EXPECT_EQ(CountTrainable(encoder), 2144);
}

TEST(Autoencoder, GivesEveryParameterAGradientInEveryProfileWithEveryDecoder) {
  const Tensor x = EncoderInputs(RandomWafers(200, "gradient"));
  for (const std::string& profile : ProfileNames()) {
    for (const char* decoder : {"paper", "16x3", "16r3", "4c3"}) {
      AutoencoderOptions options = OptionsOf(profile);
      options.decoder = DecoderByName(decoder);
      Autoencoder model(options);
      Tape tape(Tape::Mode::kTraining);
      const Var y = model.Apply(tape.Input(x));
      tape.Backward(Sum(Square(y)));
      for (const Parameter* parameter : model.parameters()) {
        float largest = 0.0f;
        for (int64_t i = 0; i < parameter->gradient.size(); ++i) {
          largest = std::max(largest, std::fabs(parameter->gradient[i]));
        }
        EXPECT_GT(largest, 0.0f) << profile << ", " << decoder << ": " << parameter->name;
      }
    }
  }
}

// When the drawn wafer has the codes received there is nothing to feed back, and the feedback's
// weights do not matter; when it has others they do.
class DecoderInRounds : public testing::TestWithParam<const char*> {};

TEST_P(DecoderInRounds, FeedsBackWhatTheCodesOfItsWaferMiss) {
  const int64_t n = 20;
  Tape tape;
  const Var codes = tape.Input(RandomTensor({n, kLatentSize}, "codes", 0.0, 1.5));
  const Var others = tape.Input(RandomTensor({n, kLatentSize}, "other codes", 0.0, 1.5));
  const Var mantissa = tape.Input(RandomTensor({n, 1}, "mantissa", 1.0, 2.0));
  const std::unique_ptr<Decoder> decoder = MakeDecoder(DecoderByName(GetParam()), 5, 0.0f, 7);
  int calls = 0;
  const auto decode = [&](Var answer) {
    const Var y = decoder->Apply(codes, mantissa, [&](Var wafer) {
      EXPECT_EQ(wafer.shape(), (Shape{n, kWaferCells}));
      ++calls;
      return answer;
    });
    return std::vector<float>(y.value(), y.value() + y.shape().size());
  };
  const std::vector<float> at_rest = decode(codes);
  const std::vector<float> missing = decode(others);
  EXPECT_EQ(calls, 4) << "twice in each";
  EXPECT_NE(at_rest, missing);
  ParameterList parameters;
  decoder->Collect(&parameters);
  for (Parameter* parameter : parameters) {
    if (parameter->name.rfind("decoder/feedback", 0) != 0) continue;
    if (parameter->value.shape().rank() < 2) continue;
    for (int64_t i = 0; i < parameter->value.size(); ++i) parameter->value[i] *= 3.0f;
  }
  EXPECT_EQ(decode(codes), at_rest);
  EXPECT_NE(decode(others), missing);
}

INSTANTIATE_TEST_SUITE_P(Kinds, DecoderInRounds, testing::Values("24r3", "5c3"),
                         [](const auto& instance) { return std::string(instance.param); });

// None of these has a relu's kink within a step of any of its inputs.
struct SmoothCase {
  const char* decoder;
  uint64_t seed;
  int64_t rows;
};

class SmallDecoderInRounds : public testing::TestWithParam<SmoothCase> {};

TEST_P(SmallDecoderInRounds, HasTheGradientsOfItsDifferences) {
  const SmoothCase& c = GetParam();
  const std::unique_ptr<Decoder> decoder = MakeDecoder(DecoderByName(c.decoder), 5, 0.0f, c.seed);
  // Any smooth encoder will do.
  const Tensor weights = RandomTensor({kWaferCells, kLatentSize}, "weights", 0.0, 1.0);
  CheckGradients(
      [&](Tape& tape, const std::vector<Var>& in) {
        const Var w = tape.Input(weights);
        return decoder->Apply(in[0], in[1], [&](Var wafer) { return MatMul(wafer, w); });
      },
      {RandomTensor({c.rows, kLatentSize}, "codes", 0.2, 1.5),
       RandomTensor({c.rows, 1}, "sum", 1.0, 2.0)});
}

INSTANTIATE_TEST_SUITE_P(Kinds, SmallDecoderInRounds,
                         testing::Values(SmoothCase{"6r3", 7, 3}, SmoothCase{"1c2", 10, 1},
                                         SmoothCase{"1c2", 12, 1}),
                         [](const auto& instance) {
                           return std::string(instance.param.decoder) +
                                  std::to_string(instance.param.seed);
                         });

TEST(Autoencoder, TrainedLatentsAreTheIntegerEncodersForEveryProfileAndNumberOfLinks) {
  const std::vector<Wafer> wafers = RandomWafers(500, "latents");
  std::vector<int32_t> charges;
  for (const Wafer& wafer : wafers) {
    charges.insert(charges.end(), wafer.charges.begin(), wafer.charges.end());
  }
  for (const char* profile : {"econt", "paper5", "paper6"}) {
    for (int n_elinks = 2; n_elinks <= 5; ++n_elinks) {
      Autoencoder model(OptionsOf(profile, n_elinks));
      const Tensor latents = model.Latents(EncoderInputs(wafers));
      Tensor expected(latents.shape());
      model.MakeIntegerEncoder().EncodeToLatent(charges.data(), 500, expected.data());
      EXPECT_EQ(std::memcmp(latents.data(), expected.data(),
                            static_cast<size_t>(latents.size()) * sizeof(float)),
                0)
          << profile << ", " << n_elinks;
      std::set<float> values(latents.data(), latents.data() + latents.size());
      EXPECT_GT(values.size(), 1u) << "the comparison would hold for a dead encoder too";
    }
  }
}

TEST(Decoder, HasTheSizeThatItsNameSays) {
  for (const char* name :
       {"paper", "64x1", "512x3", "32x5", "128r1", "48r4", "16b1", "24b3", "6c1", "8c4"}) {
    AutoencoderOptions options = OptionsOf("econt");
    options.decoder = DecoderByName(name);
    EXPECT_EQ(NameOf(options.decoder), name);
    if (options.decoder.kind == DecoderOptions::Kind::kPaper) continue;
    const bool has_cells = options.decoder.kind == DecoderOptions::Kind::kHexagon;
    const bool has_rounds = has_cells || options.decoder.kind == DecoderOptions::Kind::kRounds;
    const bool has_blocks = options.decoder.kind == DecoderOptions::Kind::kBlocks;
    // Weights without biases are the multiply-adds of dense layers. With rounds, the output layer
    // and the encoder are used in each but the first once more; the encoder's convolution has its
    // weights at 16 places. With blocks, all but the context is used for each of twelve; on the
    // hexagon, the output's for each of 48 cells and the convolutions' for 48 cells and, both ways,
    // 120 pairs.
    int64_t weights = 0;
    const Autoencoder model(options);
    for (const Parameter* parameter : model.parameters()) {
      const bool of_decoder = parameter->name.rfind("decoder/", 0) == 0;
      const bool is_again = !of_decoder || parameter->name.rfind("decoder/output", 0) == 0;
      const int64_t rank = parameter->value.shape().rank();
      const int64_t again = has_rounds && is_again ? options.decoder.blocks - 1 : 0;
      const bool in_blocks = has_blocks && parameter->name.rfind("decoder/context", 0) != 0;
      const int64_t uses = (of_decoder ? in_blocks ? 12 : 1 : 0) + again;
      const bool is_output = parameter->name.rfind("decoder/output", 0) == 0;
      const int64_t places = rank == 4 ? 16 : has_cells && is_output ? 48 : 1;
      if (rank == 3) {
        weights += parameter->value.size() / 7 * (48 + 2 * 120);
      } else if (rank > 1) {
        weights += parameter->value.size() * uses * places;
      }
    }
    EXPECT_EQ(MultiplyAddsOf(options.decoder), weights) << name;
  }
  for (const char* name :
       {"",     "x",      "512", "512x2", "512x0",  "0x3",     "512x3x",  "-1x3", "Paper",
        "r",    "128r",   "r4",  "128r0", "128r17", "128r4x3", "128x3r4", "b3",   "64b",
        "64b2", "64b3r4", "8c",  "c4",    "8c0",    "8c17",    "8c4x3"}) {
    EXPECT_THROW(DecoderByName(name), UsageError) << name;
  }
}

// Counted one by one: all places where a tap of the paper's transposed convolutions meets the
// image.
TEST(Decoder, CountsThePapersMultiplyAdds) {
  const auto meetings = [](int from, int stride, int first, int to) {
    int n = 0;
    for (int i = 0; i < from; ++i) {
      for (int tap = 0; tap < 3; ++tap) {
        const int place = i * stride + tap - first;
        n += place >= 0 && place < to ? 1 : 0;
      }
    }
    return n;
  };
  const int up = meetings(4, 2, 0, 8);
  const int flat = meetings(8, 1, 1, 8);
  EXPECT_EQ(MultiplyAddsOf(DecoderByName("paper")), 16 * 128 + up * up * 64 + flat * flat * 8);
}

TEST(Decoder, SeesTheMantissaOfTheSumAsTheFrameHoldsIt) {
  const std::vector<Wafer> wafers = RandomWafers(300, "mantissa");
  const Tensor x = EncoderInputs(wafers);
  Tape tape;
  const Var mantissa = MantissaOfSum(tape.Input(x));
  for (size_t i = 0; i < wafers.size(); ++i) {
    const int64_t sum = ChargeSum(wafers[i].charges);
    int64_t unit = 1;
    while (2 * unit <= sum) unit *= 2;
    EXPECT_EQ(mantissa.value()[i], static_cast<float>(16 * sum / unit) / 16.0f);
  }
}

TEST(Autoencoder, StartsWithLiveCodesAsLocalSumsInEveryProfile) {
  const Tensor x = EncoderInputs(RandomWafers(300, "start"));
  for (const std::string& profile : ProfileNames()) {
    AutoencoderOptions options = OptionsOf(profile);
    Autoencoder model(options);
    const Tensor latents = model.Latents(x);
    for (int64_t code = 0; code < kLatentSize; ++code) {
      int64_t alive = 0;
      for (int64_t r = 0; r < 300; ++r) alive += latents[r * kLatentSize + code] > 0.0f ? 1 : 0;
      EXPECT_GT(alive, 150) << profile << ", code " << code;
    }
  }
}

TEST(Autoencoder, StartsWithLocalSumsThatTheAsicTruncatesLittle) {
  const Tensor x = EncoderInputs(Simulation(UnsuppressedSample(), 5).Make(0, 300));
  AutoencoderOptions options = OptionsOf("econt");
  const Tensor asic = Autoencoder(options).Latents(x);
  options.profile = ProfileByName("float");
  const Tensor exact = Autoencoder(options).Latents(x);
  // A constant loss per code would not matter; what counts is how it scatters.
  double squares = 0.0;
  for (int64_t code = 0; code < kLatentSize; ++code) {
    std::vector<double> lost;
    for (int64_t r = 0; r < 300; ++r) {
      const int64_t i = r * kLatentSize + code;
      lost.push_back(static_cast<double>(exact[i] - asic[i]));
    }
    const Summary summary = Summarise(lost);
    squares += summary.standard_deviation * summary.standard_deviation;
    EXPECT_GT(summary.mean, 0.0) << "the ASIC truncates";
  }
  const double deviation = std::sqrt(squares / static_cast<double>(kLatentSize));
  EXPECT_LT(deviation, 0.02);  // 0.029 with two filters for each pixel and none for the block
}

TEST(Autoencoder, SettlesItsWeightsBesideThePapersDecoderWhileItTrains) {
  const Tensor x = EncoderInputs(RandomWafers(40, "settling"));
  for (const char* decoder : {"paper", "4c2", "8r2", "8b1"}) {
    AutoencoderOptions options = OptionsOf("econt");
    options.decoder = DecoderByName(decoder);
    Autoencoder model(options);
    const auto codes = [&](Tape::Mode mode) {
      Tape tape(mode);
      const Var y = model.Encode(tape.Input(x));
      return std::vector<float>(y.value(), y.value() + y.shape().size());
    };
    const std::vector<float> rounded = codes(Tape::Mode::kTraining);
    model.SetProgress(10, 100);
    EXPECT_EQ(codes(Tape::Mode::kInference), rounded) << decoder;
    const bool settles = std::string(decoder) == "paper";
    EXPECT_EQ(codes(Tape::Mode::kTraining) != rounded, settles) << decoder;
    model.SetProgress(99, 100);
    EXPECT_EQ(codes(Tape::Mode::kTraining), rounded) << decoder;
  }
}

TEST(Autoencoder, SurvivesItsFile) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("model.npz");
  const Tensor x = EncoderInputs(RandomWafers(30, "file"));
  for (const std::string& profile : ProfileNames()) {
    AutoencoderOptions options = OptionsOf(profile, 3);
    options.decoder = DecoderByName(profile == "econt"    ? "40x3"
                                    : profile == "float"  ? "paper"
                                    : profile == "paper5" ? "3c2"
                                                          : "24r3");
    Autoencoder model(options);
    JsonValue meta = JsonValue::MakeObject();
    meta.Set("loss", "emd");
    SaveAutoencoder(path, model, meta);
    const std::unique_ptr<Autoencoder> loaded = LoadAutoencoder(path);
    EXPECT_EQ(loaded->options().profile.name, profile);
    EXPECT_EQ(loaded->options().n_elinks, 3);
    const Tensor before = model.Reconstruct(x);
    const Tensor after = loaded->Reconstruct(x);
    EXPECT_EQ(std::memcmp(before.data(), after.data(),
                          static_cast<size_t>(before.size()) * sizeof(float)),
              0);
  }
  EXPECT_THROW(LoadEmdCnn(path), DataError);
}

TEST(Autoencoder, OfAnotherVersionIsRefused) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("model.npz");
  JsonValue meta = JsonValue::MakeObject();
  SaveAutoencoder(path, Autoencoder(OptionsOf("econt", 5)), meta);
  LoadAutoencoder(path);
  meta.Set("autoencoder_version", 1);
  SaveAutoencoder(path, Autoencoder(OptionsOf("econt", 5)), meta);
  EXPECT_THROW(LoadAutoencoder(path), DataError);
}

class AutoencoderTrainingOf : public testing::TestWithParam<LossKind> {};

TEST_P(AutoencoderTrainingOf, BringsTheWafersCloser) {
  const Tensor train = EncoderInputs(RandomWafers(600, "train"));
  const Tensor validation = EncoderInputs(RandomWafers(100, "validation"));
  EmdCnnOptions small;
  small.regions = 16;
  small.dense_width = 8;
  EmdCnn cnn(small);
  if (GetParam() == LossKind::kEmdCnn) Freeze(cnn.parameters());
  AutoencoderTrainOptions options;
  options.model = OptionsOf("econt");
  options.loss = GetParam();
  options.epochs = 15;
  options.batch_size = 50;
  options.learning_rate = 3e-3;
  AutoencoderTraining training(options, train, validation, &cnn);
  const double before = MeanEmd(validation, training.model().Reconstruct(validation));
  while (!training.trainer().done()) training.trainer().Step();
  const double after = MeanEmd(validation, training.model().Reconstruct(validation));
  // An untrained EMD CNN is no guide: there only the machinery is tested.
  if (IsOfEmdCnn(GetParam())) {
    EXPECT_NE(after, before);
  } else {
    EXPECT_LT(after, before);
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, AutoencoderTrainingOf,
                         testing::Values(LossKind::kMse, LossKind::kWeightedMse,
                                         LossKind::kTelescope, LossKind::kEmdCnn, LossKind::kEmd,
                                         LossKind::kSliced, LossKind::kSinkhorn,
                                         LossKind::kEmdCnnRefreshed),
                         [](const auto& instance) {
                           std::string name = NameOf(instance.param);
                           name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
                           return name;
                         });

TEST(LossByName, KnowsEveryNameAndRejectsOthers) {
  for (const std::string& name : LossNames()) EXPECT_EQ(NameOf(LossByName(name)), name);
  EXPECT_THROW(LossByName("emd_cnn"), UsageError);
  EXPECT_THROW(LossByName(""), UsageError);
}

}  // namespace
}  // namespace demd
