#include "quant/fast_encoder.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "engine/error.h"
#include "quant/integer_encoder.h"

namespace demd {
namespace {

using device::EncoderFormats;
using device::EncoderWeights;
using device::kFilters;
using device::kOutputs;
using device::Overflow;
using device::Rounding;
using device::ValueFormat;

// Positions of the 4x4 output that see the wafer; the lower right quarter sees masked pixels only.
constexpr int kSeenPositions[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13};
constexpr int kBlindPositions[] = {10, 11, 14, 15};

template <typename Profile>
uint32_t EncodeAs(const EncoderFormats&, const EncoderWeights& weights, const uint32_t* charges,
                  uint16_t* codes) {
  return device::EncodeWafer(Profile{}, weights, charges, codes);
}

bool SameFormat(const ValueFormat& a, const ValueFormat& b) {
  return a.bits == b.bits && a.fraction_bits == b.fraction_bits && a.is_signed == b.is_signed &&
         a.rounding == b.rounding && a.overflow == b.overflow;
}

template <typename Profile>
bool HasFormatsOf(const EncoderFormats& f) {
  return SameFormat(f.input, Profile::input) && SameFormat(f.weight, Profile::weight) &&
         SameFormat(f.activation, Profile::activation) && SameFormat(f.output, Profile::output);
}

// Nothing that is rounded here is negative.
FastRounding RoundingOfPositive(Rounding rounding) {
  if (rounding == Rounding::kFloor) return kFastFloor;
  return rounding == Rounding::kTiesToEven ? kFastHalfEven : kFastHalfUp;
}

bool KernelsCover(const EncoderFormats& f, const FastFormats& fast) {
  const FastRounding rounding = RoundingOfPositive(f.input.rounding);
  for (const ValueFormat& format : {f.input, f.activation, f.output}) {
    if (format.overflow != Overflow::kSaturate) return false;
    if (RoundingOfPositive(format.rounding) != rounding) return false;
  }
  return fast.conv_shift >= 1 && fast.dense_shift >= 1;
}

FastFormats MakeFastFormats(const EncoderFormats& f, const device::KeepMask& mask) {
  FastFormats fast = {};
  fast.input_shift_up = f.input.fraction_bits + 1;
  fast.input_highest = device::HighestOf(f.input);
  fast.conv_shift = f.input.fraction_bits + f.weight.fraction_bits - f.activation.fraction_bits;
  fast.activation_highest = device::HighestOf(f.activation);
  fast.dense_shift = f.activation.fraction_bits + f.weight.fraction_bits - f.output.fraction_bits;
  fast.output_highest = device::HighestOf(f.output);
  std::copy(std::begin(mask.of_output), std::end(mask.of_output), fast.keep);
  return fast;
}

// Two taps or activations side by side, so that one instruction adds both products:
//   conv[row][0][k] = {kernel(row, 0), kernel(row, 1)}, conv[row][1][k] = {kernel(row, 2), 0}
//   dense[p][o] = {kernel(2 p), kernel(2 p + 1)} over the seen activations, but of each two
//   positions first the filters 0 to 3 of both, then the others: the order that packing them leaves
constexpr int kPlaceOfPair[] = {0, 1, 4, 5, 2, 3, 6, 7};

FastWeights PrepareFastWeights(const EncoderFormats& f, const EncoderWeights& weights) {
  FastWeights fast = {};
  for (int k = 0; k < kFilters; ++k) {
    for (int row = 0; row < device::kKernelSize; ++row) {
      fast.conv[row][0][k][0] = weights.conv_kernel[3 * row][k];
      fast.conv[row][0][k][1] = weights.conv_kernel[3 * row + 1][k];
      fast.conv[row][1][k][0] = weights.conv_kernel[3 * row + 2][k];
    }
    fast.conv_bias[k] = weights.conv_bias[k] * (int32_t{1} << f.input.fraction_bits);
  }
  int16_t blind[device::kActivations] = {};
  const int16_t nothing[device::kPaddedPixelCount] = {};
  device::ConvLayer(f, weights, nothing, blind);
  for (int o = 0; o < kOutputs; ++o) {
    int32_t bias = weights.dense_bias[o] * (int32_t{1} << f.activation.fraction_bits);
    for (const int p : kBlindPositions) {
      for (int i = p * kFilters; i < (p + 1) * kFilters; ++i) {
        bias += blind[i] * weights.dense_kernel[i][o];
      }
    }
    fast.dense_bias[o] = bias;
    int seen = 0;
    for (const int p : kSeenPositions) {
      for (int i = p * kFilters; i < (p + 1) * kFilters; ++i, ++seen) {
        fast.dense[seen / 16 * 8 + kPlaceOfPair[seen / 2 % 8]][o][seen % 2] =
            weights.dense_kernel[i][o];
      }
    }
  }
  return fast;
}

// For vectors of 512 bits: a vector of sums holds two positions side by side, and packing two of
// them leaves in each lane of 128 bits four activations of the first, then four of the second.
void PrepareWideWeights(const EncoderWeights& weights, FastWeights* fast) {
  for (int i = 0; i < 5 * 32; ++i) {
    const int tap = 2 * (i / 32) + i % 2;
    const int16_t kernel = tap < device::kTaps ? weights.conv_kernel[tap][i % 16 / 2] : int16_t{0};
    fast->conv_pairs[i / 32][i % 32] = kernel;
  }
  constexpr int kLeftPositions[] = {0, 2, 4, 6, 8, 12};
  for (int i = 0; i < 3 * 4 * 4 * 32; ++i) {
    const int vector = i / 512;
    const int in_lane = i / 128 % 4 * 2 + i % 2;  // activation of the eight in a lane
    const int output = i / 32 % 4 * 4 + i % 8 / 2;
    const int of_sums = i % 32 / 8 * 4 + in_lane % 4;  // which of the 16 sums
    const int position = kLeftPositions[2 * vector + in_lane / 4] + of_sums / kFilters;
    const int activation = position * kFilters + of_sums % kFilters;
    fast->dense_lanes[vector][i / 128 % 4][i / 32 % 4][i % 32] =
        weights.dense_kernel[activation][output];
  }
}

}  // namespace

#ifdef DEMD_QUANT_X86
namespace avx2 {
extern const FastKernels kFastKernels;
}
namespace avx512 {
extern const FastKernels kFastKernels;
}
#endif

namespace {

// The kernels that this machine can run, the fastest first.
std::vector<const FastKernels*> AvailableKernels() {
  std::vector<const FastKernels*> available;
#ifdef DEMD_QUANT_X86
  if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl")) {
    available.push_back(&avx512::kFastKernels);
  }
  if (__builtin_cpu_supports("avx2")) available.push_back(&avx2::kFastKernels);
#endif
  return available;
}

// The kernels to use, null for the device's code.
const FastKernels* ChooseKernels() {
  const std::vector<const FastKernels*> available = AvailableKernels();
  const char* wanted = std::getenv("DEMD_KERNELS");
  const std::string name = wanted == nullptr ? "" : wanted;
  if (name.empty()) return available.empty() ? nullptr : available[0];
  if (name == "portable") return nullptr;
  for (const FastKernels* kernels : available) {
    if (name == kernels->name) return kernels;
  }
  // Other parts of demd have an AVX-512 variant for machines that lack what this one needs.
  if (name == "avx512" && !available.empty()) return available[0];
  throw UsageError("DEMD_KERNELS: expected a variant that this machine can run, found " + name);
}

}  // namespace

