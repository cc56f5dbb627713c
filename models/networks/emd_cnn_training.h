#ifndef DEMD_MODELS_NETWORKS_EMD_CNN_TRAINING_H_
#define DEMD_MODELS_NETWORKS_EMD_CNN_TRAINING_H_

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/nn/trainer.h"
#include "models/networks/emd_cnn.h"

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
PairSet RandomPairs(const RowSource& x, int64_t count, uint64_t seed);
PairSet RandomPairs(const Tensor& x, int64_t count, uint64_t seed);

/// Row i of x against row i of y, with labels: the paper's 'ae' mode when y = autoencoder(x).
PairSet PairsOf(const Tensor& x, const Tensor& y);

/// All pairs of the sets, in order: the paper's 'app' mode joins the two above.
PairSet JoinPairs(const std::vector<PairSet>& sets);

/// The given rows of x [n, columns].
Tensor RowsOf(const Tensor& x, const std::vector<int64_t>& rows);
Tensor RowsOf(const RowSource& x, const std::vector<int64_t>& rows);

/// Which error the network is trained on.
enum class RegressionLoss {
  kMse,
  kHuber,
  kMsle,
  kRelative,  ///< mean of ((predicted - true) / true)^2; true EMDs below 1e-3 count as 1e-3
};
RegressionLoss RegressionLossByName(std::string_view name);

/// How the EMD CNN is trained.
struct EmdCnnTrainOptions {
  EmdCnnOptions network;
  RegressionLoss loss = RegressionLoss::kRelative;
  int64_t epochs = 64;
  int64_t batch_size = 256;
  double learning_rate = 2e-3;  ///< falls to 0 along a cosine
  bool rotate = true;           ///< turn each batch by 0, 120 or 240 degrees, a symmetry of the EMD
  uint64_t seed = 0;
};

/// Where training pairs come from: those of an epoch, the same ones whenever it is asked for, since
/// a resumed training asks again.
using PairSource = std::function<PairSet(int64_t epoch)>;

/// Cell pitches. Pairs of a smaller EMD have no relative difference: they are alike but for what
/// float32 rounds in them, some 1e-6.
inline constexpr float kLeastEmd = 1e-4f;

/// Error of a network on labelled pairs. Relative difference: (predicted - true) / true, over pairs
/// with true >= kLeastEmd.
struct EmdCnnError {
  double relative_mean = NAN;  ///< NaN when no pair has a relative difference
  double relative_std = NAN;
  double absolute_mean = 0.0;     ///< mean of |predicted - true|, cell pitches
  double absolute_largest = 0.0;  ///< the largest of them
  int64_t pairs = 0;              ///< that have a relative difference
};
EmdCnnError ErrorOf(const std::vector<float>& predicted, const std::vector<float>& truth);

/// The same for the pairs of one range of true EMDs.
struct CalibrationBin {
  double truth_mean;  ///< cell pitches
  EmdCnnError error;
};

/// Pairs with true >= kLeastEmd in order of their true EMD, cut into at most `bins` ranges of equal
/// numbers.
std::vector<CalibrationBin> CalibrationOf(const std::vector<float>& predicted,
                                          const std::vector<float>& truth, int64_t bins = 10);

/// The training of one EMD CNN. The data must outlive it.
class EmdCnnTraining {
 public:
  /// On the same pairs in every epoch.
  EmdCnnTraining(const EmdCnnTrainOptions& options, const PairSet& train,
                 const PairSet& validation);
  /// On fresh pairs in every epoch, of which the source gives `pairs_per_epoch`.
  EmdCnnTraining(const EmdCnnTrainOptions& options, PairSource source, int64_t pairs_per_epoch,
                 const PairSet& validation);

  Trainer& trainer() { return trainer_; }
  EmdCnn& network() { return network_; }

 private:
  EmdCnnTraining(const EmdCnnTrainOptions& options, PairSource source, const PairSet* fixed,
                 int64_t pairs_per_epoch, const PairSet& validation);

  const PairSet& PairsOfEpoch(int64_t epoch);
  Var BatchLoss(Tape& tape, const Batch& batch);
  double ValidationLoss();

  EmdCnnTrainOptions options_;
  PairSource source_;
  const PairSet* fixed_;  // null: fresh pairs
  PairSet fresh_;
  int64_t epoch_of_fresh_ = -1;
  const PairSet& validation_;
  EmdCnn network_;
  Trainer trainer_;
};

/// The error that training makes small. prediction, truth: [n, 1].
Var RegressionError(RegressionLoss loss, Var prediction, Var truth);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_EMD_CNN_TRAINING_H_
