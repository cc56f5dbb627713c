#ifndef DEMD_ENGINE_OPS_TOEPLITZ_CONVOLUTION_H_
#define DEMD_ENGINE_OPS_TOEPLITZ_CONVOLUTION_H_

#include <array>
#include <cstdint>
#include <vector>

namespace demd {

/// Convolution of 4x4 images of many channels by a kernel of at most 7x7, stride 1, to images of
/// the same size, with 81 products of channels instead of up to 256 (196 for a 5x5 kernel).
///
/// Along one axis it is a Toeplitz matrix, y[i] = sum_j t[j - i] x[j]. Cut in halves,
///
///   (y0)   (t0 t1) (x0)    y0 = (t0 + t1) x1 + t0 (x0 - x1)
///   (y1) = (t- t0) (x1)    y1 = (t0 + t-) x0 - t0 (x0 - x1)
///
/// which is three products instead of four. The entries may be matrices: applied to the halves of
/// an axis, then to the pixels, and to both axes, 256 products become 3^4. A *slot* names one of
/// the nine products along an axis: 3 * outer + inner, each of them the first (x0), the second (x1)
/// or the difference (x0 - x1). Only sums and differences are added, so rounding errors stay those
/// of the plain sum within a small factor. Source: Winograd, "Arithmetic Complexity of
/// Computations" (1980), on Toeplitz products.
class ToeplitzConvolution {
 public:
  static constexpr int kSlots = 9;  ///< along one axis

  /// kernel: [height][width][n_in][n_out], of which tap (pad_top, pad_left) falls on the pixel
  /// itself.
  ToeplitzConvolution(int64_t height, int64_t width, int64_t pad_top, int64_t pad_left);

  /// Elements of the kernels of all slots.
  static int64_t SlotKernelSize(int64_t n_in, int64_t n_out) {
    return kSlots * kSlots * n_in * n_out;
  }
  /// slot_kernels[81][n_in][n_out]: what each slot is multiplied with.
  void MakeSlotKernels(const float* kernel, int64_t n_in, int64_t n_out, float* slot_kernels) const;

  /// Channels of an image before and after.
  struct Channels {
    int64_t n_in;
    int64_t n_out;
  };
  /// y[samples][4][4][n_out] = bias (or 0) + convolution of x[samples][4][4][n_in]; += the
  /// convolution, without a bias, when `accumulate`. All threads.
  static void Apply(const float* x, const float* slot_kernels, const float* bias,
                    const Channels& channels, int64_t samples, float* y, bool accumulate);

  /// d_kernel[height][width][n_in][n_out] = sum over the samples' pixels of x * d_y: the gradient
  /// of the kernel. The calling thread alone.
  void KernelGradient(const float* x, const float* d_y, const Channels& channels, int64_t samples,
                      float* d_kernel) const;

 private:
  // Taps along an axis that slot s sums up: taps[s][0 .. count).
  struct SlotTaps {
    std::array<int64_t, 4> tap;
    int64_t count;
  };
  static std::array<SlotTaps, kSlots> TapsOfSlots(int64_t extent, int64_t pad);

  int64_t height_;
  int64_t width_;
  std::array<SlotTaps, kSlots> rows_;
  std::array<SlotTaps, kSlots> columns_;
};

}  // namespace demd

#endif  // DEMD_ENGINE_OPS_TOEPLITZ_CONVOLUTION_H_
