#include "quant/fake_quant.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/parallel.h"
#include "engine/random.h"
#include "quant/integer_encoder.h"
#include "tests/quant/random_wafers.h"

namespace demd {
namespace {

using device::Overflow;
using device::Rounding;
using device::ValueFormat;

constexpr Rounding kModes[] = {Rounding::kFloor, Rounding::kTiesUp, Rounding::kTiesToEven,
                               Rounding::kTiesAway};

// An encoder with float parameters, some of them beyond the ends of the weight format.
struct FloatEncoderParameters {
  explicit FloatEncoderParameters(uint64_t seed, double scale) {
    const Shape shapes[] = {{3, 3, 1, 8}, {8}, {128, 16}, {16}};
    const char* names[] = {"conv kernel", "conv bias", "dense kernel", "dense bias"};
    for (size_t p = 0; p < 4; ++p) {
      Tensor value(shapes[p]);
      RandomStream random(seed, names[p]);
      for (int64_t i = 0; i < value.size(); ++i) {
        value[i] = static_cast<float>(scale * random.Normal());
      }
      all.push_back({names[p], value, Tensor(), true, 0.0f});
    }
  }
  EncoderVars On(Tape& tape) {
    return {tape.Use(all[0]), tape.Use(all[1]), tape.Use(all[2]), tape.Use(all[3])};
  }
  FloatEncoderWeights Weights() const {
    return {all[0].value.data(), all[1].value.data(), all[2].value.data(), all[3].value.data()};
  }
  std::vector<Parameter> all;
};

std::vector<EncoderProfile> QuantizedProfiles() {
  std::vector<EncoderProfile> profiles = {ProfileByName("econt"), ProfileByName("paper5"),
                                          ProfileByName("paper6")};
  for (const Rounding mode : kModes) {
    for (const Overflow overflow : {Overflow::kSaturate, Overflow::kWrap}) {
      const device::EncoderFormats formats = {{7, 6, false, mode, overflow},
                                              {8, 6, true, mode, Overflow::kSaturate},
                                              {9, 7, false, mode, overflow},
                                              {9, 7, false, mode, overflow}};
      profiles.push_back(CustomProfile("custom " + RoundingName(mode), formats));
    }
  }
  return profiles;
}

Var ImagesOf(Tape& tape, const EncoderProfile& profile, const std::vector<int32_t>& wafers) {
  const int64_t n = static_cast<int64_t>(wafers.size()) / device::kCells;
  Tensor images({n, 8, 8, 1});
  MakeEncoderImages(profile, wafers.data(), n, images.data());
  return tape.Input(images);
}

TEST(FakeQuantizedEncoder, EqualsTheIntegerEncoderForEveryProfileAndNumberOfElinks) {
  constexpr int64_t kWafers = 500;
  uint64_t seed = 1;
  for (const EncoderProfile& profile : QuantizedProfiles()) {
    for (const double scale : {0.1, 0.4, 2.0}) {
      for (int n_elinks = 2; n_elinks <= 5; ++n_elinks) {
        const std::vector<int32_t> wafers = RandomWafers(++seed, kWafers);
        FloatEncoderParameters parameters(seed, scale);
        const IntegerEncoder encoder(profile, QuantizeWeights(profile, parameters.Weights()),
                                     n_elinks);
        std::vector<float> expected(kWafers * device::kOutputs);
        encoder.EncodeToLatent(wafers.data(), kWafers, expected.data());
        Tape tape;
        const Var latent =
            FakeQuantizedEncoder(profile, TopBits(profile, n_elinks),
                                 ImagesOf(tape, profile, wafers), parameters.On(tape));
        ASSERT_EQ(latent.shape(), Shape({kWafers, device::kOutputs}));
        for (size_t i = 0; i < expected.size(); ++i) {
          ASSERT_EQ(latent.value()[i], expected[i])
              << profile.name << ", " << n_elinks << " eLinks, seed " << seed << ", code " << i;
        }
      }
    }
  }
}

TEST(FakeQuantizedEncoder, OneChangedWeightIsSeenByTheComparison) {
  const EncoderProfile profile = ProfileByName("econt");
  const std::vector<int32_t> wafers = RandomWafers(3, 200);
  FloatEncoderParameters parameters(3, 0.3);
  device::EncoderWeights weights = QuantizeWeights(profile, parameters.Weights());
  weights.dense_bias[3] = static_cast<int8_t>(weights.dense_bias[3] > 0 ? -9 : 9);
  std::vector<float> other(200 * device::kOutputs);
  IntegerEncoder(profile, weights).EncodeToLatent(wafers.data(), 200, other.data());
  Tape tape;
  const Var latent = FakeQuantizedEncoder(profile, TopBits(profile, 5),
                                          ImagesOf(tape, profile, wafers), parameters.On(tape));
  int differing = 0;
  for (size_t i = 0; i < other.size(); ++i) differing += latent.value()[i] != other[i] ? 1 : 0;
  EXPECT_GT(differing, 0);
}

TEST(FakeQuantizedEncoder, EveryLayersWeightsReceiveAGradient) {
  const std::vector<int32_t> wafers = RandomWafers(4, 300);
  std::vector<EncoderProfile> profiles = QuantizedProfiles();
  profiles.push_back(ProfileByName("float"));
  for (const EncoderProfile& profile : profiles) {
    for (int n_elinks = 2; n_elinks <= 5; ++n_elinks) {
      FloatEncoderParameters parameters(5, 0.3);
      Tape tape(Tape::Mode::kTraining);
      const Var latent = FakeQuantizedEncoder(profile, TopBits(profile, n_elinks),
                                              ImagesOf(tape, profile, wafers), parameters.On(tape));
      tape.Backward(Sum(latent));
      for (const Parameter& parameter : parameters.all) {
        int64_t moved = 0;
        for (int64_t i = 0; i < parameter.gradient.size(); ++i) {
          moved += parameter.gradient[i] != 0.0f ? 1 : 0;
        }
        // Some filters and outputs of random weights are silent on every wafer.
        EXPECT_GT(moved, parameter.gradient.size() / 8) << profile.name << " " << parameter.name;
      }
    }
  }
}

TEST(FakeQuantizedEncoder, FloatProfileImagesAreTheChargesOverAPowerOfTwo) {
  const std::vector<int32_t> wafers = RandomWafers(6, 100);
  std::vector<float> images(100 * 64);
  MakeEncoderImages(ProfileByName("float"), wafers.data(), 100, images.data());
  for (size_t row = 0; row < 100; ++row) {
    double pixels = 0;
    for (size_t i = 0; i < 64; ++i) pixels += static_cast<double>(images[row * 64 + i]);
    double charge = 0;
    for (size_t i = 0; i < 48; ++i) charge += wafers[row * 48 + i];
    double power = 1;
    while (2 * power <= charge) power *= 2;
    EXPECT_EQ(pixels, charge / power);
  }
}

TEST(FakeQuantize, HasTheIntegersValuesInEveryFormatAndMode) {
  Tensor x({4001});
  for (int64_t i = 0; i < 4001; ++i) x[i] = static_cast<float>(i - 2000) / 512.0f;
  for (const Rounding mode : kModes) {
    for (const Overflow overflow : {Overflow::kSaturate, Overflow::kWrap}) {
      const ValueFormat format = {6, 4, true, mode, overflow};
      Tape tape;
      const Var y = FakeQuantize(tape.Input(x), format);
      for (int64_t i = 0; i < x.size(); ++i) {
        // i - 2000 over 512 is a whole number of 2^-9: shift 5 to 2^-4.
        const int32_t q =
            device::Fit(device::RoundShift(static_cast<int32_t>(i - 2000), 5, mode), format);
        ASSERT_EQ(y.value()[i], static_cast<float>(q) / 16.0f) << x[i];
      }
    }
  }
}

TEST(FakeQuantize, GradientPassesInsideAndInwardFromOutside) {
  // Range [-2, 1.9375].
  const ValueFormat format = {6, 4, true, Rounding::kTiesToEven, Overflow::kSaturate};
  const Tensor x({8}, {-3.0f, -3.0f, -2.0f, 0.3f, 1.9375f, 2.5f, 2.5f, -0.0f});
  const Tensor d_y({8}, {1.0f, -1.0f, 1.0f, 5.0f, -1.0f, -1.0f, 1.0f, 2.0f});
  const float expected[] = {0.0f, -1.0f, 1.0f, 5.0f, -1.0f, 0.0f, 1.0f, 2.0f};
  Tape tape(Tape::Mode::kTraining);
  const Var in = tape.DifferentiableInput(x.shape(), x.data());
  tape.Backward(Multiply(FakeQuantize(in, format), tape.Input(d_y)));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(tape.Gradient(in)[i], expected[i]) << i;
}

TEST(FakeQuantizeRelu, GradientIsThatOfReluInside) {
  // Range [0, 1.75].
  const ValueFormat format = {3, 2, false, Rounding::kFloor, Overflow::kSaturate};
  const Tensor x({6}, {-1.0f, 0.0f, 0.1f, 1.3f, 5.0f, 5.0f});
  const Tensor d_y({6}, {1.0f, 1.0f, 1.0f, -1.0f, 1.0f, -1.0f});
  const float values[] = {0.0f, 0.0f, 0.0f, 1.25f, 1.75f, 1.75f};
  const float expected[] = {0.0f, 0.0f, 1.0f, -1.0f, 1.0f, 0.0f};
  Tape tape(Tape::Mode::kTraining);
  const Var in = tape.DifferentiableInput(x.shape(), x.data());
  const Var y = FakeQuantizeRelu(in, format);
  tape.Backward(Multiply(y, tape.Input(d_y)));
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(y.value()[i], values[i]) << i;
    EXPECT_EQ(tape.Gradient(in)[i], expected[i]) << i;
  }
}

TEST(KeepSentBits, CutsEveryCodeAsItsMaskSaysAndPassesTheGradient) {
  const EncoderProfile profile = ProfileByName("paper6");
  Tensor codes({512, 16});
  for (int64_t i = 0; i < codes.size(); ++i) {
    codes[i] = LatentOfCode(profile, static_cast<uint32_t>(i / 16));
  }
  device::KeepMask mask = device::TopBitsMask(5);
  mask.of_output[3] = 0x7F;
  mask.of_output[4] = 0x155;
  mask.of_output[5] = 0;
  Tape tape(Tape::Mode::kTraining);
  const Var in = tape.DifferentiableInput(codes.shape(), codes.data());
  const Var cut = KeepSentBits(in, profile, mask);
  tape.Backward(cut);
  for (int64_t i = 0; i < codes.size(); ++i) {
    const auto sent = static_cast<uint32_t>((i / 16) & mask.of_output[i % 16]);
    ASSERT_EQ(cut.value()[i], LatentOfCode(profile, sent));
    ASSERT_EQ(tape.Gradient(in)[i], 1.0f);
  }
}

TEST(FakeQuantizedEncoder, EqualsTheIntegerEncoderThatSendsChosenBits) {
  const EncoderProfile profile = ProfileByName("econt");
  SentBits sent;
  sent.n_elinks = 4;
  for (int o = 0; o < 16; ++o) sent.mask.of_output[o] = static_cast<uint16_t>(o % 3 ? 0x7F : 0xA5);
  const std::vector<int32_t> wafers = RandomWafers(21, 300);
  FloatEncoderParameters parameters(21, 0.4);
  const IntegerEncoder encoder(profile, QuantizeWeights(profile, parameters.Weights()), sent);
  std::vector<float> expected(300 * device::kOutputs);
  encoder.EncodeToLatent(wafers.data(), 300, expected.data());
  Tape tape;
  const Var latent =
      FakeQuantizedEncoder(profile, sent, ImagesOf(tape, profile, wafers), parameters.On(tape));
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(latent.value()[i], expected[i]) << i;
}

// What of parameters is on the grid of the format, within half a step, and has a gradient.
struct Settled {
  int64_t n = 0, on_grid = 0, within = 0, with_gradient = 0;
};
Settled SettledAt(const Settling& settling, FloatEncoderParameters* parameters) {
  const EncoderProfile profile = ProfileByName("econt");
  const float steps = static_cast<float>(int32_t{1} << profile.formats.weight.fraction_bits);
  Tape tape(Tape::Mode::kTraining);
  const EncoderVars before = parameters->On(tape);
  const EncoderVars after = FakeQuantizeWeights(profile, before, &settling);
  const auto sum_of = [](const EncoderVars& v) {
    const Var conv = Add(Sum(v.conv_kernel), Sum(v.conv_bias));
    return Add(conv, Add(Sum(v.dense_kernel), Sum(v.dense_bias)));
  };
  tape.Backward(sum_of(after));
  Settled settled;
  const auto look = [&](Var x, Var y, const Parameter& parameter) {
    for (int64_t i = 0; i < x.shape().size(); ++i) {
      const float scaled = y.value()[i] * steps;
      ++settled.n;
      settled.on_grid += scaled == std::nearbyint(scaled) ? 1 : 0;
      settled.within += std::fabs(y.value()[i] - x.value()[i]) * steps <= 0.5001f ? 1 : 0;
      settled.with_gradient += parameter.gradient[i] != 0.0f ? 1 : 0;
    }
  };
  look(before.conv_kernel, after.conv_kernel, parameters->all[0]);
  look(before.conv_bias, after.conv_bias, parameters->all[1]);
  look(before.dense_kernel, after.dense_kernel, parameters->all[2]);
  look(before.dense_bias, after.dense_bias, parameters->all[3]);
  return settled;
}

TEST(FakeQuantizeWeights, SettlesThemOneByOne) {
  FloatEncoderParameters parameters(31, 0.2);  // all inside the range
  int64_t last = 0;
  for (int64_t step = 0; step < 100; ++step) {
    const Settled settled = SettledAt({7, step, 100}, &parameters);
    EXPECT_EQ(settled.n, 2144);
    EXPECT_EQ(settled.within, settled.n);
    EXPECT_EQ(settled.on_grid, settled.n - settled.with_gradient) << "step " << step;
    EXPECT_GE(settled.on_grid, last);
    last = settled.on_grid;
    if (step < 70) {
      EXPECT_EQ(settled.on_grid, 0) << "step " << step;
    } else if (step == 70) {
      EXPECT_GE(settled.on_grid, 8 + 16) << "the biases";
    } else if (step == 82 || step == 83) {
      EXPECT_NEAR(static_cast<double>(settled.on_grid), 1072.0, 150.0);
    } else if (step >= 95) {
      EXPECT_EQ(settled.on_grid, settled.n) << "step " << step;
    }
  }
}

TEST(FakeQuantizeWeights, HasOtherNoiseInEveryStepAndForEverySeed) {
  const EncoderProfile profile = ProfileByName("econt");
  FloatEncoderParameters parameters(32, 0.4);
  const auto values_at = [&](const Settling& settling) {
    Tape tape(Tape::Mode::kTraining);
    const Var kernel = FakeQuantizeWeights(profile, parameters.On(tape), &settling).dense_kernel;
    return std::vector<float>(kernel.value(), kernel.value() + kernel.shape().size());
  };
  EXPECT_EQ(values_at({7, 3, 100}), values_at({7, 3, 100}));
  EXPECT_NE(values_at({7, 3, 100}), values_at({7, 4, 100}));
  EXPECT_NE(values_at({7, 3, 100}), values_at({8, 3, 100}));
}

TEST(FakeQuantizedEncoder, WhoseWeightsHaveAllSettledIsTheIntegerEncoder) {
  const EncoderProfile profile = ProfileByName("econt");
  const std::vector<int32_t> wafers = RandomWafers(33, 200);
  FloatEncoderParameters parameters(33, 0.4);
  const auto codes_at = [&](const Settling* settling) {
    Tape tape(Tape::Mode::kTraining);
    const Var codes =
        FakeQuantizedEncoder(profile, TopBits(profile, 4), ImagesOf(tape, profile, wafers),
                             parameters.On(tape), settling);
    return std::vector<float>(codes.value(), codes.value() + codes.shape().size());
  };
  const Settling last = {7, 99, 100};
  const Settling early = {7, 5, 100};
  EXPECT_EQ(codes_at(&last), codes_at(nullptr));
  EXPECT_NE(codes_at(&early), codes_at(nullptr));
}

TEST(FakeQuantize, StopsAtANaN) {
  const Tensor x({2}, {1.0f, std::numeric_limits<float>::quiet_NaN()});
  const ValueFormat format = {6, 4, true, Rounding::kTiesToEven, Overflow::kSaturate};
  Tape tape;
  EXPECT_THROW(FakeQuantize(tape.Input(x), format), NumericError);
  EXPECT_THROW(FakeQuantizeRelu(tape.Input(x), format), NumericError);
}

TEST(FakeQuantizedEncoder, RefusesFormatsWhoseSumsFloatCannotHold) {
  const device::EncoderFormats formats = {{9, 8, false, Rounding::kFloor, Overflow::kSaturate},
                                          {8, 4, true, Rounding::kTiesToEven, Overflow::kSaturate},
                                          {15, 11, false, Rounding::kFloor, Overflow::kSaturate},
                                          {9, 6, false, Rounding::kFloor, Overflow::kSaturate}};
  const EncoderProfile profile = CustomProfile("wide", formats);
  FloatEncoderParameters parameters(8, 4.0);
  Tape tape;
  const Var images = ImagesOf(tape, profile, RandomWafers(9, 3));
  try {
    FakeQuantizedEncoder(profile, TopBits(profile, 5), images, parameters.On(tape));
    FAIL() << "expected a refusal";
  } catch (const NumericError& error) {
    EXPECT_NE(std::string(error.what()).find("layer dense"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace demd
