#ifndef DEMD_MODELS_NETWORKS_HIT_PATTERNS_H_
#define DEMD_MODELS_NETWORKS_HIT_PATTERNS_H_

#include <array>
#include <cstdint>

#include "engine/row_source.h"
#include "engine/tensor.h"
#include "models/wafer.h"

namespace demd {

// Weights of the ASIC's encoder that are not learned but written down, so that codes hold digits:
// the charge of each 2x2 block of the image, and below it which of the block's cells are hit. A
// training cannot find them, since rounding a digit away has no slope that leads to it.
//
// In units of the input (1/128 of 2^floor(log2 sum)), A_b being the charge of block b, and
// h_bk = min(charge of its cell k, 4) / 4, which is 0 or 1 but for the faintest cells:
//
//   code b       = min(511, floor(8 ceil(A_b / step) + h_b0 + 2 h_b1 + 4 h_b2))   b = 0 .. 11
//   code 12 + e  = floor(h_3e,3 + 2 h_3e+1,3 + 4 h_3e+2,3)                         e = 0 .. 3
//
// Four of the eight filters give 124 - ceil(A_b / step), alike, for together they lift a step of A
// to 8 steps of the code, room for three bits; the other four give 4 - 4 h_bk. What is too much by
// them, the windows of the image's masked quarter add again: they see nothing and give constants.
//
// They need the ASIC's formats (profile econt) and all 9 bits of a code (5 eLinks).

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

/// The finer step (2) if the charges of blocks allow it, else the one that reaches all (4).
/// Of the first rows' blocks no more than one in 200 may be above what step 2 reaches, 126: of
/// simulated wafers 0.09 % are with zero suppression and 1.9 % without.
/// x: [n, 48], charges / 2^floor(log2 sum).
int PatternStepFor(const RowSource& x);

/// Sets the encoder's parameters as above. step: 2 or 4.
/// conv_kernel: [3, 3, 1, 8]; conv_bias: [8]; dense_kernel: [128, 16]; dense_bias: [16]
void SetHitPatterns(int step, Tensor* conv_kernel, Tensor* conv_bias, Tensor* dense_kernel,
                    Tensor* dense_bias);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_HIT_PATTERNS_H_
