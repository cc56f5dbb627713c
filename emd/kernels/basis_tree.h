#ifndef DEMD_EMD_KERNELS_BASIS_TREE_H_
#define DEMD_EMD_KERNELS_BASIS_TREE_H_

// Part of the kernel: see the remark on linkage in simplex_kernel.h.

#include <cstdint>

#include "emd/kernels/transport_kernel.h"

namespace demd {
namespace {

// A set of nodes.
template <int kWords>
struct NodeSet {
  uint64_t word[kWords];

  bool Has(int32_t k) const {
    return kWords == 1 ? (word[0] >> k) & 1 : (word[k >> 6] >> (k & 63)) & 1;
  }
};

// The spanning tree of a basis, in the arrays of the workspace.
template <int kWords>
class BasisTree {
 public:
  using Set = NodeSet<kWords>;

  explicit BasisTree(KernelWorkspace* workspace) : w_(*workspace) {}

  Set Subtree(int32_t node) const {
    Set set;
    for (int k = 0; k < kWords; ++k) set.word[k] = w_.subtree[node * kWords + k];
    return set;
  }

  void MakeLeaf(int32_t node) {
    for (int k = 0; k < kWords; ++k) {
      const int32_t bit = node - 64 * k;
      w_.subtree[node * kWords + k] = bit >= 0 && bit < 64 ? uint64_t{1} << bit : 0;
    }
  }

  // Hangs a finished subtree under a node that is not yet attached itself.
  void Attach(int32_t child, int32_t parent, int64_t flow) {
    w_.parent[child] = parent;
    w_.flow[child] = flow;
    Add(parent, Subtree(child));
  }

  // Brings the arc (source, sink) into the basis. Returns the nodes that change their side of the
  // cut, and tells whether they are the sink's.
  Set Pivot(int32_t source, int32_t sink, bool* sink_side) {
    // Along the cycle the flow falls on the arcs above path nodes of even position.
    Path path[2];
    Climb(source, sink, &path[0]);
    Climb(sink, source, &path[1]);
    const int32_t side = path[1].least_flow < path[0].least_flow ? 1 : 0;
    const Path& leaving = path[side];
    const Path& other = path[1 - side];
    const int64_t theta = leaving.least_flow;
    const Set moved = Subtree(leaving.node[leaving.least_at]);
    for (int32_t k = 0; k < other.length; ++k) {
      Add(other.node[k], moved);
      w_.flow[other.node[k]] += k & 1 ? theta : -theta;
    }
    for (int32_t k = leaving.least_at + 1; k < leaving.length; ++k) {
      Remove(leaving.node[k], moved);
      w_.flow[leaving.node[k]] += k & 1 ? theta : -theta;
    }
    // Below the leaving arc the path turns upside down, each arc changing hands.
    for (int32_t k = leaving.least_at; k > 0; --k) {
      const int32_t node = leaving.node[k];
      const int32_t below = leaving.node[k - 1];
      w_.parent[node] = below;
      w_.flow[node] = w_.flow[below] + (k & 1 ? -theta : theta);
      for (int word = 0; word < kWords; ++word) {
        w_.subtree[node * kWords + word] = moved.word[word] & ~w_.subtree[below * kWords + word];
      }
    }
    const int32_t top = leaving.node[0];
    for (int word = 0; word < kWords; ++word) w_.subtree[top * kWords + word] = moved.word[word];
    w_.parent[top] = side == 0 ? sink : source;
    w_.flow[top] = theta;
    *sink_side = side == 1;
    return moved;
  }

 private:
  // The nodes from one end of the entering arc up to below the common ancestor, and the arc of
  // least flow among those that lose.
  struct Path {
    int32_t node[kMaxTransportNodes];
    int32_t length;
    int32_t least_at;
    int64_t least_flow;
  };

  void Climb(int32_t from, int32_t until_above, Path* path) const {
    int32_t length = 0;
    int32_t least_at = 0;
    int64_t least = INT64_MAX;
    for (int32_t k = from; !Subtree(k).Has(until_above); k = w_.parent[k]) {
      path->node[length] = k;
      const int64_t flow = length & 1 ? INT64_MAX : w_.flow[k];
      least_at = flow < least ? length : least_at;
      least = flow < least ? flow : least;
      ++length;
    }
    path->length = length;
    path->least_at = least_at;
    path->least_flow = least;
  }

  void Add(int32_t node, const Set& set) {
    for (int k = 0; k < kWords; ++k) w_.subtree[node * kWords + k] |= set.word[k];
  }

  void Remove(int32_t node, const Set& set) {
    for (int k = 0; k < kWords; ++k) w_.subtree[node * kWords + k] &= ~set.word[k];
  }

  KernelWorkspace& w_;
};

}  // namespace
}  // namespace demd

#endif  // DEMD_EMD_KERNELS_BASIS_TREE_H_
