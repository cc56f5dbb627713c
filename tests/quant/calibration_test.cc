#include "quant/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/random.h"
#include "quant/golden.h"
#include "quant/range_proof.h"

namespace demd {
namespace {

using device::Overflow;
using device::Rounding;
using device::ValueFormat;

constexpr ValueFormat kSigned = {6, 0, true, Rounding::kTiesToEven, Overflow::kSaturate};
constexpr ValueFormat kUnsigned = {8, 0, false, Rounding::kTiesToEven, Overflow::kSaturate};

// Random parameters of an encoder, scaled.
struct SomeEncoder {
  std::vector<float> conv_kernel, conv_bias, dense_kernel, dense_bias;

  explicit SomeEncoder(double scale) {
    RandomStream random(5, "encoder");
    const auto fill = [&](size_t n, std::vector<float>* values) {
      for (size_t i = 0; i < n; ++i) values->push_back(static_cast<float>(random.Normal() * scale));
    };
    fill(72, &conv_kernel);
    fill(8, &conv_bias);
    fill(2048, &dense_kernel);
    fill(16, &dense_bias);
  }
  FloatEncoderWeights weights() const {
    return {conv_kernel.data(), conv_bias.data(), dense_kernel.data(), dense_bias.data()};
  }
};

double LossOf(const std::vector<float>& x, const ValueFormat& format) {
  double sum = 0.0;
  for (const float value : x) {
    const double q = std::ldexp(QuantizeValue(value, format), -format.fraction_bits);
    sum += (static_cast<double>(value) - q) * (static_cast<double>(value) - q);
  }
  return sum;
}

TEST(ChooseFormat, LosesNoMoreThanAnyOtherNumberOfFractionBits) {
  RandomStream random(1, "values");
  for (int repeat = 0; repeat < 40; ++repeat) {
    const double scale = std::ldexp(1.0, static_cast<int>(random.Below(12)) - 8);
    std::vector<float> x;
    for (int i = 0; i < 300; ++i) x.push_back(static_cast<float>(random.Normal() * scale));
    const ValueFormat chosen = ChooseFormat(x, kSigned, 2 + repeat % 7, 15);
    EXPECT_EQ(chosen.bits, 2 + repeat % 7);
    for (uint8_t fraction_bits = 0; fraction_bits <= 15; ++fraction_bits) {
      ValueFormat other = chosen;
      other.fraction_bits = fraction_bits;
      EXPECT_LE(LossOf(x, chosen), LossOf(x, other)) << int{fraction_bits};
    }
  }
}

TEST(ChooseFormat, HoldsValuesThatAFormatHoldsExactlyAndClipsARareLargeOne) {
  std::vector<float> x;
  for (int q = -32; q < 32; ++q) x.push_back(static_cast<float>(q) / 64.0f);
  EXPECT_EQ(ChooseFormat(x, kSigned, 6, 15).fraction_bits, 6);
  EXPECT_EQ(ChooseFormat(x, kSigned, 6, 4).fraction_bits, 4) << "within what is allowed";
  for (int i = 0; i < 40; ++i) {
    for (size_t k = 0; k < 64; ++k) x.push_back(x[k]);
  }
  x.push_back(0.9f);
  EXPECT_EQ(ChooseFormat(x, kSigned, 6, 15).fraction_bits, 6);
  EXPECT_EQ(ChooseFormat({0.0f, 0.0f}, kUnsigned, 8, 15).fraction_bits, 0) << "largest range";
}

TEST(CalibrateProfile, HasTheWidthsAskedForAndPassesTheProofOfItsRanges) {
  const std::vector<int32_t> charges = ExercisingWafers(1, 60);
  for (const double scale : {0.02, 0.2, 1.0}) {
    const SomeEncoder encoder(scale);
    for (const char* base : {"float", "econt", "paper5"}) {
      for (const FormatWidths& widths : {FormatWidths{3, 8, 9}, FormatWidths{8, 11, 4}}) {
        const EncoderProfile profile =
            CalibrateProfile(ProfileByName(base), encoder.weights(), charges, widths);
        EXPECT_EQ(profile.name, "calibrated");
        EXPECT_FALSE(profile.is_float);
        EXPECT_EQ(profile.formats.weight.bits, widths.weight_bits);
        EXPECT_EQ(profile.formats.activation.bits, widths.activation_bits);
        EXPECT_EQ(profile.formats.output.bits, widths.output_bits);
        EXPECT_EQ(device::CheckFormats(profile.formats), device::FormatStatus::kOk);
        EXPECT_NO_THROW(RequireAccumulator(
            ProveRanges(profile, QuantizeWeights(profile, encoder.weights())), 32));
      }
    }
  }
}

// With more bits everywhere the integers come closer to what float computes.
TEST(CalibrateProfile, MoreBitsComeCloserToTheFloatEncoder) {
  const std::vector<int32_t> charges = ExercisingWafers(2, 200);
  const SomeEncoder encoder(0.15);
  const FloatEncoderValues exact = RunFloatEncoder(encoder.weights(), charges);
  double previous = std::numeric_limits<double>::infinity();
  for (const FormatWidths& widths :
       {FormatWidths{3, 5, 5}, FormatWidths{5, 8, 8}, FormatWidths{8, 12, 12}}) {
    const EncoderProfile profile =
        CalibrateProfile(ProfileByName("float"), encoder.weights(), charges, widths);
    const IntegerEncoder integer(profile, QuantizeWeights(profile, encoder.weights()));
    double sum = 0.0;
    for (size_t row = 0; row < 200; ++row) {
      const EncoderTrace trace = integer.Trace(&charges[row * device::kCells]);
      for (size_t o = 0; o < 16; ++o) {
        const double d = static_cast<double>(LatentOfCode(profile, trace.codes[o])) -
                         static_cast<double>(exact.outputs[row * 16 + o]);
        sum += d * d;
      }
    }
    EXPECT_LT(sum, previous / 4) << widths.weight_bits;
    previous = sum;
  }
}

TEST(CalibrateProfile, RefusesWhatItCannotChooseFor) {
  const std::vector<int32_t> charges = ExercisingWafers(1, 4);
  SomeEncoder encoder(0.2);
  const EncoderProfile base = ProfileByName("float");
  EXPECT_THROW(CalibrateProfile(base, encoder.weights(), {}, {}), UsageError);
  EXPECT_THROW(CalibrateProfile(base, encoder.weights(), charges, {1, 8, 9}), UsageError);
  EXPECT_THROW(CalibrateProfile(base, encoder.weights(), charges, {9, 8, 9}), UsageError);
  EXPECT_THROW(CalibrateProfile(base, encoder.weights(), charges, {6, 16, 9}), UsageError);
  EXPECT_THROW(CalibrateProfile(base, encoder.weights(), charges, {6, 8, 17}), UsageError);
  EXPECT_THROW(CalibrateProfile(base, encoder.weights(), charges, {6, 8, -250}), UsageError);
  std::vector<int32_t> negative = charges;
  negative[50] = -1;
  EXPECT_THROW(CalibrateProfile(base, encoder.weights(), negative, {}), DataError);
  encoder.dense_bias[3] = NAN;
  EXPECT_THROW(CalibrateProfile(base, encoder.weights(), charges, {}), NumericError);
}

}  // namespace
}  // namespace demd
