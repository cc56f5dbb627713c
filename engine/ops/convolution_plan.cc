#include "engine/ops/convolution_plan.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/error.h"
#include "engine/ops/gradient_blocks.h"
#include "engine/parallel.h"

namespace demd {
namespace {

// Samples whose images one task carries through a layer: a multiple of the kernels' row blocks.
constexpr int64_t kSamplesPerTask = 48;

// Images whose kernel gradient is summed before the next kernel tap: twice a first-level cache.
constexpr int64_t kFloatsInCache = 16384;

// By rows, at most this many products are made for each one that counts.
constexpr int64_t kMostProductsByRows = 4;

// Sums and differences pay from so many products of a pixel's channels, and so many channels, on.
constexpr int64_t kLeastProductsForToeplitz = 128;
constexpr int64_t kLeastChannelsForToeplitz = 16;

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
      taps(kernel[0] * kernel[1]),
      big_image_(big_image),
      small_image_(small_image),
      kernel_(kernel),
      stride_(stride),
      pad_top_(pad_top),
      pad_left_(pad_left) {
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
  Connect(meetings);
  MakeByRows();
  MakeToeplitz();
}

ConvolutionPlan::ConvolutionPlan(const Neighbourhood& neighbourhood, int64_t channels_big,
                                 int64_t channels_small)
    : big_channels(channels_big), small_channels(channels_small), taps(neighbourhood.taps) {
  const int64_t entries = static_cast<int64_t>(neighbourhood.pixels.size());
  if (taps < 1 || entries % taps != 0 || big_channels < 1 || small_channels < 1) {
    throw UsageError(
        "convolution: expected a tap and a channel at least and as many entries for "
        "every pixel, found " +
        std::to_string(taps) + " taps, " + std::to_string(big_channels) + " and " +
        std::to_string(small_channels) + " channels, " + std::to_string(entries) + " entries");
  }
  const int64_t pixels = entries / taps;
  big_size = pixels * big_channels;
  small_size = pixels * small_channels;
  std::vector<Meeting> meetings;
  for (int64_t i = 0; i < entries; ++i) {
    const int64_t big = neighbourhood.pixels[static_cast<size_t>(i)];
    if (big < -1 || big >= pixels) {
      throw UsageError("convolution: expected neighbours among " + std::to_string(pixels) +
                       " pixels or -1, found " + std::to_string(big));
    }
    if (big >= 0) meetings.push_back({i % taps, big, i / taps});
  }
  Connect(meetings);
}

void ConvolutionPlan::Connect(const std::vector<Meeting>& meetings) {
  // The meetings of each value of a key, in their order.
  const auto grouped = [&](int64_t Meeting::*key, int64_t values) {
    std::vector<std::vector<Meeting>> groups(static_cast<size_t>(values));
    for (const Meeting& meeting : meetings) {
      groups[static_cast<size_t>(meeting.*key)].push_back(meeting);
    }
    return groups;
  };
  down_begin.push_back(0);
  for (const auto& group : grouped(&Meeting::small, small_size / small_channels)) {
    const size_t first = down_segments.size();
    for (const Meeting& m : group) {
      AppendSegment(&down_segments, first,
                    {m.big * big_channels, m.tap * big_channels, big_channels});
    }
    down_begin.push_back(static_cast<int64_t>(down_segments.size()));
  }
  up_begin.push_back(0);
  for (const auto& group : grouped(&Meeting::big, big_size / big_channels)) {
    const size_t first = up_segments.size();
    for (const Meeting& m : group) {
      AppendSegment(
          &up_segments, first,
          {m.small * small_channels, (taps - 1 - m.tap) * small_channels, small_channels});
    }
    up_begin.push_back(static_cast<int64_t>(up_segments.size()));
  }
  pairs_begin.push_back(0);
  for (const auto& group : grouped(&Meeting::tap, taps)) {
    for (const Meeting& m : group) {
      pairs.push_back({m.big * big_channels, m.small * small_channels});
    }
    pairs_begin.push_back(static_cast<int64_t>(pairs.size()));
  }
}

void ConvolutionPlan::MakeToeplitz() {
  const auto is_4x4 = [](const Shape& image) { return image[0] == 4 && image[1] == 4; };
  if (!is_4x4(big_image_) || !is_4x4(small_image_) || stride_ != 1) return;
  if (std::max(kernel_[0], kernel_[1]) > 7) return;
  if (std::min(big_channels, small_channels) < kLeastChannelsForToeplitz) return;
  if (static_cast<int64_t>(pairs.size()) < kLeastProductsForToeplitz) return;
  toeplitz_down =
      std::make_unique<const ToeplitzConvolution>(kernel_[0], kernel_[1], pad_top_, pad_left_);
  toeplitz_up = std::make_unique<const ToeplitzConvolution>(
      kernel_[0], kernel_[1], kernel_[0] - 1 - pad_top_, kernel_[1] - 1 - pad_left_);
}

// Calls body(index in the kernel, index in by_rows' kernel) for each pair that stands for the same
// weight.
template <typename Body>
void ConvolutionPlan::ForEachRowEntry(Body body) const {
  const int64_t small_row = small_image_[1] * small_channels;
  for (int64_t tap = 0; tap < taps; ++tap) {
    for (int64_t column = 0; column < small_image_[1]; ++column) {
      const int64_t big_column = column * stride_ + tap % kernel_[1] - pad_left_;
      if (big_column < 0 || big_column >= big_image_[1]) continue;
      const int64_t row_in = (tap / kernel_[1] * big_image_[1] + big_column) * big_channels;
      for (int64_t b = 0; b < big_channels; ++b) {
        for (int64_t s = 0; s < small_channels; ++s) {
          body((tap * big_channels + b) * small_channels + s,
               (row_in + b) * small_row + column * small_channels + s);
        }
      }
    }
  }
}

void ConvolutionPlan::MakeByRows() {
  if (big_image_[1] == 1 || std::min(big_channels, small_channels) >= kFewChannels) return;
  const int64_t big_row = big_image_[1] * big_channels;
  const int64_t small_row = small_image_[1] * small_channels;
  int64_t entries = 0;
  ForEachRowEntry([&](int64_t, int64_t) { ++entries; });
  if (kernel_[0] * big_row * small_row > kMostProductsByRows * entries) return;
  by_rows = std::make_unique<const ConvolutionPlan>(
      Shape{big_image_[0], 1, big_row}, Shape{small_image_[0], 1, small_row},
      Shape{kernel_[0], 1, big_row, small_row}, stride_, pad_top_, 0);
}

void ConvolutionPlan::FlipKernel(const float* kernel, float* flipped) const {
  const int64_t matrix = big_channels * small_channels;
  for (int64_t tap = 0; tap < taps; ++tap) {
    Transpose(kernel + tap * matrix, big_channels, small_channels,
              flipped + (taps - 1 - tap) * matrix);
  }
}

namespace {

const float* Repeated(Tape& tape, const float* bias, int64_t channels, int64_t times) {
  if (bias == nullptr) return nullptr;
  float* repeated = tape.NewArray<float>(channels * times);
  for (int64_t i = 0; i < times; ++i) std::copy_n(bias, channels, repeated + i * channels);
  return repeated;
}

}  // namespace

int64_t ConvolutionPlan::gradient_size() const {
  return by_rows != nullptr ? by_rows->gradient_size() : taps * big_channels * small_channels;
}

const float* ConvolutionPlan::SlotKernels(Tape& tape, const ToeplitzConvolution& toeplitz,
                                          const float* kernel, int64_t n_in, int64_t n_out) const {
  float* slots = tape.NewArray<float>(ToeplitzConvolution::SlotKernelSize(n_in, n_out));
  toeplitz.MakeSlotKernels(kernel, n_in, n_out, slots);
  return slots;
}

const float* ConvolutionPlan::KernelByRows(Tape& tape, const float* kernel) const {
  float* expanded = tape.NewArray<float>(by_rows->gradient_size());
  std::fill_n(expanded, by_rows->gradient_size(), 0.0f);
  ForEachRowEntry([=](int64_t entry, int64_t by_row) { expanded[by_row] = kernel[entry]; });
  return expanded;
}

ConvolutionPlan::Operand ConvolutionPlan::ForDown(Tape& tape, const float* kernel,
                                                  const float* bias) const {
  if (toeplitz_down != nullptr) {
    return {SlotKernels(tape, *toeplitz_down, kernel, big_channels, small_channels), bias};
  }
  if (!DownByRows()) return {kernel, bias};
  return {KernelByRows(tape, kernel), Repeated(tape, bias, small_channels, small_image_[1])};
}

ConvolutionPlan::Operand ConvolutionPlan::ForUp(Tape& tape, const float* kernel,
                                                const float* bias) const {
  if (UpByRows()) {
    return by_rows->ForUp(tape, KernelByRows(tape, kernel),
                          Repeated(tape, bias, big_channels, big_image_[1]));
  }
  float* flipped = tape.NewArray<float>(taps * big_channels * small_channels);
  FlipKernel(kernel, flipped);
  if (toeplitz_up != nullptr) {
    return {SlotKernels(tape, *toeplitz_up, flipped, small_channels, big_channels), bias};
  }
  return {flipped, bias};
}

void ConvolutionPlan::Down(const float* big, const Operand& operand, int64_t samples, float* small,
                           bool accumulate) const {
  if (toeplitz_down != nullptr) {
    return ToeplitzConvolution::Apply(big, operand.kernel, operand.bias,
                                      {big_channels, small_channels}, samples, small, accumulate);
  }
  if (DownByRows()) return by_rows->Down(big, operand, samples, small, accumulate);
  RunPixels(down_segments, down_begin,
            {big, big_size, operand.kernel, operand.bias, small, small_size, nullptr, 0, 0,
             small_channels, accumulate},
            samples);
}

void ConvolutionPlan::Up(const float* small, const Operand& operand, int64_t samples, float* big,
                         bool accumulate) const {
  if (toeplitz_up != nullptr) {
    return ToeplitzConvolution::Apply(small, operand.kernel, operand.bias,
                                      {small_channels, big_channels}, samples, big, accumulate);
  }
  if (UpByRows()) return by_rows->Up(small, operand, samples, big, accumulate);
  RunPixels(up_segments, up_begin,
            {small, small_size, operand.kernel, operand.bias, big, big_size, nullptr, 0, 0,
             big_channels, accumulate},
            samples);
}

void ConvolutionPlan::KernelGradient(const float* big, const float* small, int64_t samples,
                                     float* sums) const {
  if (by_rows != nullptr) return by_rows->KernelGradient(big, small, samples, sums);
  if (toeplitz_down != nullptr) {
    return toeplitz_down->KernelGradient(big, small, {big_channels, small_channels}, samples, sums);
  }
  const int64_t step = std::max<int64_t>(kFloatsInCache / (big_size + small_size), 1);
  for (int64_t first = 0; first < samples; first += step) {
    for (int64_t tap = 0; tap < taps; ++tap) {
      const int64_t begin = pairs_begin[static_cast<size_t>(tap)];
      Kernels().outer_products(
          {big + first * big_size, big_size, small + first * small_size, small_size,
           pairs.data() + begin, pairs_begin[static_cast<size_t>(tap) + 1] - begin,
           sums + tap * big_channels * small_channels, small_channels,
           std::min(step, samples - first), big_channels, small_channels, first > 0});
    }
  }
}

void ConvolutionPlan::FoldGradient(const float* sums, float* d_kernel, bool accumulate) const {
  if (!accumulate) std::fill_n(d_kernel, taps * big_channels * small_channels, 0.0f);
  ForEachRowEntry([=](int64_t entry, int64_t by_row) { d_kernel[entry] += sums[by_row]; });
}

const ConvolutionPlan& PlanFor(const Shape& big_image, const Shape& small_image,
                               const Shape& kernel, int64_t stride, Padding padding) {
  using Key = std::array<int64_t, 3 * Shape::kMaxRank + 2>;
  static std::mutex mutex;
  static std::map<Key, std::unique_ptr<const ConvolutionPlan>> plans;
  Key key{};
  int64_t* next = key.data();
  for (const Shape* shape : {&big_image, &small_image, &kernel}) {
    for (int i = 0; i < Shape::kMaxRank; ++i) *next++ = i < shape->rank() ? (*shape)[i] : 0;
  }
  *next++ = stride;
  *next = padding == Padding::kSame ? 1 : 0;
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
