#include "quant/fast_encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/error.h"
#include "quant/integer_encoder.h"
#include "tests/quant/random_wafers.h"

namespace demd {
namespace {

using device::Overflow;
using device::Rounding;

constexpr int64_t kWafers = 1000;

// Sets DEMD_KERNELS for the life of the object.
class ForcedKernels {
 public:
  explicit ForcedKernels(const char* name) {
    const char* before = std::getenv("DEMD_KERNELS");
    had_value_ = before != nullptr;
    if (had_value_) before_ = before;
    setenv("DEMD_KERNELS", name, 1);
  }
  ~ForcedKernels() {
    if (had_value_) {
      setenv("DEMD_KERNELS", before_.c_str(), 1);
    } else {
      unsetenv("DEMD_KERNELS");
    }
  }

 private:
  bool had_value_;
  std::string before_;
};

std::vector<EncoderProfile> Profiles() {
  std::vector<EncoderProfile> profiles = {ProfileByName("econt"), ProfileByName("paper5"),
                                          ProfileByName("paper6")};
  const Rounding modes[] = {Rounding::kFloor, Rounding::kTiesUp, Rounding::kTiesToEven,
                            Rounding::kTiesAway};
  for (const Rounding mode : modes) {
    for (const Overflow overflow : {Overflow::kSaturate, Overflow::kWrap}) {
      const device::EncoderFormats narrow = {{6, 5, false, mode, overflow},
                                             {4, 2, true, mode, Overflow::kSaturate},
                                             {7, 5, false, mode, overflow},
                                             {9, 6, false, mode, overflow}};
      const device::EncoderFormats wide = {{9, 8, false, mode, overflow},
                                           {8, 7, true, mode, Overflow::kSaturate},
                                           {15, 13, false, mode, overflow},
                                           {16, 12, false, mode, overflow}};
      profiles.push_back(CustomProfile("narrow " + RoundingName(mode), narrow));
      profiles.push_back(CustomProfile("wide " + RoundingName(mode), wide));
    }
  }
  // No bits are dropped after a layer: nothing to round.
  profiles.push_back(
      CustomProfile("exact", {{5, 3, false, Rounding::kTiesToEven, Overflow::kSaturate},
                              {4, 0, true, Rounding::kTiesToEven, Overflow::kSaturate},
                              {9, 3, false, Rounding::kTiesToEven, Overflow::kSaturate},
                              {9, 3, false, Rounding::kTiesToEven, Overflow::kSaturate}}));
  return profiles;
}

TEST(FastEncoder, GivesTheDevicesCodesForEveryProfileWeightsAndElinks) {
  uint64_t seed = 100;
  for (const EncoderProfile& profile : Profiles()) {
    for (const int ends : {0, 0, 0, 1, -1, 2}) {
      ++seed;
      const int n_elinks = 2 + static_cast<int>(seed % 4);
      const device::EncoderWeights weights = RandomWeights(seed, profile.formats.weight, ends);
      const std::vector<int32_t> wafers = RandomWafers(seed, kWafers);
      const std::vector<uint32_t> charges(wafers.begin(), wafers.end());
      std::vector<uint16_t> expected(kWafers * device::kOutputs);
      std::vector<uint16_t> found(kWafers * device::kOutputs);
      IntegerEncoder(profile, weights, n_elinks).Encode(wafers.data(), kWafers, expected.data());
      for (const std::string& variant : FastEncoder::Variants()) {
        const ForcedKernels forced(variant.c_str());
        const FastEncoder fast(profile, weights, n_elinks);
        std::fill(found.begin(), found.end(), uint16_t{0xAAAA});
        fast.Encode(charges.data(), kWafers, found.data());
        ASSERT_EQ(found, expected) << profile.name << ", " << variant << ", seed " << seed;
      }
    }
  }
}

// Also where the formats leave the device's code alone to choose from.
TEST(FastEncoder, RefusesKernelsThatAreNotThereWithEveryProfile) {
  const ForcedKernels forced("avx1024");
  for (const EncoderProfile& profile : Profiles()) {
    EXPECT_THROW(FastEncoder(profile, RandomWeights(1, profile.formats.weight)), UsageError)
        << profile.name;
  }
}

TEST(FastEncoder, GivesTheDevicesFramesForEveryNumberOfElinks) {
  for (const char* name : {"econt", "paper5", "paper6"}) {
    const EncoderProfile profile = ProfileByName(name);
    for (int n_elinks = 2; n_elinks <= 5; ++n_elinks) {
      const uint64_t seed = static_cast<uint64_t>(n_elinks) + 7;
      const device::EncoderWeights weights = RandomWeights(seed, profile.formats.weight);
      const std::vector<int32_t> wafers = RandomWafers(seed, kWafers);
      const std::vector<uint32_t> charges(wafers.begin(), wafers.end());
      const size_t n_words = static_cast<size_t>(kWafers * n_elinks);
      std::vector<uint32_t> by_device;
      // The device's own code first: the others are compared with it.
      std::vector<std::string> variants = FastEncoder::Variants();
      std::reverse(variants.begin(), variants.end());
      for (const std::string& variant : variants) {
        const ForcedKernels forced(variant.c_str());
        const FastEncoder fast(profile, weights, n_elinks);
        EXPECT_EQ(fast.variant(), variant);
        std::vector<uint32_t> found(n_words + 8, 0xDEADBEEF);
        fast.Frames(charges.data(), kWafers, 3560, found.data());
        for (size_t i = n_words; i < found.size(); ++i) ASSERT_EQ(found[i], 0xDEADBEEF);
        found.resize(n_words);
        if (variant == "portable") by_device = found;
        ASSERT_EQ(found, by_device) << name << ", " << variant << ", " << n_elinks << " eLinks";
      }
    }
  }
}

TEST(FastEncoder, GivesTheDevicesCodesAndFramesOfChosenBits) {
  const EncoderProfile profile = ProfileByName("econt");
  const device::EncoderWeights weights = RandomWeights(31, profile.formats.weight);
  const std::vector<int32_t> wafers = RandomWafers(32, kWafers);
  const std::vector<uint32_t> charges(wafers.begin(), wafers.end());
  SentBits sent;
  sent.n_elinks = 4;
  for (int o = 0; o < 16; ++o) sent.mask.of_output[o] = static_cast<uint16_t>(o < 12 ? 0xFF : 0x15);
  const IntegerEncoder integer(profile, weights, sent);
  std::vector<uint16_t> expected(kWafers * device::kOutputs);
  integer.Encode(wafers.data(), kWafers, expected.data());
  device::FrameLayout layout = {};
  ASSERT_EQ(device::MakeFrameLayout(sent.mask, 4, &layout), device::FrameStatus::kOk);
  std::vector<uint32_t> expected_frames(kWafers * 4);
  for (int64_t row = 0; row < kWafers; ++row) {
    const EncoderTrace trace = integer.Trace(&wafers[static_cast<size_t>(row * device::kCells)]);
    device::PackFrame(layout, static_cast<uint32_t>(row + 3), trace.sum, trace.codes,
                      &expected_frames[static_cast<size_t>(row * 4)]);
  }
  for (const std::string& variant : FastEncoder::Variants()) {
    const ForcedKernels forced(variant.c_str());
    const FastEncoder fast(profile, weights, sent);
    std::vector<uint16_t> codes(kWafers * device::kOutputs);
    fast.Encode(charges.data(), kWafers, codes.data());
    EXPECT_EQ(codes, expected) << variant;
    std::vector<uint32_t> frames(kWafers * 4);
    fast.Frames(charges.data(), kWafers, 3, frames.data());
    EXPECT_EQ(frames, expected_frames) << variant;
  }
}

TEST(FastEncoder, SeesAFlippedWeight) {
  const EncoderProfile profile = ProfileByName("econt");
  device::EncoderWeights weights = RandomWeights(5, profile.formats.weight);
  const std::vector<int32_t> wafers = RandomWafers(6, kWafers);
  const std::vector<uint32_t> charges(wafers.begin(), wafers.end());
  std::vector<uint16_t> before(kWafers * device::kOutputs);
  std::vector<uint16_t> after(kWafers * device::kOutputs);
  FastEncoder(profile, weights).Encode(charges.data(), kWafers, before.data());
  weights.dense_bias[0] = static_cast<int8_t>(weights.dense_bias[0] ^ 1);
  weights.dense_bias[7] = static_cast<int8_t>(weights.dense_bias[7] ^ 16);
  FastEncoder(profile, weights).Encode(charges.data(), kWafers, after.data());
  EXPECT_NE(before, after);
}

TEST(FastEncoder, RefusesAnUnknownVariant) {
  const EncoderProfile profile = ProfileByName("econt");
  const ForcedKernels forced("abacus");
  EXPECT_THROW(FastEncoder(profile, device::EncoderWeights{}), UsageError);
}

}  // namespace
}  // namespace demd
