#ifndef DEMD_QUANT_ENCODER_MODEL_H_
#define DEMD_QUANT_ENCODER_MODEL_H_

#include <string>
#include <vector>

#include "quant/device/encoder.h"
#include "quant/encoder_profile.h"
#include "quant/integer_encoder.h"
#include "quant/sent_bits.h"

namespace demd {

/// A trained encoder, ready for the board.
struct EncoderModel {
  std::string name;  ///< of the model: the file's name without folder and ".npz"
  EncoderProfile profile;
  SentBits sent;
  device::EncoderWeights weights = {};
};

/// The encoder of a model file as it was trained: parameters in float, before any rounding.
struct TrainedEncoder {
  std::string path;
  EncoderProfile profile;
  SentBits sent;
  std::vector<float> conv_kernel;   ///< [3][3][1][8]
  std::vector<float> conv_bias;     ///< [8]
  std::vector<float> dense_kernel;  ///< [128][16]
  std::vector<float> dense_bias;    ///< [16]

  FloatEncoderWeights weights() const {
    return {conv_kernel.data(), conv_bias.data(), dense_kernel.data(), dense_bias.data()};
  }
};

/// Reads the encoder of an autoencoder's model file: the arrays encoder/conv/kernel [3,3,1,8],
/// encoder/conv/bias [8], encoder/dense/kernel [128,16], encoder/dense/bias [16], and from
/// meta.json "architecture" = "autoencoder", "profile" (see profile_json.h), "elinks" and, if not
/// the top bits of codes are sent, "keep_mask" (see sent_bits.h).
/// Errors: DataError for a file that is no such model.
TrainedEncoder LoadTrainedEncoder(const std::string& path);

/// Its parameters as integers of a profile's weight format.
/// Errors: UsageError for the float profile, and for one whose codes have another number of bits if
/// the model chose which to send; NumericError for a parameter that is NaN.
EncoderModel QuantizeEncoder(const TrainedEncoder& trained, const EncoderProfile& profile);

/// Both together.
///
/// profile_name: empty for the model's own profile; else the name of the one to quantise to, which
///               a model of the float profile needs.
/// Errors: DataError for a file that is no such model; UsageError for a float model without
/// profile_name; NumericError for a parameter that is NaN.
EncoderModel LoadEncoderModel(const std::string& path, const std::string& profile_name = "");

}  // namespace demd

#endif  // DEMD_QUANT_ENCODER_MODEL_H_
