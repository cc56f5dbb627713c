// The encoder with AVX-512 and its 16-bit dot products (VNNI). Compiled for these, so it may use no
// inline function that other files use too; it is compared bit for bit with quant/device.
//
// Intrinsics rather than loops for the compiler to vectorise, because that was measured to matter:
// plain loops compiled for the same instruction sets (integers as in quant/device, or floats along
// the outputs) reach 4 to 5 million wafers/s where this reaches 38 and the AVX2 file 22.
//
// A wafer stays in registers from its charges to its frame: its normalised cells are one and a half
// vectors, every step of the convolution takes its pixels from there by one permutation, and the
// order that packing leaves the activations in is that of the prepared weights.

// GCC 12 takes the undefined upper parts in its own header's functions for a mistake.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#include <stdint.h>

#include "quant/device/image.h"
#include "quant/fast_frame_avx2.h"
#include "quant/fast_kernels.h"
#include "quant/fast_loops_avx2.h"

namespace demd {
namespace avx512 {
namespace {

constexpr int kSums = 6;      // vectors of convolution sums: two positions x 8 filters each
constexpr int kTapPairs = 5;  // nine taps, two by two
constexpr int kTopCells = 32;

// The left position of each vector of sums; the other is to its right. 4x4 positions, row by row.
constexpr int kPositions[kSums] = {0, 2, 4, 6, 8, 12};

// Which cell each 16-bit lane takes, for every step of the convolution.
struct ConvSteps {
  int16_t cell[kSums][kTapPairs][32];  // within its source: cells 0-31, or 32-47
  uint32_t nonzero[kSums][kTapPairs];  // lanes that see a cell at all
  bool from_bottom[kSums][kTapPairs];  // source: cells 32-47
};

constexpr ConvSteps MakeConvSteps() {
  ConvSteps steps = {};
  for (int s = 0; s < kSums; ++s) {
    for (int lane = 0; lane < 32 * kTapPairs; ++lane) {
      const int pair = lane / 32;
      const int tap = 2 * pair + lane % 2;
      const int position = kPositions[s] + lane % 32 / 16;
      const int row = position / 4 * 2 + tap / 3;
      const int column = position % 4 * 2 + tap % 3;
      if (tap > 8 || row >= device::kImageSide || column >= device::kImageSide) continue;
      const int cell = device::kCellOfPixel[row * device::kImageSide + column];
      if (cell == device::kMasked) continue;
      steps.cell[s][pair][lane % 32] = static_cast<int16_t>(cell % kTopCells);
      steps.nonzero[s][pair] |= uint32_t{1} << lane % 32;
      steps.from_bottom[s][pair] = cell >= kTopCells;
    }
  }
  return steps;
}

alignas(64) constexpr ConvSteps kConvSteps = MakeConvSteps();

struct Constants {
  __m128i input_up;
  __m512i input_highest;
  __m128i conv_shift;
  __m512i conv_mask;
  __m512i conv_half;
  __m512i activation_highest;  // 16 bits each
  __m128i dense_shift;
  __m512i dense_mask;
  __m512i dense_half;
  __m512i output_highest;
};

DEMD_INLINE __m512i LowBits(int32_t n) {
  return _mm512_set1_epi32(static_cast<int32_t>((uint32_t{1} << n) - 1));
}
DEMD_INLINE __m512i Half(int32_t n) {
  return _mm512_set1_epi32(static_cast<int32_t>(uint32_t{1} << n >> 1));
}

DEMD_INLINE Constants MakeConstants(const FastFormats& f) {
  Constants c;
  c.input_up = _mm_cvtsi32_si128(f.input_shift_up);
  c.input_highest = _mm512_set1_epi32(f.input_highest);
  c.conv_shift = _mm_cvtsi32_si128(f.conv_shift);
  c.conv_mask = LowBits(f.conv_shift);
  c.conv_half = Half(f.conv_shift);
  c.activation_highest = _mm512_set1_epi16(static_cast<int16_t>(f.activation_highest));
  c.dense_shift = _mm_cvtsi32_si128(f.dense_shift);
  c.dense_mask = LowBits(f.dense_shift);
  c.dense_half = Half(f.dense_shift);
  c.output_highest = _mm512_set1_epi32(f.output_highest);
  return c;
}

// RoundShift of numbers that are not negative and leave room for the carry.
template <FastRounding kRounding>
DEMD_INLINE __m512i RoundShift(__m512i x, __m128i shift, __m512i mask, __m512i half) {
  const __m512i floor = _mm512_srl_epi32(x, shift);
  if (kRounding == kFastFloor) return floor;
  __m512i carry = half;
  if (kRounding == kFastHalfEven) {
    const __m512i one = _mm512_set1_epi32(1);
    carry = _mm512_add_epi32(_mm512_sub_epi32(half, one), _mm512_and_si512(floor, one));
  }
  const __m512i rest = _mm512_add_epi32(_mm512_and_si512(x, mask), carry);
  return _mm512_add_epi32(floor, _mm512_srl_epi32(rest, shift));
}

DEMD_INLINE __m512i Load(const void* p) { return _mm512_loadu_si512(p); }

// A wafer's normalised cells, 16 bits each.
struct Cells {
  __m512i top;     // 0 to 31
  __m512i bottom;  // 32 to 47
  uint32_t sum;    // of the charges
};

template <FastRounding kRounding>
DEMD_INLINE Cells Normalise(const Constants& c, const uint32_t* charges) {
  __m512i v[3];
  for (int i = 0; i < 3; ++i) v[i] = Load(charges + 16 * i);
  const uint32_t sum = static_cast<uint32_t>(
      _mm512_reduce_add_epi32(_mm512_add_epi32(_mm512_add_epi32(v[0], v[1]), v[2])));
  const int32_t shift = FloorLog2(sum) + 1;
  const __m128i down = _mm_cvtsi32_si128(shift);
  __m256i cells[3];
  for (int i = 0; i < 3; ++i) {
    const __m512i q = RoundShift<kRounding>(_mm512_sll_epi32(v[i], c.input_up), down,
                                            LowBits(shift), Half(shift));
    cells[i] = _mm512_cvtepi32_epi16(_mm512_min_epi32(q, c.input_highest));
  }
  return {_mm512_inserti64x4(_mm512_castsi256_si512(cells[0]), cells[1], 1),
          _mm512_zextsi256_si512(cells[2]), sum};
}

// Sums of two positions, rounded, not yet clipped from above.
template <FastRounding kRounding, int kSum>
DEMD_INLINE __m512i ConvSum(const FastWeights& weights, const Constants& c, const Cells& cells) {
  __m512i sum = _mm512_broadcast_i64x4(
      _mm256_load_si256(reinterpret_cast<const __m256i*>(weights.conv_bias)));
#pragma GCC unroll 5
  for (int pair = 0; pair < kTapPairs; ++pair) {
    if (kConvSteps.nonzero[kSum][pair] == 0) continue;
    const __m512i source = kConvSteps.from_bottom[kSum][pair] ? cells.bottom : cells.top;
    const __m512i pixels = _mm512_maskz_permutexvar_epi16(
        kConvSteps.nonzero[kSum][pair], Load(kConvSteps.cell[kSum][pair]), source);
    sum = _mm512_dpwssd_epi32(sum, pixels, Load(weights.conv_pairs[pair]));
  }
  const __m512i positive = _mm512_max_epi32(sum, _mm512_setzero_si512());
  return RoundShift<kRounding>(positive, c.conv_shift, c.conv_mask, c.conv_half);
}

// The activations of four positions: the first two and the last two alternate, four filters each.
DEMD_INLINE __m512i Activations(const Constants& c, __m512i first, __m512i last) {
  return _mm512_min_epi16(_mm512_packs_epi32(first, last), c.activation_highest);
}

// Adds the products of 32 activations to the sums; lane l of `sums[g]` (128 bits) belongs to the
// outputs 4 g to 4 g + 3 and to the activations that lie in lane l.
DEMD_INLINE void AddDense(const int16_t (*weights)[4][32], __m512i activations, __m512i* sums) {
  const __m512i pairs[4] = {_mm512_shuffle_epi32(activations, static_cast<_MM_PERM_ENUM>(0x00)),
                            _mm512_shuffle_epi32(activations, static_cast<_MM_PERM_ENUM>(0x55)),
                            _mm512_shuffle_epi32(activations, static_cast<_MM_PERM_ENUM>(0xAA)),
                            _mm512_shuffle_epi32(activations, static_cast<_MM_PERM_ENUM>(0xFF))};
#pragma GCC unroll 4
  for (int pair = 0; pair < 4; ++pair) {
#pragma GCC unroll 4
    for (int g = 0; g < 4; ++g) {
      sums[g] = _mm512_dpwssd_epi32(sums[g], pairs[pair], Load(weights[pair][g]));
    }
  }
}

// The sum over the four lanes of each, side by side.
DEMD_INLINE __m512i AddLanes(const __m512i* sums) {
  const __m512i low = _mm512_add_epi32(_mm512_shuffle_i32x4(sums[0], sums[1], 0x44),
                                       _mm512_shuffle_i32x4(sums[0], sums[1], 0xEE));
  const __m512i high = _mm512_add_epi32(_mm512_shuffle_i32x4(sums[2], sums[3], 0x44),
                                        _mm512_shuffle_i32x4(sums[2], sums[3], 0xEE));
  return _mm512_add_epi32(_mm512_shuffle_i32x4(low, high, 0x88),
                          _mm512_shuffle_i32x4(low, high, 0xDD));
}

// 16 codes of at most 16 bits.
template <FastRounding kRounding>
DEMD_INLINE __m256i Codes(const FastWeights& weights, const Constants& c, const Cells& cells) {
  const __m512i first = Activations(c, ConvSum<kRounding, 0>(weights, c, cells),
                                    ConvSum<kRounding, 1>(weights, c, cells));
  const __m512i second = Activations(c, ConvSum<kRounding, 2>(weights, c, cells),
                                     ConvSum<kRounding, 3>(weights, c, cells));
  const __m512i third = Activations(c, ConvSum<kRounding, 4>(weights, c, cells),
                                    ConvSum<kRounding, 5>(weights, c, cells));
  __m512i sums[4] = {};
  AddDense(weights.dense_lanes[0], first, sums);
  AddDense(weights.dense_lanes[1], second, sums);
  AddDense(weights.dense_lanes[2], third, sums);
  const __m512i acc = _mm512_add_epi32(AddLanes(sums), Load(weights.dense_bias));
  const __m512i positive = _mm512_max_epi32(acc, _mm512_setzero_si512());
  const __m512i q = RoundShift<kRounding>(positive, c.dense_shift, c.dense_mask, c.dense_half);
  return _mm512_cvtepi32_epi16(_mm512_min_epi32(q, c.output_highest));
}

template <FastRounding kRounding>
struct Encoder {
  using Constants = avx512::Constants;
  struct Scratch {};
  static constexpr int kGroup = 1;

  static Constants MakeConstants(const FastFormats& formats) {
    return avx512::MakeConstants(formats);
  }

  template <int kWafers>
  DEMD_INLINE static void Codes(const FastWeights& weights, const Constants& c, Scratch*,
                                const uint32_t* charges, __m256i* codes, uint32_t* sums) {
    const Cells cells = Normalise<kRounding>(c, charges);
    codes[0] = avx512::Codes<kRounding>(weights, c, cells);
    sums[0] = cells.sum;
  }
};

}  // namespace

extern const FastKernels kFastKernels;
const FastKernels kFastKernels = {
    "avx512",
    {Encode<Encoder<kFastFloor>>, Encode<Encoder<kFastHalfUp>>, Encode<Encoder<kFastHalfEven>>},
    {Frames<Encoder<kFastFloor>>, Frames<Encoder<kFastHalfUp>>, Frames<Encoder<kFastHalfEven>>}};

}  // namespace avx512
}  // namespace demd
