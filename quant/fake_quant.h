#ifndef DEMD_QUANT_FAKE_QUANT_H_
#define DEMD_QUANT_FAKE_QUANT_H_

#include <cstdint>

#include "engine/autograd.h"
#include "quant/encoder_profile.h"
#include "quant/sent_bits.h"

namespace demd {

// Quantisation for training: the forward pass has exactly the integers' values, q *
// 2^-fraction_bits held in float, by the operations of quant/device. Sums of their products stay
// exact while they need no more than 24 bits (see range_proof.h), so a network of these ops
// computes what the board computes, bit for bit.
//
// Gradients are straight-through: rounding and dropped bits count as the identity. Where the value
// is beyond the end of its format the gradient passes only if following it (downhill) brings the
// value back; the part that would drive it further out is dropped. So a clipped value is not pushed
// on, and no weight is stuck outside. At the very end of the range the gradient passes.

/// Brings every element into a format. Same shape. Wrapping formats use the same gradient.
/// Errors: NumericError when an element is NaN.
Var FakeQuantize(Var x, const device::ValueFormat& format);

/// ReLU, then FakeQuantize into an unsigned format. The gradient is 0 where x <= 0.
Var FakeQuantizeRelu(Var x, const device::ValueFormat& format);

/// Latent values with the bits that are not sent cleared. The gradient passes unchanged.
///
/// latent: [n, 16], multiples of 2^-output.fraction_bits inside the profile's output format
Var KeepSentBits(Var latent, const EncoderProfile& profile, const device::KeepMask& mask);

/// Charges to the encoder's input images, quantised as the profile says (not at all for the float
/// profile, which gets charge * 2^-M, M = floor(log2 sum)). A wafer of sum 0 gives zeros.
///
/// charges: [n][48] int32, each 0 <= charge < 2^22
/// images:  [n][8][8][1] float
/// Errors: DataError that names the row and cell of a charge out of range.
void MakeEncoderImages(const EncoderProfile& profile, const int32_t* charges, int64_t n,
                       float* images);

/// The encoder's parameters on a tape.
struct EncoderVars {
  Var conv_kernel;   ///< [3, 3, 1, 8]
  Var conv_bias;     ///< [8]
  Var dense_kernel;  ///< [128, 16]
  Var dense_bias;    ///< [16]
};

/// How far a training is whose weights settle one by one. Weights that are rounded from the first
/// step on stay where the first steps brought them: a change below half a step of the format is
/// not seen. Here each has uniform noise of one step instead, what an unknown rounding would add,
/// and its gradient is of the value itself. After 70 % of the steps the biases, then until 95 %
/// each other weight at a moment of its own, are rounded and their gradients end, and those that
/// have not settled make up for it. Sources: noise: Baskin et al., arXiv:1804.10969; one by one:
/// Zhou et al., arXiv:1702.03044.
struct Settling {
  uint64_t seed;        ///< of the noise and the moments
  int64_t step;         ///< 0 <= step < total_steps
  int64_t total_steps;  ///< of the whole training
};

/// The encoder's parameters in the profile's format; as they are in the float profile.
/// settling: null where all are rounded.
EncoderVars FakeQuantizeWeights(const EncoderProfile& profile, const EncoderVars& parameters,
                                const Settling* settling = nullptr);

/// The encoder as training sees it: unless weights are settling, its values equal
/// IntegerEncoder::EncodeToLatent of the same wafers with the same parameters (QuantizeWeights).
/// With the float profile, plain float layers, and what is sent does not matter.
///
/// images: [n, 8, 8, 1] from MakeEncoderImages   result: [n, 16]
/// Errors: NumericError, with layer and bound, when a sum might need more than 24 bits (no weights
/// of the named profiles do), and when a parameter is NaN; UsageError as CheckSentBits says.
Var FakeQuantizedEncoder(const EncoderProfile& profile, const SentBits& sent, Var images,
                         const EncoderVars& parameters, const Settling* settling = nullptr);

}  // namespace demd

#endif  // DEMD_QUANT_FAKE_QUANT_H_
