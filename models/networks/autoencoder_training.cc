#include "models/networks/autoencoder_training.h"

#include <algorithm>
#include <utility>

#include "emd/batch.h"
#include "emd/losses.h"
#include "engine/error.h"
#include "engine/nn/losses.h"
#include "engine/ops/reduction.h"
#include "models/networks/telescope.h"

namespace demd {
namespace {

// At full rate from the first step on, the larger decoders lose codes for good.
constexpr int64_t kWarmUpShare = 16;
constexpr float kClipNorm = 1.0f;

TrainOptions TrainerOptions(const AutoencoderTrainOptions& options, int64_t rows) {
  TrainOptions train;
  train.name = "autoencoder_" + NameOf(options.loss);
  train.epochs = options.epochs;
  train.batch_size = options.batch_size;
  train.seed = options.seed;
  train.patience = options.patience;
  train.schedule.kind = Schedule::Kind::kCosine;
  train.schedule.rate = options.learning_rate;
  train.schedule.total_steps = options.epochs * std::max<int64_t>(rows / options.batch_size, 1);
  train.schedule.warm_up_steps = train.schedule.total_steps / kWarmUpShare;
  train.optimizer.clip_norm = kClipNorm;
  return train;
}

SinkhornOptions SinkhornLossOptions() {
  SinkhornOptions options;
  options.epsilon = kSinkhornEpsilon;
  options.debiased = true;
  // A gradient needs no more: it is averaged over a batch of wafers.
  options.tolerance = 1e-3;
  return options;
}

}  // namespace

const std::vector<std::string>& LossNames() {
  static const std::vector<std::string> names = {"mse", "wmse",   "telescope", "emd-cnn",
                                                 "emd", "sliced", "sinkhorn",  "emd-cnn-refreshed"};
  return names;
}

std::string NameOf(LossKind kind) { return LossNames()[static_cast<size_t>(kind)]; }

LossKind LossByName(std::string_view name) {
  const std::vector<std::string>& names = LossNames();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<LossKind>(found - names.begin());
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
  throw UsageError("loss: expected one of " + list + ", found '" + std::string(name) + "'");
}

AutoencoderTraining::AutoencoderTraining(const AutoencoderTrainOptions& options,
                                         const RowSource& train, const Tensor& validation,
                                         EmdCnn* cnn)
    : AutoencoderTraining(options, nullptr, train, validation, cnn) {}

AutoencoderTraining::AutoencoderTraining(const AutoencoderTrainOptions& options,
                                         const Tensor& train, const Tensor& validation, EmdCnn* cnn)
    : AutoencoderTraining(options, std::make_unique<const TensorRows>(train), TensorRows(train),
                          validation, cnn) {}

AutoencoderTraining::AutoencoderTraining(const AutoencoderTrainOptions& options,
                                         std::unique_ptr<const RowSource> own,
                                         const RowSource& train, const Tensor& validation,
                                         EmdCnn* cnn)
    : own_(std::move(own)),
      train_(own_ != nullptr ? *own_ : train),
      options_(options),
      validation_(validation),
      cnn_(cnn),
      refresh_(options.loss == LossKind::kEmdCnnRefreshed
                   ? std::make_unique<EmdCnnRefresh>(EmdCnnRefreshOptions(), cnn)
                   : nullptr),
      metric_(GroundCost::Hexagon()),
      sliced_(HexagonCentres(), kSlicedDirections),
      model_(options_.model),
      trainer_(
          TrainerOptions(options, train.rows()), model_.parameters(), train.rows(),
          [this](Tape& tape, const Batch& batch) { return BatchLoss(tape, batch); },
          [this] { return ValidationLoss(); }) {}

Var AutoencoderTraining::BatchLoss(Tape& tape, const Batch& batch) {
  const Var x = tape.InputRows(train_, batch.rows, batch.n);
  model_.SetProgress(trainer_.steps_done(), trainer_.total_steps());
  const Var y = model_.Apply(x);
  switch (options_.loss) {
    case LossKind::kMse:
      return MeanSquaredError(y, x);
    case LossKind::kWeightedMse:
      return WeightedMeanSquaredError(y, x);
    case LossKind::kTelescope:
      return TelescopeLoss(y, x);
    case LossKind::kEmdCnn:
      return Mean(cnn_->Apply(x, y));
    case LossKind::kEmd:
      return Mean(ExactEmd(metric_, y, x));
    case LossKind::kSliced:
      return Mean(SlicedDistance(sliced_, y, x));
    case LossKind::kEmdCnnRefreshed:
      refresh_->Step(x, y);
      return Mean(cnn_->Apply(x, y));
    case LossKind::kSinkhorn:
      return Mean(SinkhornDistance(metric_, SinkhornLossOptions(), y, x));
  }
  return MeanSquaredError(y, x);
}

double AutoencoderTraining::ValidationLoss() {
  return MeanEmd(validation_, model_.Reconstruct(validation_));
}

double MeanEmd(const Tensor& x, const Tensor& y) {
  const int64_t n = x.shape()[0];
  std::vector<double> emd(static_cast<size_t>(n));
  EmdOfRows(GroundCost::Hexagon(), x.data(), y.data(), n, emd.data());
  double sum = 0.0;
  for (const double value : emd) sum += value;
  return sum / static_cast<double>(n);
}

}  // namespace demd
