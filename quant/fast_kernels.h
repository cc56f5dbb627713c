#ifndef DEMD_QUANT_FAST_KERNELS_H_
#define DEMD_QUANT_FAST_KERNELS_H_

#include <stdint.h>

// Plain data only: this header is included by code compiled for newer instruction sets, and any
// inline function in it could be picked up by code that must run without them.

namespace demd {

/// The encoder's weights as pairs of 16-bit integers for instructions that add two products.
/// Layout of the pairs: see PrepareFastWeights in fast_encoder.cc.
struct alignas(64) FastWeights {
  /// [kernel row][half][filter][2]: half 0 multiplies columns (0, 1), half 1 columns (2, none).
  int16_t conv[3][2][8][2];
  /// The biases in the accumulator's unit. [8]
  int32_t conv_bias[8];
  /// [activation pair][output][2] of the 12 positions that see the wafer, in row-major order of the
  /// 4x4 output without its lower right quarter, the filters of two positions mixed.
  int16_t dense[48][16][2];
  /// Biases with the contribution of the 4 positions that see only masked pixels. [16]
  int32_t dense_bias[16];
  /// The same for vectors of 512 bits. [tap pair][2 positions][filter][2], no tenth tap.
  int16_t conv_pairs[5][32];
  /// [vector of 32 activations][pair in a lane][4 outputs][lane][output of the 4][2]
  int16_t dense_lanes[3][4][4][32];
};

/// The formats, reduced to what the kernels need. All formats saturate.
struct FastFormats {
  int32_t input_shift_up;  ///< fraction bits of the input, plus 1
  int32_t input_highest;
  int32_t conv_shift;  ///< at least 1
  int32_t activation_highest;
  int32_t dense_shift;  ///< at least 1
  int32_t output_highest;
  uint16_t keep[16];  ///< the bits of each output that are not cleared
};

/// One way to run the encoder; rounding is one of floor, half up, half to even for all steps
/// (half away from zero is half up where nothing is negative).
enum FastRounding { kFastFloor = 0, kFastHalfUp = 1, kFastHalfEven = 2 };

struct FastKernels {
  const char* name;
  /// Charges to codes.
  /// charges: [n][48] uint32, each < 2^22   codes: [n][16]
  void (*encode[3])(const FastWeights& weights, const FastFormats& formats, const uint32_t* charges,
                    int64_t n, uint16_t* codes);
  /// Charges to frames of 9-bit outputs that send their top 2 n_elinks - 1 bits.
  /// frames: [n][n_elinks], headers count up from first_crossing
  void (*frames[3])(const FastWeights& weights, const FastFormats& formats, const uint32_t* charges,
                    int64_t n, uint32_t first_crossing, int32_t n_elinks, uint32_t* frames);
};

}  // namespace demd

#endif  // DEMD_QUANT_FAST_KERNELS_H_
