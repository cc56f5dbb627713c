#ifndef DEMD_MODELS_NETWORKS_TELESCOPE_H_
#define DEMD_MODELS_NETWORKS_TELESCOPE_H_

#include <array>
#include <cstdint>

#include "engine/autograd.h"

namespace demd {

/// A group of four trigger cells that the telescope loss compares as one, and its weight.
struct TelescopeGroup {
  std::array<int32_t, 4> cells;
  float weight;
};

/// The 36 overlapping 2x2 groups: a perfect tiling of each rhombus, the tilings shifted right, down
/// and both, and groups across the seams. Source: the repository rohanshenoy/Ecoder.
inline constexpr int kTelescopeGroups = 36;
const std::array<TelescopeGroup, kTelescopeGroups>& TelescopeGroups();

/// Mean over wafers and cells of (t - p)^2 max(t, p).
/// prediction, target: [n, 48]; result: [].
Var WeightedMeanSquaredError(Var prediction, Var target);

/// Telescope loss: 4 L48 + 2 L36 + L3, each the mean of (t - p)^2 max(t, p), over the 48 cells, the
/// 36 groups (weighted) and the 3 rhombi.
/// prediction, target: [n, 48]; result: [].
/// Source: Di Guglielmo et al., arXiv:2105.01683, section II; code as above.
Var TelescopeLoss(Var prediction, Var target);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_TELESCOPE_H_
