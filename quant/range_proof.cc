#include "quant/range_proof.h"

#include <algorithm>

#include "engine/error.h"

namespace demd {
namespace {

using device::EncoderFormats;
using device::EncoderWeights;
using device::kActivations;
using device::kFilters;
using device::kOutputs;
using device::kTaps;
using device::Overflow;
using device::Rounding;
using device::ValueFormat;

struct Interval {
  int64_t lowest = 0;
  int64_t highest = 0;
};

int BitsOf(const Interval& range) {
  int bits = 1;
  while (range.lowest < -(int64_t{1} << (bits - 1)) ||
         range.highest > (int64_t{1} << (bits - 1)) - 1) {
    ++bits;
  }
  return bits;
}

// Values of one normalised input, and the most that nine of them can add up to.
struct InputBounds {
  Interval value;
  int64_t sum;
};

InputBounds BoundInputs(const ValueFormat& format) {
  const int64_t two = int64_t{2} << format.fraction_bits;  // x = charge / 2^M is below 2
  const bool truncates = format.rounding == Rounding::kFloor;
  const int64_t largest = truncates ? two - 1 : two;
  const Interval range = {device::LowestOf(format), device::HighestOf(format)};
  if (largest > range.highest && format.overflow == Overflow::kWrap) {
    return {range, kTaps * range.highest};
  }
  // Rounding to nearest adds at most 1/2 to each of nine values.
  const int64_t sum = truncates ? two - 1 : two + kTaps / 2;
  return {{0, std::min(largest, range.highest)}, sum};
}

// Adds w * x for every x of an interval that contains 0 to the bounds of a sum.
void AddProduct(int64_t w, const Interval& x, Interval* bounds) {
  bounds->lowest += std::min({int64_t{0}, w * x.lowest, w * x.highest});
  bounds->highest += std::max({int64_t{0}, w * x.lowest, w * x.highest});
}

Interval BoundConv(const EncoderFormats& f, const EncoderWeights& weights, int filter) {
  const InputBounds inputs = BoundInputs(f.input);
  Interval products;
  int64_t least = 0;
  int64_t most = 0;
  for (int tap = 0; tap < kTaps; ++tap) {
    const int64_t w = weights.conv_kernel[tap][filter];
    AddProduct(w, inputs.value, &products);
    least = std::min(least, w);
    most = std::max(most, w);
  }
  if (inputs.value.lowest == 0) {
    products.lowest = std::max(products.lowest, least * inputs.sum);
    products.highest = std::min(products.highest, most * inputs.sum);
  }
  const int64_t bias = weights.conv_bias[filter] * (int64_t{1} << f.input.fraction_bits);
  return {products.lowest + std::min(int64_t{0}, bias),
          products.highest + std::max(int64_t{0}, bias)};
}

int64_t RoundedHighest(const Interval& acc, int fraction_bits, const ValueFormat& format) {
  return device::Rescale(acc.highest, fraction_bits - format.fraction_bits, format.rounding);
}

void TakeOutput(const Interval& acc, int output, int64_t result_highest, const ValueFormat& format,
                LayerRange* range) {
  const int widest_so_far = BitsOf({range->lowest, range->highest});
  if (BitsOf(acc) > widest_so_far) range->widest_output = output;
  range->lowest = std::min(range->lowest, acc.lowest);
  range->highest = std::max(range->highest, acc.highest);
  range->result_highest = std::max(range->result_highest, result_highest);
  range->can_overflow_result = range->result_highest > device::HighestOf(format);
}

void RequireLayer(const LayerRange& range, int accumulator_bits) {
  const int needed = AccumulatorBits(range);
  if (needed <= accumulator_bits) return;
  throw NumericError("layer " + range.layer + ", output " + std::to_string(range.widest_output) +
                     ": expected an accumulator of " + std::to_string(accumulator_bits) +
                     " bits to suffice, found values from " + std::to_string(range.lowest) +
                     " to " + std::to_string(range.highest) + ", which need " +
                     std::to_string(needed));
}

}  // namespace

int AccumulatorBits(const LayerRange& range) { return BitsOf({range.lowest, range.highest}); }

RangeProof ProveRanges(const EncoderProfile& profile, const EncoderWeights& weights) {
  if (profile.is_float) throw UsageError("profile float: expected a profile with integer weights");
  const EncoderFormats& f = profile.formats;
  RangeProof proof;
  proof.conv.layer = "conv";
  proof.dense.layer = "dense";
  const int conv_fraction = f.input.fraction_bits + f.weight.fraction_bits;
  Interval activation[kFilters];
  for (int k = 0; k < kFilters; ++k) {
    const Interval acc = BoundConv(f, weights, k);
    const int64_t result = RoundedHighest(acc, conv_fraction, f.activation);
    TakeOutput(acc, k, result, f.activation, &proof.conv);
    const int64_t limit = device::HighestOf(f.activation);
    activation[k].highest = std::min(result, limit);  // a wrapped value may be anything up to limit
  }
  const int dense_fraction = f.activation.fraction_bits + f.weight.fraction_bits;
  for (int o = 0; o < kOutputs; ++o) {
    const int64_t bias = weights.dense_bias[o] * (int64_t{1} << f.activation.fraction_bits);
    Interval acc = {std::min(int64_t{0}, bias), std::max(int64_t{0}, bias)};
    for (int i = 0; i < kActivations; ++i) {
      AddProduct(weights.dense_kernel[i][o], activation[i % kFilters], &acc);
    }
    TakeOutput(acc, o, RoundedHighest(acc, dense_fraction, f.output), f.output, &proof.dense);
  }
  return proof;
}

void RequireAccumulator(const RangeProof& proof, int accumulator_bits) {
  RequireLayer(proof.conv, accumulator_bits);
  RequireLayer(proof.dense, accumulator_bits);
}

}  // namespace demd
