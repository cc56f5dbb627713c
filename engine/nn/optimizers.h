#ifndef DEMD_ENGINE_NN_OPTIMIZERS_H_
#define DEMD_ENGINE_NN_OPTIMIZERS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/nn/layers.h"

namespace demd {

/// Which optimiser, with Keras' defaults.
struct OptimizerOptions {
  enum class Kind {
    kSgd,    ///< v = momentum v - rate g; w += v
    kAdam,   ///< Kingma and Ba, arXiv:1412.6980, with the bias corrections in the rate
    kAdamW,  ///< kAdam, and w -= rate * weight_decay * w: Loshchilov and Hutter, arXiv:1711.05101
  };

  Kind kind = Kind::kAdam;
  float momentum = 0.0f;      ///< kSgd
  float beta1 = 0.9f;         ///< kAdam, kAdamW
  float beta2 = 0.999f;       ///< kAdam, kAdamW
  float epsilon = 1e-7f;      ///< kAdam, kAdamW
  float weight_decay = 0.0f;  ///< kAdamW
  float clip_norm = 0.0f;     ///< gradients are scaled down to this global norm; 0: never
};

/// Changes the trainable parameters along their gradients, to which it adds those of the L2 terms.
class Optimizer {
 public:
  /// The parameters must outlive the optimiser; those frozen now stay out.
  Optimizer(const ParameterList& parameters, const OptimizerOptions& options);
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// One step with the gradients of the last Tape::Backward, which are zeros afterwards: a
  /// parameter that the next Backward does not meet has none. Returns the global norm of the
  /// gradients before clipping, infinity where a square of it would not be a float. Where it is not
  /// finite no weight changes.
  double Step(double learning_rate);

  int64_t steps_done() const { return steps_done_; }
  void set_steps_done(int64_t steps) { steps_done_ = steps; }

  /// The optimiser's memory, named "<parameter>/<slot>", to be saved and restored.
  const std::vector<std::pair<std::string, Tensor*>>& state() const { return state_; }

 private:
  struct Slot {
    Parameter* parameter;
    Tensor first;   // velocity, or mean of the gradient
    Tensor second;  // mean of its square
  };

  void AddL2Gradients();
  double ClipGradients();
  void StepSgd(Slot* slot, float rate) const;
  void StepAdam(Slot* slot, float rate, float decay) const;

  OptimizerOptions options_;
  std::vector<Slot> slots_;
  std::vector<std::pair<std::string, Tensor*>> state_;
  int64_t steps_done_ = 0;
};

}  // namespace demd

#endif  // DEMD_ENGINE_NN_OPTIMIZERS_H_
