#ifndef DEMD_EMD_LARGE_TRANSPORT_BASIS_H_
#define DEMD_EMD_LARGE_TRANSPORT_BASIS_H_

#include <cstdint>
#include <vector>

#include "emd/large_transport/arcs.h"
#include "emd/large_transport/tree.h"

namespace demd {
namespace large {

/// How nodes of a fine problem lie in those of a coarse one: fine source i in coarse source
/// i >> source_shift, fine sink j in coarse sink j >> sink_shift.
struct Refinement {
  int source_shift;
  int sink_shift;
};

/// A basis of the problem `fine` whose flows add up to those of the tree of a coarse one: what an
/// arc of the coarse tree carries is handed from the fine sources in its source to the fine sinks
/// in its sink, a node that has some left over to the nearest that has. Strongly feasible for the
/// root sink 0.
///
/// source_mass: [fine.n()], sink_mass: [fine.m()], all > 0, adding up to the coarse masses.
std::vector<BasisArc> RefineBasis(const Tree& coarse, Refinement refinement, const ArcSearch& fine,
                                  const int64_t* source_mass, const int64_t* sink_mass);

/// The same from nothing, as if from a coarse problem of one source and one sink.
std::vector<BasisArc> FirstBasis(const ArcSearch& problem, const int64_t* source_mass,
                                 const int64_t* sink_mass);

}  // namespace large
}  // namespace demd

#endif  // DEMD_EMD_LARGE_TRANSPORT_BASIS_H_
