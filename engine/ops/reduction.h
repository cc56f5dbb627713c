#ifndef DEMD_ENGINE_OPS_REDUCTION_H_
#define DEMD_ENGINE_OPS_REDUCTION_H_

#include "engine/autograd.h"

namespace demd {

// Sums are taken in double precision in one fixed order and rounded to float once.

/// Sum of all elements: a value of shape [].
Var Sum(Var x);

/// Mean of all elements: a value of shape []. REQUIRES: at least one element.
Var Mean(Var x);

/// Sum over the last axis, which is kept: [..., m] -> [..., 1].
Var SumColumns(Var x);

/// x divided by its sum over the last axis: [..., m], positive sums. The gradient includes the
/// normalisation: d_x = (d_y - sum(d_y y)) / sum(x).
Var NormalizeColumns(Var x);

/// e^x / sum(e^x) over the last axis.
Var Softmax(Var x);

}  // namespace demd

#endif  // DEMD_ENGINE_OPS_REDUCTION_H_
