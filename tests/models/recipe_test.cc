#include "models/run/recipe.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/io/json.h"
#include "models/run/run_data.h"
#include "models/wafer_data.h"
#include "tests/error_message.h"
#include "tests/models/tiny_recipe.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

// An object with one of its members, or of their members, replaced.
JsonValue Changed(const JsonValue& object, std::vector<std::string> path, const JsonValue& value) {
  const std::string name = path.front();
  path.erase(path.begin());
  JsonValue changed = object;
  changed.Set(name, path.empty() ? value : Changed(object.Get(name), path, value));
  return changed;
}

TEST(Recipe, TheBestDecoderFitsEveryProfileAndNumberOfLinks) {
  for (const std::string& profile : ProfileNames()) {
    for (int n_elinks = 2; n_elinks <= 5; ++n_elinks) {
      for (const bool zero_suppressed : {false, true}) {
        Recipe recipe;
        recipe.profile = profile;
        recipe.n_elinks = n_elinks;
        SetDecoder(BestDecoder(profile, n_elinks, zero_suppressed), &recipe);
        const bool has_hits = zero_suppressed && profile == "econt" && n_elinks >= 3;
        EXPECT_EQ(IsOfHitPatterns(AutoencoderOf(recipe).decoder), has_hits) << profile << n_elinks;
      }
    }
  }
}

TEST(Recipe, HasTheRateOfItsDecoder) {
  for (Recipe recipe : {Recipe(), DefaultRecipe(), QuickRecipe()}) {
    const JsonValue before = ToJson(recipe);
    SetDecoder(recipe.decoder, &recipe);
    EXPECT_EQ(ToJson(recipe), before);
  }
}

TEST(Recipe, SeesWhetherFilesAreZeroSuppressed) {
  const TemporaryDirectory directory;
  for (const char* sample : {"unsuppressed", "suppressed"}) {
    Recipe recipe = TinyRecipe();
    recipe.data.clear();
    recipe.sample = sample;
    const bool expected = recipe.sample == "suppressed";
    EXPECT_EQ(IsZeroSuppressed(recipe), expected);
    WriteWafers(directory.File("w.csv"), MakeRunData(recipe, directory.File("run")).validation);
    recipe.data = {directory.File("w.csv")};
    recipe.sample = "unsuppressed";  // files say it themselves
    EXPECT_EQ(IsZeroSuppressed(recipe), expected);
  }
}

TEST(Recipe, OfAFileIsRefusedWhereItCannotBeRun) {
  const JsonValue good = ToJson(TinyRecipe());
  const std::vector<std::pair<std::vector<std::string>, JsonValue>> changes = {
      {{"sample"}, "both"},
      {{"profile"}, "econ"},
      {{"elinks"}, 9},
      {{"elinks"}, (int64_t{1} << 32) + 5},
      {{"decoder"}, "8c"},
      {{"losses"}, std::vector<std::string>{"emdd"}},
      {{"seed"}, -1},
      {{"train_wafers"}, -1},
      {{"train_wafers"}, 1},
      {{"validation_wafers"}, 0},
      {{"held_out_wafers"}, int64_t{1} << 40},
      {{"autoencoder_steps"}, -7},
      {{"autoencoder_steps"}, 0},
      {{"autoencoder_batch"}, 0},
      {{"autoencoder_rate"}, 0.0},
      {{"autoencoder_rate"}, -1.0},
      {{"emd_cnn", "network", "form"}, "square"},
      {{"emd_cnn", "network", "regions"}, 0},
      {{"emd_cnn", "network", "n_dense"}, -1},
      {{"emd_cnn", "network", "l2"}, -1.0},
      {{"emd_cnn", "loss"}, "mean"},
      {{"emd_cnn", "epochs"}, 0},
      {{"emd_cnn", "batch_size"}, 0},
      {{"emd_cnn", "learning_rate"}, 2.0},
      {{"emd_cnn", "seed"}, -1},
      {{"emd_cnn_pair_mode"}, "all"},
      {{"emd_cnn_pairs"}, 0}};
  for (const auto& [path, value] : changes) {
    const JsonValue changed = Changed(good, path, value);
    const std::string message = ErrorMessage([&] { RecipeOf(changed, "run.json"); });
    EXPECT_EQ(message.rfind("run.json: ", 0), 0u) << path.back() << ": " << message;
    EXPECT_NE(message.find("expected "), std::string::npos) << message;
  }
  EXPECT_EQ(ErrorMessage([&] { RecipeOf(Changed(good, {"autoencoder_batch"}, 0), "run.json"); }),
            "run.json: autoencoder_batch: expected 1 to 65536, found 0");
}

TEST(Recipe, SurvivesItsJson) {
  Recipe recipe = TinyRecipe();
  recipe.data = {"a.csv", "folder/"};
  recipe.n_elinks = 2;
  recipe.seed = 77;
  EXPECT_EQ(ToJson(RecipeOf(ToJson(recipe), "recipe")), ToJson(recipe));
  EXPECT_EQ(ToJson(RecipeOf(ParseJson(ToJson(recipe).Text(), "recipe"), "recipe")), ToJson(recipe));
}

}  // namespace
}  // namespace demd
