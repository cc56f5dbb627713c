#include "quant/range_proof.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/error.h"
#include "quant/integer_encoder.h"
#include "tests/quant/random_wafers.h"

namespace demd {
namespace {

TEST(RangeProof, ContainsEveryAccumulatorSeenInEveryProfile) {
  const std::vector<int32_t> wafers = RandomWafers(1, 500);
  for (const char* name : {"econt", "paper5", "paper6"}) {
    const EncoderProfile profile = ProfileByName(name);
    for (const int ends : {0, 1, -1, 2}) {
      const device::EncoderWeights weights = RandomWeights(2, profile.formats.weight, ends);
      const RangeProof proof = ProveRanges(profile, weights);
      const IntegerEncoder encoder(profile, weights);
      for (size_t row = 0; row < 500; ++row) {
        const EncoderTrace trace = encoder.Trace(&wafers[row * device::kCells]);
        for (const int32_t acc : trace.conv_acc) {
          ASSERT_GE(acc, proof.conv.lowest);
          ASSERT_LE(acc, proof.conv.highest);
        }
        for (const int32_t acc : trace.dense_acc) {
          ASSERT_GE(acc, proof.dense.lowest);
          ASSERT_LE(acc, proof.dense.highest);
        }
      }
      EXPECT_NO_THROW(RequireAccumulator(proof, 32));
    }
  }
}

// One charge alone in a wafer just below a power of two comes within a step of the bound.
TEST(RangeProof, IsTightForTheConvolution) {
  const EncoderProfile profile = ProfileByName("econt");
  device::EncoderWeights weights = {};
  weights.conv_kernel[4][2] = 31;
  weights.conv_bias[2] = 7;
  const RangeProof proof = ProveRanges(profile, weights);
  EXPECT_EQ(proof.conv.highest, 31 * 255 + 7 * 128);
  EXPECT_EQ(proof.conv.lowest, 0);
  std::vector<int32_t> wafer(device::kCells, 0);
  wafer[25] = (1 << 22) - 1;  // pixel (1, 1), the middle of the first window
  const EncoderTrace trace = IntegerEncoder(profile, weights).Trace(wafer.data());
  EXPECT_EQ(*std::max_element(trace.conv_acc, trace.conv_acc + device::kActivations),
            proof.conv.highest);
}

TEST(RangeProof, RefusesWithLayerOutputAndBound) {
  const EncoderProfile profile = ProfileByName("econt");
  device::EncoderWeights weights = {};
  weights.dense_bias[11] = 31;
  for (auto& row : weights.dense_kernel) row[11] = 31;
  for (int8_t& b : weights.conv_bias) b = 31;
  const RangeProof proof = ProveRanges(profile, weights);
  EXPECT_EQ(proof.dense.highest, 128 * 31 * 124 + 31 * 128);
  EXPECT_NO_THROW(RequireAccumulator(proof, AccumulatorBits(proof.dense)));
  try {
    RequireAccumulator(proof, AccumulatorBits(proof.dense) - 1);
    FAIL() << "expected a refusal";
  } catch (const NumericError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("layer dense, output 11"), std::string::npos) << message;
    EXPECT_NE(message.find(std::to_string(proof.dense.highest)), std::string::npos) << message;
  }
}

TEST(RangeProof, NamedProfilesFitFloatForAnyWeights) {
  for (const char* name : {"econt", "paper5", "paper6"}) {
    const EncoderProfile profile = ProfileByName(name);
    for (const int ends : {1, -1, 2}) {
      const device::EncoderWeights weights = RandomWeights(3, profile.formats.weight, ends);
      EXPECT_NO_THROW(RequireAccumulator(ProveRanges(profile, weights), kFloatAccumulatorBits));
    }
  }
}

TEST(RangeProof, WrappedInputsAreBoundedByTheirFormat) {
  device::EncoderFormats f = ProfileByName("econt").formats;
  f.input = {7, 7, true, device::Rounding::kFloor, device::Overflow::kWrap};
  const EncoderProfile profile = CustomProfile("wrapping", f);
  device::EncoderWeights weights = {};
  for (auto& tap : weights.conv_kernel) tap[0] = 31;
  const RangeProof proof = ProveRanges(profile, weights);
  EXPECT_EQ(proof.conv.lowest, -64 * 31 * 9);
  EXPECT_EQ(proof.conv.highest, 63 * 31 * 9);
}

}  // namespace
}  // namespace demd
