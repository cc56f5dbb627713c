#ifndef DEMD_MODELS_TRAINING_PAIRS_H_
#define DEMD_MODELS_TRAINING_PAIRS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/autoencoder.h"
#include "models/emd_cnn_training.h"

namespace demd {

/// Which pairs an EMD CNN learns from; names as in the paper's code.
enum class PairMode {
  kPair,  ///< "pair": random wafers
  kAe,    ///< "ae": a wafer and a reconstruction of it
  kApp,   ///< "app": half of each, the safe choice
};

/// Errors: UsageError that lists the names.
PairMode PairModeByName(std::string_view name);
const std::vector<std::string>& PairModeNames();

/// Labelled pairs for an EMD CNN that is to serve as a loss. Reconstructions are those of `models`
/// in turn.
///
/// An encoder under training moves from reconstructions that are nobody's to ones better than those
/// of `models`; so that the network knows the way, a third of the reconstructions are mixed with
/// that of another wafer, and a third with the wafer itself, by a random share.
///
/// x: [n, 48], n >= 2; at least one model.
PairSet MakeTrainingPairs(PairMode mode, const Tensor& x, const std::vector<Autoencoder*>& models,
                          int64_t count, uint64_t seed);

}  // namespace demd

#endif  // DEMD_MODELS_TRAINING_PAIRS_H_
