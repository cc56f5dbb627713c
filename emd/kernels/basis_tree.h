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
    int32_t path[2][kMaxTransportNodes];  // from either end up to below the common ancestor
    const int32_t length[2] = {Climb(source, sink, path[0]), Climb(sink, source, path[1])};
    // Along the cycle the flow falls on the arcs above path nodes of even position.
    int64_t theta = INT64_MAX;
    int32_t leaving_side = 0;
    int32_t leaving_position = 0;
    for (int32_t side = 0; side < 2; ++side) {
      for (int32_t k = 0; k < length[side]; k += 2) {
        const int64_t flow = w_.flow[path[side][k]];
        if (flow < theta) {
          theta = flow;
          leaving_side = side;
          leaving_position = k;
        }
      }
    }
    for (int32_t side = 0; side < 2; ++side) {
      for (int32_t k = 0; k < length[side]; ++k) {
        w_.flow[path[side][k]] += (k & 1) ? theta : -theta;
      }
    }
    const int32_t other = 1 - leaving_side;
    const Set moved = Subtree(path[leaving_side][leaving_position]);
    for (int32_t k = 0; k < length[other]; ++k) Add(path[other][k], moved);
    for (int32_t k = leaving_position + 1; k < length[leaving_side]; ++k) {
      Remove(path[leaving_side][k], moved);
    }
    Reverse(path[leaving_side], leaving_position, moved);
    const int32_t top = path[leaving_side][0];
    w_.parent[top] = leaving_side == 0 ? sink : source;
    w_.flow[top] = theta;
    *sink_side = leaving_side == 1;
    return moved;
  }

 private:
  int32_t Climb(int32_t from, int32_t until_above, int32_t* path) const {
    int32_t length = 0;
    for (int32_t k = from; !Subtree(k).Has(until_above); k = w_.parent[k]) path[length++] = k;
    return length;
  }

  void Add(int32_t node, const Set& set) {
    for (int k = 0; k < kWords; ++k) w_.subtree[node * kWords + k] |= set.word[k];
  }

  void Remove(int32_t node, const Set& set) {
    for (int k = 0; k < kWords; ++k) w_.subtree[node * kWords + k] &= ~set.word[k];
  }

  // Turns the path path[0..last] upside down: path[0] becomes the top of the set `moved`.
  void Reverse(const int32_t* path, int32_t last, const Set& moved) {
    for (int32_t k = last; k > 0; --k) {
      const int32_t node = path[k];
      const int32_t below = path[k - 1];
      w_.parent[node] = below;
      w_.flow[node] = w_.flow[below];
      for (int word = 0; word < kWords; ++word) {
        w_.subtree[node * kWords + word] = moved.word[word] & ~w_.subtree[below * kWords + word];
      }
    }
    for (int word = 0; word < kWords; ++word) {
      w_.subtree[path[0] * kWords + word] = moved.word[word];
    }
  }

  KernelWorkspace& w_;
};

}  // namespace
}  // namespace demd

#endif  // DEMD_EMD_KERNELS_BASIS_TREE_H_
