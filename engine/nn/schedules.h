#ifndef DEMD_ENGINE_NN_SCHEDULES_H_
#define DEMD_ENGINE_NN_SCHEDULES_H_

#include <cstdint>

namespace demd {

/// Learning rate as a function of the step (number of optimiser steps already done).
struct Schedule {
  enum class Kind {
    kConstant,
    kStep,    ///< multiplied by `factor` every `step_length` steps
    kCosine,  ///< half a cosine from `rate` at the end of the warm-up to 0 at `total_steps`
  };

  Kind kind = Kind::kConstant;
  double rate = 1e-3;
  int64_t warm_up_steps = 0;  ///< linear rise to `rate` over the first steps, for every kind
  int64_t total_steps = 0;    ///< kCosine
  int64_t step_length = 1;    ///< kStep
  double factor = 0.1;        ///< kStep

  double At(int64_t step) const;
};

}  // namespace demd

#endif  // DEMD_ENGINE_NN_SCHEDULES_H_
