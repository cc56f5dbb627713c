#include "models/networks/emd_cnn_refresh.h"

#include <cmath>
#include <vector>

#include "emd/batch.h"
#include "models/networks/emd_cnn_training.h"

namespace demd {
namespace {

constexpr char kName[] = "emd_cnn_refresh";

std::string Prefix(const char* kind) { return std::string(kName) + "/" + kind + "/"; }

OptimizerOptions AdamOf(const EmdCnnRefreshOptions& options) {
  OptimizerOptions adam;
  adam.clip_norm = options.clip_norm;
  return adam;
}

ParameterList TrainableOf(const EmdCnn& network) {
  ParameterList trainable;
  for (Parameter* parameter : network.parameters()) {
    if (parameter->trainable) trainable.push_back(parameter);
  }
  return trainable;
}

}  // namespace

EmdCnnRefresh::EmdCnnRefresh(const EmdCnnRefreshOptions& options, EmdCnn* network)
    : options_(options),
      network_(network),
      learning_(TrainableOf(*network)),
      optimizer_(learning_, AdamOf(options)),
      tape_(Tape::Mode::kTraining) {
  SetTrainable(false);
}

void EmdCnnRefresh::SetTrainable(bool trainable) {
  for (Parameter* parameter : learning_) parameter->trainable = trainable;
}

double EmdCnnRefresh::Step(Var a, Var b) {
  const Shape shape = a.shape();
  const int64_t n = shape[0];
  std::vector<double> emd(static_cast<size_t>(n));
  EmdOfRows(GroundCost::Hexagon(), a.value(), b.value(), n, emd.data());
  const std::vector<float> truth(emd.begin(), emd.end());
  SetTrainable(true);
  tape_.Clear();
  const Var prediction =
      network_->Apply(tape_.Input(shape, a.value()), tape_.Input(shape, b.value()));
  const Var error =
      RegressionError(RegressionLoss::kRelative, prediction, tape_.Input({n, 1}, truth.data()));
  tape_.Backward(error);
  optimizer_.Step(options_.learning_rate);
  SetTrainable(false);
  return std::sqrt(static_cast<double>(error.scalar()));
}

void EmdCnnRefresh::Store(Checkpoint* checkpoint) const {
  StoreParameters(network_->parameters(), Prefix("now"), checkpoint);
  for (const auto& [name, tensor] : optimizer_.state()) {
    checkpoint->arrays[Prefix("optimizer") + name] = *tensor;
  }
  JsonValue state = JsonValue::MakeObject();
  state.Set("steps_done", steps_done());
  checkpoint->meta.Set(kName, std::move(state));
}

void EmdCnnRefresh::Restore(const Checkpoint& checkpoint, const std::string& path) {
  RestoreParameters(checkpoint, Prefix("now"), path, network_->parameters());
  for (const auto& [name, tensor] : optimizer_.state()) {
    *tensor = ArrayOf(checkpoint, Prefix("optimizer") + name, tensor->shape(), path);
  }
  optimizer_.set_steps_done(checkpoint.meta.Get(kName).Get("steps_done").AsInteger());
}

}  // namespace demd
