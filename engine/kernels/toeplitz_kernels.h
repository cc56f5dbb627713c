#ifndef DEMD_ENGINE_KERNELS_TOEPLITZ_KERNELS_H_
#define DEMD_ENGINE_KERNELS_TOEPLITZ_KERNELS_H_

#include <cstdint>

namespace demd {

/// Sums and differences of the pixels of 4x4 images, of which ToeplitzConvolution
/// (engine/ops/toeplitz_convolution.h, where slots are explained) makes its products.
/// No sum is split: the same bits for every instruction set.
struct ToeplitzKernels {
  /// The nine slots of one row slot, slots[9][images][channels], each slot_stride floats after the
  /// one before, from x[images][4][4][channels].
  void (*expand)(const float* x, int64_t images, int64_t channels, int64_t slot_stride,
                 int row_slot, float* slots);
  /// The adjoint: adds the slots' share to y[images][4][4][channels].
  void (*contract)(const float* slots, int64_t images, int64_t channels, int64_t slot_stride,
                   int row_slot, float* y);
  /// The share of the row slot that goes to this row of pixels alone (0, 1, 3, 4 for rows 0 to 3),
  /// as the first that the row gets: the row becomes start[channels] plus the share.
  void (*contract_first)(const float* slots, int64_t images, int64_t channels, int64_t slot_stride,
                         int row, const float* start, float* y);
};

}  // namespace demd

#endif  // DEMD_ENGINE_KERNELS_TOEPLITZ_KERNELS_H_
