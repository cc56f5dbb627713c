#ifndef DEMD_ENGINE_OPS_BATCH_NORM_H_
#define DEMD_ENGINE_OPS_BATCH_NORM_H_

#include "engine/autograd.h"

namespace demd {

/// Constants of batch normalisation, with Keras' defaults.
struct BatchNormOptions {
  float epsilon = 1e-3f;
  float momentum = 0.99f;
};

/// Batch normalisation over all axes but the last (the channels).
///
///   y = gamma (x - mean) / sqrt(variance + epsilon) + beta
///
/// While the tape is training, mean and (biased) variance are those of the batch, and the running
/// ones move: running = momentum * running + (1 - momentum) * batch. Otherwise, and always where
/// gamma is frozen (needs no gradient), the running ones are used, as in Keras.
///
/// With `relu`, max(y, 0) in the same pass over memory: the bits of Relu(BatchNorm(...)).
///
/// x: [..., channels]   gamma, beta: [channels]   running_mean, running_variance: [channels]
/// Errors: UsageError, with the shapes, when they do not fit.
/// Source: Ioffe and Szegedy, arXiv:1502.03167, algorithm 1.
Var BatchNorm(Var x, Var gamma, Var beta, Tensor* running_mean, Tensor* running_variance,
              const BatchNormOptions& options, bool relu = false);

}  // namespace demd

#endif  // DEMD_ENGINE_OPS_BATCH_NORM_H_
