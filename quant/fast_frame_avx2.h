#ifndef DEMD_QUANT_FAST_FRAME_AVX2_H_
#define DEMD_QUANT_FAST_FRAME_AVX2_H_

// Packs an output frame with AVX2: for the kernel files only, which are compiled for newer
// instruction sets. Everything here has internal linkage, so no other code can pick it up.

#include <immintrin.h>
#include <stdint.h>

#define DEMD_INLINE inline __attribute__((always_inline))

namespace demd {
namespace {

constexpr int kHeadBits = 14;    // header and sum, before the codes
constexpr int kCodePairs = 8;    // the codes, two by two
constexpr int kMostPieces = 12;  // of one word

// How the code pairs fall into the words of a frame. Every word is the OR of some pieces: pieces
// that begin in it are shifted right, one that began in the word before is shifted left. Shifts of
// 32 give 0.
struct FramePieces {
  int n = 0;                      // most pieces of a word
  int32_t pair[kMostPieces][8];   // [piece][word]
  int32_t right[kMostPieces][8];  // from the top of the word
  int32_t carried_pair[8] = {};   // began in the word before
  int32_t carried_left[8];        // bits of it that were in the word before
  int32_t store[8] = {};          // all ones in the words that exist
};

template <int kElinks>
constexpr FramePieces MakeFramePieces() {
  constexpr int kPairBits = 2 * (2 * kElinks - 1);
  FramePieces pieces = {};
  for (int word = 0; word < 8; ++word) {
    pieces.carried_left[word] = 32;
    pieces.store[word] = word < kElinks ? -1 : 0;
    for (int i = 0; i < kMostPieces; ++i) {
      pieces.pair[i][word] = 0;
      pieces.right[i][word] = 32;
    }
    int n = 0;
    for (int pair = 0; pair < kCodePairs; ++pair) {
      const int begin = kHeadBits + pair * kPairBits - 32 * word;
      if (begin >= 0 && begin < 32) {
        pieces.pair[n][word] = pair;
        pieces.right[n][word] = begin;
        ++n;
      } else if (begin < 0 && begin + kPairBits > 0) {
        pieces.carried_pair[word] = pair;
        pieces.carried_left[word] = -begin;
      }
    }
    pieces.n = n > pieces.n ? n : pieces.n;
  }
  return pieces;
}

template <int kElinks>
constexpr FramePieces kFramePieces = MakeFramePieces<kElinks>();

DEMD_INLINE __m256i LoadLanes(const int32_t* lanes) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(lanes));
}

DEMD_INLINE int32_t FloorLog2(uint32_t v) { return 31 - __builtin_clz(v | 1); }

// 5E4M of a sum below 2^28.
DEMD_INLINE uint32_t SumCode(uint32_t sum) {
  const int32_t log2 = FloorLog2(sum);
  const int32_t exponent = log2 > 3 ? log2 - 3 : 0;
  const int32_t drop = exponent > 0 ? exponent - 1 : 0;
  return static_cast<uint32_t>(exponent) << 4 | ((sum >> drop) & 15);
}

// codes: 16 of 9 bits, of which the top 2 kElinks - 1 are sent. words: [kElinks]
template <int kElinks>
DEMD_INLINE void PackFrame(uint32_t crossing, uint32_t sum, __m256i codes, uint32_t* words) {
  constexpr int kKept = 2 * kElinks - 1;
  constexpr const FramePieces& kPieces = kFramePieces<kElinks>;
  const __m256i top = _mm256_srli_epi16(codes, 9 - kKept);
  const __m256i joined = _mm256_madd_epi16(top, _mm256_set1_epi32(0x10000 | 1 << kKept));
  const __m256i pairs = _mm256_slli_epi32(joined, 32 - 2 * kKept);
  const uint32_t head = (crossing & 31) << 9 | SumCode(sum);
  const __m256i carried = _mm256_permutevar8x32_epi32(pairs, LoadLanes(kPieces.carried_pair));
  __m256i frame = _mm256_or_si256(
      _mm256_sllv_epi32(carried, LoadLanes(kPieces.carried_left)),
      _mm256_zextsi128_si256(_mm_cvtsi32_si128(static_cast<int32_t>(head << (32 - kHeadBits)))));
#pragma GCC unroll 12
  for (int i = 0; i < kPieces.n; ++i) {
    const __m256i piece = _mm256_permutevar8x32_epi32(pairs, LoadLanes(kPieces.pair[i]));
    frame = _mm256_or_si256(frame, _mm256_srlv_epi32(piece, LoadLanes(kPieces.right[i])));
  }
  _mm256_maskstore_epi32(reinterpret_cast<int32_t*>(words), LoadLanes(kPieces.store), frame);
}

}  // namespace
}  // namespace demd

#endif  // DEMD_QUANT_FAST_FRAME_AVX2_H_
