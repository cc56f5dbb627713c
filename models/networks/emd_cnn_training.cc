#include "models/networks/emd_cnn_training.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "emd/batch.h"
#include "engine/error.h"
#include "engine/nn/losses.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/ops/shaping.h"
#include "engine/random.h"
#include "models/wafer.h"

namespace demd {
namespace {

constexpr int64_t kWarmUpSteps = 100;
constexpr float kClipNorm = 1.0f;       // of the gradient
constexpr float kSmallestUnit = 1e-3f;  // of relative errors, cell pitches

std::vector<float> Labels(const Tensor& a, const Tensor& b) {
  const int64_t n = a.shape()[0];
  std::vector<double> emd(static_cast<size_t>(n));
  EmdOfRows(GroundCost::Hexagon(), a.data(), b.data(), n, emd.data());
  return std::vector<float>(emd.begin(), emd.end());
}

std::vector<int32_t> RotatedColumns(int turns) {
  std::vector<int32_t> columns(kWaferCells);
  for (int cell = 0; cell < kWaferCells; ++cell) {
    columns[static_cast<size_t>(cell)] = RotatedCell(cell, turns);
  }
  return columns;
}

TrainOptions TrainerOptions(const EmdCnnTrainOptions& options, int64_t rows) {
  TrainOptions train;
  train.name = "emd_cnn";
  train.epochs = options.epochs;
  train.batch_size = options.batch_size;
  train.seed = options.seed;
  train.schedule.kind = Schedule::Kind::kCosine;
  train.schedule.rate = options.learning_rate;
  train.schedule.total_steps = options.epochs * std::max<int64_t>(rows / options.batch_size, 1);
  train.schedule.warm_up_steps = std::min(kWarmUpSteps, train.schedule.total_steps / 10);
  train.optimizer.clip_norm = kClipNorm;
  return train;
}

void AppendRows(const Tensor& from, Tensor* to, int64_t first_row) {
  std::copy_n(from.data(), from.size(), to->data() + first_row * kWaferCells);
}

}  // namespace

Tensor RowsOf(const Tensor& x, const std::vector<int64_t>& rows) {
  return RowsOf(TensorRows(x), rows);
}

Tensor RowsOf(const RowSource& x, const std::vector<int64_t>& rows) {
  Tensor y(Shape{static_cast<int64_t>(rows.size()), x.columns()});
  x.Read(rows.data(), y.shape()[0], y.data());
  return y;
}

PairSet RandomPairs(const Tensor& x, int64_t count, uint64_t seed) {
  return RandomPairs(TensorRows(x), count, seed);
}

PairSet RandomPairs(const RowSource& x, int64_t count, uint64_t seed) {
  const uint64_t n = static_cast<uint64_t>(x.rows());
  RandomStream random(seed, "random pairs");
  std::vector<int64_t> first, second;
  for (int64_t i = 0; i < count; ++i) {
    const uint64_t a = random.Below(n);
    const uint64_t b = (a + 1 + random.Below(n - 1)) % n;
    first.push_back(static_cast<int64_t>(a));
    second.push_back(static_cast<int64_t>(b));
  }
  return PairsOf(RowsOf(x, first), RowsOf(x, second));
}

PairSet PairsOf(const Tensor& x, const Tensor& y) {
  PairSet pairs{x, y, {}};
  pairs.emd = Labels(x, y);
  return pairs;
}

PairSet JoinPairs(const std::vector<PairSet>& sets) {
  int64_t rows = 0;
  for (const PairSet& set : sets) rows += set.size();
  PairSet joined{Tensor(Shape{rows, kWaferCells}), Tensor(Shape{rows, kWaferCells}), {}};
  for (const PairSet& set : sets) {
    AppendRows(set.a, &joined.a, joined.size());
    AppendRows(set.b, &joined.b, joined.size());
    joined.emd.insert(joined.emd.end(), set.emd.begin(), set.emd.end());
  }
  return joined;
}

RegressionLoss RegressionLossByName(std::string_view name) {
  if (name == "mse") return RegressionLoss::kMse;
  if (name == "huber") return RegressionLoss::kHuber;
  if (name == "msle") return RegressionLoss::kMsle;
  if (name == "relative") return RegressionLoss::kRelative;
  throw UsageError("loss of the EMD CNN: expected mse, huber, msle or relative, found '" +
                   std::string(name) + "'");
}

EmdCnnError ErrorOf(const std::vector<float>& predicted, const std::vector<float>& truth) {
  EmdCnnError error;
  double sum = 0.0, squares = 0.0, absolute = 0.0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const double t = static_cast<double>(truth[i]);
    const double difference = static_cast<double>(predicted[i]) - t;
    absolute += std::fabs(difference);
    error.absolute_largest = std::max(error.absolute_largest, std::fabs(difference));
    if (truth[i] < kLeastEmd) continue;
    ++error.pairs;
    sum += difference / t;
    squares += difference / t * (difference / t);
  }
  if (!truth.empty()) error.absolute_mean = absolute / static_cast<double>(truth.size());
  if (error.pairs == 0) return error;
  const double n = static_cast<double>(error.pairs);
  error.relative_mean = sum / n;
  error.relative_std =
      std::sqrt(std::max(squares / n - error.relative_mean * error.relative_mean, 0.0));
  return error;
}

