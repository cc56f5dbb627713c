#ifndef DEMD_MODELS_NETWORKS_HIT_PATTERNS_H_
#define DEMD_MODELS_NETWORKS_HIT_PATTERNS_H_

#include <array>
#include <cstdint>

#include "engine/tensor.h"
#include "models/wafer.h"
#include "quant/sent_bits.h"

namespace demd {

// Weights of the ASIC's encoder that are not learned but written down, so that codes hold digits:
// the charge of each 2x2 block of the image, and below it which of the block's cells are hit. A
// training cannot find them, since rounding a digit away has no slope that leads to it.
//
// In units of the input (1/128 of 2^floor(log2 sum)), A_b being the charge of block b, and
// h_bk = min(charge of its cell k, 4) / 4, which is 0 or 1 but for the faintest cells:
//
//   level l_b    = min(highest, ceil(A_b / step))
//   code b       = 8 l_b + floor(h_b0 + 2 h_b1 + 4 h_b2)                  b = 0 .. 11
//   code 12 + e  = floor(h_3e,3 + 2 h_3e+1,3 + 4 h_3e+2,3)                 e = 0 .. 3
//
// Four of the eight filters give highest - l_b, alike, for together they lift a level to 8 steps of
// the code, room for three bits; the other four give 4 - 4 h_bk. What is too much by them, the
// windows of the image's masked quarter add again: they see nothing and give constants.
//
// The links carry the low bits of the codes. They need the ASIC's formats (profile econt) and 3
// links or more: the hits alone are 48 bits.

inline constexpr int kPatternBlocks = 12;
inline constexpr int kCellsPerBlock = 4;
/// The code that holds h_b3 of block b, and in which of its bits.
constexpr int LastHitCode(int block) { return kPatternBlocks + block / 3; }
constexpr int LastHitBit(int block) { return block % 3; }

/// The image's 2x2 blocks are the windows of the encoder's convolution; four of the 16 lie in the
/// masked quarter. The windows of those that hold cells, row by row.
inline constexpr std::array<int, kPatternBlocks> kPatternWindows = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13}};

/// Cell k of a block, row by row of the image.
constexpr int32_t PatternCell(int block, int k) {
  const int window = kPatternWindows[static_cast<uint32_t>(block)];
  const int row = window / 4 * 2 + k / 2;
  const int column = window % 4 * 2 + k % 2;
  return kImageCells[static_cast<uint32_t>(row * kImageSide + column)];
}

/// How the charge of a block is sent.
struct BlockLevels {
  int bits;     ///< sent of a level; 2^bits goes as 0, which no other block with a hit has
  int highest;  ///< the level of all larger charges
  int step;     ///< of the charge, in units of the input
};

inline constexpr int kPatternMinElinks = 3;

/// REQUIRES: 3 to 5 links.
BlockLevels LevelsFor(int n_elinks);

/// The bits that are sent: 120, 108 and 82 for 5, 4 and 3 links. For 3 links there is no room for
/// the last hits of two blocks, 0 and 5: at the ends of their codes, and of those that cost little.
/// REQUIRES: 3 to 5 links.
SentBits PatternBits(int n_elinks);

/// Sets the encoder's parameters as above. REQUIRES: 3 to 5 links.
/// conv_kernel: [3, 3, 1, 8]; conv_bias: [8]; dense_kernel: [128, 16]; dense_bias: [16]
void SetHitPatterns(int n_elinks, Tensor* conv_kernel, Tensor* conv_bias, Tensor* dense_kernel,
                    Tensor* dense_bias);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_HIT_PATTERNS_H_
