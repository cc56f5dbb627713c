// The encoder with AVX2: 16-bit pair products along the inner sums. Compiled with -mavx2, so it may
// use no inline function that other files use too; it is compared bit for bit with quant/device.
// Intrinsics, because plain loops were measured to be four times slower: see the AVX-512 file.

#include <immintrin.h>
#include <stdint.h>

#include "quant/fast_frame_avx2.h"
#include "quant/fast_kernels.h"
#include "quant/fast_loops_avx2.h"

namespace demd {
namespace avx2 {
namespace {

// The image in memory: 9 rows of 32 bytes. Columns 0-7 and zeros; row 8 is zero.
constexpr int kRowStride = 16;
constexpr int kImageRows = 9;

struct alignas(32) Scratch {
  int16_t image[kImageRows * kRowStride];
  // 12 positions x 8 filters; of each two positions first the filters 0-3 of both, as packing
  // leaves them.
  int16_t activation[96];
};

// Vectors of the shifts and limits, made once per call.
struct Constants {
  __m128i input_up;
  __m256i input_highest;
  __m128i conv_shift;
  __m256i conv_mask;
  __m256i conv_half;
  __m256i activation_highest;  // 16 bits each, as the next
  __m128i dense_shift;
  __m256i dense_mask;
  __m256i dense_half;
  __m256i output_highest;
};

DEMD_INLINE uint32_t LowBits(int32_t n) { return (uint32_t{1} << n) - 1; }

DEMD_INLINE Constants MakeConstants(const FastFormats& f) {
  Constants c;
  c.input_up = _mm_cvtsi32_si128(f.input_shift_up);
  c.input_highest = _mm256_set1_epi32(f.input_highest);
  c.conv_shift = _mm_cvtsi32_si128(f.conv_shift);
  c.conv_mask = _mm256_set1_epi32(static_cast<int32_t>(LowBits(f.conv_shift)));
  c.conv_half = _mm256_set1_epi32(static_cast<int32_t>(uint32_t{1} << f.conv_shift >> 1));
  c.activation_highest = _mm256_set1_epi16(static_cast<int16_t>(f.activation_highest));
  c.dense_shift = _mm_cvtsi32_si128(f.dense_shift);
  c.dense_mask = _mm256_set1_epi32(static_cast<int32_t>(LowBits(f.dense_shift)));
  c.dense_half = _mm256_set1_epi32(static_cast<int32_t>(uint32_t{1} << f.dense_shift >> 1));
  c.output_highest = _mm256_set1_epi16(static_cast<int16_t>(f.output_highest));
  return c;
}

// RoundShift of numbers that leave room for the carry.
template <FastRounding kRounding>
DEMD_INLINE __m256i RoundShift(__m256i x, __m128i shift, __m256i mask, __m256i half) {
  const __m256i floor = _mm256_sra_epi32(x, shift);
  if (kRounding == kFastFloor) return floor;
  const __m256i rest = _mm256_and_si256(x, mask);
  __m256i carry = half;
  if (kRounding == kFastHalfEven) {
    const __m256i one = _mm256_set1_epi32(1);
    carry = _mm256_add_epi32(_mm256_sub_epi32(half, one), _mm256_and_si256(floor, one));
  }
  return _mm256_add_epi32(floor, _mm256_srl_epi32(_mm256_add_epi32(rest, carry), shift));
}

DEMD_INLINE __m256i LoadCharges(const uint32_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

DEMD_INLINE uint32_t HorizontalSum(__m256i v) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4E));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xB1));
  return static_cast<uint32_t>(_mm_cvtsi128_si32(s));
}

DEMD_INLINE void Store64(int16_t* p, __m128i v) {
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), v);
}
DEMD_INLINE void Store64High(int16_t* p, __m128i v) {
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_unpackhi_epi64(v, v));
}

// One rhombus: 16 cells as two vectors of 8. Transposed: row i of the image holds the cells
// i, i + 4, i + 8, i + 12; the order of `shuffle` decides, so the third rhombus can be reversed.
struct Rows {
  __m128i rows01;  // row 0 in the low half, row 1 in the high half
  __m128i rows23;
};

DEMD_INLINE Rows Transpose(__m128i cells0to7, __m128i cells8to15) {
  // Cells c, c + 4 side by side.
  const __m128i pairs = _mm_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15);
  const __m128i low = _mm_shuffle_epi8(cells0to7, pairs);
  const __m128i high = _mm_shuffle_epi8(cells8to15, pairs);
  return {_mm_unpacklo_epi32(low, high), _mm_unpackhi_epi32(low, high)};
}

