#ifndef DEMD_MODELS_NETWORKS_TRAINING_PAIRS_H_
#define DEMD_MODELS_NETWORKS_TRAINING_PAIRS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/networks/autoencoder.h"
#include "models/networks/emd_cnn_training.h"

namespace demd {

/// Which pairs an EMD CNN learns from; names as in the paper's code.
enum class PairMode {
  kPair,  ///< "pair": random wafers
  kAe,    ///< "ae": a wafer and something that is to resemble it
  kApp,   ///< "app": a third of the first kind, the safe choice
};

/// Errors: UsageError that lists the names.
PairMode PairModeByName(std::string_view name);
const std::vector<std::string>& PairModeNames();

/// Labelled pairs for an EMD CNN that is to serve as a loss.
///
/// An encoder under training moves from reconstructions that are nobody's to ones better than those
/// of any teacher. So that the network knows the way, what resembles a wafer is, in random shares:
/// a reconstruction by a teacher, as it is or with its weights disturbed by up to 80 %; a mixture
/// of two such; one mixed with another wafer; one whose cells are scaled at random; or, for a
/// fifth, the wafer itself with each cell's charge spread over its surroundings, which has the
/// smallest EMDs and needs no teacher.
///
/// x: [n, 48], n >= 2; at least one teacher. The pairs are a function of all arguments alone; a
/// training's epochs are its indices.
PairSet MakeTrainingPairs(PairMode mode, const RowSource& x,
                          const std::vector<Autoencoder*>& teachers, int64_t count, uint64_t seed,
                          uint64_t index);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_TRAINING_PAIRS_H_
