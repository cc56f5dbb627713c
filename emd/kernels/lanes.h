#ifndef DEMD_EMD_KERNELS_LANES_H_
#define DEMD_EMD_KERNELS_LANES_H_

// Part of the kernel: see the remark on linkage in simplex_kernel.h. Loops over arrays of int32 in
// registers as wide as the translation unit may use, written with the vector types that GCC and
// clang share. Lanes never mix except in minima of integers, so every width gives the same result.
//
// Lengths of arrays are multiples of kLanes. An array that is read
// as vectors is also written as vectors (SubtractFromLane): a processor cannot forward a narrow
// store to a wider load, and waits.

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
typedef uint64_t LongLanes __attribute__((vector_size(4 * kWidth)));
typedef double DoubleLanes __attribute__((vector_size(4 * kWidth)));
typedef float FloatLanes __attribute__((vector_size(4 * kWidth)));

// The same in memory: at any address, next to scalar accesses of the same array.
typedef IntLanes IntMemory __attribute__((aligned(4), may_alias));
typedef LongLanes LongMemory __attribute__((aligned(8), may_alias));
typedef FloatLanes FloatMemory __attribute__((aligned(4), may_alias));
typedef DoubleLanes DoubleMemory __attribute__((aligned(8), may_alias));

constexpr int32_t RoundUpToLanes(int32_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

inline IntLanes Load(const int32_t* p) { return *reinterpret_cast<const IntMemory*>(p); }
inline void Store(int32_t* p, IntLanes v) { *reinterpret_cast<IntMemory*>(p) = v; }
inline IntLanes Splat(int32_t x) { return IntLanes{} + x; }

/// Of keys, kLowestKey <= key <= kNoKey: read as floats they are normal numbers in the same order.
/// The oldest x86-64 has a minimum of floats but none of int32.
constexpr int32_t kLowestKey = 0x00800000;
constexpr int32_t kNoKey = 0x7f7fffff;

inline IntLanes Lower(IntLanes a, IntLanes b) {
#if defined(__SSE2__) && !defined(__SSE4_1__)
  const FloatLanes x = reinterpret_cast<FloatLanes>(a);
  const FloatLanes y = reinterpret_cast<FloatLanes>(b);
  return reinterpret_cast<IntLanes>(x < y ? x : y);
#else
  return a < b ? a : b;
#endif
}

// 0, 1, 2, ...
alignas(64) constexpr int32_t kIota[kLanes] = {0, 1, 2,  3,  4,  5,  6,  7,
                                               8, 9, 10, 11, 12, 13, 14, 15};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
constexpr int kUpper = 1;
#else
constexpr int kUpper = 0;
#endif

// The upper half of every 64 bits, twice; the even lanes of two vectors.
#if defined(__AVX512F__)
inline IntLanes UpperHalves(IntLanes v) {
  return __builtin_shufflevector(v, v, 1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15);
}
inline IntLanes EvenLanes(IntLanes a, IntLanes b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}
#elif defined(__AVX2__)
inline IntLanes UpperHalves(IntLanes v) {
  return __builtin_shufflevector(v, v, 1, 1, 3, 3, 5, 5, 7, 7);
}
inline IntLanes EvenLanes(IntLanes a, IntLanes b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
}
#else
inline IntLanes UpperHalves(IntLanes v) {
  return __builtin_shufflevector(v, v, kUpper, kUpper, 2 + kUpper, 2 + kUpper);
}
inline IntLanes EvenLanes(IntLanes a, IntLanes b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6);
}
#endif

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

// keys[at] = key, then the least of keys[0, n).
inline int32_t ReplaceAndFindLowest(int32_t* keys, int32_t n, int32_t at, int32_t key) {
  IntLanes lowest = Splat(kNoKey);
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
  IntLanes lowest = Splat(kNoKey);
  for (int32_t j = 0; j < n; j += kWidth) {
    const IntLanes r = Load(a + j) - Load(b + j);
    lowest = Lower(lowest, (r & ~kIndexMask) | (Load(kIota) + j));
  }
  return LowestLane(lowest);
}

// values[at] -= amount.
inline void SubtractFromLane(int32_t* values, int32_t at, int32_t amount) {
  const int32_t j = at / kWidth * kWidth;
  const IntLanes here = Load(kIota) + j == Splat(at);
  Store(values + j, Load(values + j) - (Splat(amount) & here));
}

