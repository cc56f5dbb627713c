#ifndef DEMD_MODELS_TRAINING_PAIRS_H_
#define DEMD_MODELS_TRAINING_PAIRS_H_

#include <cstdint>
#include <vector>

#include "models/autoencoder.h"
#include "models/emd_cnn_training.h"

namespace demd {

/// Labelled pairs for an EMD CNN that is to serve as a loss: half of them random wafers (the
/// paper's 'pair' mode), half a wafer and a reconstruction of it by one of `models` in turn ('ae'
/// mode; together 'app').
///
/// An encoder under training moves from reconstructions that are nobody's to ones better than those
/// of `models`; so that the network knows the way, a third of the reconstructions are mixed with
/// that of another wafer, and a third with the wafer itself, by a random share.
///
/// x: [n, 48], n >= 2; at least one model.
PairSet MakeTrainingPairs(const Tensor& x, const std::vector<Autoencoder*>& models, int64_t count,
                          uint64_t seed);

}  // namespace demd

#endif  // DEMD_MODELS_TRAINING_PAIRS_H_
