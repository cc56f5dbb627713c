#ifndef DEMD_QUANT_DEVICE_FIXED_POINT_H_
#define DEMD_QUANT_DEVICE_FIXED_POINT_H_

#include <cstdint>
#include <type_traits>

namespace demd {
namespace device {

/// What happens to the bits that a right shift drops. "Half up" means two things in the field, so
/// the name says where ties go. Names of the HLS tools and of QONNX in brackets.
enum class Rounding : uint8_t {
  kFloor = 0,       ///< toward minus infinity [AP_TRN, FLOOR]
  kTiesUp = 1,      ///< nearest, ties toward plus infinity [AP_RND]
  kTiesToEven = 2,  ///< nearest, ties to the even neighbour [AP_RND_CONV, ROUND; QKeras]
  kTiesAway = 3,    ///< nearest, ties away from zero [AP_RND_INF, HALF_UP]
};

/// What happens to a value outside its format.
enum class Overflow : uint8_t {
  kSaturate = 0,  ///< the nearest end of the range [AP_SAT]
  kWrap = 1,      ///< the low bits are kept [AP_WRAP]
};

/// A fixed-point format: integers q of `bits` bits that stand for q * 2^-fraction_bits.
/// Range: [-2^(bits-1), 2^(bits-1) - 1] if is_signed, else [0, 2^bits - 1]. 1 <= bits <= 30.
struct ValueFormat {
  uint8_t bits;
  uint8_t fraction_bits;
  bool is_signed;
  Rounding rounding;  ///< applied when a value with more fraction bits is brought into the format
  Overflow overflow;  ///< applied after rounding
};

constexpr int32_t LowestOf(const ValueFormat& format) {
  return format.is_signed ? -(int32_t{1} << (format.bits - 1)) : 0;
}

constexpr int32_t HighestOf(const ValueFormat& format) {
  return (int32_t{1} << (format.is_signed ? format.bits - 1 : format.bits)) - 1;
}

/// All bits set if x is negative, else none.
template <typename Int>
constexpr Int SignMask(Int x) {
  return -static_cast<Int>(static_cast<std::make_unsigned_t<Int>>(x) >> (sizeof(Int) * 8 - 1));
}

/// Rounds x / 2^shift to an integer, once.
///
///   RoundShift(x, s, kFloor)      = floor(x / 2^s)
///   RoundShift(x, s, kTiesUp)     = floor(x / 2^s + 1/2)
///   RoundShift(x, s, kTiesToEven) = the nearest integer, of two the even one
///   RoundShift(x, s, kTiesAway)   = the nearest integer, of two the one with the larger magnitude
///
/// x: any int32 or int64. shift: 0 to 30 (int32) or 62 (int64). No intermediate can overflow, so
/// the result is the same for both widths. Free of branches on x.
template <typename Int>
constexpr Int RoundShift(Int x, int shift, Rounding mode) {
  static_assert(std::is_same<Int, int32_t>::value || std::is_same<Int, int64_t>::value,
                "RoundShift works on int32_t and int64_t");
  using Uint = std::make_unsigned_t<Int>;
  if (shift == 0) return x;
  // Arithmetic shift without relying on how the compiler shifts negative numbers.
  const Int sign = SignMask(x);
  const Int floor = ((x ^ sign) >> shift) ^ sign;
  const Uint rest = static_cast<Uint>(x) & ((Uint{1} << shift) - 1);
  const Uint half = Uint{1} << (shift - 1);
  Uint carry_in = 0;  // rest + carry_in reaches 2^shift exactly when the result is floor + 1
  switch (mode) {
    case Rounding::kFloor:
      break;
    case Rounding::kTiesUp:
      carry_in = half;
      break;
    case Rounding::kTiesToEven:
      carry_in = half - 1 + (static_cast<Uint>(floor) & 1);
      break;
    case Rounding::kTiesAway:
      carry_in = half - (static_cast<Uint>(sign) & 1);
      break;
  }
  return floor + static_cast<Int>((rest + carry_in) >> shift);
}

/// x * 2^-shift, rounded if shift > 0 and exact if shift <= 0.
/// REQUIRES: the result fits Int.
template <typename Int>
constexpr Int Rescale(Int x, int shift, Rounding mode) {
  if (shift >= 0) return RoundShift(x, shift, mode);
  return x * (Int{1} << -shift);
}

/// The low `bits` bits of x, 1 <= bits <= 30, read as an unsigned or a two's complement number.
template <typename Int>
constexpr int32_t Wrap(Int x, int bits, bool is_signed) {
  const uint32_t low = static_cast<uint32_t>(x) & ((uint32_t{1} << bits) - 1);
  const uint32_t sign = is_signed ? (low >> (bits - 1)) & 1 : 0;
  return static_cast<int32_t>(low) - static_cast<int32_t>(sign << bits);
}

/// max(x, 0), free of branches: the same instructions for every x.
template <typename Int>
constexpr Int Positive(Int x) {
  return x & ~SignMask(x);
}

/// x clipped to [lowest, highest], free of branches.
/// REQUIRES: x - lowest and x - highest do not overflow.
template <typename Int>
constexpr Int Clip(Int x, Int lowest, Int highest) {
  const Int at_least = Positive(static_cast<Int>(x - lowest)) + lowest;
  return highest - Positive(static_cast<Int>(highest - at_least));
}

/// Brings an integer into the range of a format. REQUIRES: |x| < 2^30 for int32, 2^62 for int64.
template <typename Int>
constexpr int32_t Fit(Int x, const ValueFormat& format) {
  if (format.overflow == Overflow::kWrap) return Wrap(x, format.bits, format.is_signed);
  return static_cast<int32_t>(
      Clip(x, static_cast<Int>(LowestOf(format)), static_cast<Int>(HighestOf(format))));
}

/// An integer in units of 2^-from_fraction_bits brought into a format: rounded once, then fitted.
///
///   q = Overflow(Round(x * 2^(format.fraction_bits - from_fraction_bits)))
template <typename Int>
constexpr int32_t Requantize(Int x, int from_fraction_bits, const ValueFormat& format) {
  return Fit(Rescale(x, from_fraction_bits - format.fraction_bits, format.rounding), format);
}

/// ReLU, then Requantize: what follows a layer's accumulator.
template <typename Int>
constexpr int32_t ReluRequantize(Int x, int from_fraction_bits, const ValueFormat& format) {
  return Requantize(Positive(x), from_fraction_bits, format);
}

/// Number of bits of v: 0 for 0, else floor(log2 v) + 1. The same instructions for every v.
constexpr int BitLength(uint32_t v) {
  int length = 0;
  for (int step = 16; step > 0; step >>= 1) {
    const int move = static_cast<int>((v >> step) != 0) * step;
    v >>= move;
    length += move;
  }
  return length + static_cast<int>(v);
}

/// floor(log2 v), and 0 for v = 0.
constexpr int FloorLog2(uint32_t v) { return BitLength(v | 1) - 1; }

}  // namespace device
}  // namespace demd

#endif  // DEMD_QUANT_DEVICE_FIXED_POINT_H_
