#ifndef DEMD_MODELS_NETWORKS_AUTOENCODER_TRAINING_H_
#define DEMD_MODELS_NETWORKS_AUTOENCODER_TRAINING_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emd/metric.h"
#include "emd/sliced.h"
#include "engine/nn/trainer.h"
#include "engine/row_source.h"
#include "models/networks/autoencoder.h"
#include "models/networks/emd_cnn.h"
#include "models/networks/emd_cnn_refresh.h"

namespace demd {

/// What an autoencoder is trained to make small, between input x and reconstruction y.
enum class LossKind {
  kMse,              ///< "mse": mean of (x - y)^2
  kWeightedMse,      ///< "wmse": mean of (x - y)^2 max(x, y)
  kTelescope,        ///< "telescope": models/networks/telescope.h
  kEmdCnn,           ///< "emd-cnn": the frozen EMD CNN's prediction for (x, y)
  kEmd,              ///< "emd": the exact earth mover's distance, gradient by its dual potentials
  kSliced,           ///< "sliced": mean distance of projections on kSlicedDirections lines
  kSinkhorn,         ///< "sinkhorn": the Sinkhorn divergence with kSinkhornEpsilon
  kEmdCnnRefreshed,  ///< "emd-cnn-refreshed": kEmdCnn, and the network goes on learning: see
                     ///< models/networks/emd_cnn_refresh.h
};

/// Directions of the sliced loss: more change it by less than a per cent.
inline constexpr int32_t kSlicedDirections = 16;
/// Entropy of the Sinkhorn loss in cell pitches; neighbouring cells are 1.8 to 2.3 apart.
inline constexpr double kSinkhornEpsilon = 0.25;

/// Whether the loss is an EMD CNN's prediction.
constexpr bool IsOfEmdCnn(LossKind loss) {
  return loss == LossKind::kEmdCnn || loss == LossKind::kEmdCnnRefreshed;
}

/// The names above, in that order.
const std::vector<std::string>& LossNames();
std::string NameOf(LossKind kind);
/// Errors: UsageError that lists the names.
LossKind LossByName(std::string_view name);

/// How an autoencoder is trained.
struct AutoencoderTrainOptions {
  AutoencoderOptions model;
  LossKind loss = LossKind::kEmd;
  int64_t epochs = 100;
  int64_t batch_size = 128;
  double learning_rate = 1e-3;  ///< reached after 1/16 of the steps, then falls to 0 along a cosine
  int64_t patience = 0;         ///< in epochs; 0: no early stopping
  uint64_t seed = 0;            ///< of the order of rows
};

/// The training of one autoencoder. Whatever the loss, the weights kept are those of the epoch with
/// the least mean exact EMD on the validation rows.
class AutoencoderTraining {
 public:
  /// train, validation: [n, 48] as EncoderInputs makes them; they must outlive this, like `cnn`,
  /// which is needed for kEmdCnn (frozen) and kEmdCnnRefreshed alone and null otherwise.
  AutoencoderTraining(const AutoencoderTrainOptions& options, const RowSource& train,
                      const Tensor& validation, EmdCnn* cnn);
  AutoencoderTraining(const AutoencoderTrainOptions& options, const Tensor& train,
                      const Tensor& validation, EmdCnn* cnn);

  /// Names the training's state in a checkpoint.
  std::string name() const { return "autoencoder_" + NameOf(options_.loss); }
  Trainer& trainer() { return trainer_; }
  Autoencoder& model() { return model_; }
  /// What kEmdCnnRefreshed has to store and restore beside the trainer; null for other losses.
  EmdCnnRefresh* refresh() { return refresh_.get(); }

 private:
  Var BatchLoss(Tape& tape, const Batch& batch);
  double ValidationLoss();

  AutoencoderTraining(const AutoencoderTrainOptions& options, std::unique_ptr<const RowSource> own,
                      const RowSource& train, const Tensor& validation, EmdCnn* cnn);

  std::unique_ptr<const RowSource> own_;  // of a tensor
  const RowSource& train_;
  AutoencoderTrainOptions options_;
  const Tensor& validation_;
  EmdCnn* cnn_;
  std::unique_ptr<EmdCnnRefresh> refresh_;
  GroundCost metric_;
  SlicedEmd sliced_;
  Autoencoder model_;
  Trainer trainer_;
};

/// Mean of the exact EMD between rows of x and y, [n, 48] each.
double MeanEmd(const Tensor& x, const Tensor& y);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_AUTOENCODER_TRAINING_H_
