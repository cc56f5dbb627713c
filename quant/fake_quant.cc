#include "quant/fake_quant.h"

#include <algorithm>

#include "engine/error.h"
#include "engine/ops/convolution.h"
#include "engine/ops/dense.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/shaping.h"
#include "engine/parallel.h"
#include "engine/random.h"
#include "quant/device/encoder.h"
#include "quant/integer_encoder.h"
#include "quant/range_proof.h"

namespace demd {
namespace {

using device::ValueFormat;

// Elements per task: large enough to pay for handing it out.
constexpr int64_t kBlock = 16384;

// The range of a format in real numbers, for the backward pass.
struct RealRange {
  float lowest;
  float highest;
};

RealRange RangeOf(const ValueFormat& format) {
  const float step = 1.0f / static_cast<float>(int32_t{1} << format.fraction_bits);
  return {static_cast<float>(device::LowestOf(format)) * step,
          static_cast<float>(device::HighestOf(format)) * step};
}

// d_x += d_y where it may pass; see fake_quant.h.
struct StraightThrough {
  RealRange range;
  bool relu;

  float operator()(float x, float d_y) const {
    if (relu && !(x > 0.0f)) return 0.0f;
    if (x > range.highest) return d_y > 0.0f ? d_y : 0.0f;
    if (x < range.lowest) return d_y < 0.0f ? d_y : 0.0f;
    return d_y;
  }
};

void SetBackward(Var x, Var y, const StraightThrough& pass) {
  x.tape().OnBackward(y, [x, y, pass] {
    const float* d_y = y.tape().Gradient(y);
    bool fresh;
    float* d_x = x.tape().WritableGradient(x, &fresh);
    if (d_x == nullptr) return;
    const float* value = x.value();
    ParallelForBlocks(x.shape().size(), kBlock, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const float d = pass(value[i], d_y[i]);
        d_x[i] = fresh ? d : d_x[i] + d;
      }
    });
  });
}

device::EncoderWeights IntegerWeights(const EncoderProfile& profile, const EncoderVars& p) {
  return QuantizeWeights(profile, {p.conv_kernel.value(), p.conv_bias.value(),
                                   p.dense_kernel.value(), p.dense_bias.value()});
}

Var FloatEncoder(Var images, const EncoderVars& p) {
  const Var hidden = Relu(Conv2d(images, p.conv_kernel, p.conv_bias, 2, Padding::kSame));
  return Relu(Dense(Flatten(hidden), p.dense_kernel, p.dense_bias));
}

// y = x in the format; max(x, 0) in it if relu.
void QuantizeAll(Var x, const ValueFormat& format, bool relu, Var y) {
  const float* in = x.value();
  float* out = y.value();
  const float step = 1.0f / static_cast<float>(int32_t{1} << format.fraction_bits);
  ParallelForBlocks(x.shape().size(), kBlock, [=](int64_t begin, int64_t end) {
    constexpr int64_t kAtOnce = 512;
    float positive[kAtOnce];
    int32_t q[kAtOnce];
    for (int64_t i = begin; i < end; i += kAtOnce) {
      const int64_t n = std::min(kAtOnce, end - i);
      for (int64_t j = 0; j < n; ++j) positive[j] = relu && in[i + j] < 0.0f ? 0.0f : in[i + j];
      QuantizeValues(positive, n, format, q);
      for (int64_t j = 0; j < n; ++j) out[i + j] = static_cast<float>(q[j]) * step;
    }
  });
}

// Shares of the steps.
constexpr double kFirstSettles = 0.7;
constexpr double kLastSettles = 0.95;

// Weights of which some have settled; a bias settles first. number: which of the parameters it is.
Var SettleWeights(Var x, const ValueFormat& format, const Settling& settling, uint64_t number) {
  const bool is_bias = x.shape().rank() == 1;
  const int64_t n = x.shape().size();
  Var y = x.tape().Record("settle_weights", x.shape(), {x});
  QuantizeAll(x, format, false, y);
  uint8_t* settled = x.tape().NewArray<uint8_t>(n);
  const RealRange range = RangeOf(format);
  const double half = 0.5 / static_cast<double>(int32_t{1} << format.fraction_bits);
  RandomStream moments(settling.seed, "moments", number);
  RandomStream noise(settling.seed, "rounding noise",
                     4 * static_cast<uint64_t>(settling.step) + number);
  const double progress =
      static_cast<double>(settling.step) / static_cast<double>(settling.total_steps);
  for (int64_t i = 0; i < n; ++i) {
    const double moment = is_bias ? kFirstSettles : moments.Uniform(kFirstSettles, kLastSettles);
    const float unknown = static_cast<float>(noise.Uniform(-half, half));
    settled[i] = progress >= moment ? 1 : 0;
    if (settled[i] != 0) continue;
    y.value()[i] = std::min(std::max(x.value()[i], range.lowest), range.highest) + unknown;
  }
  x.tape().OnBackward(y, [x, y, n, range, settled] {
    const StraightThrough pass{range, false};
    const float* d_y = y.tape().Gradient(y);
    float* d_x = x.tape().AccumulatedGradient(x);
    if (d_x == nullptr) return;
    for (int64_t i = 0; i < n; ++i) {
      if (settled[i] == 0) d_x[i] += pass(x.value()[i], d_y[i]);
    }
  });
  return y;
}

}  // namespace

