#include "quant/encoder_profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

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

// All float32 are too many for every format; these are dense where it matters: around every step,
// half step and end of the format, and among all exponents.
std::vector<float> ValuesAround(const ValueFormat& format) {
  std::vector<float> values = {0.0f, -0.0f, INFINITY, -INFINITY};
  const float half_step = std::ldexp(0.5f, -format.fraction_bits);
  for (int32_t i = 2 * device::LowestOf(format) - 5; i <= 2 * device::HighestOf(format) + 5; ++i) {
    const float x = static_cast<float>(i) * half_step;
    for (const float y : {x, std::nextafter(x, INFINITY), std::nextafter(x, -INFINITY),
                          x + 0.25f * half_step, x * (1.0f + 0x1p-16f), x * (1.0f - 0x1p-18f)}) {
      values.push_back(y);
    }
  }
  for (int exponent = -149; exponent <= 127; ++exponent) {
    for (const float mantissa : {1.0f, 1.25f, -1.0f, -1.75f}) {
      values.push_back(std::ldexp(mantissa, exponent));
    }
  }
  return values;
}

TEST(QuantizeValues, EqualsQuantizeValueOneByOne) {
  for (const Rounding mode :
       {Rounding::kFloor, Rounding::kTiesUp, Rounding::kTiesToEven, Rounding::kTiesAway}) {
    for (const int bits : {1, 2, 6, 9, 12, 13}) {
      for (const int fraction_bits : {0, 3, 8, 15}) {
        for (const bool is_signed : {false, true}) {
          for (const Overflow overflow : {Overflow::kSaturate, Overflow::kWrap}) {
            const ValueFormat format{static_cast<uint8_t>(bits),
                                     static_cast<uint8_t>(fraction_bits), is_signed, mode,
                                     overflow};
            const std::vector<float> x = ValuesAround(format);
            std::vector<int32_t> q(x.size());
            QuantizeValues(x.data(), static_cast<int64_t>(x.size()), format, q.data());
            for (size_t i = 0; i < x.size(); ++i) {
              ASSERT_EQ(q[i], QuantizeValue(x[i], format)) << x[i] << " in " << bits << " bits";
            }
          }
        }
      }
    }
  }
}

TEST(QuantizeValues, NamesNan) {
  const ValueFormat format{8, 5, true, Rounding::kTiesToEven, Overflow::kSaturate};
  const std::vector<float> x = {1.0f, 2.0f, NAN, 0.0f};
  int32_t q[4];
  EXPECT_THROW(QuantizeValues(x.data(), 4, format, q), NumericError);
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

}  // namespace
}  // namespace demd