std::vector<CalibrationBin> CalibrationOf(const std::vector<float>& predicted,
                                          const std::vector<float>& truth, int64_t bins) {
  std::vector<size_t> order;
  for (size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] >= kLeastEmd) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t i, size_t j) { return truth[i] < truth[j]; });
  const int64_t n = static_cast<int64_t>(order.size());
  std::vector<CalibrationBin> calibration;
  for (int64_t bin = 0; bin < bins; ++bin) {
    std::vector<float> some_predicted, some_truth;
    double sum = 0.0;
    for (int64_t k = bin * n / bins; k < (bin + 1) * n / bins; ++k) {
      const size_t pair = order[static_cast<size_t>(k)];
      some_predicted.push_back(predicted[pair]);
      some_truth.push_back(truth[pair]);
      sum += static_cast<double>(truth[pair]);
    }
    if (some_truth.empty()) continue;
    calibration.push_back(
        {sum / static_cast<double>(some_truth.size()), ErrorOf(some_predicted, some_truth)});
  }
  return calibration;
}

Var RegressionError(RegressionLoss loss, Var prediction, Var truth) {
  switch (loss) {
    case RegressionLoss::kMse:
      return MeanSquaredError(prediction, truth);
    case RegressionLoss::kHuber:
      return HuberLoss(prediction, truth);
    case RegressionLoss::kMsle:
      return MeanSquaredLogError(prediction, truth);
    case RegressionLoss::kRelative: {
      const Var unit = Maximum(truth, truth.tape().Input({1}, &kSmallestUnit));
      return Mean(Square(Divide(Subtract(prediction, truth), unit)));
    }
  }
  return MeanSquaredError(prediction, truth);
}

EmdCnnTraining::EmdCnnTraining(const EmdCnnTrainOptions& options, PairSource source,
                               const PairSet* fixed, int64_t pairs_per_epoch,
                               const PairSet& validation)
    : options_(options),
      source_(std::move(source)),
      fixed_(fixed),
      validation_(validation),
      network_(options.network),
      trainer_(
          TrainerOptions(options, pairs_per_epoch), network_.parameters(), pairs_per_epoch,
          [this](Tape& tape, const Batch& batch) { return BatchLoss(tape, batch); },
          [this] { return ValidationLoss(); }) {}

EmdCnnTraining::EmdCnnTraining(const EmdCnnTrainOptions& options, const PairSet& train,
                               const PairSet& validation)
    : EmdCnnTraining(options, {}, &train, train.size(), validation) {}

EmdCnnTraining::EmdCnnTraining(const EmdCnnTrainOptions& options, PairSource source,
                               int64_t pairs_per_epoch, const PairSet& validation)
    : EmdCnnTraining(options, std::move(source), nullptr, pairs_per_epoch, validation) {}

const PairSet& EmdCnnTraining::PairsOfEpoch(int64_t epoch) {
  if (fixed_ != nullptr) return *fixed_;
  if (epoch != epoch_of_fresh_) {
    fresh_ = source_(epoch);
    epoch_of_fresh_ = epoch;
  }
  return fresh_;
}

Var EmdCnnTraining::BatchLoss(Tape& tape, const Batch& batch) {
  const PairSet& pairs = PairsOfEpoch(batch.step / trainer_.steps_per_epoch());
  Var a = tape.InputRows(pairs.a, batch.rows, batch.n);
  Var b = tape.InputRows(pairs.b, batch.rows, batch.n);
  if (options_.rotate) {
    RandomStream random(options_.seed, "emd_cnn/rotation", static_cast<uint64_t>(batch.step));
    const std::vector<int32_t> columns = RotatedColumns(static_cast<int>(random.Below(3)));
    a = GatherColumns(a, columns);
    b = GatherColumns(b, columns);
  }
  Tensor truth(Shape{batch.n, 1});
  for (int64_t i = 0; i < batch.n; ++i) truth[i] = pairs.emd[static_cast<size_t>(batch.rows[i])];
  return RegressionError(options_.loss, network_.Apply(a, b), tape.Input(truth));
}

double EmdCnnTraining::ValidationLoss() {
  std::vector<float> predicted = network_.Predict(validation_.a, validation_.b);
  const Shape shape{validation_.size(), 1};
  Tape tape;
  const Var loss = RegressionError(options_.loss, tape.Input(shape, predicted.data()),
                                   tape.Input(shape, validation_.emd.data()));
  return static_cast<double>(loss.scalar());
}

}  // namespace demd
