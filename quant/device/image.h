#ifndef DEMD_QUANT_DEVICE_IMAGE_H_
#define DEMD_QUANT_DEVICE_IMAGE_H_

#include <cstdint>

namespace demd {
namespace device {

constexpr int kCells = 48;      ///< trigger cells of a wafer
constexpr int kImageSide = 8;   ///< the encoder's image is 8x8
constexpr int kPaddedSide = 9;  ///< with the zero row and column that 'same' padding adds
constexpr int8_t kMasked = -1;  ///< a pixel without a cell

/// The trigger cell of pixel (row, column); the bottom right quarter is empty.
/// Source: the paper's Ecoder repository (arrangement "8x8").
constexpr int8_t kCellOfPixel[kImageSide * kImageSide] = {28, 29, 30, 31, 0,  4,  8,  12,  //
                                                          24, 25, 26, 27, 1,  5,  9,  13,  //
                                                          20, 21, 22, 23, 2,  6,  10, 14,  //
                                                          16, 17, 18, 19, 3,  7,  11, 15,  //
                                                          47, 43, 39, 35, -1, -1, -1, -1,  //
                                                          46, 42, 38, 34, -1, -1, -1, -1,  //
                                                          45, 41, 37, 33, -1, -1, -1, -1,  //
                                                          44, 40, 36, 32, -1, -1, -1, -1};

/// The inverse: row * 9 + column in the padded image, for each of the 48 cells.
struct PaddedPixels {
  uint8_t of_cell[kCells];
};

constexpr PaddedPixels InvertArrangement() {
  PaddedPixels result = {};
  for (int pixel = 0; pixel < kImageSide * kImageSide; ++pixel) {
    if (kCellOfPixel[pixel] == kMasked) continue;
    const int row = pixel / kImageSide;
    const int column = pixel % kImageSide;
    result.of_cell[kCellOfPixel[pixel]] = static_cast<uint8_t>(row * kPaddedSide + column);
  }
  return result;
}

constexpr PaddedPixels kPaddedPixels = InvertArrangement();

}  // namespace device
}  // namespace demd

#endif  // DEMD_QUANT_DEVICE_IMAGE_H_
