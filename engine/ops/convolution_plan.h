#ifndef DEMD_ENGINE_OPS_CONVOLUTION_PLAN_H_
#define DEMD_ENGINE_OPS_CONVOLUTION_PLAN_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/autograd.h"
#include "engine/kernels/matrix_kernels.h"
#include "engine/ops/toeplitz_convolution.h"

namespace demd {

enum class Padding {
  kSame,   ///< TensorFlow's: output extent ceil(in / stride), the odd pixel of padding at the end
  kValid,  ///< no padding
};

/// What a convolution over pixels in any arrangement, not only rows and columns, sees of them.
struct Neighbourhood {
  int64_t taps;
  /// [pixels][taps]: the pixel that lies under each tap when the window stands on a pixel; -1 where
  /// there is none.
  std::vector<int32_t> pixels;
};

/// A convolution seen as a linear map from a big image to a small one. A convolution goes down
/// (big -> small) and its gradient up; a transposed convolution goes up and its gradient down.
/// The kernel is [tap][big channel][small channel] with tap = row * width + column in both cases,
/// which is TensorFlow's layout for both.
///
///   small[p][s] = sum over taps, b of big[p * stride + tap - pad][b] * kernel[tap][b][s]
///
/// Only taps inside the big image take part: padding is never multiplied.
struct ConvolutionPlan {
  ConvolutionPlan(const Shape& big_image, const Shape& small_image, const Shape& kernel,
                  int64_t stride, int64_t pad_top, int64_t pad_left);
  /// From `big_channels` to `small_channels` of the same pixels. Errors: UsageError.
  ConvolutionPlan(const Neighbourhood& neighbourhood, int64_t big_channels, int64_t small_channels);

  int64_t big_size;    ///< elements of one big image (height * width * channels)
  int64_t small_size;  ///< elements of one small image
  int64_t big_channels;
  int64_t small_channels;
  int64_t taps;

  // Down: segments of small pixel p are down_segments[down_begin[p] .. down_begin[p + 1]).
  std::vector<Segment> down_segments;
  std::vector<int64_t> down_begin;
  // Up, for the kernel as FlippedKernel() lays it out.
  std::vector<Segment> up_segments;
  std::vector<int64_t> up_begin;
  // Weight gradient: (big, small) runs of each tap.
  std::vector<RowPair> pairs;
  std::vector<int64_t> pairs_begin;

  /// The same map with whole rows of the images as pixels: [height, 1, width * channels] and a
  /// kernel [height, 1, ...] with zeros where pixels do not meet. It fills vectors that a few
  /// channels alone would leave empty. Null where that is not worth its zeros. (A value that is not
  /// finite then spoils its whole row; what the rows hold otherwise is the same sum.)
  std::unique_ptr<const ConvolutionPlan> by_rows;

  /// The same map, and that for the flipped kernel, with fewer products. Null where it is not one
  /// of 4x4 images or would not pay.
  std::unique_ptr<const ToeplitzConvolution> toeplitz_down;
  std::unique_ptr<const ToeplitzConvolution> toeplitz_up;

  /// A kernel [tap][b][s] and a bias (or null) in the form that Down or Up wants; made once for
  /// many samples, in memory of the tape where it must be rearranged.
  struct Operand {
    const float* kernel;
    const float* bias;
  };
  Operand ForDown(Tape& tape, const float* kernel, const float* bias) const;
  Operand ForUp(Tape& tape, const float* kernel, const float* bias) const;

  /// small[samples][small_size] = bias + down(big[samples][big_size]).
  void Down(const float* big, const Operand& operand, int64_t samples, float* small,
            bool accumulate) const;
  /// big[samples][big_size] = bias + up(small[samples][small_size]).
  void Up(const float* small, const Operand& operand, int64_t samples, float* big,
          bool accumulate) const;

  /// The kernel's gradient: sums of big * small over samples and pixels, [gradient_size()]. Sums of
  /// several blocks of samples may be added before FoldGradient turns them into [tap][b][s].
  int64_t gradient_size() const;
  void KernelGradient(const float* big, const float* small, int64_t samples, float* sums) const;
  /// REQUIRES: by_rows. d_kernel = folded sums, or += when `accumulate`.
  void FoldGradient(const float* sums, float* d_kernel, bool accumulate) const;

 private:
  /// Channels of the output fewer than this leave vectors empty.
  static constexpr int64_t kFewChannels = 8;

  // That small pixel `small` sees big pixel `big` under a tap.
  struct Meeting {
    int64_t tap, big, small;
  };
  // Fills the segments and pairs. meetings: small pixels outermost.
  void Connect(const std::vector<Meeting>& meetings);

  bool DownByRows() const { return by_rows != nullptr && small_channels < kFewChannels; }
  bool UpByRows() const { return by_rows != nullptr && big_channels < kFewChannels; }
  /// kernel[tap][b][s] -> flipped[taps - 1 - tap][s][b].
  void FlipKernel(const float* kernel, float* flipped) const;
  const float* KernelByRows(Tape& tape, const float* kernel) const;
  const float* SlotKernels(Tape& tape, const ToeplitzConvolution& toeplitz, const float* kernel,
                           int64_t n_in, int64_t n_out) const;
  void MakeByRows();
  void MakeToeplitz();
  template <typename Body>
  void ForEachRowEntry(Body body) const;

  // Of images alone.
  Shape big_image_;
  Shape small_image_;
  Shape kernel_;
  int64_t stride_ = 1;
  int64_t pad_top_ = 0;
  int64_t pad_left_ = 0;
};

/// The plan for images and kernels of these shapes; made once and kept for the life of the program.
/// big_image, small_image: [height, width, channels]; kernel: [height, width, big, small].
const ConvolutionPlan& PlanFor(const Shape& big_image, const Shape& small_image,
                               const Shape& kernel, int64_t stride, Padding padding);

}  // namespace demd

#endif  // DEMD_ENGINE_OPS_CONVOLUTION_PLAN_H_