// Row i holds the cells 15 - i, 11 - i, 7 - i, 3 - i.
DEMD_INLINE Rows TransposeReversed(__m128i cells0to7, __m128i cells8to15) {
  // Cells c + 4, c for c = 3, 2, 1, 0.
  const __m128i pairs = _mm_setr_epi8(14, 15, 6, 7, 12, 13, 4, 5, 10, 11, 2, 3, 8, 9, 0, 1);
  const __m128i low = _mm_shuffle_epi8(cells0to7, pairs);
  const __m128i high = _mm_shuffle_epi8(cells8to15, pairs);
  return {_mm_unpacklo_epi32(high, low), _mm_unpackhi_epi32(high, low)};
}

// Charges to the padded image. Returns the sum.
template <FastRounding kRounding>
DEMD_INLINE uint32_t MakeImage(const Constants& c, const uint32_t* charges, int16_t* image) {
  __m256i v[6];
  for (int i = 0; i < 6; ++i) v[i] = LoadCharges(charges + 8 * i);
  const uint32_t sum = HorizontalSum(
      _mm256_add_epi32(_mm256_add_epi32(_mm256_add_epi32(v[0], v[1]), _mm256_add_epi32(v[2], v[3])),
                       _mm256_add_epi32(v[4], v[5])));
  const int32_t shift = FloorLog2(sum) + 1;
  const __m128i down = _mm_cvtsi32_si128(shift);
  const __m256i mask = _mm256_set1_epi32(static_cast<int32_t>(LowBits(shift)));
  const __m256i half = _mm256_set1_epi32(static_cast<int32_t>(uint32_t{1} << shift >> 1));
  for (int i = 0; i < 6; ++i) {
    const __m256i q = RoundShift<kRounding>(_mm256_sll_epi32(v[i], c.input_up), down, mask, half);
    v[i] = _mm256_min_epi32(q, c.input_highest);
  }
  // Eight cells a vector, 16 bits each.
  __m128i cells[6];
  for (int i = 0; i < 6; ++i) {
    cells[i] = _mm_packs_epi32(_mm256_castsi256_si128(v[i]), _mm256_extracti128_si256(v[i], 1));
  }
  // Top: rhombus 1 from its last row up on the left, rhombus 0 transposed on the right.
  const Rows right = Transpose(cells[0], cells[1]);
  _mm_store_si128(reinterpret_cast<__m128i*>(image + 0 * kRowStride),
                  _mm_unpacklo_epi64(_mm_unpackhi_epi64(cells[3], cells[3]), right.rows01));
  _mm_store_si128(reinterpret_cast<__m128i*>(image + 1 * kRowStride),
                  _mm_blend_epi16(cells[3], right.rows01, 0xF0));
  _mm_store_si128(reinterpret_cast<__m128i*>(image + 2 * kRowStride),
                  _mm_unpacklo_epi64(_mm_unpackhi_epi64(cells[2], cells[2]), right.rows23));
  _mm_store_si128(reinterpret_cast<__m128i*>(image + 3 * kRowStride),
                  _mm_blend_epi16(cells[2], right.rows23, 0xF0));
  // Bottom left: rhombus 2.
  const Rows left = TransposeReversed(cells[4], cells[5]);
  Store64(image + 4 * kRowStride, left.rows01);
  Store64High(image + 5 * kRowStride, left.rows01);
  Store64(image + 6 * kRowStride, left.rows23);
  Store64High(image + 7 * kRowStride, left.rows23);
  return sum;
}

// Pixels (row, column) and (row, column + 1) in every lane.
DEMD_INLINE __m256i BroadcastPair(const int16_t* pair) {
  int32_t both;
  __builtin_memcpy(&both, pair, sizeof(both));
  return _mm256_set1_epi32(both);
}

DEMD_INLINE __m256i MultiplyAdd(__m256i acc, __m256i pairs, const int16_t* weights) {
  const __m256i w = _mm256_load_si256(reinterpret_cast<const __m256i*>(weights));
  return _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, w));
}

// kPositions outputs of one row of the convolution from kRows image rows, of which the last has
// kLastPairs pixel pairs that are not zero, the others kPairs.
template <FastRounding kRounding, int kPositions, int kRows, int kPairs, int kLastPairs>
DEMD_INLINE void ConvRow(const FastWeights& weights, const Constants& c, const int16_t* image,
                         int16_t* activation) {
  const __m256i bias = _mm256_load_si256(reinterpret_cast<const __m256i*>(weights.conv_bias));
  __m256i acc[kPositions];
  for (int p = 0; p < kPositions; ++p) acc[p] = bias;
  for (int row = 0; row < kRows; ++row) {
    const int pairs = row == kRows - 1 ? kLastPairs : kPairs;
    for (int pair = 0; pair < pairs; ++pair) {
      const __m256i x = BroadcastPair(image + row * kRowStride + 2 * pair);
      if (pair < kPositions) acc[pair] = MultiplyAdd(acc[pair], x, &weights.conv[row][0][0][0]);
      if (pair > 0) acc[pair - 1] = MultiplyAdd(acc[pair - 1], x, &weights.conv[row][1][0][0]);
    }
  }
  for (int p = 0; p < kPositions; p += 2) {
    // Packing makes what is negative 0.
    const __m256i q = _mm256_packus_epi32(
        RoundShift<kRounding>(acc[p], c.conv_shift, c.conv_mask, c.conv_half),
        RoundShift<kRounding>(acc[p + 1], c.conv_shift, c.conv_mask, c.conv_half));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(activation + 8 * p),
                        _mm256_min_epu16(q, c.activation_highest));
  }
}

