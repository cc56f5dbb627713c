// The main job, start to finish: wafers in; an EMD CNN, autoencoders trained with different losses,
// bit-exact integer encoders and a report out.

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli.h"
#include "apps/run_progress.h"
#include "engine/error.h"
#include "engine/layer_profile.h"
#include "engine/version.h"
#include "models/networks/training_pairs.h"
#include "models/report/results_json.h"
#include "models/run/run.h"
#include "models/run/run_data.h"

namespace demd {
namespace {

struct Options {
  std::string out = "demd_run";
  std::string profile = "econt";
  std::string sample = "unsuppressed";
  int64_t elinks = 5;
  std::string decoder;
  int64_t seed = 1;
  int64_t steps = 0;
  std::string cnn = "regions";
  std::string cnn_loss = "relative";
  std::string cnn_pairs = "app";
  std::vector<std::string> data;
  std::vector<std::string> losses = {"wmse", "telescope", "emd-cnn", "emd"};
  bool quick = false;
  bool resume = false;
  bool json = false;
  bool profile_layers = false;
};

bool ParseOptions(const std::vector<std::string>& arguments, Options* o) {
  OptionParser parser("demd_train",
                      "Train autoencoders that compress HGCAL wafers, with the earth mover's "
                      "distance and other losses; compare them; report.");
  parser.TextList("--data", &o->data, "FILE|DIR",
                  "wafers: CSV or NPY files, or folders of them (default: simulated wafers)");
  parser.Choice("--sample", &o->sample, {"unsuppressed", "suppressed"},
                "kind of simulated wafers: without or with zero suppression");
  parser.Text("--out", &o->out, "DIR", "run directory");
  parser.Choice("--profile", &o->profile, ProfileNames(), "arithmetic of the encoder");
  parser.Integer("--elinks", &o->elinks, "N", 2, 5, "output links");
  parser.Text(
      "--decoder", &o->decoder, "NAME",
      "paper; WIDTHxLAYERS like 512x3: residual dense layers and a softmax; WIDTHrROUNDS like "
      "128r4: the same in rounds that compare codes; CHANNELScROUNDS like 8c6: in rounds, with "
      "convolutions on the hexagon; WIDTHbLAYERS like 64b3: for an encoder that is not trained but "
      "sends charges and hits of 2x2 cells (econt, 3 to 5 links) (default: the best, 64b3 for "
      "zero-suppressed wafers where it can be, else 8c6; with --quick 64r2)");
  parser.Choices("--losses", &o->losses, LossNames(), "losses to train and compare");
  parser.Integer("--steps", &o->steps, "N", 0, kMostSteps,
                 "training steps per autoencoder (0: the recipe's)");
  parser.Text("--cnn", &o->cnn, "NETWORK",
              "EMD CNN: regions (of the wafers' difference; symmetric, 0 for equal wafers), paper "
              "(32,5,256,1,4), or the paper's in other sizes: filters, kernel, dense width, dense "
              "layers, convolutions");
  parser.Choice("--cnn-loss", &o->cnn_loss, {"mse", "huber", "msle", "relative"},
                "what the EMD CNN minimises");
  parser.Choice("--cnn-pairs", &o->cnn_pairs, PairModeNames(),
                "what the EMD CNN learns from: random pairs, reconstructions, or both");
  parser.Flag("--quick", &o->quick, "a small run of some seconds, to try things out");
  parser.Integer("--seed", &o->seed, "N", 0, INT64_MAX, "random seed");
  parser.Threads();
  parser.Flag("--resume", &o->resume,
              "go on with the run in --out; its options are those it began with");
  parser.Flag("--json", &o->json, "print metrics as JSON instead of a table");
  parser.Flag("--profile-layers", &o->profile_layers,
              "print time and peak memory of each layer to standard error at the end");
  parser.Example("demd_train --data wafers.csv --out my_run");
  if (!parser.Parse(arguments)) return false;
  if (o->resume) {
    parser.Refuse({"--data", "--sample", "--profile", "--elinks", "--decoder", "--losses",
                   "--steps", "--cnn", "--cnn-loss", "--cnn-pairs", "--quick", "--seed"},
                  "expected a new run, found --resume, which goes on with the options of its run");
  }
  if (!o->data.empty()) parser.Refuse({"--sample"}, "expected simulated wafers, found --data");
  return true;
}

Recipe RecipeFor(const Options& o) {
  Recipe recipe = o.quick ? QuickRecipe() : DefaultRecipe();
  recipe.data = o.data;
  recipe.sample = o.sample;
  recipe.profile = o.profile;
  recipe.n_elinks = static_cast<int>(o.elinks);
  if (!o.decoder.empty()) {
    SetDecoder(o.decoder, &recipe);
  } else if (!o.quick) {
    SetDecoder(BestDecoder(recipe.profile, recipe.n_elinks, IsZeroSuppressed(recipe)), &recipe);
  }
  recipe.seed = static_cast<uint64_t>(o.seed);
  recipe.emd_cnn.seed = recipe.seed;
  recipe.emd_cnn.network.seed = recipe.seed;
  recipe.emd_cnn.loss = RegressionLossByName(o.cnn_loss);
  recipe.emd_cnn_pair_mode = o.cnn_pairs;
  SetEmdCnnSizes(o.cnn, &recipe.emd_cnn.network);
  if (recipe.emd_cnn.network.form == EmdCnnForm::kPaper) {
    recipe.emd_cnn.epochs = std::min(recipe.emd_cnn.epochs, kPaperCnnEpochs);
  }
  if (o.steps > 0) recipe.autoencoder_steps = o.steps;
  recipe.losses.clear();
  for (const std::string& loss : o.losses) recipe.losses.push_back(LossByName(loss));
  return recipe;
}

int Main(const std::vector<std::string>& arguments) {
  Options options;
  if (!ParseOptions(arguments, &options)) return 0;
  StopOnSignal();
  if (options.profile_layers) StartLayerProfile();
  Run run = options.resume ? Run::Open(options.out, GitRevision())
                           : Run::Create(options.out, RecipeFor(options), GitRevision());
  RunProgress progress;
  const std::optional<RunResults> results = run.Execute(&progress);
  if (options.profile_layers) std::cerr << LayerProfileTable();
  if (!results) {
    std::cerr << "demd_train: stopped; go on with: demd_train --resume --out " << options.out
              << "\n";
    return 0;
  }
  if (options.json) {
    std::cout << ToJson(*results).Text();
  } else {
    std::cout << ResultTable(*results);
  }
  const int64_t mismatches = CountMismatches(*results);
  if (mismatches == 0) return 0;
  std::cerr << "demd_train: expected the integer encoder's codes to equal the trained encoder's, "
            << "found " << mismatches << " that differ\n";
  return 1;
}

}  // namespace
}  // namespace demd

int main(int argc, char** argv) { return demd::RunMain(argc, argv, demd::Main); }
