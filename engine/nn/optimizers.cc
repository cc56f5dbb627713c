#include "engine/nn/optimizers.h"

#include <cmath>
#include <limits>

#include "engine/kernels/matrix_kernels.h"
#include "engine/parallel.h"
#include "engine/portable_math.h"

namespace demd {
namespace {

constexpr int64_t kElementsPerTask = 8192;
constexpr double kTooLargeToSquare = 0x1p63;  // of a gradient's elements, whose squares are floats

}  // namespace

Optimizer::Optimizer(const ParameterList& parameters, const OptimizerOptions& options)
    : options_(options) {
  for (Parameter* parameter : parameters) {
    if (!parameter->trainable) continue;
    const Shape& shape = parameter->value.shape();
    // Zeros until a Backward meets it.
    if (parameter->gradient.shape() != shape || parameter->gradient.data() == nullptr) {
      parameter->gradient = Tensor(shape);
    }
    slots_.push_back({parameter, Tensor(shape), Tensor(shape)});
  }
  const bool is_sgd = options_.kind == OptimizerOptions::Kind::kSgd;
  for (Slot& slot : slots_) {
    const std::string& name = slot.parameter->name;
    state_.emplace_back(name + (is_sgd ? "/velocity" : "/first_moment"), &slot.first);
    if (!is_sgd) state_.emplace_back(name + "/second_moment", &slot.second);
  }
}

double Optimizer::Step(double learning_rate) {
  AddL2Gradients();
  const double norm = ClipGradients();
  if (!std::isfinite(norm)) return norm;
  const bool is_sgd = options_.kind == OptimizerOptions::Kind::kSgd;
  if (!is_sgd && options_.clip_norm <= 0.0f && norm >= kTooLargeToSquare) {
    return std::numeric_limits<double>::infinity();
  }
  ++steps_done_;
  const double t = static_cast<double>(steps_done_);
  const double correction = std::sqrt(1.0 - Pow(static_cast<double>(options_.beta2), t)) /
                            (1.0 - Pow(static_cast<double>(options_.beta1), t));
  for (Slot& slot : slots_) {
    const double rate = learning_rate * static_cast<double>(slot.parameter->rate);
    const float decay = options_.kind == OptimizerOptions::Kind::kAdamW
                            ? static_cast<float>(rate) * options_.weight_decay
                            : 0.0f;
    if (is_sgd) {
      StepSgd(&slot, static_cast<float>(rate));
    } else {
      StepAdam(&slot, static_cast<float>(rate * correction), decay);
    }
    slot.parameter->gradient.Fill(0.0f);
  }
  return norm;
}

void Optimizer::AddL2Gradients() {
  for (Slot& slot : slots_) {
    const float twice = 2.0f * slot.parameter->l2;
    if (twice == 0.0f) continue;
    const Tensor& value = slot.parameter->value;
    Tensor& gradient = slot.parameter->gradient;
    Kernels().vector->add_scaled(value.data(), twice, value.size(), gradient.data());
  }
}

double Optimizer::ClipGradients() {
  double squares = 0.0;
  for (const Slot& slot : slots_) {
    const Tensor& gradient = slot.parameter->gradient;
    squares += Kernels().vector->sum_of_squares(gradient.data(), gradient.size());
  }
  const double norm = std::sqrt(squares);
  if (options_.clip_norm > 0.0f && norm > static_cast<double>(options_.clip_norm)) {
    const float scale = static_cast<float>(static_cast<double>(options_.clip_norm) / norm);
    for (Slot& slot : slots_) {
      Tensor& gradient = slot.parameter->gradient;
      for (int64_t i = 0; i < gradient.size(); ++i) gradient[i] *= scale;
    }
  }
  return norm;
}

void Optimizer::StepSgd(Slot* slot, float rate) const {
  const float* gradient = slot->parameter->gradient.data();
  float* value = slot->parameter->value.data();
  float* velocity = slot->first.data();
  const float momentum = options_.momentum;
  for (int64_t i = 0; i < slot->first.size(); ++i) {
    velocity[i] = momentum * velocity[i] - rate * gradient[i];
    value[i] += velocity[i];
  }
}

void Optimizer::StepAdam(Slot* slot, float rate, float decay) const {
  const float* gradient = slot->parameter->gradient.data();
  float* value = slot->parameter->value.data();
  float* mean = slot->first.data();
  float* square = slot->second.data();
  const AdamStep step{1.0f - options_.beta1, 1.0f - options_.beta2, rate, options_.epsilon, decay};
  ParallelForBlocks(slot->first.size(), kElementsPerTask, [=](int64_t begin, int64_t end) {
    Kernels().vector->adam(step, gradient + begin, end - begin, mean + begin, square + begin,
                           value + begin);
  });
}

}  // namespace demd
