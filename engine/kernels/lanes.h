#ifndef DEMD_ENGINE_KERNELS_LANES_H_
#define DEMD_ENGINE_KERNELS_LANES_H_

// Part of the kernels, included by their sources alone, which are compiled once per instruction
// set: everything here has internal linkage (see matrix_kernels.cc). Vectors of floats, written
// with the vector types that GCC and clang share; lanes never mix.
//
// The multiply-add and the partial loads are the only intrinsics of the engine. Written as loops
// over constant sizes with std::fma, the product of matrices reaches 215 GFLOP/s with clang 14 and
// AVX-512, but 15 to 30 with GCC 12, which then keeps the sums in memory, and 75 with a loop over
// the lanes of vector types; with the intrinsic GCC reaches 219, the registers' peak.

#include <cstdint>
#include <cstring>

#if defined(__FMA__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace demd {
namespace {

template <int kLanes>
struct LanesOf;
template <>
struct LanesOf<4> {
  typedef float Type __attribute__((vector_size(16)));
};
template <>
struct LanesOf<8> {
  typedef float Type __attribute__((vector_size(32)));
};
template <>
struct LanesOf<16> {
  typedef float Type __attribute__((vector_size(64)));
};

/// kLanes floats in a register.
template <int kLanes>
using Lanes = typename LanesOf<kLanes>::Type;

#if defined(__AVX512F__)
constexpr int kWidest = 16;
#elif defined(__AVX2__)
constexpr int kWidest = 8;
#else
constexpr int kWidest = 4;
#endif

/// Doubles in a register, or in two where registers hold two alone.
constexpr int kDoubleLanes = kWidest < 8 ? 4 : kWidest / 2;
typedef double DoubleLanes __attribute__((vector_size(8 * kDoubleLanes)));

/// The narrowest vector worth having: columns fewer than this are a partial vector.
constexpr int kNarrowest = kWidest < 8 ? kWidest : 8;

#ifndef __FP_FAST_FMAF
// x * y + z with one rounding, on machines without the instruction: the product is exact in double;
// the sum is rounded to odd, so that the final rounding to float cannot be a second one.
// Source: Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", IEEE TC 57 (2008).
inline float FmaByDouble(float x, float y, float z) {
  const double product = static_cast<double>(x) * static_cast<double>(y);
  const double addend = static_cast<double>(z);
  const double sum = product + addend;
  const double addend_part = sum - product;
  const double error = (product - (sum - addend_part)) + (addend - addend_part);
  uint64_t bits;
  std::memcpy(&bits, &sum, sizeof bits);
  // Of an infinite sum the error is NaN, and the sum stays.
  const bool inexact_and_even = (error < 0.0 || error > 0.0) && (bits & 1) == 0;
  // Away from zero when the error has the sign of the sum, else toward zero.
  const uint64_t step = (error > 0.0) == (sum > 0.0) ? uint64_t{1} : ~uint64_t{0};
  bits += inexact_and_even ? step : 0;
  double odd;
  std::memcpy(&odd, &bits, sizeof odd);
  return static_cast<float>(odd);
}
#endif

/// x * y + z, rounded once in each lane.
inline Lanes<4> MultiplyAdd(Lanes<4> x, Lanes<4> y, Lanes<4> z) {
#if defined(__FMA__)
  return _mm_fmadd_ps(x, y, z);
#elif defined(__aarch64__)
  return vfmaq_f32(z, x, y);
#elif defined(__FP_FAST_FMAF)
  for (int i = 0; i < 4; ++i) z[i] = __builtin_fmaf(x[i], y[i], z[i]);
  return z;
#else
  for (int i = 0; i < 4; ++i) z[i] = FmaByDouble(x[i], y[i], z[i]);
  return z;
#endif
}
#if defined(__AVX2__)
inline Lanes<8> MultiplyAdd(Lanes<8> x, Lanes<8> y, Lanes<8> z) { return _mm256_fmadd_ps(x, y, z); }
#endif
#if defined(__AVX512F__)
inline Lanes<16> MultiplyAdd(Lanes<16> x, Lanes<16> y, Lanes<16> z) {
  return _mm512_fmadd_ps(x, y, z);
}
#endif

template <int kLanes>
inline Lanes<kLanes> Splat(float x) {
  return x - Lanes<kLanes>{};  // minus: adding 0 would turn -0 into +0
}

template <int kLanes>
inline Lanes<kLanes> Load(const float* p) {
  Lanes<kLanes> v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

template <int kLanes>
inline void Store(float* p, Lanes<kLanes> v) {
  std::memcpy(p, &v, sizeof v);
}

#if defined(__clang__)
#define DEMD_SHUFFLE(x, y, a, b, c, d) __builtin_shufflevector(x, y, a, b, c, d)
#else
typedef int32_t LaneIndices __attribute__((vector_size(16)));
#define DEMD_SHUFFLE(x, y, a, b, c, d) __builtin_shuffle(x, y, LaneIndices{a, b, c, d})
#endif
/// x0 y0 x1 y1 of the first (0) or second (1) halves.
template <int kHalf>
inline Lanes<4> Interleave(Lanes<4> x, Lanes<4> y) {
  return DEMD_SHUFFLE(x, y, 2 * kHalf, 2 * kHalf + 4, 2 * kHalf + 1, 2 * kHalf + 5);
}
/// x0 x1 y0 y1 of the first (0) or second (1) halves.
template <int kHalf>
inline Lanes<4> JoinHalves(Lanes<4> x, Lanes<4> y) {
  return DEMD_SHUFFLE(x, y, 2 * kHalf, 2 * kHalf + 1, 2 * kHalf + 4, 2 * kHalf + 5);
}
#undef DEMD_SHUFFLE

/// The first n lanes, 0 < n < kLanes; the others are 0, and their memory is not touched.
template <int kLanes>
inline Lanes<kLanes> LoadFirst(const float* p, int64_t n) {
  Lanes<kLanes> v{};
  for (int64_t i = 0; i < n; ++i) v[i] = p[i];
  return v;
}

template <int kLanes>
inline void StoreFirst(float* p, Lanes<kLanes> v, int64_t n) {
  float all[kLanes];
  Store<kLanes>(all, v);
  for (int64_t i = 0; i < n; ++i) p[i] = all[i];
}

#if defined(__AVX2__)
inline __m256i MaskOfFirst(int64_t n) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lane);
}
template <>
inline Lanes<8> LoadFirst<8>(const float* p, int64_t n) {
  return _mm256_maskload_ps(p, MaskOfFirst(n));
}
#endif

}  // namespace
}  // namespace demd

#endif  // DEMD_ENGINE_KERNELS_LANES_H_
