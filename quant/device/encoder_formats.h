#ifndef DEMD_QUANT_DEVICE_ENCODER_FORMATS_H_
#define DEMD_QUANT_DEVICE_ENCODER_FORMATS_H_

#include <cstdint>

#include "quant/device/fixed_point.h"

namespace demd {
namespace device {

/// The number formats of the encoder, known at run time. A profile (below) is the same four members
/// as compile-time constants; every kernel takes either.
struct EncoderFormats {
  ValueFormat input;       ///< normalised charges: charge * 2^-M with M = floor(log2 sum)
  ValueFormat weight;      ///< weights and biases of both layers
  ValueFormat activation;  ///< after the convolution and its ReLU
  ValueFormat output;      ///< after the dense layer and its ReLU: the codes
};

/// The ASIC: 8-bit inputs, 6-bit weights, 9-bit outputs, every right shift truncates.
/// Its internal formats are not published with it. Accumulators here keep full precision, and the
/// activation is 8 bits with 7 fraction bits: the 'ap_ufixed<8,1>' that the peers' training code
/// lists beside these same input, weight and output types. Truncating in two steps (first to the
/// layer's 7 fraction bits, then in the ReLU) gives the same integer as our one step. Overflow
/// saturates, as the clip in training does. Weights are rounded off the board, to nearest.
/// Source: Di Guglielmo et al., arXiv:2105.01683; ECON-T emulator; Ecoder repository.
struct Econt {
  static constexpr ValueFormat input = {8, 7, false, Rounding::kFloor, Overflow::kSaturate};
  static constexpr ValueFormat weight = {6, 5, true, Rounding::kTiesToEven, Overflow::kSaturate};
  static constexpr ValueFormat activation = {8, 7, false, Rounding::kFloor, Overflow::kSaturate};
  static constexpr ValueFormat output = {9, 8, false, Rounding::kFloor, Overflow::kSaturate};
};

/// The paper's 5-bit encoder, QKeras arithmetic: quantized_bits(10,3) inputs, quantized_bits(5,1)
/// weights and biases, quantized_relu(11,3) activations, quantized_relu(9,1) outputs.
/// Source: arXiv:2306.04712; Ecoder repository.
struct Paper5 {
  static constexpr ValueFormat input = {10, 6, true, Rounding::kTiesToEven, Overflow::kSaturate};
  static constexpr ValueFormat weight = {5, 3, true, Rounding::kTiesToEven, Overflow::kSaturate};
  static constexpr ValueFormat activation = {11, 8, false, Rounding::kTiesToEven,
                                             Overflow::kSaturate};
  static constexpr ValueFormat output = {9, 8, false, Rounding::kTiesToEven, Overflow::kSaturate};
};

/// The paper's 6-bit variant: quantized_bits(6,1) weights and biases, the rest as Paper5.
struct Paper6 {
  static constexpr ValueFormat input = Paper5::input;
  static constexpr ValueFormat weight = {6, 4, true, Rounding::kTiesToEven, Overflow::kSaturate};
  static constexpr ValueFormat activation = Paper5::activation;
  static constexpr ValueFormat output = Paper5::output;
};

/// The formats of a profile as a run-time value.
template <typename Profile>
constexpr EncoderFormats FormatsOf() {
  return {Profile::input, Profile::weight, Profile::activation, Profile::output};
}

/// What is wrong with a set of formats, if anything.
enum class FormatStatus : uint8_t {
  kOk = 0,
  kBadInput,       ///< expected 1 to 15 bits without sign (16 with), 0 to 8 fraction bits
  kBadWeight,      ///< expected 2 to 8 bits, signed, 0 to 15 fraction bits
  kBadActivation,  ///< expected 1 to 15 bits, unsigned, 0 to 15 fraction bits
  kBadOutput,      ///< expected 1 to 16 bits, unsigned, 0 to 15 fraction bits
  kLeftShift,      ///< a layer's accumulator has fewer fraction bits than its result
};

/// Whether the kernels of encoder.h work with these formats. Any that pass need less than 32 bits
/// in each accumulator: 128 * (2^15 - 1) * 2^7 + 2^7 * 2^15 < 2^30.
template <typename Formats>
constexpr FormatStatus CheckFormats(const Formats& f) {
  const int input_magnitude_bits = f.input.bits - (f.input.is_signed ? 1 : 0);
  if (input_magnitude_bits < 1 || input_magnitude_bits > 15 || f.input.fraction_bits > 8) {
    return FormatStatus::kBadInput;
  }
  if (!f.weight.is_signed || f.weight.bits < 2 || f.weight.bits > 8 || f.weight.fraction_bits > 15)
    return FormatStatus::kBadWeight;
  if (f.activation.is_signed || f.activation.bits < 1 || f.activation.bits > 15 ||
      f.activation.fraction_bits > 15) {
    return FormatStatus::kBadActivation;
  }
  if (f.output.is_signed || f.output.bits < 1 || f.output.bits > 16 || f.output.fraction_bits > 15)
    return FormatStatus::kBadOutput;
  if (f.input.fraction_bits + f.weight.fraction_bits < f.activation.fraction_bits ||
      f.activation.fraction_bits + f.weight.fraction_bits < f.output.fraction_bits) {
    return FormatStatus::kLeftShift;
  }
  return FormatStatus::kOk;
}

static_assert(CheckFormats(Econt{}) == FormatStatus::kOk, "profile Econt");
static_assert(CheckFormats(Paper5{}) == FormatStatus::kOk, "profile Paper5");
static_assert(CheckFormats(Paper6{}) == FormatStatus::kOk, "profile Paper6");

}  // namespace device
}  // namespace demd

#endif  // DEMD_QUANT_DEVICE_ENCODER_FORMATS_H_
