#ifndef DEMD_QUANT_DEVICE_CHARGE_FORMATS_H_
#define DEMD_QUANT_DEVICE_CHARGE_FORMATS_H_

#include <cstdint>

#include "quant/device/fixed_point.h"

namespace demd {
namespace device {

/// The read-out's unsigned floats "nEmM": n exponent bits above m mantissa bits.
///
///   v < 2^m: exponent 0, mantissa v                                 (linear)
///   else:    exponent = BitLength(v) - m, mantissa = the m bits after the leading one (truncated)
///
/// Values whose exponent does not fit become the largest code, all ones.
/// Source: ECON-T emulator of the CMS HGCAL trigger.
struct FloatFormat {
  uint8_t exponent_bits;
  uint8_t mantissa_bits;
  uint8_t dropped_bits;  ///< least significant bits of the charge that are dropped before coding
};

constexpr FloatFormat kLinkLowDensity = {4, 3, 1};   ///< 4E3M trigger cell, low-density module
constexpr FloatFormat kLinkHighDensity = {4, 3, 3};  ///< 4E3M trigger cell, high-density module
constexpr FloatFormat kLinkPlain = {4, 3, 0};        ///< 4E3M without dropped bits
constexpr FloatFormat kSum5E4M = {5, 4, 0};          ///< module sum in an autoencoder or STC frame
constexpr FloatFormat kSum5E3M = {5, 3, 0};          ///< module sum in threshold and best choice

constexpr int CodeBits(const FloatFormat& format) {
  return format.exponent_bits + format.mantissa_bits;
}

/// 1 if x > 0, else 0. REQUIRES: 0 <= x < 2^31. Free of branches, as all below that a frame needs.
constexpr int IsPositive(int x) { return static_cast<int>((0u - static_cast<uint32_t>(x)) >> 31); }

/// The code of a charge, exponent above mantissa.
constexpr uint32_t EncodeFloat(uint32_t charge, const FloatFormat& format) {
  const uint32_t v = charge >> format.dropped_bits;
  const int m = format.mantissa_bits;
  const int exponent = Positive(BitLength(v) - m);
  const uint32_t mantissa = (v >> (exponent - IsPositive(exponent))) & ((uint32_t{1} << m) - 1);
  const uint32_t code = static_cast<uint32_t>(exponent) << m | mantissa;
  const uint32_t largest = (uint32_t{1} << CodeBits(format)) - 1;
  const int too_large = SignMask((1 << format.exponent_bits) - 1 - exponent);
  return (code | static_cast<uint32_t>(too_large)) & largest;
}

/// The exponent in a code. Bits above those of a code do not count, here and below.
constexpr int ExponentOf(uint32_t code, const FloatFormat& format) {
  return static_cast<int>(code >> format.mantissa_bits) & ((1 << format.exponent_bits) - 1);
}

/// The lowest charge with this code; 2^32 - 1 where that needs more than 32 bits, which is beyond
/// every sum of a wafer (codes of 5E4M with exponents above 28, and of 5E3M above 29).
constexpr uint32_t DecodeFloatLowest(uint32_t code, const FloatFormat& format) {
  const int m = format.mantissa_bits;
  const uint32_t mantissa = code & ((uint32_t{1} << m) - 1);
  const int exponent = ExponentOf(code, format);
  const int leading_one = IsPositive(exponent);
  const int shift = exponent - leading_one + format.dropped_bits;
  const int largest_shift = (1 << format.exponent_bits) - 2 + format.dropped_bits;
  if (largest_shift + m + 1 > 32 && shift + m + 1 > 32) return 0xFFFFFFFFu;
  return (static_cast<uint32_t>(leading_one) << m | mantissa) << shift;
}

/// The middle of the charges with this code: the lowest plus half the width of the code's cell.
/// The off-detector decoder uses this one.
constexpr uint32_t DecodeFloatMiddle(uint32_t code, const FloatFormat& format) {
  const uint32_t lowest = DecodeFloatLowest(code, format);
  const int exponent = ExponentOf(code, format);
  const int cell_bits = (exponent > 0 ? exponent - 1 : 0) + format.dropped_bits;
  if (lowest == 0xFFFFFFFFu || cell_bits == 0) return lowest;
  return lowest + (uint32_t{1} << (cell_bits - 1));
}

/// Fraction bits of a calibration multiplier: 12 bits unsigned, 2048 = 1, up to 2 - 2^-11.
constexpr int kCalibrationFractionBits = 11;

/// A 4E3M link word brought to CALQ: decoded, multiplied, truncated. At most 19 bits.
/// multiplier: 0 to 4095, kCalibrationFractionBits fraction bits.
constexpr uint32_t CalibratedCharge(uint32_t link_word, uint32_t multiplier) {
  // 18 bits x 12 bits: fits.
  return (DecodeFloatLowest(link_word, kLinkPlain) * multiplier) >> kCalibrationFractionBits;
}

}  // namespace device
}  // namespace demd

#endif  // DEMD_QUANT_DEVICE_CHARGE_FORMATS_H_
