#include "models/networks/autoencoder.h"

#include <algorithm>

#include "engine/error.h"
#include "engine/nn/inference.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/shaping.h"
#include "models/networks/encoder_start.h"
#include "models/networks/hit_patterns.h"
#include "quant/profile_json.h"

namespace demd {
namespace {

constexpr int64_t kFilters = 8;
constexpr int64_t kHalfSide = kImageSide / 2;
constexpr int64_t kHiddenSize = kHalfSide * kHalfSide * kFilters;
constexpr int64_t kRowsPerBlock = 240;  // stay in a cache through all layers
constexpr Window kDownWindow{3, 3, 2};
// Of model files. A decoder that computes something else from the same arrays needs another.
constexpr int64_t kVersion = 2;
// Of the learning rate, for an encoder beside a decoder that wants the larger one: see
// models/README.md.
constexpr float kEncoderRate = 0.5f;

LayerOptions Layer(const AutoencoderOptions& options) {
  LayerOptions layer;
  layer.seed = options.seed;
  return layer;
}

// [n, 48] -> [n, 8, 8, 1]
Var Images(Var x) {
  const std::vector<int32_t> columns(kImageCells.begin(), kImageCells.end());
  return Reshape(GatherColumns(x, columns), {x.shape()[0], kImageSide, kImageSide, 1});
}

SentBits SentBitsOf(const AutoencoderOptions& options) {
  CheckEncoder(options);
  return IsOfHitPatterns(options.decoder) ? PatternBits(options.n_elinks)
                                          : TopBits(options.profile, options.n_elinks);
}

// Applies `function(rows of x, first row)` to blocks of rows, without gradients.
template <typename Function>
Tensor InBlocks(const Tensor& x, int64_t result_columns, Function function) {
  const int64_t n = x.shape()[0];
  const int64_t columns = x.shape()[1];
  Tensor result(Shape{n, result_columns});
  InferInBlocks(n, kRowsPerBlock, [&](Tape& tape, int64_t begin, int64_t end) {
    const Shape shape{end - begin, columns};
    const Var y = function(tape.Input(shape, x.data() + begin * columns), begin);
    std::copy_n(y.value(), (end - begin) * result_columns, result.data() + begin * result_columns);
  });
  return result;
}

}  // namespace

void CheckEncoder(const AutoencoderOptions& options) {
  if (!IsOfHitPatterns(options.decoder)) return;
  const bool has_room = options.n_elinks >= kPatternMinElinks;
  if (options.profile.name == "econt" && has_room && options.n_elinks <= device::kMaxElinks) return;
  throw UsageError("decoder " + NameOf(options.decoder) +
                   ": expected profile econt and 3 to 5 eLinks, which its encoder is written for, "
                   "found profile " +
                   options.profile.name + " and " + std::to_string(options.n_elinks) + " eLinks");
}

Autoencoder::Autoencoder(const AutoencoderOptions& options)
    : options_(options),
      sent_(SentBitsOf(options)),
      encoder_convolution_("encoder/conv", kDownWindow, 1, kFilters, Layer(options)),
      encoder_dense_("encoder/dense", kHiddenSize, kLatentSize, Layer(options)),
      decoder_(MakeDecoder(options.decoder, options.n_elinks, options.output_bias, options.seed)) {
  SetFirstWeights();
  encoder_convolution_.Collect(&parameters_);
  encoder_dense_.Collect(&parameters_);
  if (LearnsFast(options.decoder)) {
    for (Parameter* parameter : parameters_) parameter->rate = kEncoderRate;
  }
  decoder_->Collect(&parameters_);
}

void Autoencoder::SetFirstWeights() {
  Parameter& conv_kernel = encoder_convolution_.kernel;
  Parameter& conv_bias = encoder_convolution_.bias;
  Parameter& dense_kernel = encoder_dense_.kernel;
  Parameter& dense_bias = encoder_dense_.bias;
  if (!IsOfHitPatterns(options_.decoder)) {
    SetLocalSums(&conv_kernel.value, &dense_kernel.value);
    return;
  }
  SetHitPatterns(options_.n_elinks, &conv_kernel.value, &conv_bias.value, &dense_kernel.value,
                 &dense_bias.value);
  Freeze({&conv_kernel, &conv_bias, &dense_kernel, &dense_bias});
}

EncoderVars Autoencoder::EncoderVarsOn(Tape* tape) {
  EncoderVars vars;
  vars.conv_kernel = tape->Use(encoder_convolution_.kernel);
  vars.conv_bias = tape->Use(encoder_convolution_.bias);
  vars.dense_kernel = tape->Use(encoder_dense_.kernel);
  vars.dense_bias = tape->Use(encoder_dense_.bias);
  return vars;
}

void Autoencoder::SetProgress(int64_t step, int64_t total_steps) {
  settling_ = {options_.seed, step, total_steps};
}

const Settling* Autoencoder::SettlingOn(const Tape& tape) const {
  // Beside other decoders rounding from the first step on is better: see models/README.md.
  const bool settles = options_.decoder.kind == DecoderOptions::Kind::kPaper;
  return settles && tape.training() && settling_.total_steps > 0 ? &settling_ : nullptr;
}

Var Autoencoder::Encode(Var x) {
  const EncoderProfile& profile = options_.profile;
  const Var input = profile.is_float ? x : FakeQuantize(x, profile.formats.input);
  return FakeQuantizedEncoder(profile, sent_, Images(input), EncoderVarsOn(&x.tape()),
                              SettlingOn(x.tape()));
}

Var Autoencoder::EncodeSmoothly(Var x) {
  const EncoderVars weights =
      FakeQuantizeWeights(options_.profile, EncoderVarsOn(&x.tape()), SettlingOn(x.tape()));
  return FakeQuantizedEncoder(ProfileByName("float"), sent_, Images(x), weights);
}

Var Autoencoder::Decode(Var latent, Var mantissa) {
  return decoder_->Apply(latent, mantissa, [this](Var x) { return EncodeSmoothly(x); });
}

Tensor Autoencoder::Latents(const Tensor& x) {
  return InBlocks(x, kLatentSize, [this](Var rows, int64_t) { return Encode(rows); });
}

Tensor Autoencoder::Reconstruct(const Tensor& x) {
  return InBlocks(x, kWaferCells, [this](Var rows, int64_t) { return Apply(rows); });
}

Tensor Autoencoder::DecodeRows(const Tensor& latents, const Tensor& x) {
  return InBlocks(latents, kWaferCells, [&](Var rows, int64_t first) {
    const Shape shape{rows.shape()[0], kWaferCells};
    const Var images = rows.tape().Input(shape, x.data() + first * kWaferCells);
    return Decode(rows, MantissaOfSum(images));
  });
}

FloatEncoderWeights Autoencoder::EncoderWeights() const {
  return {encoder_convolution_.kernel.value.data(), encoder_convolution_.bias.value.data(),
          encoder_dense_.kernel.value.data(), encoder_dense_.bias.value.data()};
}

IntegerEncoder Autoencoder::MakeIntegerEncoder() const {
  return IntegerEncoder(options_.profile, QuantizeWeights(options_.profile, EncoderWeights()),
                        sent_);
}

void SaveAutoencoder(const std::string& path, const Autoencoder& model, const JsonValue& meta) {
  const AutoencoderOptions& options = model.options();
  Checkpoint checkpoint;
  StoreParameters(model.parameters(), "", &checkpoint);
  checkpoint.meta.Set("architecture", "autoencoder")
      .Set("autoencoder_version", kVersion)
      .Set("profile", ToJson(options.profile))
      .Set("elinks", options.n_elinks)
      .Set("decoder", NameOf(options.decoder))
      .Set("seed", options.seed);
  if (IsOfHitPatterns(options.decoder)) {
    checkpoint.meta.Set("keep_mask", ToJson(model.sent().mask));
  }
  for (const JsonValue::Member& member : meta.AsObject()) {
    checkpoint.meta.Set(member.name, member.value);
  }
  SaveCheckpoint(path, checkpoint);
}

std::unique_ptr<Autoencoder> LoadAutoencoder(const std::string& path) {
  const Checkpoint checkpoint = LoadCheckpoint(path);
  const std::string& architecture = checkpoint.meta.Get("architecture").AsString();
  if (architecture != "autoencoder") {
    throw DataError(path + ": expected an autoencoder, found a model of architecture '" +
                    architecture + "'");
  }
  const JsonValue* version = checkpoint.meta.Find("autoencoder_version");
  const int64_t found = version != nullptr ? version->AsInteger() : 1;
  if (found != kVersion) {
    throw DataError(path + ": meta.json: expected an autoencoder of version " +
                    std::to_string(kVersion) + ", whose decoders this program knows, found " +
                    std::to_string(found));
  }
  AutoencoderOptions options;
  options.profile = EncoderProfileOf(checkpoint.meta.Get("profile"));
  options.n_elinks = static_cast<int>(checkpoint.meta.Get("elinks").AsInteger());
  options.seed = static_cast<uint64_t>(checkpoint.meta.Get("seed").AsInteger());
  options.decoder = DecoderByName(checkpoint.meta.Get("decoder").AsString());
  auto model = std::make_unique<Autoencoder>(options);
  RestoreParameters(checkpoint, "", path, model->parameters());
  return model;
}

Tensor EncoderInputs(const std::vector<Wafer>& wafers) {
  Tensor x(Shape{static_cast<int64_t>(wafers.size()), kWaferCells});
  for (size_t i = 0; i < wafers.size(); ++i) {
    NormaliseByPowerOfTwo(wafers[i].charges.data(),
                          x.data() + static_cast<int64_t>(i) * kWaferCells);
  }
  return x;
}

}  // namespace demd
