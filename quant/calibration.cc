#include "quant/calibration.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/error.h"
#include "quant/device/encoder.h"

namespace demd {
namespace {

using device::EncoderFormats;
using device::kActivations;
using device::kFilters;
using device::kOutputs;
using device::kTaps;
using device::Rounding;
using device::ValueFormat;

constexpr int kMostFractionBits = 15;  // see device::CheckFormats

double SquaredLoss(const std::vector<float>& x, const ValueFormat& format) {
  const double step = 1.0 / static_cast<double>(int32_t{1} << format.fraction_bits);
  double sum = 0.0;
  for (const float value : x) {
    const double lost = static_cast<double>(value) - QuantizeValue(value, format) * step;
    sum += lost * lost;
  }
  return sum;
}

std::vector<float> AllParameters(const FloatEncoderWeights& w) {
  std::vector<float> all(w.conv_kernel, w.conv_kernel + kTaps * kFilters);
  all.insert(all.end(), w.conv_bias, w.conv_bias + kFilters);
  all.insert(all.end(), w.dense_kernel, w.dense_kernel + kActivations * kOutputs);
  all.insert(all.end(), w.dense_bias, w.dense_bias + kOutputs);
  for (const float value : all) {
    if (std::isnan(value)) throw NumericError("calibration: expected numbers, found NaN");
  }
  return all;
}

// Row `row` of the wafers as the padded image, normalised, in float.
void MakeFloatImage(const std::vector<int32_t>& charges, int64_t row, float* image) {
  uint32_t taken[device::kCells];
  TakeCharges(&charges[static_cast<size_t>(row * device::kCells)], row, taken);
  const int log2_sum = device::FloorLog2(device::SumOfCharges(taken));
  const float scale = 1.0f / static_cast<float>(uint32_t{1} << log2_sum);
  std::fill(image, image + device::kPaddedPixelCount, 0.0f);
  for (int cell = 0; cell < device::kCells; ++cell) {
    image[device::kPaddedPixels.of_cell[cell]] = static_cast<float>(taken[cell]) * scale;
  }
}

// image: [9][9]   activation: [4][4][8]
void FloatConv(const FloatEncoderWeights& w, const float* image, float* activation) {
  for (int position = 0; position < device::kConvSide * device::kConvSide; ++position) {
    const int row = position / device::kConvSide * 2;
    const int column = position % device::kConvSide * 2;
    for (int k = 0; k < kFilters; ++k) {
      float sum = w.conv_bias[k];
      for (int tap = 0; tap < kTaps; ++tap) {
        const int pixel = (row + tap / 3) * device::kPaddedSide + column + tap % 3;
        sum += image[pixel] * w.conv_kernel[tap * kFilters + k];
      }
      activation[position * kFilters + k] = std::max(sum, 0.0f);
    }
  }
}

void FloatDense(const FloatEncoderWeights& w, const float* activation, float* output) {
  for (int o = 0; o < kOutputs; ++o) {
    float sum = w.dense_bias[o];
    for (int i = 0; i < kActivations; ++i) sum += activation[i] * w.dense_kernel[i * kOutputs + o];
    output[o] = std::max(sum, 0.0f);
  }
}

// The formats whose input, rounding and overflow modes a calibrated profile takes over.
EncoderFormats BaseFormats(const EncoderProfile& base) {
  EncoderFormats formats = base.formats;
  if (base.is_float) {
    for (ValueFormat* format : {&formats.input, &formats.activation, &formats.output}) {
      format->rounding = Rounding::kTiesToEven;
    }
  }
  return formats;
}

}  // namespace

ValueFormat ChooseFormat(const std::vector<float>& x, const ValueFormat& like, int bits,
                         int most_fraction_bits) {
  ValueFormat best = like;
  best.bits = static_cast<uint8_t>(bits);
  double least = INFINITY;
  for (int fraction_bits = 0; fraction_bits <= most_fraction_bits; ++fraction_bits) {
    ValueFormat format = best;
    format.fraction_bits = static_cast<uint8_t>(fraction_bits);
    const double loss = SquaredLoss(x, format);
    if (loss < least) {
      least = loss;
      best = format;
    }
  }
  return best;
}

FloatEncoderValues RunFloatEncoder(const FloatEncoderWeights& weights,
                                   const std::vector<int32_t>& charges) {
  const int64_t n = static_cast<int64_t>(charges.size()) / device::kCells;
  FloatEncoderValues values;
  values.activations.resize(static_cast<size_t>(n * kActivations));
  values.outputs.resize(static_cast<size_t>(n * kOutputs));
  for (int64_t row = 0; row < n; ++row) {
    float image[device::kPaddedPixelCount];
    MakeFloatImage(charges, row, image);
    float* activation = &values.activations[static_cast<size_t>(row * kActivations)];
    FloatConv(weights, image, activation);
    FloatDense(weights, activation, &values.outputs[static_cast<size_t>(row * kOutputs)]);
  }
  return values;
}

EncoderProfile CalibrateProfile(const EncoderProfile& base, const FloatEncoderWeights& weights,
                                const std::vector<int32_t>& charges, const FormatWidths& widths) {
  if (charges.size() < static_cast<size_t>(device::kCells)) {
    throw UsageError("calibration: expected wafers to see the ranges on, found none");
  }
  EncoderFormats f = BaseFormats(base);
  // Bits first, so that a width out of bounds is named before any work.
  f.weight = {static_cast<uint8_t>(std::clamp(widths.weight_bits, 0, 30)), 0, true,
              f.weight.rounding, f.weight.overflow};
  f.activation.bits = static_cast<uint8_t>(std::clamp(widths.activation_bits, 0, 30));
  f.output.bits = static_cast<uint8_t>(std::clamp(widths.output_bits, 0, 30));
  f.activation.fraction_bits = f.output.fraction_bits = 0;
  CustomProfile("calibrated", f);
  f.weight = ChooseFormat(AllParameters(weights), f.weight, f.weight.bits, kMostFractionBits);
  const FloatEncoderValues seen = RunFloatEncoder(weights, charges);
  // A layer's accumulator must have at least the fraction bits of its result.
  f.activation =
      ChooseFormat(seen.activations, f.activation, f.activation.bits,
                   std::min(kMostFractionBits, f.input.fraction_bits + f.weight.fraction_bits));
  f.output = ChooseFormat(
      seen.outputs, f.output, f.output.bits,
      std::min(kMostFractionBits, f.activation.fraction_bits + f.weight.fraction_bits));
  return CustomProfile("calibrated", f);
}

}  // namespace demd
