#ifndef DEMD_QUANT_CALIBRATION_H_
#define DEMD_QUANT_CALIBRATION_H_

#include <cstdint>
#include <vector>

#include "quant/encoder_profile.h"
#include "quant/integer_encoder.h"

namespace demd {

// Quantisation after training: number formats for an encoder that was trained in float (or in other
// formats), chosen from the values it shows on some wafers. Nothing is trained again.

/// Bits of the formats to choose.
struct FormatWidths {
  int weight_bits = 6;      ///< 2 to 8, with the sign; biases too
  int activation_bits = 8;  ///< 1 to 15
  int output_bits = 9;      ///< 1 to 16
};

/// The format of `bits` bits, signed and rounding like `like`, that loses least: of all numbers of
/// fraction bits from 0 to most_fraction_bits the one with the smallest
///
///   sum_i (x[i] - Quantize(x[i]))^2
///
/// and of equal ones the one with the largest range. Rare large values are clipped when that makes
/// the many small ones more precise.
///
/// REQUIRES: x without NaN.
device::ValueFormat ChooseFormat(const std::vector<float>& x, const device::ValueFormat& like,
                                 int bits, int most_fraction_bits);

/// A profile named "calibrated" with formats of these widths for an encoder: those of the weights
/// from the weights, those of activations and outputs from what the encoder, in float, makes of the
/// wafers. Input format, rounding and overflow modes are those of `base`; of the float profile
/// ("econt" without its truncation): u8.7, to nearest even, saturating.
///
/// charges: [n][48], n > 0
/// Errors: UsageError for widths out of bounds or without wafers; NumericError for a parameter that
/// is NaN; DataError for a charge out of range.
EncoderProfile CalibrateProfile(const EncoderProfile& base, const FloatEncoderWeights& weights,
                                const std::vector<int32_t>& charges, const FormatWidths& widths);

/// What the encoder computes in float, without any rounding: activations after the convolution and
/// outputs, both after their ReLU.
struct FloatEncoderValues {
  std::vector<float> activations;  ///< [n][128]
  std::vector<float> outputs;      ///< [n][16]
};
FloatEncoderValues RunFloatEncoder(const FloatEncoderWeights& weights,
                                   const std::vector<int32_t>& charges);

}  // namespace demd

#endif  // DEMD_QUANT_CALIBRATION_H_
