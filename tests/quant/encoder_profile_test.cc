#include "quant/encoder_profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "engine/error.h"
#include "quant/integer_encoder.h"

namespace demd {
namespace {

using device::Overflow;
using device::Rounding;
using device::ValueFormat;

TEST(EncoderProfile, KnowsFourNamesAndRefusesOthers) {
  for (const std::string& name : ProfileNames()) EXPECT_EQ(ProfileByName(name).name, name);
  EXPECT_TRUE(ProfileByName("float").is_float);
  EXPECT_FALSE(ProfileByName("econt").is_float);
  EXPECT_THROW(ProfileByName("paper"), UsageError);
  EXPECT_THROW(ProfileByName(""), UsageError);
}

TEST(EncoderProfile, EveryFormatSurvivesItsTextForm) {
  for (const std::string& name : ProfileNames()) {
    const device::EncoderFormats f = ProfileByName(name).formats;
    for (const ValueFormat& format : {f.input, f.weight, f.activation, f.output}) {
      EXPECT_EQ(FormatText(ParseFormat(FormatText(format))), FormatText(format));
    }
  }
  EXPECT_EQ(FormatText(ProfileByName("econt").formats.weight), "s6.5 ties_to_even saturate");
}

TEST(EncoderProfile, DamagedFormatTextIsRefused) {
  const std::string good = "u8.7 floor saturate";
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_THROW(ParseFormat(good.substr(0, length)), DataError) << good.substr(0, length);
  }
  for (const char* bad : {"x8.7 floor saturate", "u99.7 floor saturate", "u8.x floor saturate",
                          "u8.7 round saturate", "u8.7 floor saturate ", "u0.0 floor wrap"}) {
    EXPECT_THROW(ParseFormat(bad), DataError) << bad;
  }
}

TEST(EncoderProfile, FormatsOutOfBoundsAreRefused) {
  const device::EncoderFormats good = ProfileByName("econt").formats;
  EXPECT_NO_THROW(CustomProfile("mine", good));
  device::EncoderFormats f = good;
  f.input.fraction_bits = 9;
  EXPECT_THROW(CustomProfile("mine", f), UsageError);
  f = good;
  f.weight.bits = 9;
  EXPECT_THROW(CustomProfile("mine", f), UsageError);
  f = good;
  f.activation.bits = 16;
  EXPECT_THROW(CustomProfile("mine", f), UsageError);
  f = good;
  f.output.fraction_bits = 13;  // more than activation + weight
  EXPECT_THROW(CustomProfile("mine", f), UsageError);
}

TEST(QuantizeValue, IsQKerasQuantizedBitsForThePaperFormats) {
  // quantized_bits(5, 1): 2 * clip(round_half_even(x * 8), -16, 15) / 16.
  const ValueFormat format = ProfileByName("paper5").formats.weight;
  for (int i = -4000; i <= 4000; ++i) {
    const float x = static_cast<float>(i) / 1024.0f;
    const double q = std::fmax(-16.0, std::fmin(15.0, std::nearbyint(x * 8.0)));
    ASSERT_EQ(QuantizeValue(x, format), q) << x;
  }
}

TEST(QuantizeValue, DecidesTiesAndTheirNeighboursInEveryMode) {
  const ValueFormat format = {8, 0, true, Rounding::kTiesToEven, Overflow::kSaturate};
  for (int i = -100; i <= 100; ++i) {
    const float tie = static_cast<float>(i) + 0.5f;
    const float below = std::nextafter(tie, -1000.0f);
    const float above = std::nextafter(tie, 1000.0f);
    for (const Rounding mode :
         {Rounding::kTiesUp, Rounding::kTiesToEven, Rounding::kTiesAway, Rounding::kFloor}) {
      ValueFormat f = format;
      f.rounding = mode;
      const int up = mode == Rounding::kFloor ? i : i + 1;
      EXPECT_EQ(QuantizeValue(below, f), i);
      EXPECT_EQ(QuantizeValue(above, f), up);
    }
    EXPECT_EQ(QuantizeValue(tie, format), i % 2 == 0 ? i : i + 1);
  }
  EXPECT_EQ(QuantizeValue(-1e-30f, {8, 5, true, Rounding::kFloor, Overflow::kSaturate}), -1);
  EXPECT_EQ(QuantizeValue(1e30f, format), 127);
  EXPECT_EQ(QuantizeValue(-std::numeric_limits<float>::infinity(), format), -128);
  EXPECT_THROW(QuantizeValue(std::numeric_limits<float>::quiet_NaN(), format), NumericError);
}

TEST(KeptOutputBits, AreThreeToNineForTwoToFiveElinks) {
  const EncoderProfile profile = ProfileByName("econt");
  EXPECT_EQ(KeptOutputBits(profile, 2), 3);
  EXPECT_EQ(KeptOutputBits(profile, 3), 5);
  EXPECT_EQ(KeptOutputBits(profile, 4), 7);
  EXPECT_EQ(KeptOutputBits(profile, 5), 9);
  EXPECT_THROW(KeptOutputBits(profile, 6), UsageError);
}

}  // namespace
}  // namespace demd