std::vector<std::string> FastEncoder::Variants() {
  std::vector<std::string> names;
  for (const FastKernels* kernels : AvailableKernels()) names.push_back(kernels->name);
  names.push_back("portable");
  return names;
}

FastEncoder::FastEncoder(const EncoderProfile& profile, const EncoderWeights& weights,
                         const SentBits& sent)
    : profile_(profile), weights_(weights), sent_(sent) {
  const IntegerEncoder checked(profile, weights, sent);  // throws what it finds
  sends_top_bits_ = AreTopBits(sent, profile);
  device::MakeFrameLayout(sent.mask, sent.n_elinks, &layout_);
  const EncoderFormats& f = profile.formats;
  device_encode_ = HasFormatsOf<device::Econt>(f)    ? EncodeAs<device::Econt>
                   : HasFormatsOf<device::Paper5>(f) ? EncodeAs<device::Paper5>
                   : HasFormatsOf<device::Paper6>(f) ? EncodeAs<device::Paper6>
                                                     : device::EncodeWafer<EncoderFormats>;
  UseKernels();
}

void FastEncoder::UseKernels() {
  const EncoderFormats& f = profile_.formats;
  const FastKernels* chosen = ChooseKernels();
  fast_formats_ = MakeFastFormats(f, sent_.mask);
  if (!KernelsCover(f, fast_formats_)) return;
  kernels_ = chosen;
  rounding_ = RoundingOfPositive(f.input.rounding);
  fast_weights_ = PrepareFastWeights(f, weights_);
  PrepareWideWeights(weights_, &fast_weights_);
}

void FastEncoder::Encode(const uint32_t* charges, int64_t n, uint16_t* codes) const {
  if (kernels_ != nullptr) {
    kernels_->encode[rounding_](fast_weights_, fast_formats_, charges, n, codes);
    return;
  }
  for (int64_t row = 0; row < n; ++row) {
    uint16_t* out = codes + row * kOutputs;
    device_encode_(profile_.formats, weights_, charges + row * device::kCells, out);
    for (int o = 0; o < kOutputs; ++o) {
      out[o] = static_cast<uint16_t>(out[o] & sent_.mask.of_output[o]);
    }
  }
}

void FastEncoder::Frames(const uint32_t* charges, int64_t n, uint32_t first_crossing,
                         uint32_t* frames) const {
  if (kernels_ != nullptr && sends_top_bits_) {
    kernels_->frames[rounding_](fast_weights_, fast_formats_, charges, n, first_crossing,
                                sent_.n_elinks, frames);
    return;
  }
  constexpr int64_t kAtOnce = 64;
  uint16_t codes[kAtOnce * kOutputs];
  for (int64_t begin = 0; begin < n; begin += kAtOnce) {
    const int64_t end = std::min(begin + kAtOnce, n);
    Encode(charges + begin * device::kCells, end - begin, codes);
    for (int64_t row = begin; row < end; ++row) {
      const uint32_t sum = device::SumOfCharges(charges + row * device::kCells);
      device::PackFrame(layout_, first_crossing + static_cast<uint32_t>(row), sum,
                        codes + (row - begin) * kOutputs, frames + row * sent_.n_elinks);
    }
  }
}

}  // namespace demd