template <FastRounding kRounding>
DEMD_INLINE void Conv(const FastWeights& weights, const Constants& c, Scratch* s) {
  const int16_t* image = s->image;
  ConvRow<kRounding, 4, 3, 4, 4>(weights, c, image, s->activation);
  ConvRow<kRounding, 4, 3, 4, 2>(weights, c, image + 2 * kRowStride, s->activation + 32);
  ConvRow<kRounding, 2, 3, 2, 2>(weights, c, image + 4 * kRowStride, s->activation + 64);
  ConvRow<kRounding, 2, 2, 2, 2>(weights, c, image + 6 * kRowStride, s->activation + 80);
}

// Of every wafer 16 codes, 16 bits each. Wafers share each load of weights,
// which is what the dense layer would otherwise wait for.
template <FastRounding kRounding, int kWafers>
DEMD_INLINE void Dense(const FastWeights& weights, const Constants& c, const Scratch* s,
                       __m256i* codes) {
  // A wafer alone has two chains of additions, so that one need not wait for the other.
  constexpr int kChains = kWafers == 1 ? 2 : 1;
  const __m256i zero = _mm256_setzero_si256();
  __m256i acc[kWafers][kChains][2];
  for (int w = 0; w < kWafers; ++w) {
    for (int half = 0; half < 2; ++half) {
      acc[w][kChains - 1][half] = zero;
      acc[w][0][half] =
          _mm256_load_si256(reinterpret_cast<const __m256i*>(weights.dense_bias + 8 * half));
    }
  }
  for (int pair = 0; pair < 48; pair += kChains) {
    for (int chain = 0; chain < kChains; ++chain) {
      for (int w = 0; w < kWafers; ++w) {
        const __m256i x = BroadcastPair(s[w].activation + 2 * (pair + chain));
        for (int half = 0; half < 2; ++half) {
          acc[w][chain][half] =
              MultiplyAdd(acc[w][chain][half], x, &weights.dense[pair + chain][8 * half][0]);
        }
      }
    }
  }
  for (int w = 0; w < kWafers; ++w) {
    __m256i q[2];
    for (int half = 0; half < 2; ++half) {
      __m256i sum = acc[w][0][half];
      if (kChains == 2) sum = _mm256_add_epi32(sum, acc[w][kChains - 1][half]);
      q[half] = RoundShift<kRounding>(sum, c.dense_shift, c.dense_mask, c.dense_half);
    }
    const __m256i clipped = _mm256_min_epu16(_mm256_packus_epi32(q[0], q[1]), c.output_highest);
    codes[w] = _mm256_permute4x64_epi64(clipped, 0xD8);
  }
}

template <FastRounding kRounding>
struct Encoder {
  using Constants = avx2::Constants;
  static constexpr int kGroup = 4;
  struct Scratch {
    avx2::Scratch of_wafer[kGroup];
  };

  static Constants MakeConstants(const FastFormats& formats) {
    return avx2::MakeConstants(formats);
  }

  template <int kWafers>
  DEMD_INLINE static void Codes(const FastWeights& weights, const Constants& c, Scratch* scratch,
                                const uint32_t* charges, __m256i* codes, uint32_t* sums) {
    for (int w = 0; w < kWafers; ++w) {
      avx2::Scratch* s = &scratch->of_wafer[w];
      sums[w] = MakeImage<kRounding>(c, charges + 48 * w, s->image);
      Conv<kRounding>(weights, c, s);
    }
    Dense<kRounding, kWafers>(weights, c, scratch->of_wafer, codes);
  }
};

}  // namespace

extern const FastKernels kFastKernels;
const FastKernels kFastKernels = {
    "avx2",
    {Encode<Encoder<kFastFloor>>, Encode<Encoder<kFastHalfUp>>, Encode<Encoder<kFastHalfEven>>},
    {Frames<Encoder<kFastFloor>>, Frames<Encoder<kFastHalfUp>>, Frames<Encoder<kFastHalfEven>>}};

}  // namespace avx2
}  // namespace demd
