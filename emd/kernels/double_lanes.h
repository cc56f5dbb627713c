#ifndef DEMD_EMD_KERNELS_DOUBLE_LANES_H_
#define DEMD_EMD_KERNELS_DOUBLE_LANES_H_

// Part of the kernels, see the remark on linkage in sinkhorn_kernels.cc: vectors of doubles as wide
// as the translation unit may use, written with the vector types that GCC and clang share. Lanes
// mix in one place, GroupSum, in an order that no width changes.

#include <cstdint>
#include <cstring>

namespace demd {
namespace {

#if defined(__AVX512F__)
constexpr int32_t kDoubles = 8;
#elif defined(__AVX2__)
constexpr int32_t kDoubles = 4;
#else
constexpr int32_t kDoubles = 2;
#endif

/// Arrays are padded to a multiple of this many doubles on every machine.
constexpr int32_t kDoubleGroup = 8;
constexpr int32_t kVectorsPerGroup = kDoubleGroup / kDoubles;

typedef double Doubles __attribute__((vector_size(8 * kDoubles)));
typedef int64_t Longs __attribute__((vector_size(8 * kDoubles)));

inline Doubles LoadDoubles(const double* p) {
  Doubles v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

inline void StoreDoubles(double* p, Doubles v) { std::memcpy(p, &v, sizeof v); }

inline Doubles SplatDouble(double x) { return x - Doubles{}; }

inline Doubles Higher(Doubles a, Doubles b) { return a > b ? a : b; }

/// Sums of eight lanes, whatever the width of a vector.
struct GroupSum {
  Doubles part[kVectorsPerGroup] = {};

  double Total() const {
    double lane[kDoubleGroup];
    for (int32_t v = 0; v < kVectorsPerGroup; ++v) StoreDoubles(lane + v * kDoubles, part[v]);
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  }
};

/// e^x, relative error < 1e-15 for x in [-700, 700]; below that 0, above it e^700.
inline Doubles ExpLanes(Doubles x) {
  constexpr double kLog2E = 1.4426950408889634074;
  constexpr double kLn2High = 0x1.62e42feep-1;
  constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr double kRoundBits = 0x1.8p52;  // adding it leaves the nearest integer in the low bits
  const Longs tiny = x < -700.0;
  x = x < -700.0 ? SplatDouble(-700.0) : x;
  x = x > 700.0 ? SplatDouble(700.0) : x;
  const Doubles shifted = x * kLog2E + kRoundBits;
  const Doubles n = shifted - kRoundBits;
  const Doubles r = (x - n * kLn2High) - n * kLn2Low;
  // Taylor series for |r| <= ln 2 / 2, even and odd terms apart: half the latency.
  const Doubles s = r * r;
  Doubles even = SplatDouble(1.0 / 479001600.0);  // 1/12!
  even = even * s + 1.0 / 3628800.0;
  even = even * s + 1.0 / 40320.0;
  even = even * s + 1.0 / 720.0;
  even = even * s + 1.0 / 24.0;
  even = even * s + 0.5;
  Doubles odd = SplatDouble(1.0 / 6227020800.0);  // 1/13!
  odd = odd * s + 1.0 / 39916800.0;
  odd = odd * s + 1.0 / 362880.0;
  odd = odd * s + 1.0 / 5040.0;
  odd = odd * s + 1.0 / 120.0;
  odd = odd * s + 1.0 / 6.0;
  const Doubles value = (r + s * (even + r * odd)) + 1.0;
  const Longs power = (reinterpret_cast<Longs>(shifted) + 1023) << 52;
  const Doubles result = value * reinterpret_cast<Doubles>(power);
  return tiny ? Doubles{} : result;
}

/// Natural logarithm of a positive normal number, relative error < 1e-15 but near 1, where the
/// absolute error is < 1e-16 |x - 1|.
inline Doubles LogLanes(Doubles x) {
  constexpr double kLn2High = 0x1.62e42feep-1;
  constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr int64_t kSqrtHalfBits = 0x3fe6a09e667f3bcd;  // sqrt(1/2)
  const Longs above = reinterpret_cast<Longs>(x) - kSqrtHalfBits;
  const Longs exponent = above >> 52;
  const Doubles m = reinterpret_cast<Doubles>((above & 0x000fffffffffffffLL) + kSqrtHalfBits);
  // A small integer to double: the exponent of 2^52 + 2^51 in front of it.
  constexpr double kRoundBits = 0x1.8p52;
  const Doubles e = reinterpret_cast<Doubles>(exponent + 0x4338000000000000LL) - kRoundBits;
  const Doubles f = m - 1.0;
  const Doubles s = f / (f + 2.0);
  const Doubles s2 = s * s;
  Doubles tail = SplatDouble(2.0 / 23.0);
  tail = tail * s2 + 2.0 / 21.0;
  tail = tail * s2 + 2.0 / 19.0;
  tail = tail * s2 + 2.0 / 17.0;
  tail = tail * s2 + 2.0 / 15.0;
  tail = tail * s2 + 2.0 / 13.0;
  tail = tail * s2 + 2.0 / 11.0;
  tail = tail * s2 + 2.0 / 9.0;
  tail = tail * s2 + 2.0 / 7.0;
  tail = tail * s2 + 2.0 / 5.0;
  tail = tail * s2 + 2.0 / 3.0;
  const Doubles half_square = 0.5 * f * f;
  const Doubles correction = s * (half_square + s2 * tail);
  return e * kLn2High - ((half_square - (correction + e * kLn2Low)) - f);
}

}  // namespace
}  // namespace demd

#endif  // DEMD_EMD_KERNELS_DOUBLE_LANES_H_
