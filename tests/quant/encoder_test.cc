#include "quant/device/encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/error.h"
#include "quant/device/demd_device.h"
#include "quant/integer_encoder.h"
#include "tests/case_count.h"
#include "tests/error_message.h"
#include "tests/quant/random_wafers.h"

namespace demd {
namespace {

using device::kActivations;
using device::kCells;
using device::kFilters;
using device::kOutputs;

// A second, plain definition on 64-bit integers and exact doubles: no code is shared with the
// device, and the image is the unpadded one.
double RoundNaively(double exact, device::Rounding mode) {
  switch (mode) {
    case device::Rounding::kFloor:
      return std::floor(exact);
    case device::Rounding::kTiesUp:
      return std::floor(exact + 0.5);
    case device::Rounding::kTiesToEven:
      return std::nearbyint(exact);
    case device::Rounding::kTiesAway:
      return exact < 0 ? -std::floor(0.5 - exact) : std::floor(exact + 0.5);
  }
  return 0;
}

int64_t QuantizeNaively(double value, const device::ValueFormat& format) {
  const double q = RoundNaively(std::ldexp(value, format.fraction_bits), format.rounding);
  const double top = std::ldexp(1.0, format.bits - (format.is_signed ? 1 : 0));
  if (format.overflow == device::Overflow::kSaturate) {
    return static_cast<int64_t>(std::clamp(q, format.is_signed ? -top : 0.0, top - 1));
  }
  const double span = std::ldexp(1.0, format.bits);
  const double low = format.is_signed ? -top : 0.0;
  return static_cast<int64_t>(q - span * std::floor((q - low) / span));
}

std::vector<int64_t> EncodeNaively(const device::EncoderFormats& f, const device::EncoderWeights& w,
                                   const int32_t* charges) {
  int64_t sum = 0;
  for (int i = 0; i < kCells; ++i) sum += charges[i];
  double power = 1;
  while (power * 2 <= static_cast<double>(sum)) power *= 2;
  double image[8][8] = {};
  for (int r = 0; r < 8; ++r) {
    for (int c = 0; c < 8; ++c) {
      const int cell = device::kCellOfPixel[8 * r + c];
      if (cell < 0) continue;
      const int64_t q = QuantizeNaively(charges[cell] / power, f.input);
      image[r][c] = std::ldexp(static_cast<double>(q), -f.input.fraction_bits);
    }
  }
  const double step = std::ldexp(1.0, -f.weight.fraction_bits);
  std::vector<double> active;
  for (int r = 0; r < 4; ++r) {
    for (int c = 0; c < 4; ++c) {
      for (int k = 0; k < kFilters; ++k) {
        double sum_of_products = w.conv_bias[k] * step;
        for (int i = 0; i < 3; ++i) {
          for (int j = 0; j < 3; ++j) {
            if (2 * r + i > 7 || 2 * c + j > 7) continue;
            sum_of_products += image[2 * r + i][2 * c + j] * w.conv_kernel[3 * i + j][k] * step;
          }
        }
        const int64_t q = QuantizeNaively(std::max(0.0, sum_of_products), f.activation);
        active.push_back(std::ldexp(static_cast<double>(q), -f.activation.fraction_bits));
      }
    }
  }
  std::vector<int64_t> codes;
  for (int o = 0; o < kOutputs; ++o) {
    double sum_of_products = w.dense_bias[o] * step;
    for (int i = 0; i < kActivations; ++i) {
      sum_of_products += active[static_cast<size_t>(i)] * w.dense_kernel[i][o] * step;
    }
    codes.push_back(QuantizeNaively(std::max(0.0, sum_of_products), f.output));
  }
  return codes;
}

device::EncoderFormats CustomFormats(device::Rounding rounding, device::Overflow overflow) {
  return {{7, 6, false, rounding, overflow},
          {8, 6, true, device::Rounding::kTiesToEven, device::Overflow::kSaturate},
          {9, 7, false, rounding, overflow},
          {9, 7, false, rounding, overflow}};
}

std::vector<EncoderProfile> AllProfiles() {
  std::vector<EncoderProfile> profiles = {ProfileByName("econt"), ProfileByName("paper5"),
                                          ProfileByName("paper6")};
  for (const device::Rounding rounding :
       {device::Rounding::kFloor, device::Rounding::kTiesUp, device::Rounding::kTiesToEven,
        device::Rounding::kTiesAway}) {
    for (const device::Overflow overflow : {device::Overflow::kSaturate, device::Overflow::kWrap}) {
      profiles.push_back(CustomProfile("custom", CustomFormats(rounding, overflow)));
    }
  }
  return profiles;
}

void ExpectEqualToNaive(const IntegerEncoder& encoder, const std::vector<int32_t>& wafers) {
  const int64_t n = static_cast<int64_t>(wafers.size()) / kCells;
  std::vector<uint16_t> codes(static_cast<size_t>(n) * kOutputs);
  encoder.Encode(wafers.data(), n, codes.data());
  for (int64_t row = 0; row < n; ++row) {
    const std::vector<int64_t> expected = EncodeNaively(
        encoder.profile().formats, encoder.weights(), &wafers[static_cast<size_t>(row * kCells)]);
    for (int o = 0; o < kOutputs; ++o) {
      ASSERT_EQ(codes[static_cast<size_t>(row * kOutputs + o)], expected[static_cast<size_t>(o)])
          << encoder.profile().name << " wafer " << row << " output " << o;
    }
  }
}

// 1.1 * 10^5 in all; 1.1 * 10^7 with DEMD_LONG_TESTS in the environment.
int64_t WafersPerCase() { return CaseCount(500, 50000); }

TEST(IntegerEncoder, EqualsANaiveReferenceOnRandomWafersAndWeightsInEveryProfile) {
  uint64_t seed = 1;
  for (const EncoderProfile& profile : AllProfiles()) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      const IntegerEncoder encoder(profile, RandomWeights(seed, profile.formats.weight));
      ExpectEqualToNaive(encoder, RandomWafers(seed, WafersPerCase()));
      ++seed;
    }
  }
}

