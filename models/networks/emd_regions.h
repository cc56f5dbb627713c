#ifndef DEMD_MODELS_NETWORKS_EMD_REGIONS_H_
#define DEMD_MODELS_NETWORKS_EMD_REGIONS_H_

#include <cstdint>

#include "engine/tensor.h"

namespace demd {

/// Random regions of the wafer with soft edges, as columns of weights on the 48 cells:
///
///   w[i][k] = clamp(s(centre of cell i) / width, -1, 1)
///
/// s is the signed distance to a line, to a small circle or to a large circle, a third each; the
/// edges are 0.2 to 2 cell pitches wide. For a difference d of two wafers of equal sums,
/// |sum_i w[i][k] d[i]| is the net charge that has to cross the edge, and `width` times it is a
/// lower bound of their earth mover's distance, since width * w is 1-Lipschitz.
///
/// Result: [48, count]; a function of seed and count alone.
Tensor RandomRegions(int64_t count, uint64_t seed);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_EMD_REGIONS_H_
