#ifndef DEMD_MODELS_RUN_RUN_STAGES_H_
#define DEMD_MODELS_RUN_RUN_STAGES_H_

#include <string>
#include <vector>

#include "models/run/recipe.h"
#include "models/run/run.h"
#include "models/run/run_data.h"

namespace demd {

/// Files of a run directory.
std::string RunPath(const std::string& directory, const std::string& name);
std::string ModelPath(const std::string& directory, const std::string& name);

/// File of a run directory that says how many seconds each training took, over all resumptions. It
/// is the only one whose bytes differ from run to run.
inline constexpr char kTimesFile[] = "times.json";

/// The model of the EMD CNN as it is after it was refreshed.
inline constexpr char kRefreshedCnn[] = "emd_cnn_refreshed";

/// A loss for people: "exact EMD".
std::string TitleOf(LossKind loss);

/// The losses whose encoders are trained without the EMD CNN, and whose reconstructions it learns
/// from. If only the CNN's own is asked for, telescope is trained for it.
std::vector<LossKind> TeachersOf(const Recipe& recipe);

/// Trains what the recipe asks for and the directory does not hold yet, in order; leaves one file
/// per model. Returns false when the observer stopped it; the state is then in state.npz.
bool TrainModels(const std::string& directory, const Recipe& recipe, const RunData& data,
                 RunObserver* observer);

}  // namespace demd

#endif  // DEMD_MODELS_RUN_RUN_STAGES_H_
