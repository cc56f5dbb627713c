#ifndef DEMD_MODELS_RUN_RECIPE_H_
#define DEMD_MODELS_RUN_RECIPE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/io/json.h"
#include "models/networks/autoencoder_training.h"
#include "models/networks/emd_cnn_training.h"

namespace demd {

/// Everything that determines a run's results: what a run directory's run.json holds.
struct Recipe {
  std::vector<std::string> data;        ///< files or folders; empty: simulated wafers
  std::string sample = "unsuppressed";  ///< simulated: "unsuppressed" or "suppressed"
  std::string profile = "econt";
  int n_elinks = 5;
  std::string decoder = "8c6";  ///< see DecoderByName
  std::vector<LossKind> losses = {LossKind::kWeightedMse, LossKind::kTelescope, LossKind::kEmdCnn,
                                  LossKind::kEmd};
  uint64_t seed = 1;

  // Simulated wafers. Of wafers read from files, 20 % are held out and 10 % validate.
  int64_t train_wafers = 200000;
  int64_t validation_wafers = 2000;
  int64_t held_out_wafers = 6000;

  // Autoencoders: all are trained for the same number of steps on the same rows.
  int64_t autoencoder_steps = 20000;
  int64_t autoencoder_batch = 128;
  double autoencoder_rate = 1.2e-2;  ///< see SetDecoder

  EmdCnnTrainOptions emd_cnn;
  std::string emd_cnn_pair_mode = "app";  ///< see PairMode
  int64_t emd_cnn_pairs = 131072;         ///< per epoch, fresh ones in each

  /// Whether a loss is asked for.
  bool Has(LossKind loss) const;
  /// Whether the EMD CNN is trained: a loss asks for it, or there are no losses, so that it is all
  /// that is asked for.
  bool NeedsEmdCnn() const;
};

/// The most that a recipe may ask for.
inline constexpr int64_t kMostSteps = 100000000;
inline constexpr int64_t kMostTrainWafers = 100000000;

/// Refuses a recipe that cannot be run: numbers out of range, unknown words, and what AutoencoderOf
/// says. Errors: UsageError naming the field as in run.json.
void CheckRecipe(const Recipe& recipe);

/// The recipe of a default run, but for its decoder (BestDecoder), and of a quick one, for tests
/// (under half a minute).
Recipe DefaultRecipe();
/// Epochs that are enough for the paper's EMD CNN; each takes several times as long.
inline constexpr int64_t kPaperCnnEpochs = 12;
Recipe QuickRecipe();

/// The EMD CNN as on command lines: "regions,512,256,2" for regions, dense width, dense layers, or
/// "32,5,256,1,4" for the paper's filters, kernel, dense width, dense layers, convolutions. The
/// parser also knows "regions" (as it is) and "paper". Errors of the parser: UsageError.
std::string EmdCnnSizesText(const EmdCnnOptions& network);
void SetEmdCnnSizes(const std::string& text, EmdCnnOptions* network);

/// The name of the decoder that compresses best with these (models/README.md); whether wafers are
/// zero-suppressed: IsZeroSuppressed, models/run/run_data.h.
std::string BestDecoder(const std::string& profile, int n_elinks, bool zero_suppressed);

/// The decoder of that name and its learning rate, which is larger where LearnsFast
/// (models/README.md). Errors: UsageError.
void SetDecoder(const std::string& name, Recipe* recipe);

/// The autoencoder that a run trains, whatever the loss. Errors: UsageError, as CheckEncoder says
/// or when a name is unknown.
AutoencoderOptions AutoencoderOf(const Recipe& recipe);

/// "mse", "huber", ...: the way back from RegressionLossByName.
std::string NameOf(RegressionLoss loss);

/// run.json's form, and back; `where` begins messages. Errors: DataError, also as CheckRecipe says.
JsonValue ToJson(const Recipe& recipe);
Recipe RecipeOf(const JsonValue& json, const std::string& where);

}  // namespace demd

#endif  // DEMD_MODELS_RUN_RECIPE_H_
