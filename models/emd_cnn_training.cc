#include "models/emd_cnn_training.h"

#include <algorithm>
#include <cmath>

#include "emd/batch.h"
#include "engine/error.h"
#include "engine/nn/losses.h"
#include "engine/ops/shaping.h"
#include "engine/random.h"
#include "models/wafer.h"

namespace demd {
namespace {

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
  return train;
}

void AppendRows(const Tensor& from, Tensor* to, int64_t first_row) {
  std::copy_n(from.data(), from.size(), to->data() + first_row * kWaferCells);
}

}  // namespace

Tensor RowsOf(const Tensor& x, const std::vector<int64_t>& rows) {
  const int64_t columns = x.shape()[1];
  Tensor y(Shape{static_cast<int64_t>(rows.size()), columns});
  for (size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(x.data() + rows[i] * columns, columns,
                y.data() + static_cast<int64_t>(i) * columns);
  }
  return y;
}

PairSet RandomPairs(const Tensor& x, int64_t count, uint64_t seed) {
  const uint64_t n = static_cast<uint64_t>(x.shape()[0]);
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
  throw UsageError("loss of the EMD CNN: expected mse, huber or msle, found '" + std::string(name) +
                   "'");
}

EmdCnnError ErrorOf(const std::vector<float>& predicted, const std::vector<float>& truth) {
  EmdCnnError error;
  double sum = 0.0, squares = 0.0, absolute = 0.0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const double t = static_cast<double>(truth[i]);
    const double difference = static_cast<double>(predicted[i]) - t;
    absolute += std::fabs(difference);
    if (t <= 0.0) continue;
    ++error.pairs;
    sum += difference / t;
    squares += difference / t * (difference / t);
  }
  if (error.pairs == 0) return error;
  const double n = static_cast<double>(error.pairs);
  error.relative_mean = sum / n;
  error.relative_std =
      std::sqrt(std::max(squares / n - error.relative_mean * error.relative_mean, 0.0));
  error.absolute_mean = absolute / static_cast<double>(truth.size());
  return error;
}

EmdCnnTraining::EmdCnnTraining(const EmdCnnTrainOptions& options, const PairSet& train,
                               const PairSet& validation)
    : options_(options),
      train_(train),
      validation_(validation),
      network_(options.network),
      trainer_(
          TrainerOptions(options, train.size()), network_.parameters(), train.size(),
          [this](Tape& tape, const Batch& batch) { return BatchLoss(tape, batch); },
          [this] { return ValidationLoss(); }) {}

Var EmdCnnTraining::LossOf(Var prediction, Var truth) const {
  switch (options_.loss) {
    case RegressionLoss::kMse:
      return MeanSquaredError(prediction, truth);
    case RegressionLoss::kHuber:
      return HuberLoss(prediction, truth);
    case RegressionLoss::kMsle:
      return MeanSquaredLogError(prediction, truth);
  }
  return MeanSquaredError(prediction, truth);
}

Var EmdCnnTraining::BatchLoss(Tape& tape, const Batch& batch) {
  Var a = tape.InputRows(train_.a, batch.rows, batch.n);
  Var b = tape.InputRows(train_.b, batch.rows, batch.n);
  if (options_.rotate) {
    RandomStream random(options_.seed, "emd_cnn/rotation", static_cast<uint64_t>(batch.step));
    const std::vector<int32_t> columns = RotatedColumns(static_cast<int>(random.Below(3)));
    a = GatherColumns(a, columns);
    b = GatherColumns(b, columns);
  }
  Tensor truth(Shape{batch.n, 1});
  for (int64_t i = 0; i < batch.n; ++i) truth[i] = train_.emd[static_cast<size_t>(batch.rows[i])];
  return LossOf(network_.Apply(a, b), tape.Input(truth));
}

double EmdCnnTraining::ValidationLoss() {
  std::vector<float> predicted = network_.Predict(validation_.a, validation_.b);
  const Shape shape{validation_.size(), 1};
  Tape tape;
  const Var loss =
      LossOf(tape.Input(shape, predicted.data()), tape.Input(shape, validation_.emd.data()));
  return static_cast<double>(loss.scalar());
}

}  // namespace demd
