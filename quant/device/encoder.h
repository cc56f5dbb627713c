#ifndef DEMD_QUANT_DEVICE_ENCODER_H_
#define DEMD_QUANT_DEVICE_ENCODER_H_

#include <cstdint>

#include "quant/device/charge_formats.h"
#include "quant/device/demd_device.h"
#include "quant/device/encoder_formats.h"
#include "quant/device/fixed_point.h"
#include "quant/device/image.h"

namespace demd {
namespace device {

// The ASIC's encoder on integers: 48 charges -> normalised -> 8x8 image -> convolution (8 filters
// 3x3, stride 2, TensorFlow 'same': one zero row below and one zero column right) -> ReLU -> dense
// 128 to 16 -> ReLU -> 16 codes. This is the only definition of that arithmetic: training, export
// and every board use it. `Formats` is a profile (Econt, Paper5, Paper6 or your own struct with the
// same members, constants at compile time) or an EncoderFormats (known at run time).
// Source: arXiv:2105.01683, arXiv:2306.04712.

constexpr int kChargeBits = 22;  ///< a charge (CALQ) is less than 2^22
constexpr int kKernelSize = 3;
constexpr int kTaps = kKernelSize * kKernelSize;
constexpr int kFilters = 8;
constexpr int kConvSide = 4;
constexpr int kActivations = kConvSide * kConvSide * kFilters;  ///< 128, height-width-filter
constexpr int kOutputs = 16;
constexpr int kPaddedPixelCount = kPaddedSide * kPaddedSide;  ///< 81
constexpr int kParameters =
    kTaps * kFilters + kFilters + kActivations * kOutputs + kOutputs;  ///< 2,144

/// The encoder's parameters as integers of the weight format, in the order of the ASIC's registers:
/// conv_kernel[9][8], conv_bias[8], dense_kernel[128][16], dense_bias[16], all int8.
using EncoderWeights = ::demd_weights;
static_assert(sizeof(EncoderWeights) == kParameters, "parameters must be packed");

/// Bytes of the buffers that EncodeWafer keeps on its stack: image, activations, accumulators.
constexpr int kEncodeBufferBytes =
    2 * kPaddedPixelCount + 2 * kActivations + 4 * kFilters + 4 * kOutputs;

/// Bytes of stack enough for EncodeWafer or PackFrame: the buffers, and what compilers save
/// and pass. The example firmware measures it on every board and fails when this is not enough.
constexpr int kEncodeStackBytes = kEncodeBufferBytes + 256;

/// Sum of a wafer's charges, less than 2^28.
constexpr uint32_t SumOfCharges(const uint32_t* charges) {
  uint32_t sum = 0;
  for (int cell = 0; cell < kCells; ++cell) sum += charges[cell];
  return sum;
}

/// One normalised charge: Requantize(charge * 2^-M), M = floor(log2 sum).
/// The extra bit keeps the shift positive, so that every wafer takes the same instructions.
/// REQUIRES: charge < 2^22.
template <typename Formats>
constexpr int32_t NormalizeCharge(const Formats& f, uint32_t charge, int floor_log2_sum) {
  const int32_t scaled = static_cast<int32_t>(charge << (f.input.fraction_bits + 1));
  return Fit(RoundShift(scaled, floor_log2_sum + 1, f.input.rounding), f.input);
}

/// Charges to the padded image. A wafer of sum 0 gives an image of zeros.
///
/// charges: [48]     uint32, each < 2^22
/// image:   [9][9]   int16, input format; row 8, column 8 and the masked quarter are 0
template <typename Formats>
constexpr void MakeImage(const Formats& f, const uint32_t* charges, uint32_t sum, int16_t* image) {
  for (int pixel = 0; pixel < kPaddedPixelCount; ++pixel) image[pixel] = 0;
  const int floor_log2_sum = FloorLog2(sum);
  for (int cell = 0; cell < kCells; ++cell) {
    image[kPaddedPixels.of_cell[cell]] =
        static_cast<int16_t>(NormalizeCharge(f, charges[cell], floor_log2_sum));
  }
}

/// Accumulators of the convolution at one output position.
///
///   acc[k] = (bias[k] << input.fraction_bits) + sum_tap image[tap] * kernel[tap][k]
///
/// position: 4 * row + column of the 4x4 output
/// acc:      [8] int32, unit 2^-(input.fraction_bits + weight.fraction_bits)
template <typename Formats>
constexpr void ConvAccumulate(const Formats& f, const EncoderWeights& weights, const int16_t* image,
                              int position, int32_t* acc) {
  const int top_left = position / kConvSide * 2 * kPaddedSide + position % kConvSide * 2;
  for (int k = 0; k < kFilters; ++k) {
    acc[k] = weights.conv_bias[k] * (int32_t{1} << f.input.fraction_bits);
  }
  for (int tap = 0; tap < kTaps; ++tap) {
    const int32_t x = image[top_left + tap / kKernelSize * kPaddedSide + tap % kKernelSize];
    for (int k = 0; k < kFilters; ++k) acc[k] += x * weights.conv_kernel[tap][k];
  }
}

/// The whole convolution with ReLU.
///
/// image:      [9][9]     int16, input format
/// activation: [4][4][8]  int16, activation format
template <typename Formats>
constexpr void ConvLayer(const Formats& f, const EncoderWeights& weights, const int16_t* image,
                         int16_t* activation) {
  const int fraction_bits = f.input.fraction_bits + f.weight.fraction_bits;
  for (int position = 0; position < kConvSide * kConvSide; ++position) {
    int32_t acc[kFilters] = {};
    ConvAccumulate(f, weights, image, position, acc);
    for (int k = 0; k < kFilters; ++k) {
      activation[position * kFilters + k] =
          static_cast<int16_t>(ReluRequantize(acc[k], fraction_bits, f.activation));
    }
  }
}

/// Accumulators of the dense layer.
///
///   acc[o] = (bias[o] << activation.fraction_bits) + sum_i activation[i] * kernel[i][o]
///
/// activation: [128] int16
/// acc:        [16]  int32, unit 2^-(activation.fraction_bits + weight.fraction_bits)
template <typename Formats>
constexpr void DenseAccumulate(const Formats& f, const EncoderWeights& weights,
                               const int16_t* activation, int32_t* acc) {
  for (int o = 0; o < kOutputs; ++o) {
    acc[o] = weights.dense_bias[o] * (int32_t{1} << f.activation.fraction_bits);
  }
  for (int i = 0; i < kActivations; ++i) {
    const int32_t x = activation[i];
    for (int o = 0; o < kOutputs; ++o) acc[o] += x * weights.dense_kernel[i][o];
  }
}

/// The whole dense layer with ReLU.
///
/// activation: [128] int16, activation format
/// codes:      [16]  uint16, output format
template <typename Formats>
constexpr void DenseLayer(const Formats& f, const EncoderWeights& weights,
                          const int16_t* activation, uint16_t* codes) {
  int32_t acc[kOutputs] = {};
  DenseAccumulate(f, weights, activation, acc);
  for (int o = 0; o < kOutputs; ++o) {
    codes[o] = static_cast<uint16_t>(
        ReluRequantize(acc[o], f.activation.fraction_bits + f.weight.fraction_bits, f.output));
  }
}

/// One wafer, start to end.
///
/// charges: [48] uint32, each < 2^22
/// codes:   [16] uint16, output format
/// Returns the sum of the charges. Stack: kEncodeBufferBytes and the registers it saves.
/// Nothing is checked here; no input can overflow an accumulator (see CheckFormats).
template <typename Formats>
constexpr uint32_t EncodeWafer(const Formats& f, const EncoderWeights& weights,
                               const uint32_t* charges, uint16_t* codes) {
  const uint32_t sum = SumOfCharges(charges);
  int16_t image[kPaddedPixelCount] = {};
  MakeImage(f, charges, sum, image);
  int16_t activation[kActivations] = {};
  ConvLayer(f, weights, image, activation);
  DenseLayer(f, weights, activation, codes);
  return sum;
}

/// Link words to charges: decode 4E3M and multiply by the calibration.
///
/// link_words:  [48] uint8, 7 bits used
/// multipliers: [48] uint16, 12 bits used, see kCalibrationFractionBits
/// charges:     [48] uint32
constexpr void CalibrateLinks(const uint8_t* link_words, const uint16_t* multipliers,
                              uint32_t* charges) {
  for (int cell = 0; cell < kCells; ++cell) {
    charges[cell] = CalibratedCharge(link_words[cell] & 0x7Fu, multipliers[cell] & 0xFFFu);
  }
}

}  // namespace device
}  // namespace demd

#endif  // DEMD_QUANT_DEVICE_ENCODER_H_
