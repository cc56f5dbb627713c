#include "quant/encoder_model.h"

#include "engine/error.h"
#include "engine/nn/checkpoint.h"
#include "quant/integer_encoder.h"
#include "quant/profile_json.h"

namespace demd {
namespace {

std::string NameOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  const std::string file = slash == std::string::npos ? path : path.substr(slash + 1);
  const size_t dot = file.rfind(".npz");
  return dot == std::string::npos ? file : file.substr(0, dot);
}

}  // namespace

EncoderModel LoadEncoderModel(const std::string& path, const std::string& profile_name) {
  const Checkpoint file = LoadCheckpoint(path);
  const std::string& architecture = file.meta.Get("architecture").AsString();
  if (architecture != "autoencoder") {
    throw DataError(path + ": expected a model of architecture autoencoder, found " + architecture);
  }
  EncoderModel model;
  model.name = NameOf(path);
  model.profile = EncoderProfileOf(file.meta.Get("profile"));
  if (!profile_name.empty()) model.profile = ProfileByName(profile_name);
  if (model.profile.is_float) {
    throw UsageError(path + ": expected a profile to quantise this float model to, found none; " +
                     "say --profile econt, paper5 or paper6");
  }
  const int64_t n_elinks = file.meta.Get("elinks").AsInteger();
  if (n_elinks < device::kMinElinks || n_elinks > device::kMaxElinks) {
    throw DataError(path + ": meta.json: elinks: expected 2 to 5, found " +
                    std::to_string(n_elinks));
  }
  model.n_elinks = static_cast<int>(n_elinks);
  const auto array = [&](const char* name, const Shape& shape) {
    return ArrayOf(file, std::string("encoder/") + name, shape, path).data();
  };
  model.weights =
      QuantizeWeights(model.profile, {array("conv/kernel", {3, 3, 1, 8}), array("conv/bias", {8}),
                                      array("dense/kernel", {128, 16}), array("dense/bias", {16})});
  return model;
}

}  // namespace demd
