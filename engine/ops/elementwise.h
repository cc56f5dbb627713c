#ifndef DEMD_ENGINE_OPS_ELEMENTWISE_H_
#define DEMD_ENGINE_OPS_ELEMENTWISE_H_

#include "engine/autograd.h"

namespace demd {

// One value in, one value out, same shape.

/// max(x, 0); gradient 0 at x = 0.
Var Relu(Var x);
/// 1 / (1 + e^-x).
Var Sigmoid(Var x);
/// e^x.
Var Exp(Var x);
/// Natural logarithm; gradient 1 / x.
Var Log(Var x);
/// log(1 + x).
Var Log1p(Var x);
/// Square root; gradient 1 / (2 sqrt x).
Var Sqrt(Var x);
Var Square(Var x);
/// |x|; gradient 0 at x = 0.
Var Abs(Var x);
/// scale * x + offset.
Var Affine(Var x, float scale, float offset);

// Two values in, broadcast as in NumPy: axes are aligned at the last one, and an extent of 1 (or a
// missing axis) is repeated. Errors: UsageError, with both shapes, when they do not fit.

Var Add(Var a, Var b);
Var Subtract(Var a, Var b);
Var Multiply(Var a, Var b);
Var Divide(Var a, Var b);
/// Larger of the two; where equal the gradient goes to a.
Var Maximum(Var a, Var b);

}  // namespace demd

#endif  // DEMD_ENGINE_OPS_ELEMENTWISE_H_
