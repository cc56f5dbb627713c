#ifndef DEMD_MODELS_NETWORKS_EMD_CNN_REFRESH_H_
#define DEMD_MODELS_NETWORKS_EMD_CNN_REFRESH_H_

#include <string>

#include "engine/nn/checkpoint.h"
#include "engine/nn/optimizers.h"
#include "models/networks/emd_cnn.h"

namespace demd {

/// How an EMD CNN goes on learning while it serves as a loss.
struct EmdCnnRefreshOptions {
  double learning_rate = 2e-4;  ///< of Adam, constant: the encoder never stands still
  float clip_norm = 1.0f;       ///< of the gradient
};

/// Keeps an EMD CNN in step with the encoder that it trains, whose reconstructions drift away from
/// what the network learned from: before it is used on a batch, the network learns from the exact
/// EMDs of that batch.
///
///   EmdCnnRefresh refresh(options, &cnn);
///   for each batch:  y = autoencoder(x);  refresh.Step(x, y);  loss = Mean(cnn.Apply(x, y));
///
/// Between steps the network is frozen, so the loss's gradient reaches the encoder alone.
class EmdCnnRefresh {
 public:
  /// The network must outlive this and have trainable parameters.
  EmdCnnRefresh(const EmdCnnRefreshOptions& options, EmdCnn* network);

  /// One optimiser step of the relative error on rows of a against the same rows of b, [n, 48]
  /// each, from their values alone. Returns the root mean square of the relative error before it.
  /// Errors: NumericError when a row is negative or has no charge.
  double Step(Var a, Var b);

  int64_t steps_done() const { return optimizer_.steps_done(); }

  /// Adds network and optimiser to a checkpoint: arrays "emd_cnn_refresh/..." and the member
  /// "emd_cnn_refresh" of meta. With that of the encoder's trainer, the training resumes to the
  /// same bits.
  void Store(Checkpoint* checkpoint) const;
  /// Errors: DataError, naming `path`, when the state is of another network.
  void Restore(const Checkpoint& checkpoint, const std::string& path);

 private:
  void SetTrainable(bool trainable);

  EmdCnnRefreshOptions options_;
  EmdCnn* network_;
  ParameterList learning_;  // those of the network's parameters that are trainable at first
  Optimizer optimizer_;
  Tape tape_;
};

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_EMD_CNN_REFRESH_H_