TEST(IntegerEncoder, EqualsANaiveReferenceForWeightsAtTheEndsOfTheirFormat) {
  for (const EncoderProfile& profile : AllProfiles()) {
    for (const int ends : {-1, 1, 2}) {
      const IntegerEncoder encoder(profile, RandomWeights(7, profile.formats.weight, ends));
      ExpectEqualToNaive(encoder, RandomWafers(8, 200));
    }
  }
}

// The published integer form of the paper's quantised encoder.
TEST(IntegerEncoder, Paper5IsThePublishedIntegerForm) {
  const EncoderProfile profile = ProfileByName("paper5");
  const device::EncoderWeights w = RandomWeights(3, profile.formats.weight);
  const IntegerEncoder encoder(profile, w);
  const std::vector<int32_t> wafers = RandomWafers(4, 300);
  for (size_t row = 0; row < 300; ++row) {
    const EncoderTrace trace = encoder.Trace(&wafers[row * kCells]);
    for (int i = 0; i < kActivations; ++i) {
      const double q = std::nearbyint(trace.conv_acc[i] / 2.0);
      EXPECT_EQ(trace.activation[i], std::clamp(q, 0.0, 2047.0));
    }
    for (int o = 0; o < kOutputs; ++o) {
      int64_t acc = w.dense_bias[o] * 256;
      for (int i = 0; i < kActivations; ++i) acc += trace.activation[i] * w.dense_kernel[i][o];
      EXPECT_EQ(trace.dense_acc[o], acc);
      EXPECT_EQ(trace.codes[o],
                std::clamp(std::nearbyint(static_cast<double>(acc) / 8.0), 0., 511.));
    }
  }
}

TEST(IntegerEncoder, EcontInputsAreThePublishedConverter) {
  const std::vector<int32_t> wafers = RandomWafers(5, 2000);
  for (size_t row = 1; row < 2000; ++row) {
    std::vector<uint32_t> charges(wafers.begin() + static_cast<int64_t>(row * kCells),
                                  wafers.begin() + static_cast<int64_t>((row + 1) * kCells));
    const uint32_t sum = device::SumOfCharges(charges.data());
    if (sum == 0) continue;
    int m = 0;
    while (sum >> (m + 1) != 0) ++m;
    for (const uint32_t charge : charges) {
      const uint32_t expected = (m >= 7 ? charge >> (m - 7) : charge << (7 - m)) & 0xFF;
      ASSERT_EQ(device::NormalizeCharge(device::Econt{}, charge, device::FloorLog2(sum)),
                static_cast<int32_t>(expected));
    }
  }
}

TEST(IntegerEncoder, CompileTimeProfilesAndTheCFaceGiveTheSameCodes) {
  const std::vector<int32_t> wafers = RandomWafers(9, 300);
  using Encode = uint32_t (*)(const demd_weights*, const uint32_t*, uint16_t*);
  const Encode faces[] = {demd_encode_econt, demd_encode_paper5, demd_encode_paper6};
  for (size_t p = 0; p < 3; ++p) {
    const EncoderProfile profile = ProfileByName(ProfileNames()[p]);
    const device::EncoderWeights weights = RandomWeights(10, profile.formats.weight);
    const IntegerEncoder encoder(profile, weights);
    for (size_t row = 0; row < 300; ++row) {
      const int32_t* wafer = &wafers[row * kCells];
      uint32_t charges[kCells];
      std::copy(wafer, wafer + kCells, charges);
      uint16_t expected[kOutputs];
      uint16_t found[kOutputs];
      encoder.Encode(wafer, 1, expected);
      EXPECT_EQ(faces[p](&weights, charges, found), device::SumOfCharges(charges));
      for (int o = 0; o < kOutputs; ++o) ASSERT_EQ(found[o], expected[o]);
      const EncoderTrace trace = encoder.Trace(wafer);
      for (int o = 0; o < kOutputs; ++o) ASSERT_EQ(trace.codes[o], expected[o]);
    }
  }
}

