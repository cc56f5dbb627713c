#ifndef DEMD_ENGINE_OPS_CONVOLUTION_H_
#define DEMD_ENGINE_OPS_CONVOLUTION_H_

#include "engine/autograd.h"
#include "engine/ops/convolution_plan.h"

namespace demd {

/// 2-D convolution (cross-correlation) with TensorFlow's padding.
///
///   y[n][r][c][o] = b[o] + sum over i, j, k of x[n][r s + i - pad][c s + j - pad][k] w[i][j][k][o]
///
/// x: [n, height, width, in]   w: [k_h, k_w, in, out]   b: [out]
/// y: [n, ceil(height / stride), ceil(width / stride), out] for kSame,
///    [n, (height - k_h) / stride + 1, ..., out] for kValid
/// Errors: UsageError, with the shapes, when they do not fit.
Var Conv2d(Var x, Var w, Var b, int64_t stride, Padding padding);

/// Transposed 2-D convolution (Keras' Conv2DTranspose): the gradient of Conv2d with respect to its
/// input, used forward.
///
/// x: [n, height, width, in]   w: [k_h, k_w, out, in]   b: [out]
/// y: [n, height * stride, width * stride, out] for kSame,
///    [n, (height - 1) * stride + k_h, ..., out] for kValid
/// Errors: UsageError, with the shapes, when they do not fit.
Var Conv2dTranspose(Var x, Var w, Var b, int64_t stride, Padding padding);

/// Convolution over pixels in any arrangement, for example on a hexagonal lattice.
///
///   y[n][p][o] = b[o] + sum over taps t that meet a pixel q, and k, of x[n][q][k] w[t][k][o]
///
/// x: [n, pixels, in]   w: [taps, in, out]   b: [out]   y: [n, pixels, out]
/// plan: of a Neighbourhood; must outlive the tape's use.
/// Errors: UsageError, with the shapes, when they do not fit.
Var NeighbourConvolution(Var x, Var w, Var b, const ConvolutionPlan& plan);

}  // namespace demd

#endif  // DEMD_ENGINE_OPS_CONVOLUTION_H_
