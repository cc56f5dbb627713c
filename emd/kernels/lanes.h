#ifndef DEMD_EMD_KERNELS_LANES_H_
#define DEMD_EMD_KERNELS_LANES_H_

// Part of the kernel: see the remark on linkage in simplex_kernel.h. Loops over arrays of int32 in
// registers as wide as the translation unit may use, written with the vector types that GCC and
// clang share. Lanes never mix except in minima of integers, so every width gives the same result.
//
// Arrays are aligned to 64 bytes and their lengths are multiples of kLanes. An array that is read
// as vectors is also written as vectors (ReplaceLane): a processor cannot forward a narrow store to
// a wider load, and waits.

#include <cstdint>

#include "emd/kernels/transport_kernel.h"

namespace demd {
namespace {

#if defined(__AVX512F__)
constexpr int32_t kWidth = 16;
#elif defined(__AVX2__)
constexpr int32_t kWidth = 8;
#else
constexpr int32_t kWidth = 4;
#endif

/// Arrays are padded to this many elements on every machine.
constexpr int32_t kLanes = 16;

/// Bits of a key that hold an index below 64.
constexpr int32_t kIndexMask = 63;

typedef int32_t IntLanes __attribute__((vector_size(4 * kWidth)));
typedef float FloatLanes __attribute__((vector_size(4 * kWidth)));

constexpr int32_t RoundUpToLanes(int32_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

inline IntLanes Load(const int32_t* p) { return *reinterpret_cast<const IntLanes*>(p); }
inline void Store(int32_t* p, IntLanes v) { *reinterpret_cast<IntLanes*>(p) = v; }
inline IntLanes Splat(int32_t x) { return IntLanes{} + x; }
inline IntLanes Lower(IntLanes a, IntLanes b) { return a < b ? a : b; }

// 0, 1, 2, ... and 1, 2, 4, ...
alignas(64) constexpr int32_t kIota[kLanes] = {0, 1, 2,  3,  4,  5,  6,  7,
                                               8, 9, 10, 11, 12, 13, 14, 15};
alignas(64) constexpr int32_t kBit[kLanes] = {1,       1 << 1,  1 << 2,  1 << 3, 1 << 4,  1 << 5,
                                              1 << 6,  1 << 7,  1 << 8,  1 << 9, 1 << 10, 1 << 11,
                                              1 << 12, 1 << 13, 1 << 14, 1 << 15};

inline int32_t LowestOf4(int32_t __attribute__((vector_size(16))) v) {
  const auto swapped = __builtin_shufflevector(v, v, 2, 3, 0, 1);
  v = v < swapped ? v : swapped;
  const int32_t a = v[0];
  const int32_t b = v[1];
  return a < b ? a : b;
}

inline int32_t LowestLane(IntLanes v) {
#if defined(__AVX512F__)
  const auto low8 = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
  const auto high8 = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  const auto v8 = low8 < high8 ? low8 : high8;
#elif defined(__AVX2__)
  const auto v8 = v;
#endif
#if defined(__AVX2__)
  const auto low = __builtin_shufflevector(v8, v8, 0, 1, 2, 3);
  const auto high = __builtin_shufflevector(v8, v8, 4, 5, 6, 7);
  return LowestOf4(low < high ? low : high);
#else
  return LowestOf4(v);
#endif
}

// The least of keys[0, n).
inline int32_t LowestKey(const int32_t* keys, int32_t n) {
  IntLanes lowest = Load(keys);
  for (int32_t j = kWidth; j < n; j += kWidth) lowest = Lower(lowest, Load(keys + j));
  return LowestLane(lowest);
}

// keys[at] = key, then the least of keys[0, n).
inline int32_t ReplaceAndFindLowest(int32_t* keys, int32_t n, int32_t at, int32_t key) {
  IntLanes lowest = Splat(INT32_MAX);
  for (int32_t j = 0; j < n; j += kWidth) {
    const IntLanes here = Load(kIota) == Splat(at - j);
    const IntLanes v = here ? Splat(key) : Load(keys + j);
    Store(keys + j, v);
    lowest = Lower(lowest, v);
  }
  return LowestLane(lowest);
}

// The least of (a[j] - b[j]) with its lowest bits replaced by j, j < n.
inline int32_t LowestDifferenceKey(const int32_t* a, const int32_t* b, int32_t n) {
  IntLanes lowest = Splat(INT32_MAX);
  for (int32_t j = 0; j < n; j += kWidth) {
    const IntLanes r = Load(a + j) - Load(b + j);
    lowest = Lower(lowest, (r & ~kIndexMask) | (Load(kIota) + j));
  }
  return LowestLane(lowest);
}

// values[at] = value.
inline void ReplaceLane(int32_t* values, int32_t at, int32_t value) {
  const int32_t j = at / kWidth * kWidth;
  Store(values + j, Load(kIota) + j == Splat(at) ? Splat(value) : Load(values + j));
}

// lowest[j] = min over rows i < n of row_i[j] - p[i], for kVectors vectors of columns.
template <int kVectors>
inline void ColumnMinimaOf(const int32_t* rows, int32_t stride, const int32_t* p, int32_t n,
                           int32_t* lowest) {
  IntLanes best[kVectors];
  for (int k = 0; k < kVectors; ++k) best[k] = Splat(INT32_MAX);
  for (int32_t i = 0; i < n; ++i) {
    const IntLanes shift = Splat(p[i]);
    const int32_t* row = rows + i * stride;
    for (int k = 0; k < kVectors; ++k) best[k] = Lower(best[k], Load(row + k * kWidth) - shift);
  }
  for (int k = 0; k < kVectors; ++k) Store(lowest + k * kWidth, best[k]);
}

// The same for `stride` columns.
inline void ColumnMinima(const int32_t* rows, int32_t stride, const int32_t* p, int32_t n,
                         int32_t* lowest) {
  int32_t j = 0;
  for (; j + 2 * kLanes <= stride; j += 2 * kLanes) {
    ColumnMinimaOf<2 * kLanes / kWidth>(rows + j, stride, p, n, lowest + j);
  }
  if (j < stride) ColumnMinimaOf<kLanes / kWidth>(rows + j, stride, p, n, lowest + j);
}

// sum[k] = sum over r of weights[r] * rows[r][k], k < kTableStride.
inline void AddWeightedRows(const int32_t* const* rows, const float* weights, int32_t n,
                            float* sum) {
  for (int32_t k = 0; k < kTableStride; k += kWidth) {
    FloatLanes total = {};
    for (int32_t r = 0; r < n; ++r) {
      total += weights[r] * __builtin_convertvector(Load(rows[r] + k), FloatLanes);
    }
    *reinterpret_cast<FloatLanes*>(sum + k) = total;
  }
}

// values[k] += shift for the members k < 64 of a set.
inline void AddToMembers(uint64_t members, int32_t shift, int32_t* values) {
  for (int32_t group = 0; group < 64; group += kLanes) {
    const IntLanes bits = Splat(static_cast<int32_t>((members >> group) & 0xffff));
    for (int32_t k = 0; k < kLanes; k += kWidth) {
      int32_t* v = values + group + k;
      const IntLanes absent = (bits & Load(kBit + k)) == 0;
      Store(v, Load(v) + (Splat(shift) & ~absent));
    }
  }
}

}  // namespace
}  // namespace demd

#endif  // DEMD_EMD_KERNELS_LANES_H_
