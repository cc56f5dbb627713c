#ifndef DEMD_ENGINE_OPS_DENSE_H_
#define DEMD_ENGINE_OPS_DENSE_H_

#include "engine/autograd.h"

namespace demd {

/// Fully connected layer: y[r][o] = b[o] + sum_i x[r][i] w[i][o].
///
/// x: [rows, n_in]   w: [n_in, n_out]   b: [n_out]   y: [rows, n_out]
/// Errors: UsageError, with both shapes, when they do not fit.
Var Dense(Var x, Var w, Var b);

/// Matrix product without a bias: [rows, n_in] x [n_in, n_out].
Var MatMul(Var x, Var w);

}  // namespace demd

#endif  // DEMD_ENGINE_OPS_DENSE_H_
