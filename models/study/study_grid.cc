// Which runs a study consists of.

#include <algorithm>
#include <sstream>

#include "engine/error.h"
#include "models/study/study.h"

namespace demd {
namespace {

std::string CnnName(const EmdCnnTrainOptions& cnn) {
  return EmdCnnSizesText(cnn.network) + "_" + NameOf(cnn.loss);
}

// The EMD CNNs of a grid; one, the base's, if it names none.
std::vector<EmdCnnTrainOptions> CnnsOf(const StudyGrid& grid) {
  std::vector<EmdCnnTrainOptions> cnns;
  for (const std::string& sizes : grid.cnns) {
    for (const std::string& loss : grid.cnn_losses) {
      EmdCnnTrainOptions cnn = grid.base.emd_cnn;
      SetEmdCnnSizes(sizes, &cnn.network);
      cnn.loss = RegressionLossByName(loss);
      cnns.push_back(cnn);
    }
  }
  if (cnns.empty()) cnns.push_back(grid.base.emd_cnn);
  return cnns;
}

std::string RunName(const StudyGrid& grid, const Recipe& recipe) {
  std::string name = recipe.data.empty() ? recipe.sample : "data";
  name += "_" + recipe.profile + "_" + std::to_string(recipe.n_elinks) + "links_" + recipe.decoder;
  if (!grid.cnns.empty()) name += "_cnn" + CnnName(recipe.emd_cnn);
  std::replace(name.begin(), name.end(), ',', '-');
  return name + "_seed" + std::to_string(recipe.seed);
}

void AddSeeds(const StudyGrid& grid, Recipe recipe, std::vector<StudyRun>* runs) {
  for (int64_t s = 0; s < grid.seeds; ++s) {
    recipe.seed = grid.base.seed + static_cast<uint64_t>(s);
    recipe.emd_cnn.seed = recipe.seed;
    recipe.emd_cnn.network.seed = recipe.seed;
    runs->push_back({RunName(grid, recipe), recipe});
  }
}

std::vector<StudyRun> RunsOfGrid(const StudyGrid& grid) {
  std::vector<StudyRun> runs;
  Recipe recipe = grid.base;
  recipe.losses.clear();
  for (const std::string& loss : grid.losses) recipe.losses.push_back(LossByName(loss));
  const std::vector<std::string> samples =
      recipe.data.empty() ? grid.samples : std::vector<std::string>{recipe.sample};
  for (const std::string& sample : samples) {
    recipe.sample = sample;
    for (const std::string& profile : grid.profiles) {
      recipe.profile = ProfileByName(profile).name;
      for (const int64_t links : grid.elinks) {
        // A float encoder sends everything, whatever the links.
        recipe.n_elinks = ProfileByName(profile).is_float ? 5 : static_cast<int>(links);
        for (const std::string& decoder : grid.decoders) {
          SetDecoder(decoder, &recipe);
          CheckRecipe(recipe);  // refuses what cannot be made before any run begins
          for (const EmdCnnTrainOptions& cnn : CnnsOf(grid)) {
            recipe.emd_cnn = cnn;
            AddSeeds(grid, recipe, &runs);
          }
        }
      }
    }
  }
  return runs;
}

// Adds the losses of `run` to the run of the same name.
void Join(const StudyRun& run, StudyRun* known) {
  Recipe same_losses = run.recipe;
  same_losses.losses = known->recipe.losses;
  if (ToJson(same_losses) != ToJson(known->recipe)) {
    throw UsageError("study: expected one recipe for the run " + run.name + ", found two");
  }
  for (const LossKind loss : run.recipe.losses) {
    if (!known->recipe.Has(loss)) known->recipe.losses.push_back(loss);
  }
}

StudyGrid GridOf(const Recipe& base, std::vector<std::string> losses) {
  StudyGrid grid;
  grid.base = base;
  grid.samples = {"unsuppressed"};
  grid.profiles = {"econt"};
  grid.elinks = {5};
  grid.decoders = {"paper"};
  grid.losses = std::move(losses);
  return grid;
}

// Those of which a training takes less than a minute.
const std::vector<std::string> kQuickLosses = {"mse",     "wmse", "telescope",
                                               "emd-cnn", "emd",  "sliced"};

// The decoder of an encoder that is not trained.
constexpr char kPatternDecoder[] = "64b3";

Recipe ShortRecipe() {
  Recipe base = DefaultRecipe();
  base.train_wafers = 100000;
  base.autoencoder_steps = 5000;
  base.emd_cnn_pairs = 60000;
  base.emd_cnn.epochs = 16;
  return base;
}

// What the paper compares, at a size that two cores finish in a quarter of an hour; see
// models/README.md.
std::vector<StudyGrid> QuickStudy() {
  const Recipe base = ShortRecipe();
  StudyGrid losses = GridOf(base, kQuickLosses);
  StudyGrid sinkhorn = GridOf(base, {"sinkhorn"});  // six to ten times as long as the exact EMD
  sinkhorn.seeds = 1;
  StudyGrid links = GridOf(base, {"emd"});
  links.decoders = {base.decoder};
  links.elinks = {5, 4, 3, 2};
  StudyGrid suppressed = links;
  suppressed.samples = {"suppressed"};
  suppressed.seeds = 1;
  StudyGrid suppressed_losses = GridOf(base, {"telescope", "emd"});
  suppressed_losses.samples = {"suppressed"};
  suppressed_losses.seeds = 1;
  StudyGrid profiles = GridOf(base, {"emd"});
  profiles.profiles = {"float", "paper5", "paper6"};
  StudyGrid float_profile = links;
  float_profile.profiles = {"float"};
  float_profile.elinks = {5};
  StudyGrid decoders = GridOf(base, {"emd"});
  decoders.decoders = {"32r1", "64r2", "128r4", "8c2", "16c6"};
  decoders.seeds = 1;
  StudyGrid losses_again = GridOf(base, {"telescope", "emd-cnn", "emd", "sliced"});
  losses_again.decoders = {base.decoder};
  losses_again.seeds = 1;
  StudyGrid patterns = GridOf(base, {"emd"});
  patterns.samples = {"unsuppressed", "suppressed"};
  patterns.decoders = {kPatternDecoder};
  patterns.elinks = {5, 4, 3};
  patterns.seeds = 1;
  return {losses,   sinkhorn,      links,    suppressed,   suppressed_losses,
          profiles, float_profile, decoders, losses_again, patterns};
}

// The quick study's losses over samples, links and profiles, its decoders on both samples; more
// seeds.
std::vector<StudyGrid> PaperStudy() {
  const Recipe base = ShortRecipe();
  StudyGrid losses = GridOf(base, kQuickLosses);
  losses.samples = {"unsuppressed", "suppressed"};
  losses.elinks = {5, 4, 3, 2};
  StudyGrid arithmetic = losses;
  arithmetic.samples = {"unsuppressed"};
  arithmetic.profiles = {"paper5", "paper6", "float"};
  StudyGrid refreshed = GridOf(base, {"emd-cnn-refreshed"});
  refreshed.samples = losses.samples;
  StudyGrid sinkhorn = GridOf(base, {"sinkhorn"});  // six to ten times as long as the exact EMD
  StudyGrid decoders = GridOf(base, {"emd"});
  decoders.samples = losses.samples;
  decoders.decoders = {"32r1", "64r2", "128r4", "256x3", "8c2", "16c6", "16b1"};
  StudyGrid links = GridOf(base, {"emd"});
  links.samples = losses.samples;
  links.elinks = losses.elinks;
  links.decoders = {base.decoder};
  StudyGrid profiles = links;
  profiles.samples = {"unsuppressed"};
  profiles.elinks = {5};
  profiles.profiles = arithmetic.profiles;
  StudyGrid losses_again = GridOf(base, {"telescope", "emd-cnn", "emd", "sliced"});
  losses_again.samples = losses.samples;
  losses_again.decoders = {base.decoder, kPatternDecoder};
  StudyGrid patterns = GridOf(base, {"emd"});
  patterns.samples = losses.samples;
  patterns.decoders = {kPatternDecoder};
  patterns.elinks = {4, 3};
  return {losses,   refreshed,    sinkhorn,   decoders, links,
          profiles, losses_again, arithmetic, patterns};
}

// The paper's eight networks, three losses, three seeds.
std::vector<StudyGrid> CnnStudy() {
  StudyGrid grid = GridOf(DefaultRecipe(), {});
  grid.base.emd_cnn.epochs = kPaperCnnEpochs;
  grid.cnns = {"32,5,32,1,4",  "64,5,32,1,4",  "128,5,32,1,4",  "128,5,64,1,3",
               "32,5,128,1,3", "32,5,256,1,3", "128,3,256,1,4", "128,5,256,1,4"};
  grid.cnn_losses = {"mse", "huber", "msle"};
  return {grid};
}

}  // namespace

std::vector<StudyRun> RunsOf(const std::vector<StudyGrid>& grids) {
  std::vector<StudyRun> runs;
  for (const StudyGrid& grid : grids) {
    for (StudyRun& run : RunsOfGrid(grid)) {
      const auto known = std::find_if(runs.begin(), runs.end(),
                                      [&](const StudyRun& r) { return r.name == run.name; });
      if (known == runs.end()) {
        runs.push_back(std::move(run));
      } else {
        Join(run, &*known);
      }
    }
  }
  return runs;
}

const std::vector<std::string>& StudyNames() {
  static const std::vector<std::string> names = {"quick", "paper", "cnn"};
  return names;
}

std::vector<StudyGrid> StudyByName(const std::string& name) {
  if (name == "quick") return QuickStudy();
  if (name == "paper") return PaperStudy();
  if (name == "cnn") return CnnStudy();
  throw UsageError("study: expected quick, paper or cnn, found '" + name + "'");
}

}  // namespace demd
