#ifndef DEMD_QUANT_RANGE_PROOF_H_
#define DEMD_QUANT_RANGE_PROOF_H_

#include <cstdint>
#include <string>
#include <vector>

#include "quant/device/encoder.h"
#include "quant/encoder_profile.h"

namespace demd {

/// What one layer's accumulators can hold over all possible wafers: [lowest, highest] contains
/// every partial sum, in any order of adding, of any wafer of 48 charges.
struct LayerRange {
  std::string layer;   ///< "conv" or "dense"
  int64_t lowest = 0;  ///< over all outputs of the layer
  int64_t highest = 0;
  int widest_output = 0;             ///< the filter or output that needs the most bits
  int64_t result_highest = 0;        ///< of the rounded result, before it is fitted to its format
  bool can_overflow_result = false;  ///< result_highest is above the result's format
};

/// The bounds of both layers, from the actual weights.
struct RangeProof {
  LayerRange conv;
  LayerRange dense;
};

/// Bounds every accumulator. Uses that charges are not negative and, before rounding, add up to
/// less than 2 after normalisation; and for the dense layer the bound of each activation. Errors:
/// UsageError for the float profile.
RangeProof ProveRanges(const EncoderProfile& profile, const device::EncoderWeights& weights);

/// Bits of a two's complement accumulator that holds the layer's range.
int AccumulatorBits(const LayerRange& range);

/// Refuses when a layer needs more than `accumulator_bits` bits.
/// Errors: NumericError that names the layer, the output and the bound.
void RequireAccumulator(const RangeProof& proof, int accumulator_bits);

/// Width for which float arithmetic holds every partial sum exactly: |x| <= 2^24.
constexpr int kFloatAccumulatorBits = 25;

}  // namespace demd

#endif  // DEMD_QUANT_RANGE_PROOF_H_
