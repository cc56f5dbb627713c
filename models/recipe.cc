#include "models/recipe.h"

#include <algorithm>

namespace demd {
namespace {

const char* NameOfRegressionLoss(RegressionLoss loss) {
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

JsonValue ToJson(const EmdCnnTrainOptions& options) {
  JsonValue json = JsonValue::MakeObject();
  json.Set("network", ToJson(options.network))
      .Set("loss", NameOfRegressionLoss(options.loss))
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

bool Recipe::Has(LossKind loss) const {
  return std::find(losses.begin(), losses.end(), loss) != losses.end();
}

Recipe DefaultRecipe() {
  Recipe recipe;
  recipe.emd_cnn.epochs = 64;
  return recipe;
}

Recipe QuickRecipe() {
  Recipe recipe = DefaultRecipe();
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
