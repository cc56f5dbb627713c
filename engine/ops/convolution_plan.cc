#include "engine/ops/convolution_plan.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "engine/parallel.h"

namespace demd {
namespace {

// Samples whose images one task carries through a layer: a multiple of the kernels' row blocks.
constexpr int64_t kSamplesPerTask = 16;

void AppendSegment(std::vector<Segment>* segments, size_t first_of_pixel, const Segment& next) {
  if (segments->size() > first_of_pixel) {
    Segment& last = segments->back();
    if (last.a_offset + last.length == next.a_offset && last.b_row + last.length == next.b_row) {
      last.length += next.length;
      return;
    }
  }
  segments->push_back(next);
}

// Runs the kernel over all pixels of the output, a block of samples per task.
void RunPixels(const std::vector<Segment>& segments, const std::vector<int64_t>& begin_of_pixel,
               RowsTimesMatrix job, int64_t samples) {
  const float* a = job.a;
  float* c = job.c;
  ParallelForBlocks(samples, kSamplesPerTask, [&](int64_t begin, int64_t end) {
    RowsTimesMatrix task = job;
    task.a = a + begin * job.a_stride;
    task.m = end - begin;
    const int64_t pixels = static_cast<int64_t>(begin_of_pixel.size()) - 1;
    for (int64_t p = 0; p < pixels; ++p) {
      const int64_t first = begin_of_pixel[static_cast<size_t>(p)];
      task.segments = segments.data() + first;
      task.n_segments = begin_of_pixel[static_cast<size_t>(p) + 1] - first;
      task.c = c + begin * job.c_stride + p * job.n;
      Kernels().rows_times_matrix(task);
    }
  });
}

int64_t PaddingBefore(int64_t big, int64_t small, int64_t kernel, int64_t stride, Padding padding) {
  if (padding == Padding::kValid) return 0;
  return std::max<int64_t>((small - 1) * stride + kernel - big, 0) / 2;
}

}  // namespace

ConvolutionPlan::ConvolutionPlan(const Shape& big_image, const Shape& small_image,
                                 const Shape& kernel, int64_t stride, int64_t pad_top,
                                 int64_t pad_left)
    : big_size(big_image.size()),
      small_size(small_image.size()),
      big_channels(big_image[2]),
      small_channels(small_image[2]),
      taps(kernel[0] * kernel[1]) {
  struct Meeting {
    int64_t tap, big, small;
  };
  // Every (tap, big pixel, small pixel) that meet, small pixels outermost.
  std::vector<Meeting> meetings;
  for (int64_t row = 0; row < small_image[0]; ++row) {
    for (int64_t column = 0; column < small_image[1]; ++column) {
      for (int64_t tap = 0; tap < taps; ++tap) {
        const int64_t big_row = row * stride + tap / kernel[1] - pad_top;
        const int64_t big_column = column * stride + tap % kernel[1] - pad_left;
        if (big_row < 0 || big_row >= big_image[0]) continue;
        if (big_column < 0 || big_column >= big_image[1]) continue;
        meetings.push_back(
            {tap, big_row * big_image[1] + big_column, row * small_image[1] + column});
      }
    }
  }
  const auto pixels_of = [](const Shape& image) { return image[0] * image[1]; };
  const auto for_each_with = [&](int64_t Meeting::*key, int64_t value, auto body) {
    for (const Meeting& meeting : meetings) {
      if (meeting.*key == value) body(meeting);
    }
  };
  down_begin.push_back(0);
  for (int64_t p = 0; p < pixels_of(small_image); ++p) {
    const size_t first = down_segments.size();
    for_each_with(&Meeting::small, p, [&](const Meeting& m) {
      AppendSegment(&down_segments, first,
                    {m.big * big_channels, m.tap * big_channels, big_channels});
    });
    down_begin.push_back(static_cast<int64_t>(down_segments.size()));
  }
  up_begin.push_back(0);
  for (int64_t q = 0; q < pixels_of(big_image); ++q) {
    const size_t first = up_segments.size();
    for_each_with(&Meeting::big, q, [&](const Meeting& m) {
      AppendSegment(
          &up_segments, first,
          {m.small * small_channels, (taps - 1 - m.tap) * small_channels, small_channels});
    });
    up_begin.push_back(static_cast<int64_t>(up_segments.size()));
  }
  pairs_begin.push_back(0);
  for (int64_t tap = 0; tap < taps; ++tap) {
    for_each_with(&Meeting::tap, tap, [&](const Meeting& m) {
      pairs.push_back({m.big * big_channels, m.small * small_channels});
    });
    pairs_begin.push_back(static_cast<int64_t>(pairs.size()));
  }
}

void ConvolutionPlan::FlipKernel(const float* kernel, float* flipped) const {
  const int64_t matrix = big_channels * small_channels;
  for (int64_t tap = 0; tap < taps; ++tap) {
    const float* from = kernel + tap * matrix;        // [big][small]
    float* to = flipped + (taps - 1 - tap) * matrix;  // [small][big]
    for (int64_t b = 0; b < big_channels; ++b) {
      for (int64_t s = 0; s < small_channels; ++s) to[s * big_channels + b] = *from++;
    }
  }
}

void ConvolutionPlan::Down(const float* big, const float* kernel, const float* bias,
                           int64_t samples, float* small, bool accumulate) const {
  RunPixels(
      down_segments, down_begin,
      {big, big_size, kernel, bias, small, small_size, nullptr, 0, 0, small_channels, accumulate},
      samples);
}

void ConvolutionPlan::Up(const float* small, const float* flipped, const float* bias,
                         int64_t samples, float* big, bool accumulate) const {
  RunPixels(
      up_segments, up_begin,
      {small, small_size, flipped, bias, big, big_size, nullptr, 0, 0, big_channels, accumulate},
      samples);
}

void ConvolutionPlan::KernelGradient(const float* big, const float* small, int64_t samples,
                                     float* d_kernel) const {
  for (int64_t tap = 0; tap < taps; ++tap) {
    const int64_t first = pairs_begin[static_cast<size_t>(tap)];
    const int64_t last = pairs_begin[static_cast<size_t>(tap) + 1];
    Kernels().outer_products({big, big_size, small, small_size, pairs.data() + first, last - first,
                              d_kernel + tap * big_channels * small_channels, samples, big_channels,
                              small_channels});
  }
}

const ConvolutionPlan& PlanFor(const Shape& big_image, const Shape& small_image,
                               const Shape& kernel, int64_t stride, Padding padding) {
  using Key = std::tuple<std::string, std::string, std::string, int64_t, Padding>;
  static std::mutex mutex;
  static std::map<Key, std::unique_ptr<const ConvolutionPlan>> plans;
  const Key key(big_image.ToString(), small_image.ToString(), kernel.ToString(), stride, padding);
  std::lock_guard<std::mutex> lock(mutex);
  std::unique_ptr<const ConvolutionPlan>& plan = plans[key];
  if (plan == nullptr) {
    plan = std::make_unique<const ConvolutionPlan>(
        big_image, small_image, kernel, stride,
        PaddingBefore(big_image[0], small_image[0], kernel[0], stride, padding),
        PaddingBefore(big_image[1], small_image[1], kernel[1], stride, padding));
  }
  return *plan;
}

}  // namespace demd
