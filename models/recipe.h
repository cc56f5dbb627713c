#ifndef DEMD_MODELS_RECIPE_H_
#define DEMD_MODELS_RECIPE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/io/json.h"
#include "models/autoencoder_training.h"
#include "models/emd_cnn_training.h"

namespace demd {

/// Everything that determines a run's results: what a run directory's run.json holds.
struct Recipe {
  std::vector<std::string> data;        ///< files or folders; empty: simulated wafers
  std::string sample = "unsuppressed";  ///< simulated: "unsuppressed" or "suppressed"
  std::string profile = "econt";
  int n_elinks = 5;
  std::vector<LossKind> losses = {LossKind::kWeightedMse, LossKind::kTelescope, LossKind::kEmdCnn,
                                  LossKind::kEmd};
  uint64_t seed = 1;

  // Simulated wafers. Of wafers read from files, 20 % are held out and 10 % validate.
  int64_t train_wafers = 30000;
  int64_t validation_wafers = 2000;
  int64_t held_out_wafers = 6000;

  // Autoencoders: all are trained for the same number of steps on the same rows.
  int64_t autoencoder_steps = 20000;
  int64_t autoencoder_batch = 128;
  double autoencoder_rate = 2e-3;

  EmdCnnTrainOptions emd_cnn;
  std::string emd_cnn_pair_mode = "app";  ///< see PairMode
  int64_t emd_cnn_pairs = 131072;         ///< per epoch, fresh ones in each

  /// Whether a loss is asked for.
  bool Has(LossKind loss) const;
};

/// The recipe of a default run (about ten minutes on two cores) and of a quick one, for tests
/// (under half a minute).
Recipe DefaultRecipe();
Recipe QuickRecipe();

/// run.json's form, and back. Errors: DataError.
JsonValue ToJson(const Recipe& recipe);
Recipe RecipeOf(const JsonValue& json);

}  // namespace demd

#endif  // DEMD_MODELS_RECIPE_H_
