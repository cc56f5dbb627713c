#include "models/run/recipe.h"

#include <algorithm>
#include <cstdint>
#include <sstream>

#include "engine/error.h"
#include "models/networks/hit_patterns.h"
#include "models/networks/training_pairs.h"
#include "models/run/run_data.h"
#include "quant/device/frame.h"

namespace demd {
namespace {

constexpr int64_t kMostBatch = 65536;
constexpr int64_t kMostPairs = 100000000;
constexpr int64_t kMostEpochs = 1000000;
constexpr double kLeastRate = 1e-9;
// Of each role, so that there are pairs.
constexpr int64_t kFewestSimulated = 2;

template <typename T>
void Expect(const char* field, T value, T min, T max) {
  if (value >= min && value <= max) return;
  std::ostringstream message;
  message << field << ": expected " << min << " to " << max << ", found " << value;
  throw UsageError(message.str());
}

void ExpectLinks(int64_t n) {
  Expect<int64_t>("elinks", n, device::kMinElinks, device::kMaxElinks);
}

// Seeds are written as signed numbers.
void ExpectSeed(const char* field, uint64_t seed) {
  Expect<int64_t>(field, static_cast<int64_t>(seed), 0, INT64_MAX);
}

void CheckTraining(const EmdCnnTrainOptions& options) {
  CheckEmdCnn(options.network);
  Expect<double>("emd_cnn: l2", options.network.l2, 0.0, 1.0);
  ExpectSeed("emd_cnn: network: seed", options.network.seed);
  Expect<int64_t>("emd_cnn: epochs", options.epochs, 1, kMostEpochs);
  Expect<int64_t>("emd_cnn: batch_size", options.batch_size, 1, kMostBatch);
  Expect<double>("emd_cnn: learning_rate", options.learning_rate, kLeastRate, 1.0);
  ExpectSeed("emd_cnn: seed", options.seed);
}

JsonValue ToJson(const EmdCnnTrainOptions& options) {
  JsonValue json = JsonValue::MakeObject();
  json.Set("network", ToJson(options.network))
      .Set("loss", NameOf(options.loss))
      .Set("epochs", options.epochs)
      .Set("batch_size", options.batch_size)
      .Set("learning_rate", options.learning_rate)
      .Set("rotate", options.rotate)
      .Set("seed", options.seed);
  return json;
}

EmdCnnTrainOptions EmdCnnTrainOptionsOf(const JsonValue& json) {
  EmdCnnTrainOptions options;
  options.network = EmdCnnOptionsOf(json.Get("network"));
  options.loss = RegressionLossByName(json.Get("loss").AsString());
  options.epochs = json.Get("epochs").AsInteger();
  options.batch_size = json.Get("batch_size").AsInteger();
  options.learning_rate = json.Get("learning_rate").AsReal();
  options.rotate = json.Get("rotate").AsBool();
  options.seed = static_cast<uint64_t>(json.Get("seed").AsInteger());
  return options;
}

// Throws UsageError for unknown words.
Recipe ReadRecipe(const JsonValue& json) {
  Recipe recipe;
  recipe.data.clear();
  for (const JsonValue& path : json.Get("data").AsArray()) recipe.data.push_back(path.AsString());
  recipe.sample = json.Get("sample").AsString();
  recipe.profile = json.Get("profile").AsString();
  const int64_t n_elinks = json.Get("elinks").AsInteger();
  ExpectLinks(n_elinks);
  recipe.n_elinks = static_cast<int>(n_elinks);
  recipe.decoder = json.Get("decoder").AsString();
  recipe.losses.clear();
  for (const JsonValue& loss : json.Get("losses").AsArray()) {
    recipe.losses.push_back(LossByName(loss.AsString()));
  }
  recipe.seed = static_cast<uint64_t>(json.Get("seed").AsInteger());
  recipe.train_wafers = json.Get("train_wafers").AsInteger();
  recipe.validation_wafers = json.Get("validation_wafers").AsInteger();
  recipe.held_out_wafers = json.Get("held_out_wafers").AsInteger();
  recipe.autoencoder_steps = json.Get("autoencoder_steps").AsInteger();
  recipe.autoencoder_batch = json.Get("autoencoder_batch").AsInteger();
  recipe.autoencoder_rate = json.Get("autoencoder_rate").AsReal();
  recipe.emd_cnn = EmdCnnTrainOptionsOf(json.Get("emd_cnn"));
  recipe.emd_cnn_pair_mode = json.Get("emd_cnn_pair_mode").AsString();
  recipe.emd_cnn_pairs = json.Get("emd_cnn_pairs").AsInteger();
  return recipe;
}

}  // namespace

std::string NameOf(RegressionLoss loss) {
  switch (loss) {
    case RegressionLoss::kMse:
      return "mse";
    case RegressionLoss::kHuber:
      return "huber";
    case RegressionLoss::kMsle:
      return "msle";
    case RegressionLoss::kRelative:
      return "relative";
  }
  return "mse";
}

std::string EmdCnnSizesText(const EmdCnnOptions& network) {
  const bool is_paper = network.form == EmdCnnForm::kPaper;
  const std::vector<int64_t> sizes =
      is_paper ? std::vector<int64_t>{network.filters, network.kernel, network.dense_width,
                                      network.n_dense, network.n_conv}
               : std::vector<int64_t>{network.regions, network.dense_width, network.n_dense};
  std::string text = is_paper ? "" : "regions";
  for (const int64_t size : sizes) text += (text.empty() ? "" : ",") + std::to_string(size);
  return text;
}

void SetEmdCnnSizes(const std::string& text, EmdCnnOptions* network) {
  const uint64_t seed = network->seed;
  if (text == "regions") return;
  const bool is_paper = text.rfind("regions,", 0) != 0;
  if (is_paper) *network = PaperEmdCnn();
  network->seed = seed;
  if (text == "paper") return;
  std::vector<int64_t> sizes;
  std::stringstream fields(is_paper ? text : text.substr(text.find(',') + 1));
  for (std::string field; std::getline(fields, field, ',');) {
    const bool is_number = !field.empty() && field.size() < 7 &&
                           field.find_first_not_of("0123456789") == std::string::npos;
    sizes.push_back(is_number ? std::stoll(field) : -1);
  }
  if (sizes.size() != (is_paper ? 5u : 3u) ||
      std::find(sizes.begin(), sizes.end(), -1) != sizes.end()) {
    throw UsageError(
        "EMD CNN: expected regions, regions and three numbers like regions,512,256,2, "
        "paper or five numbers like 32,5,256,1,4, found '" +
        text + "'");
  }
  if (is_paper) {
    network->filters = sizes[0];
    network->kernel = sizes[1];
    network->n_conv = sizes[4];
  } else {
    network->regions = sizes[0];
  }
  network->dense_width = is_paper ? sizes[2] : sizes[1];
  network->n_dense = is_paper ? sizes[3] : sizes[2];
  EmdCnn{*network};  // refuses sizes that a network cannot have
}

void SetDecoder(const std::string& name, Recipe* recipe) {
  const DecoderOptions options = DecoderByName(name);
  recipe->decoder = NameOf(options);
  recipe->autoencoder_rate = options.kind == DecoderOptions::Kind::kPaper ? 1.9e-2
                             : LearnsFast(options)                        ? 1.2e-2
                                                                          : 6e-3;
}

std::string BestDecoder(const std::string& profile, int n_elinks, bool zero_suppressed) {
  return zero_suppressed && profile == "econt" && n_elinks >= kPatternMinElinks ? "64b3" : "8c6";
}

AutoencoderOptions AutoencoderOf(const Recipe& recipe) {
  AutoencoderOptions options;
  options.profile = ProfileByName(recipe.profile);
  options.n_elinks = recipe.n_elinks;
  options.seed = recipe.seed;
  options.decoder = DecoderByName(recipe.decoder);
  CheckEncoder(options);
  return options;
}

bool Recipe::Has(LossKind loss) const {
  return std::find(losses.begin(), losses.end(), loss) != losses.end();
}

bool Recipe::NeedsEmdCnn() const {
  return losses.empty() || std::any_of(losses.begin(), losses.end(), IsOfEmdCnn);
}

void CheckRecipe(const Recipe& r) {
  if (r.sample != "unsuppressed" && r.sample != "suppressed") {
    throw UsageError("sample: expected unsuppressed or suppressed, found '" + r.sample + "'");
  }
  ExpectLinks(r.n_elinks);
  ExpectSeed("seed", r.seed);
  Expect<int64_t>("train_wafers", r.train_wafers, kFewestSimulated, kMostTrainWafers);
  Expect<int64_t>("validation_wafers", r.validation_wafers, kFewestSimulated, kMostValidation);
  Expect<int64_t>("held_out_wafers", r.held_out_wafers, kFewestSimulated, kMostHeldOut);
  Expect<int64_t>("autoencoder_steps", r.autoencoder_steps, 1, kMostSteps);
  Expect<int64_t>("autoencoder_batch", r.autoencoder_batch, 1, kMostBatch);
  Expect<double>("autoencoder_rate", r.autoencoder_rate, kLeastRate, 1.0);
  CheckTraining(r.emd_cnn);
  PairModeByName(r.emd_cnn_pair_mode);
  Expect<int64_t>("emd_cnn_pairs", r.emd_cnn_pairs, 1, kMostPairs);
  AutoencoderOf(r);
}

Recipe DefaultRecipe() {
  Recipe recipe;
  recipe.emd_cnn.epochs = 32;
  return recipe;
}

Recipe QuickRecipe() {
  Recipe recipe = DefaultRecipe();
  SetDecoder("64r2", &recipe);
  recipe.train_wafers = 2000;
  recipe.validation_wafers = 300;
  recipe.held_out_wafers = 500;
  recipe.autoencoder_steps = 300;
  recipe.emd_cnn_pairs = 4000;
  recipe.emd_cnn.epochs = 4;
  recipe.emd_cnn.batch_size = 32;
  recipe.emd_cnn.network.regions = 128;
  recipe.emd_cnn.network.dense_width = 64;
  return recipe;
}

JsonValue ToJson(const Recipe& recipe) {
  JsonValue losses = JsonValue::MakeArray();
  for (const LossKind loss : recipe.losses) losses.Append(NameOf(loss));
  JsonValue json = JsonValue::MakeObject();
  json.Set("data", recipe.data)
      .Set("sample", recipe.sample)
      .Set("profile", recipe.profile)
      .Set("elinks", recipe.n_elinks)
      .Set("decoder", recipe.decoder)
      .Set("losses", losses)
      .Set("seed", recipe.seed)
      .Set("train_wafers", recipe.train_wafers)
      .Set("validation_wafers", recipe.validation_wafers)
      .Set("held_out_wafers", recipe.held_out_wafers)
      .Set("autoencoder_steps", recipe.autoencoder_steps)
      .Set("autoencoder_batch", recipe.autoencoder_batch)
      .Set("autoencoder_rate", recipe.autoencoder_rate)
      .Set("emd_cnn", ToJson(recipe.emd_cnn))
      .Set("emd_cnn_pair_mode", recipe.emd_cnn_pair_mode)
      .Set("emd_cnn_pairs", recipe.emd_cnn_pairs);
  return json;
}

Recipe RecipeOf(const JsonValue& json, const std::string& where) {
  try {
    const Recipe recipe = ReadRecipe(json);
    CheckRecipe(recipe);
    return recipe;
  } catch (const UsageError& error) {
    throw DataError(where + ": " + error.what());
  }
}

}  // namespace demd
