#ifndef DEMD_ENGINE_OPS_CONVOLUTION_PLAN_H_
#define DEMD_ENGINE_OPS_CONVOLUTION_PLAN_H_

#include <cstdint>
#include <vector>

#include "engine/autograd.h"
#include "engine/kernels/matrix_kernels.h"

namespace demd {

enum class Padding {
  kSame,   ///< TensorFlow's: output extent ceil(in / stride), the odd pixel of padding at the end
  kValid,  ///< no padding
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

  /// kernel[tap][b][s] -> flipped[taps - 1 - tap][s][b].
  void FlipKernel(const float* kernel, float* flipped) const;
  /// small[samples][small_size] = bias + down(big[samples][big_size]).
  void Down(const float* big, const float* kernel, const float* bias, int64_t samples, float* small,
            bool accumulate) const;
  /// big[samples][big_size] = bias + up(small[samples][small_size]).
  void Up(const float* small, const float* flipped, const float* bias, int64_t samples, float* big,
          bool accumulate) const;
  /// d_kernel[tap][b][s] = sum over samples, pixels of big * small.
  void KernelGradient(const float* big, const float* small, int64_t samples, float* d_kernel) const;
};

/// The plan for images and kernels of these shapes; made once and kept for the life of the program.
/// big_image, small_image: [height, width, channels]; kernel: [height, width, big, small].
const ConvolutionPlan& PlanFor(const Shape& big_image, const Shape& small_image,
                               const Shape& kernel, int64_t stride, Padding padding);

}  // namespace demd

#endif  // DEMD_ENGINE_OPS_CONVOLUTION_PLAN_H_
