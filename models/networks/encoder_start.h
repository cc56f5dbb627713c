#ifndef DEMD_MODELS_NETWORKS_ENCODER_START_H_
#define DEMD_MODELS_NETWORKS_ENCODER_START_H_

#include "engine/tensor.h"

namespace demd {

/// First weights of the encoder as 16 overlapping local sums: code j adds up all cells i with
/// weights exp(-d(i, j)^2 / (2 s^2)), where d is the distance of cell i from one of 16 centres
/// spread evenly over the module and s = 2 cell pitches. So every code is alive, positive and of a
/// good size for its format, neighbouring codes together tell where charge is, and training begins
/// near what the super trigger cells know.
///
/// Four convolution filters take one pixel of a 2x2 block each, one takes their sum. Of a block's
/// weights the least goes to the sum, and the pixels get what theirs are more: the ASIC truncates
/// each filter's result, and the truncation of a pixel then counts only as much as the pixel
/// differs from its neighbours. Three more filters add pairs, at first unused: like all that no
/// cell reaches they keep a share of the weights they had.
///
/// conv_kernel: [3, 3, 1, 8]; dense_kernel: [128, 16]
void SetLocalSums(Tensor* conv_kernel, Tensor* dense_kernel);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_ENCODER_START_H_
