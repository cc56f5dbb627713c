#ifndef DEMD_MODELS_EMD_CNN_TRAINING_H_
#define DEMD_MODELS_EMD_CNN_TRAINING_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/nn/trainer.h"
#include "models/emd_cnn.h"

namespace demd {

/// Pairs of wafers with their exact earth mover's distance.
struct PairSet {
  Tensor a;                ///< [n, 48], any unit
  Tensor b;                ///< [n, 48], any unit
  std::vector<float> emd;  ///< [n], cell pitches

  int64_t size() const { return static_cast<int64_t>(emd.size()); }
};

/// `count` pairs of different rows of x [n, 48], drawn at random, with labels: the paper's 'pair'
/// mode. REQUIRES: n >= 2.
PairSet RandomPairs(const Tensor& x, int64_t count, uint64_t seed);

/// Row i of x against row i of y, with labels: the paper's 'ae' mode when y = autoencoder(x).
PairSet PairsOf(const Tensor& x, const Tensor& y);

/// All pairs of the sets, in order: the paper's 'app' mode joins the two above.
PairSet JoinPairs(const std::vector<PairSet>& sets);

/// The given rows of x [n, columns].
Tensor RowsOf(const Tensor& x, const std::vector<int64_t>& rows);

/// Which error the network is trained on.
enum class RegressionLoss { kMse, kHuber, kMsle };
RegressionLoss RegressionLossByName(std::string_view name);

/// How the EMD CNN is trained.
struct EmdCnnTrainOptions {
  EmdCnnOptions network;
  RegressionLoss loss = RegressionLoss::kHuber;
  int64_t epochs = 64;
  int64_t batch_size = 32;
  double learning_rate = 1e-3;  ///< falls to 0 along a cosine
  bool rotate = true;           ///< turn each batch by 0, 120 or 240 degrees, a symmetry of the EMD
  uint64_t seed = 0;
};

/// Error of a network on labelled pairs. Relative difference: (predicted - true) / true, over pairs
/// with true > 0.
struct EmdCnnError {
  double relative_mean = 0.0;
  double relative_std = 0.0;
  double absolute_mean = 0.0;  ///< mean of |predicted - true|, cell pitches
  int64_t pairs = 0;
};
EmdCnnError ErrorOf(const std::vector<float>& predicted, const std::vector<float>& truth);

/// The training of one EMD CNN. The data must outlive it.
class EmdCnnTraining {
 public:
  EmdCnnTraining(const EmdCnnTrainOptions& options, const PairSet& train,
                 const PairSet& validation);

  Trainer& trainer() { return trainer_; }
  EmdCnn& network() { return network_; }

 private:
  Var BatchLoss(Tape& tape, const Batch& batch);
  double ValidationLoss();
  Var LossOf(Var prediction, Var truth) const;

  EmdCnnTrainOptions options_;
  const PairSet& train_;
  const PairSet& validation_;
  EmdCnn network_;
  Trainer trainer_;
};

}  // namespace demd

#endif  // DEMD_MODELS_EMD_CNN_TRAINING_H_