Var FakeQuantize(Var x, const ValueFormat& format) {
  Var y = x.tape().Record("fake_quantize", x.shape(), {x});
  QuantizeAll(x, format, false, y);
  SetBackward(x, y, {RangeOf(format), false});
  return y;
}

Var FakeQuantizeRelu(Var x, const ValueFormat& format) {
  Var y = x.tape().Record("fake_quantize_relu", x.shape(), {x});
  QuantizeAll(x, format, true, y);
  SetBackward(x, y, {RangeOf(format), true});
  return y;
}

Var KeepSentBits(Var latent, const EncoderProfile& profile, const device::KeepMask& mask) {
  Var y = latent.tape().Record("keep_sent_bits", latent.shape(), {latent});
  const float steps = static_cast<float>(int32_t{1} << profile.formats.output.fraction_bits);
  for (int64_t i = 0; i < y.shape().size(); ++i) {
    const auto code = static_cast<int32_t>(latent.value()[i] * steps);
    const int32_t sent = code & mask.of_output[i % device::kOutputs];
    y.value()[i] = static_cast<float>(sent) / steps;
  }
  latent.tape().OnBackward(y, [latent, y] {
    bool fresh;
    float* d_latent = latent.tape().WritableGradient(latent, &fresh);
    if (d_latent == nullptr) return;
    const float* d_y = y.tape().Gradient(y);
    for (int64_t i = 0; i < y.shape().size(); ++i) {
      d_latent[i] = fresh ? d_y[i] : d_latent[i] + d_y[i];
    }
  });
  return y;
}

void MakeEncoderImages(const EncoderProfile& profile, const int32_t* charges, int64_t n,
                       float* images) {
  constexpr int kPixels = device::kImageSide * device::kImageSide;
  const ValueFormat& format = profile.formats.input;
  const float step = 1.0f / static_cast<float>(int32_t{1} << format.fraction_bits);
  for (int64_t row = 0; row < n; ++row) {
    uint32_t taken[device::kCells];
    TakeCharges(charges + row * device::kCells, row, taken);
    const int log2_sum = device::FloorLog2(device::SumOfCharges(taken));
    const float scale = 1.0f / static_cast<float>(uint32_t{1} << log2_sum);
    for (int pixel = 0; pixel < kPixels; ++pixel) {
      const int cell = device::kCellOfPixel[pixel];
      float value = 0.0f;
      if (cell != device::kMasked && profile.is_float) {
        value = static_cast<float>(taken[cell]) * scale;
      } else if (cell != device::kMasked) {
        const int32_t q = device::NormalizeCharge(profile.formats, taken[cell], log2_sum);
        value = static_cast<float>(q) * step;
      }
      images[row * kPixels + pixel] = value;
    }
  }
}

EncoderVars FakeQuantizeWeights(const EncoderProfile& profile, const EncoderVars& parameters,
                                const Settling* settling) {
  if (profile.is_float) return parameters;
  const auto quantized = [&](Var parameter, uint64_t number) {
    const ValueFormat& format = profile.formats.weight;
    return settling != nullptr ? SettleWeights(parameter, format, *settling, number)
                               : FakeQuantize(parameter, format);
  };
  return {quantized(parameters.conv_kernel, 0), quantized(parameters.conv_bias, 1),
          quantized(parameters.dense_kernel, 2), quantized(parameters.dense_bias, 3)};
}

Var FakeQuantizedEncoder(const EncoderProfile& profile, const SentBits& sent, Var images,
                         const EncoderVars& parameters, const Settling* settling) {
  CheckSentBits(sent, profile);
  if (profile.is_float) return FloatEncoder(images, parameters);
  RequireAccumulator(ProveRanges(profile, IntegerWeights(profile, parameters)),
                     kFloatAccumulatorBits);
  const device::EncoderFormats& f = profile.formats;
  const EncoderVars weights = FakeQuantizeWeights(profile, parameters, settling);
  const Var sums = Conv2d(images, weights.conv_kernel, weights.conv_bias, 2, Padding::kSame);
  const Var hidden = Flatten(FakeQuantizeRelu(sums, f.activation));
  const Var dense = Dense(hidden, weights.dense_kernel, weights.dense_bias);
  return KeepSentBits(FakeQuantizeRelu(dense, f.output), profile, sent.mask);
}

}  // namespace demd
