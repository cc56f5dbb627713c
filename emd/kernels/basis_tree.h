#ifndef DEMD_EMD_KERNELS_BASIS_TREE_H_
#define DEMD_EMD_KERNELS_BASIS_TREE_H_

// Part of the kernel: see the remark on linkage in simplex_kernel.h.

#include <cstdint>

#include "emd/kernels/lanes.h"
#include "emd/kernels/transport_kernel.h"

namespace demd {
namespace {

// The spanning tree of a basis, without a root. Taking an arc away leaves two parts; the arc's side
// is the one that holds its source. For every node the workspace keeps the set of arcs on whose
// side it is,
//
//   sides[k], bit e = node k lies on the side of arc e,
//
// so that the cycle which an entering arc (s, t) closes is sides[s] ^ sides[t]: the arcs that
// separate its ends. The flow falls on those with s on their side, and rises on the others. The
// entering arc takes the number of the leaving one, whose parts it joins again. Other arcs of the
// cycle change sides by one of these parts: it has moved to their other end.
template <int kWords>
class BasisTree {
 public:
  explicit BasisTree(KernelWorkspace* workspace)
      : w_(*workspace), n_nodes_(workspace->n_sources + workspace->n_sinks) {}

  // From the arcs in the order leaves first, child[e] being the end of arc e that is away from the
  // last one to be attached; sink_children: the arcs whose child is a sink. Lanes beyond the last
  // node go with the root, whose potentials stay zero.
  void MakeSides(const uint64_t* sink_children) {
    const int32_t last = n_nodes_ - 2;
    w_.root = Parent(last);
    for (int word = 0; word < kWords; ++word) {
      uint64_t* sides = w_.sides + word * kPotentials;
      sides[w_.root] = sink_children[word];
      for (int32_t k = n_nodes_; k < n_nodes_ + kLanes; ++k) sides[k] = sink_children[word];
      for (int32_t e = last; e >= 0; --e) {
        const uint64_t bit = e >> 6 == word ? uint64_t{1} << (e & 63) : 0;
        sides[w_.child[e]] = sides[Parent(e)] ^ bit;
      }
    }
  }

  // The end of arc e of the first basis that is not its child.
  int32_t Parent(int32_t e) const {
    return w_.arc_sink[e] + w_.n_sinks + w_.arc_source[e] - w_.child[e];
  }

  // Brings the arc (source, sink) into the basis, and its reduced costs to zero.
  void Pivot(int32_t source, int32_t sink, int32_t coarse, int64_t exact) {
    Cycle cycle;
    const int32_t leaving = FindLeaving(w_.n_sinks + source, sink, &cycle);
    const int64_t theta = w_.flow[leaving];
    SideChange change[kWords];
    ShiftFlow(leaving, theta, cycle, change);
    w_.arc_source[leaving] = source;
    w_.arc_sink[leaving] = sink;
    w_.flow[leaving] = theta;
    const int word = kWords == 1 ? 0 : leaving >> 6;
    for (int other = 0; other < kWords; ++other) {
      if (other != word) ChangeSides(w_.sides, word, leaving & 63, n_nodes_, change[other], other);
    }
    // The part without the root moves: up if it is the source's.
    const uint64_t* sides = w_.sides + word * kPotentials;
    const uint64_t with_root = sides[w_.root] >> (leaving & 63) & 1;
    const int32_t sign = with_root != 0 ? -1 : 1;
    AddToSide(sides, leaving & 63, ~with_root + 1, n_nodes_, {sign * coarse, sign * exact},
              w_.potential, w_.exact_potential);
    ChangeSides(w_.sides, word, leaving & 63, n_nodes_, change[word], word);
  }

 private:
  // Arcs whose flow falls and rises.
  struct Cycle {
    uint64_t falling[kWords];
    uint64_t rising[kWords];
  };

  int32_t FindLeaving(int32_t source_node, int32_t sink_node, Cycle* cycle) const {
    int32_t leaving = 0;
    int64_t least = INT64_MAX;
    for (int word = 0; word < kWords; ++word) {
      const uint64_t s = w_.sides[word * kPotentials + source_node];
      const uint64_t t = w_.sides[word * kPotentials + sink_node];
      cycle->falling[word] = s & ~t;
      cycle->rising[word] = t & ~s;
      for (uint64_t rest = s & ~t; rest != 0; rest &= rest - 1) {
        const int32_t e = 64 * word + __builtin_ctzll(rest);
        const int64_t flow = w_.flow[e];
        leaving = flow < least ? e : leaving;
        least = flow < least ? flow : least;
      }
    }
    return leaving;
  }

  // Also tells how the sides of the cycle's arcs change: `inside` for nodes on the side of the
  // leaving arc, `outside` for the others.
  void ShiftFlow(int32_t leaving, int64_t theta, const Cycle& cycle, SideChange* change) {
    const uint64_t* leaving_sides = w_.sides + (leaving >> 6) * (kWords - 1) * kPotentials;
    for (int word = 0; word < kWords; ++word) {
      uint64_t arcs = cycle.falling[word] | cycle.rising[word];
      if (leaving >> 6 == word) arcs &= ~(uint64_t{1} << (leaving & 63));
      uint64_t near = 0;
      for (uint64_t rest = arcs; rest != 0; rest &= rest - 1) {
        const uint64_t bit = rest & (~rest + 1);
        const int32_t e = 64 * word + __builtin_ctzll(rest);
        w_.flow[e] += (cycle.falling[word] & bit) != 0 ? -theta : theta;
        const uint64_t is_near = leaving_sides[w_.n_sinks + w_.arc_source[e]] >> (leaving & 63) & 1;
        near |= bit & (~is_near + 1);
      }
      change[word] = {arcs & ~near, near};
    }
  }

  KernelWorkspace& w_;
  int32_t n_nodes_;
};

}  // namespace
}  // namespace demd

#endif  // DEMD_EMD_KERNELS_BASIS_TREE_H_
