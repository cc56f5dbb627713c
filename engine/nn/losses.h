#ifndef DEMD_ENGINE_NN_LOSSES_H_
#define DEMD_ENGINE_NN_LOSSES_H_

#include "engine/autograd.h"

namespace demd {

// Means over all elements of prediction and target, which have the same shape: a value of shape [].
// Errors: UsageError, with both shapes, when they do not.

/// Mean of (p - t)^2.
Var MeanSquaredError(Var prediction, Var target);
/// Mean of |p - t|.
Var MeanAbsoluteError(Var prediction, Var target);
/// Mean of d^2 / 2 for d = |p - t| <= delta, delta (d - delta / 2) beyond.
Var HuberLoss(Var prediction, Var target, float delta = 1.0f);
/// Mean of (log(1 + max(p, 0)) - log(1 + max(t, 0)))^2.
Var MeanSquaredLogError(Var prediction, Var target);

}  // namespace demd

#endif  // DEMD_ENGINE_NN_LOSSES_H_
