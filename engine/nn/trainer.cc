#include "engine/nn/trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "engine/error.h"
#include "engine/random.h"

namespace demd {

Trainer::Trainer(const TrainOptions& options, const ParameterList& parameters, int64_t rows,
                 BatchLoss batch_loss, ValidationLoss validation_loss)
    : options_(options),
      parameters_(parameters),
      batch_loss_(std::move(batch_loss)),
      validation_loss_(std::move(validation_loss)),
      optimizer_(parameters, options.optimizer),
      tape_(Tape::Mode::kTraining),
      steps_per_epoch_(std::max<int64_t>(rows / options.batch_size, 1)),
      batch_size_(std::min(rows, options.batch_size)),
      order_(static_cast<size_t>(rows)) {
  ShuffleForEpoch();
}

void Trainer::ShuffleForEpoch() {
  std::iota(order_.begin(), order_.end(), int64_t{0});
  RandomStream random(options_.seed, "shuffle", static_cast<uint64_t>(epochs_done()));
  random.Shuffle(order_.data(), order_.size());
}

void Trainer::CheckFinite(int64_t step, double loss, double gradient_norm) const {
  if (std::isfinite(loss) && std::isfinite(gradient_norm)) return;
  const std::string value = tape_.FirstNonFinite();
  const std::string gradient = value.empty() ? tape_.FirstNonFiniteGradient() : "";
  throw NumericError(options_.name + ": step " + std::to_string(step) +
                     ": expected a finite loss and gradient, found NaN or infinity, first in " +
                     (!value.empty()     ? value
                      : gradient.empty() ? "the gradient's norm"
                                         : "the gradient of " + gradient));
}

void Trainer::Step() {
  tape_.Clear();
  const Batch batch{order_.data() + step_of_epoch_ * batch_size_, batch_size_, steps_done()};
  const Var loss = batch_loss_(tape_, batch);
  const double value = static_cast<double>(loss.scalar());
  CheckFinite(batch.step, value, 0.0);
  tape_.Backward(loss);
  CheckFinite(batch.step, value, optimizer_.Step(options_.schedule.At(batch.step)));
  loss_sum_ += value;
  if (++step_of_epoch_ == steps_per_epoch_) EndEpoch();
}

void Trainer::EndEpoch() {
  const double validation = validation_loss_();
  if (!std::isfinite(validation)) {
    throw NumericError(options_.name + ": epoch " + std::to_string(epochs_done()) +
                       ": expected a finite validation loss, found " + std::to_string(validation));
  }
  history_.push_back({loss_sum_ / static_cast<double>(steps_per_epoch_), validation});
  const int64_t epoch = epochs_done() - 1;
  if (best_epoch_ < 0 || validation < history_[static_cast<size_t>(best_epoch_)].validation_loss) {
    best_epoch_ = epoch;
    best_values_.clear();
    for (const Parameter* parameter : parameters_) best_values_.push_back(parameter->value);
  }
  step_of_epoch_ = 0;
  loss_sum_ = 0.0;
  done_ = epochs_done() == options_.epochs ||
          (options_.patience > 0 && epoch - best_epoch_ >= options_.patience);
  if (done_) {
    for (size_t i = 0; i < parameters_.size(); ++i) parameters_[i]->value = best_values_[i];
  } else {
    ShuffleForEpoch();
  }
}

void Trainer::Store(Checkpoint* checkpoint) const {
  const std::string prefix = options_.name + "/";
  StoreParameters(parameters_, prefix + "now/", checkpoint);
  for (size_t i = 0; i < best_values_.size(); ++i) {
    checkpoint->arrays[prefix + "best/" + parameters_[i]->name] = best_values_[i];
  }
  for (const auto& [name, tensor] : optimizer_.state()) {
    checkpoint->arrays[prefix + "optimizer/" + name] = *tensor;
  }
  JsonValue history = JsonValue::MakeArray();
  for (const EpochRecord& record : history_) {
    history.Append(std::vector<double>{record.train_loss, record.validation_loss});
  }
  JsonValue state = JsonValue::MakeObject();
  state.Set("steps_done", steps_done())
      .Set("step_of_epoch", step_of_epoch_)
      .Set("loss_sum", loss_sum_)
      .Set("best_epoch", best_epoch_)
      .Set("done", done_)
      .Set("history", std::move(history));
  checkpoint->meta.Set(options_.name, std::move(state));
}

void Trainer::Restore(const Checkpoint& checkpoint, const std::string& path) {
  const std::string prefix = options_.name + "/";
  const JsonValue& state = checkpoint.meta.Get(options_.name);
  RestoreParameters(checkpoint, prefix + "now/", path, parameters_);
  for (const auto& [name, tensor] : optimizer_.state()) {
    *tensor = ArrayOf(checkpoint, prefix + "optimizer/" + name, tensor->shape(), path);
  }
  history_.clear();
  for (const JsonValue& record : state.Get("history").AsArray()) {
    const JsonValue::Array& losses = record.AsArray();
    if (losses.size() != 2) throw DataError(path + ": history: expected two losses per epoch");
    history_.push_back({losses[0].AsReal(), losses[1].AsReal()});
  }
  best_epoch_ = state.Get("best_epoch").AsInteger();
  best_values_.clear();
  for (const Parameter* parameter : parameters_) {
    if (best_epoch_ < 0) break;
    best_values_.push_back(
        ArrayOf(checkpoint, prefix + "best/" + parameter->name, parameter->value.shape(), path));
  }
  optimizer_.set_steps_done(state.Get("steps_done").AsInteger());
  step_of_epoch_ = state.Get("step_of_epoch").AsInteger();
  loss_sum_ = state.Get("loss_sum").AsReal();
  done_ = state.Get("done").AsBool();
  if (best_epoch_ >= epochs_done() || step_of_epoch_ < 0 || step_of_epoch_ >= steps_per_epoch_) {
    throw DataError(path + ": " + options_.name + ": expected a state of " +
                    std::to_string(steps_per_epoch_) + " steps per epoch, found step " +
                    std::to_string(step_of_epoch_) + " and best epoch " +
                    std::to_string(best_epoch_));
  }
  ShuffleForEpoch();
}

}  // namespace demd
