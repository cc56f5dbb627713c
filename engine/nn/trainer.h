#ifndef DEMD_ENGINE_NN_TRAINER_H_
#define DEMD_ENGINE_NN_TRAINER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/autograd.h"
#include "engine/nn/checkpoint.h"
#include "engine/nn/optimizers.h"
#include "engine/nn/schedules.h"

namespace demd {

/// How to train.
struct TrainOptions {
  std::string name;  ///< names the random streams, the state's arrays and messages
  int64_t epochs = 1;
  int64_t batch_size = 128;
  uint64_t seed = 0;  ///< of the order of rows: equal seeds and rows give equal orders
  Schedule schedule;
  OptimizerOptions optimizer;
  int64_t patience = 0;  ///< stop after so many epochs without a better validation loss; 0: never
};

/// What an epoch ended with.
struct EpochRecord {
  double train_loss;  ///< mean over the epoch's batches, while the weights moved
  double validation_loss;
};

/// The rows of one training step.
struct Batch {
  const int64_t* rows;  ///< [n], indices of training rows
  int64_t n;
  int64_t step;  ///< steps done before this one: for augmentations' random streams
};

/// Mini-batch training of some parameters: shuffles rows anew in each epoch, takes an optimiser
/// step per batch, keeps the weights of the epoch with the least validation loss. Its state can be
/// saved between any two steps and restored, and the training then goes on to the same bits.
class Trainer {
 public:
  /// The training loss of a batch, recorded on a tape that is training.
  using BatchLoss = std::function<Var(Tape&, const Batch&)>;
  /// The loss by which epochs are compared, evaluated with the current weights.
  using ValidationLoss = std::function<double()>;

  /// REQUIRES: rows > 0, epochs > 0; the parameters outlive the trainer. Of each epoch's shuffled
  /// rows the whole batches are used (all rows, if there are fewer than one batch).
  Trainer(const TrainOptions& options, const ParameterList& parameters, int64_t rows,
          BatchLoss batch_loss, ValidationLoss validation_loss);

  /// All epochs done, or stopped early. The parameters are then those of the best epoch.
  bool done() const { return done_; }

  /// Runs one step; at the end of an epoch also the validation. REQUIRES: !done().
  /// Errors: NumericError, with layer and step (from 0), when the loss or a gradient is not finite.
  void Step();

  int64_t steps_done() const { return optimizer_.steps_done(); }
  int64_t steps_per_epoch() const { return steps_per_epoch_; }
  int64_t epochs_done() const { return static_cast<int64_t>(history_.size()); }
  /// Upper bound: early stopping may end it sooner.
  int64_t total_steps() const { return steps_per_epoch_ * options_.epochs; }
  const std::vector<EpochRecord>& history() const { return history_; }
  /// Epoch, from 0, whose weights are kept. REQUIRES: an epoch has ended.
  int64_t best_epoch() const { return best_epoch_; }

  /// Adds everything that Restore needs: arrays "<name>/..." and a member `name` of meta.
  void Store(Checkpoint* checkpoint) const;
  /// Errors: DataError, naming `path`, when the state is of another model.
  void Restore(const Checkpoint& checkpoint, const std::string& path);

 private:
  void ShuffleForEpoch();
  void EndEpoch();
  void CheckFinite(int64_t step, double loss, double gradient_norm) const;

  TrainOptions options_;
  ParameterList parameters_;
  BatchLoss batch_loss_;
  ValidationLoss validation_loss_;
  Optimizer optimizer_;
  Tape tape_;
  int64_t steps_per_epoch_;
  int64_t batch_size_;
  std::vector<int64_t> order_;  // rows in this epoch's order
  int64_t step_of_epoch_ = 0;
  double loss_sum_ = 0.0;  // over this epoch's steps
  std::vector<EpochRecord> history_;
  int64_t best_epoch_ = -1;
  std::vector<Tensor> best_values_;  // one per parameter
  bool done_ = false;
};

}  // namespace demd

#endif  // DEMD_ENGINE_NN_TRAINER_H_
