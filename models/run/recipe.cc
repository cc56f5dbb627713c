#include "models/run/recipe.h"

#include <algorithm>
#include <sstream>

#include "engine/error.h"
#include "models/networks/hit_patterns.h"

namespace demd {
namespace {

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

Recipe RecipeOf(const JsonValue& json) {
  Recipe recipe;
  recipe.data.clear();
  for (const JsonValue& path : json.Get("data").AsArray()) recipe.data.push_back(path.AsString());
  recipe.sample = json.Get("sample").AsString();
  recipe.profile = json.Get("profile").AsString();
  recipe.n_elinks = static_cast<int>(json.Get("elinks").AsInteger());
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

}  // namespace demd
