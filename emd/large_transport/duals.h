#ifndef DEMD_EMD_LARGE_TRANSPORT_DUALS_H_
#define DEMD_EMD_LARGE_TRANSPORT_DUALS_H_

#include <cstdint>
#include <vector>

#include "emd/large_transport/costs.h"
#include "emd/large_transport/plane.h"

namespace demd {
namespace large {

/// Some cells of one side of a problem.
struct Cells {
  bool are_sinks;
  std::vector<int32_t> number;
};

/// The points of cells in plane order, which `cells` is brought to, with masses (by cell number) or
/// ones. REQUIRES: costs of points.
PlaneSide PlaneSideOf(const TransportCosts& costs, const int64_t* masses, Cells* cells);

/// Duals of cells that neither send nor receive, in units of the grid. In: the duals of the cells
/// that do, whose numbers are given. Out: the largest duals that those allow; see
/// LargeTransportSolver. f: [n], g: [m]
void ExtendDuals(const TransportCosts& costs, double scale,
                 const std::vector<int32_t>& active_sources,
                 const std::vector<int32_t>& active_sinks, std::vector<double>* f,
                 std::vector<double>* g);

}  // namespace large
}  // namespace demd

#endif  // DEMD_EMD_LARGE_TRANSPORT_DUALS_H_
