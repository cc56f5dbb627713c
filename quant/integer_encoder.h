#ifndef DEMD_QUANT_INTEGER_ENCODER_H_
#define DEMD_QUANT_INTEGER_ENCODER_H_

#include <cstdint>
#include <vector>

#include "quant/device/encoder.h"
#include "quant/encoder_profile.h"
#include "quant/sent_bits.h"

namespace demd {

/// The encoder's float parameters, row-major, in the layouts of the paper's code.
struct FloatEncoderWeights {
  const float* conv_kernel;   ///< [3][3][1][8]
  const float* conv_bias;     ///< [8]
  const float* dense_kernel;  ///< [128][16]
  const float* dense_bias;    ///< [16]
};

/// One number as an integer of a format: Overflow(Round(x * 2^fraction_bits)), computed exactly.
/// Values beyond +-2^29 steps are brought to that first. Errors: NumericError when x is NaN.
int32_t QuantizeValue(float x, const device::ValueFormat& format);

/// q[i] = QuantizeValue(x[i], format) for i < n, many at once where the format has at most 12 bits
/// and saturates.
void QuantizeValues(const float* x, int64_t n, const device::ValueFormat& format, int32_t* q);

/// Float parameters as integers of the profile's weight format.
/// Errors: NumericError that names one that is NaN by its place in its array; UsageError for the
/// float profile.
device::EncoderWeights QuantizeWeights(const EncoderProfile& profile,
                                       const FloatEncoderWeights& weights);

/// Checks one wafer's 48 charges and brings them to the device's type; `row` is for the message.
/// Errors: DataError that names the row and cell of a charge that is not 0 <= charge < 2^22.
void TakeCharges(const int32_t* charges, int64_t row, uint32_t* taken);

/// Every integer of one wafer's way through the encoder.
struct EncoderTrace {
  uint32_t sum;                              ///< of the charges
  int16_t image[device::kPaddedPixelCount];  ///< [9][9] input format, zero-padded
  int32_t conv_acc[device::kActivations];    ///< [4][4][8]
  int16_t activation[device::kActivations];  ///< [4][4][8]
  int32_t dense_acc[device::kOutputs];       ///< [16]
  uint16_t codes[device::kOutputs];          ///< [16], all bits
};

/// Charges to codes by the operations of quant/device: what the board computes.
class IntegerEncoder {
 public:
  /// Errors: UsageError for the float profile, eLinks other than 2 to 5 and as CheckSentBits says;
  /// NumericError when a weight is outside the profile's weight format.
  IntegerEncoder(const EncoderProfile& profile, const device::EncoderWeights& weights,
                 const SentBits& sent);
  /// With TopBits.
  IntegerEncoder(const EncoderProfile& profile, const device::EncoderWeights& weights,
                 int n_elinks = device::kMaxElinks)
      : IntegerEncoder(profile, weights, TopBits(profile, n_elinks)) {}

  /// charges: [n][48], each 0 <= charge < 2^22
  /// codes:   [n][16], output format; bits that are not sent are zero
  /// Errors: DataError that names the row and cell of a charge out of range.
  void Encode(const int32_t* charges, int64_t n, uint16_t* codes) const;

  /// The same as latent values, LatentOfCode of each code, which are what a decoder receives.
  void EncodeToLatent(const int32_t* charges, int64_t n, float* latent) const;

  /// All integers of one wafer [48]; `row` is for the message. Errors: DataError as Encode.
  EncoderTrace Trace(const int32_t* charges, int64_t row = 0) const;

  const EncoderProfile& profile() const { return profile_; }
  const device::EncoderWeights& weights() const { return weights_; }
  const SentBits& sent() const { return sent_; }

 private:
  EncoderProfile profile_;
  device::EncoderWeights weights_;
  SentBits sent_;
};

}  // namespace demd

#endif  // DEMD_QUANT_INTEGER_ENCODER_H_
