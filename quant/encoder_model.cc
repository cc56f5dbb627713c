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

TrainedEncoder LoadTrainedEncoder(const std::string& path) {
  const Checkpoint file = LoadCheckpoint(path);
  const std::string& architecture = file.meta.Get("architecture").AsString();
  if (architecture != "autoencoder") {
    throw DataError(path + ": expected a model of architecture autoencoder, found " + architecture);
  }
  TrainedEncoder trained;
  trained.path = path;
  trained.profile = EncoderProfileOf(file.meta.Get("profile"));
  const int64_t n_elinks = file.meta.Get("elinks").AsInteger();
  if (n_elinks < device::kMinElinks || n_elinks > device::kMaxElinks) {
    throw DataError(path + ": meta.json: elinks: expected 2 to 5, found " +
                    std::to_string(n_elinks));
  }
  trained.sent = TopBits(trained.profile, static_cast<int>(n_elinks));
  if (const JsonValue* mask = file.meta.Find("keep_mask")) {
    try {
      trained.sent.mask = MaskOf(*mask);
      CheckSentBits(trained.sent, trained.profile);
    } catch (const UsageError& error) {
      throw DataError(path + ": meta.json: " + error.what());
    }
  }
  const auto values = [&](const char* name, const Shape& shape) {
    const Tensor& array = ArrayOf(file, std::string("encoder/") + name, shape, path);
    return std::vector<float>(array.data(), array.data() + array.size());
  };
  trained.conv_kernel = values("conv/kernel", {3, 3, 1, 8});
  trained.conv_bias = values("conv/bias", {8});
  trained.dense_kernel = values("dense/kernel", {128, 16});
  trained.dense_bias = values("dense/bias", {16});
  return trained;
}

EncoderModel QuantizeEncoder(const TrainedEncoder& trained, const EncoderProfile& profile) {
  EncoderModel model;
  model.name = NameOf(trained.path);
  model.profile = profile;
  const bool has_top_bits = AreTopBits(trained.sent, trained.profile);
  if (!has_top_bits && profile.formats.output.bits != trained.profile.formats.output.bits) {
    throw UsageError(trained.path + ": expected a profile with codes of " +
                     std::to_string(trained.profile.formats.output.bits) +
                     " bits, of which this model sends chosen ones, found " +
                     std::to_string(profile.formats.output.bits));
  }
  model.sent = has_top_bits ? TopBits(profile, trained.sent.n_elinks) : trained.sent;
  model.weights = QuantizeWeights(profile, trained.weights());
  return model;
}

EncoderModel LoadEncoderModel(const std::string& path, const std::string& profile_name) {
  const TrainedEncoder trained = LoadTrainedEncoder(path);
  const EncoderProfile profile =
      profile_name.empty() ? trained.profile : ProfileByName(profile_name);
  if (profile.is_float) {
    throw UsageError(path + ": expected a profile to quantise this float model to, found none; " +
                     "say --profile econt, paper5, paper6 or calibrated");
  }
  return QuantizeEncoder(trained, profile);
}

}  // namespace demd
