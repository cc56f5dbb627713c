#ifndef DEMD_QUANT_ENCODER_MODEL_H_
#define DEMD_QUANT_ENCODER_MODEL_H_

#include <string>

#include "quant/device/encoder.h"
#include "quant/encoder_profile.h"

namespace demd {

/// A trained encoder, ready for the board.
struct EncoderModel {
  std::string name;  ///< of the model: the file's name without folder and ".npz"
  EncoderProfile profile;
  int n_elinks = 5;
  device::EncoderWeights weights = {};
};

/// Reads the encoder of an autoencoder's model file: the arrays encoder/conv/kernel [3,3,1,8],
/// encoder/conv/bias [8], encoder/dense/kernel [128,16], encoder/dense/bias [16], and from
/// meta.json "architecture" = "autoencoder", "profile" (see profile_json.h) and "elinks".
///
/// profile_name: empty for the model's own profile; else the name of the one to quantise to, which
///               a model of the float profile needs.
/// Errors: DataError for a file that is no such model; UsageError for a float model without
/// profile_name; NumericError for a parameter that is NaN.
EncoderModel LoadEncoderModel(const std::string& path, const std::string& profile_name = "");

}  // namespace demd

#endif  // DEMD_QUANT_ENCODER_MODEL_H_