TEST(IntegerEncoder, IsAConstantExpression) {
  struct Outcome {
    uint16_t codes[kOutputs];
  };
  constexpr auto encode = [] {
    device::EncoderWeights weights = {};
    weights.conv_kernel[0][0] = 31;
    weights.dense_kernel[0][3] = 16;
    uint32_t charges[kCells] = {};
    charges[28] = 100;  // pixel (0, 0)
    Outcome outcome = {};
    device::EncodeWafer(device::Econt{}, weights, charges, outcome.codes);
    return outcome;
  };
  constexpr Outcome kOutcome = encode();
  // 100 / 64 = 200/128; times 31/32 is 193/128 (floor); times 1/2 is 193/256.
  static_assert(kOutcome.codes[3] == 193, "");
  static_assert(kOutcome.codes[0] == 0, "");
}

TEST(IntegerEncoder, KeepsTheTopBitsForFewerElinks) {
  const EncoderProfile profile = ProfileByName("econt");
  const device::EncoderWeights weights = RandomWeights(11, profile.formats.weight);
  const std::vector<int32_t> wafers = RandomWafers(12, 100);
  std::vector<uint16_t> full(100 * kOutputs);
  IntegerEncoder(profile, weights).Encode(wafers.data(), 100, full.data());
  for (int n_elinks = 2; n_elinks <= 5; ++n_elinks) {
    std::vector<uint16_t> cut(100 * kOutputs);
    std::vector<float> latent(100 * kOutputs);
    const IntegerEncoder encoder(profile, weights, n_elinks);
    encoder.Encode(wafers.data(), 100, cut.data());
    encoder.EncodeToLatent(wafers.data(), 100, latent.data());
    const int dropped = 9 - (2 * n_elinks - 1);
    for (size_t i = 0; i < cut.size(); ++i) {
      ASSERT_EQ(cut[i], full[i] / (1 << dropped) * (1 << dropped));
      ASSERT_EQ(latent[i], static_cast<float>(cut[i]) / 256.0f);
    }
  }
}

TEST(IntegerEncoder, RefusesWhatItCannotEncode) {
  const EncoderProfile profile = ProfileByName("paper5");
  const device::EncoderWeights weights = RandomWeights(13, profile.formats.weight);
  EXPECT_THROW(IntegerEncoder(ProfileByName("float"), weights), UsageError);
  EXPECT_THROW(IntegerEncoder(profile, weights, 1), UsageError);
  EXPECT_THROW(IntegerEncoder(profile, weights, 6), UsageError);
  device::EncoderWeights too_large = weights;
  too_large.dense_kernel[5][6] = 16;  // 5 bits end at 15
  EXPECT_THROW(IntegerEncoder(profile, too_large), NumericError);
  const IntegerEncoder encoder(profile, weights);
  uint16_t codes[kOutputs];
  std::vector<int32_t> charges(kCells, 1);
  charges[47] = -1;
  EXPECT_THROW(encoder.Encode(charges.data(), 1, codes), DataError);
  charges[47] = 1 << 22;
  EXPECT_THROW(encoder.Encode(charges.data(), 1, codes), DataError);
  charges[47] = (1 << 22) - 1;
  EXPECT_NO_THROW(encoder.Encode(charges.data(), 1, codes));
  charges.resize(3 * kCells, 0);
  charges[2 * kCells + 7] = -4;
  std::vector<float> latent(3 * kOutputs);
  const std::string message = "wafer 2, cell 7: expected a charge from 0 to 4194303, found -4";
  EXPECT_EQ(ErrorMessage([&] { encoder.EncodeToLatent(charges.data(), 3, latent.data()); }),
            message);
  EXPECT_EQ(ErrorMessage([&] { encoder.Trace(&charges[2 * kCells], 2); }), message);
}

TEST(QuantizeWeights, NamesANaNByItsPlaceInTheArray) {
  const std::vector<float> zeros(device::kActivations * kOutputs, 0.0f);
  std::vector<float> conv(device::kTaps * kFilters, 0.0f);
  std::vector<float> dense = zeros;
  const FloatEncoderWeights weights = {conv.data(), zeros.data(), dense.data(), zeros.data()};
  const auto message = [&] {
    return ErrorMessage<NumericError>([&] { QuantizeWeights(ProfileByName("econt"), weights); });
  };
  EXPECT_EQ(message(), "(no error)");
  dense[20 * kOutputs + 3] = NAN;
  EXPECT_EQ(message(), "dense kernel[323]: expected a number, found NaN");
  conv[8 * kFilters + 1] = NAN;
  EXPECT_EQ(message(), "conv kernel[65]: expected a number, found NaN");
}

}  // namespace
}  // namespace demd
