#ifndef DEMD_EMD_LARGE_TRANSPORT_LADDER_H_
#define DEMD_EMD_LARGE_TRANSPORT_LADDER_H_

#include <cstdint>
#include <memory>

#include "emd/large_transport/arcs.h"
#include "emd/large_transport/plane.h"
#include "emd/large_transport/solver.h"
#include "emd/large_transport/tree.h"

namespace demd {
namespace large {

/// Solves the problem between points in plane order, with masses > 0 of equal totals, level by
/// level. Returns the optimal tree, or null if the bound on pivots was hit. REQUIRES: at least as
/// many sources as sinks, which is faster.
std::unique_ptr<Tree> SolveOnPlane(PlaneSide sources, PlaneSide sinks, double p, double scale,
                                   LargeTransportEffort* effort);

/// The same for any costs, on one level. masses: [arcs.n()], [arcs.m()]
std::unique_ptr<Tree> SolveOnOneLevel(const ArcSearch& arcs, const int64_t* source_mass,
                                      const int64_t* sink_mass, LargeTransportEffort* effort);

}  // namespace large
}  // namespace demd

#endif  // DEMD_EMD_LARGE_TRANSPORT_LADDER_H_
