#include "engine/ops/toeplitz_convolution.h"

#include <algorithm>

#include "engine/kernels/matrix_kernels.h"
#include "engine/ops/gradient_blocks.h"
#include "engine/parallel.h"

namespace demd {
namespace {

constexpr int64_t kPixels = 16;
constexpr int64_t kSlots = ToeplitzConvolution::kSlots;

// Samples that a task carries through: a multiple of the kernels' row blocks whose slots of one row
// stay in the second-level cache.
constexpr int64_t kSamplesPerTask = 32;

// The slot whose product is added where this slot's gradient would come from: first and second
// change places, at both levels.
constexpr int64_t Mirrored(int64_t slot) {
  constexpr int64_t kMirroredPart[3] = {1, 0, 2};
  return 3 * kMirroredPart[slot / 3] + kMirroredPart[slot % 3];
}

// Floats from one slot's array to the next: some more than it holds, so that the slots of a pixel
// do not all fall on the same lines of a cache.
int64_t SlotStride(int64_t samples, int64_t channels) {
  constexpr int64_t kLine = 16;
  return (samples * channels + kLine - 1) / kLine * kLine + kLine;
}

void Add(const float* x, int64_t n, float* y) { Kernels().vector->add(x, n, y); }

}  // namespace

std::array<ToeplitzConvolution::SlotTaps, kSlots> ToeplitzConvolution::TapsOfSlots(int64_t extent,
                                                                                   int64_t pad) {
  std::array<SlotTaps, kSlots> slots{};
  for (int64_t slot = 0; slot < kSlots; ++slot) {
    // The first is multiplied with the diagonal and what lies below it, the second with the
    // diagonal and what lies above, the difference with the diagonal.
    constexpr int64_t kNext[3] = {-1, 1, 0};
    SlotTaps& taps = slots[static_cast<size_t>(slot)];
    for (const int64_t outer : {int64_t{0}, 2 * kNext[slot / 3]}) {
      for (const int64_t inner : {int64_t{0}, kNext[slot % 3]}) {
        const int64_t tap = outer + inner + pad;
        const bool known = std::find(taps.tap.begin(), taps.tap.begin() + taps.count, tap) !=
                           taps.tap.begin() + taps.count;
        if (known || tap < 0 || tap >= extent) continue;
        taps.tap[static_cast<size_t>(taps.count++)] = tap;
      }
    }
  }
  return slots;
}

ToeplitzConvolution::ToeplitzConvolution(int64_t height, int64_t width, int64_t pad_top,
                                         int64_t pad_left)
    : height_(height),
      width_(width),
      rows_(TapsOfSlots(height, pad_top)),
      columns_(TapsOfSlots(width, pad_left)) {}

void ToeplitzConvolution::MakeSlotKernels(const float* kernel, int64_t n_in, int64_t n_out,
                                          float* slot_kernels) const {
  const int64_t size = n_in * n_out;
  std::fill_n(slot_kernels, SlotKernelSize(n_in, n_out), 0.0f);
  ParallelFor(kSlots, [&](int64_t r) {
    float* row = ThreadScratch(width_ * size);  // [width][n_in][n_out]
    std::fill_n(row, width_ * size, 0.0f);
    const SlotTaps& taps = rows_[static_cast<size_t>(r)];
    for (int64_t i = 0; i < taps.count; ++i) {
      Add(kernel + taps.tap[static_cast<size_t>(i)] * width_ * size, width_ * size, row);
    }
    for (int64_t c = 0; c < kSlots; ++c) {
      const SlotTaps& column = columns_[static_cast<size_t>(c)];
      for (int64_t i = 0; i < column.count; ++i) {
        Add(row + column.tap[static_cast<size_t>(i)] * size, size,
            slot_kernels + (r * kSlots + c) * size);
      }
    }
  });
}

void ToeplitzConvolution::Apply(const float* x, const float* slot_kernels, const float* bias,
                                const Channels& channels, int64_t samples, float* y,
                                bool accumulate) {
  // Slots whose products go to one row of pixels each come first, so that they can set it.
  constexpr int64_t kRowSlots[kSlots] = {Mirrored(0), Mirrored(1), Mirrored(3),
                                         Mirrored(4), Mirrored(2), Mirrored(5),
                                         Mirrored(6), Mirrored(7), Mirrored(8)};
  const int64_t n_in = channels.n_in;
  const int64_t n_out = channels.n_out;
  const Segment all{0, 0, n_in};
  ParallelForBlocks(samples, kSamplesPerTask, [&](int64_t begin, int64_t end) {
    const int64_t m = end - begin;
    float* out = y + begin * kPixels * n_out;
    const int64_t in_stride = SlotStride(m, n_in);
    const int64_t out_stride = SlotStride(m, n_out);
    float* slots = ThreadScratch(kSlots * (in_stride + out_stride) + n_out);  // [9][m][n_in]
    float* products = slots + kSlots * in_stride;                             // [9][m][n_out]
    float* start = products + kSlots * out_stride;                            // [n_out]
    std::fill_n(start, n_out, 0.0f);
    if (bias != nullptr) std::copy_n(bias, n_out, start);
    for (int i = 0; i < kSlots; ++i) {
      const int64_t r = kRowSlots[i];
      Kernels().toeplitz->expand(x + begin * kPixels * n_in, m, n_in, in_stride,
                                 static_cast<int>(r), slots);
      for (int64_t c = 0; c < kSlots; ++c) {
        Kernels().rows_times_matrix(
            {slots + c * in_stride, n_in, slot_kernels + (r * kSlots + c) * n_in * n_out, nullptr,
             products + Mirrored(c) * out_stride, n_out, &all, 1, m, n_out, false});
      }
      if (i < 4 && !accumulate) {
        Kernels().toeplitz->contract_first(products, m, n_out, out_stride, i, start, out);
      } else {
        Kernels().toeplitz->contract(products, m, n_out, out_stride, static_cast<int>(Mirrored(r)),
                                     out);
      }
    }
  });
}

void ToeplitzConvolution::KernelGradient(const float* x, const float* d_y, const Channels& channels,
                                         int64_t samples, float* d_kernel) const {
  const int64_t n_in = channels.n_in;
  const int64_t n_out = channels.n_out;
  const int64_t size = n_in * n_out;
  const RowPair whole{0, 0};
  const int64_t in_stride = SlotStride(samples, n_in);
  const int64_t out_stride = SlotStride(samples, n_out);
  float* slots = ThreadScratch(kSlots * (in_stride + out_stride) + (1 + width_) * size);
  float* d_slots = slots + kSlots * in_stride;     // [9][samples][n_out]
  float* product = d_slots + kSlots * out_stride;  // [n_in][n_out]
  float* d_row = product + size;                   // [width][n_in][n_out]
  std::fill_n(d_kernel, height_ * width_ * size, 0.0f);
  for (int64_t r = 0; r < kSlots; ++r) {
    Kernels().toeplitz->expand(x, samples, n_in, in_stride, static_cast<int>(r), slots);
    Kernels().toeplitz->expand(d_y, samples, n_out, out_stride, static_cast<int>(Mirrored(r)),
                               d_slots);
    std::fill_n(d_row, width_ * size, 0.0f);
    for (int64_t c = 0; c < kSlots; ++c) {
      Kernels().outer_products({slots + c * in_stride, n_in, d_slots + Mirrored(c) * out_stride,
                                n_out, &whole, 1, product, n_out, samples, n_in, n_out, false});
      const SlotTaps& column = columns_[static_cast<size_t>(c)];
      for (int64_t i = 0; i < column.count; ++i) {
        Add(product, size, d_row + column.tap[static_cast<size_t>(i)] * size);
      }
    }
    const SlotTaps& row = rows_[static_cast<size_t>(r)];
    for (int64_t i = 0; i < row.count; ++i) {
      Add(d_row, width_ * size, d_kernel + row.tap[static_cast<size_t>(i)] * width_ * size);
    }
  }
}

}  // namespace demd