// lowest[j] = min over rows i < n of row_i[j] - p[i], for kVectors vectors of columns.
template <int kVectors>
inline void ColumnMinimaOf(const int32_t* rows, int32_t stride, const int32_t* p, int32_t n,
                           int32_t* lowest) {
  IntLanes best[kVectors];
  for (int k = 0; k < kVectors; ++k) best[k] = Splat(kNoKey);
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

// sum[k] = sum over r < n of weights[r] * rows[r][k], k < n_sums.
inline void AddWeightedRows(const int32_t* const* rows, const float* weights, int32_t n,
                            int32_t n_sums, float* sum) {
  for (int32_t k = 0; k < n_sums; k += kLanes) {
    FloatLanes total[kLanes / kWidth] = {};
    for (int32_t r = 0; r < n; ++r) {
      for (int32_t v = 0; v < kLanes / kWidth; ++v) {
        total[v] +=
            weights[r] * __builtin_convertvector(Load(rows[r] + k + v * kWidth), FloatLanes);
      }
    }
    for (int32_t v = 0; v < kLanes / kWidth; ++v) {
      *reinterpret_cast<FloatMemory*>(sum + k + v * kWidth) = total[v];
    }
  }
}

// lower[i] = how many of keys[0, n) are less than keys[i], for i < padded.
inline void CountLower(const int32_t* keys, int32_t padded, int32_t n, int32_t* lower) {
  for (int32_t i = 0; i < padded; i += kWidth) {
    const IntLanes here = Load(keys + i);
    IntLanes count = {};
    for (int32_t k = 0; k < n; ++k) count -= Splat(keys[k]) < here;
    Store(lower + i, count);
  }
}

// lowest[k] = min over j < n of columns[cell[j] * kTableStride + k] + shift[j], k < n_values
// rounded up to kLanes.
inline void LowestSums(const double* columns, const uint8_t* cell, const double* shift, int32_t n,
                       int32_t n_values, double* lowest) {
  constexpr int32_t kVectors = 2 * kLanes / kWidth;
  for (int32_t k = 0; k < n_values; k += kLanes) {
    DoubleLanes best[kVectors];
    for (int32_t v = 0; v < kVectors; ++v) best[v] = DoubleLanes{} + 1e300;
    for (int32_t j = 0; j < n; ++j) {
      const DoubleMemory* column =
          reinterpret_cast<const DoubleMemory*>(columns + cell[j] * kTableStride + k);
      for (int32_t v = 0; v < kVectors; ++v) {
        const DoubleLanes sum = column[v] + shift[j];
        best[v] = sum < best[v] ? sum : best[v];
      }
    }
    for (int32_t v = 0; v < kVectors; ++v) {
      reinterpret_cast<DoubleMemory*>(lowest + k)[v] = best[v];
    }
  }
}

// All bits of lanes whose bit `at` of 64 is set, by way of the upper halves' sign: the oldest
// x86-64 compares no 64-bit lanes.
inline LongLanes LanesWithBit(LongLanes v, int32_t at) {
  const IntLanes sign = reinterpret_cast<IntLanes>(v << (63 - at)) >> 31;
  return reinterpret_cast<LongLanes>(UpperHalves(sign));
}

// Arcs whose side changes at nodes inside and outside the part that moves.
struct SideChange {
  uint64_t inside;
  uint64_t outside;
};

// Changes one word of the sides of nodes k < n, depending on bit `at` of word `by`.
inline void ChangeSides(uint64_t* sides, int32_t by, int32_t at, int32_t n, SideChange change,
                        int32_t word) {
  const LongMemory* deciding = reinterpret_cast<const LongMemory*>(sides + by * kPotentials);
  LongMemory* changed = reinterpret_cast<LongMemory*>(sides + word * kPotentials);
  for (int32_t k = 0; k < (2 * n + kWidth - 1) / kWidth; ++k) {
    const LongLanes inside = LanesWithBit(deciding[k], at);
    changed[k] ^= change.outside ^ ((LongLanes{} + (change.inside ^ change.outside)) & inside);
  }
}

// What to add to the two potentials of a node.
struct PotentialShift {
  int32_t coarse;
  int64_t exact;
};

// Shifts the nodes k < n on whose sides bit `at` is set, or, with `other` = all bits, is not.
inline void AddToSide(const uint64_t* sides, int32_t at, uint64_t other, int32_t n,
                      PotentialShift shift, int32_t* potential, int64_t* exact_potential) {
  const LongMemory* side = reinterpret_cast<const LongMemory*>(sides);
  LongMemory* exacts = reinterpret_cast<LongMemory*>(exact_potential);
  for (int32_t k = 0; k < n; k += kWidth, side += 2, exacts += 2) {
    const LongLanes low = LanesWithBit(side[0], at) ^ other;
    const LongLanes high = LanesWithBit(side[1], at) ^ other;
    exacts[0] += (LongLanes{} + static_cast<uint64_t>(shift.exact)) & low;
    exacts[1] += (LongLanes{} + static_cast<uint64_t>(shift.exact)) & high;
    const IntLanes both =
        EvenLanes(reinterpret_cast<IntLanes>(low), reinterpret_cast<IntLanes>(high));
    Store(potential + k, Load(potential + k) + (Splat(shift.coarse) & both));
  }
}

}  // namespace
}  // namespace demd

#endif  // DEMD_EMD_KERNELS_LANES_H_
