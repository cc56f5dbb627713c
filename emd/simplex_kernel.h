#ifndef DEMD_EMD_SIMPLEX_KERNEL_H_
#define DEMD_EMD_SIMPLEX_KERNEL_H_

// The network simplex method for small transport problems. This file is compiled once for every
// instruction set; everything in it has internal linkage and it calls no function of the standard
// library, so that no code for one machine can be linked into another's path.
//
// Phase 1 works on costs rounded to 24 bits, in int32: every quantity is exact, so each pivot
// strictly lowers an integer objective and the phase ends. Phase 2 starts from the basis found and
// repeats the test for optimality on costs of 50 bits, as integers carried in double; it usually
// finds nothing to do, and its sums are the dual potentials of the result.

#include <cstdint>

#include "emd/transport_kernel.h"

namespace demd {
namespace {

constexpr int32_t kPaddingCost = 1 << 30;  // above any sum of coarse costs along a path
constexpr int32_t kPivotLimit = 1000000;

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

template <int kWords>
class Simplex {
 public:
  Simplex(const TransportTables& tables, int32_t n_source_cells, KernelWorkspace* workspace)
      : exact_transposed_(tables.exact_transposed.data()),
        padded_source_cells_((n_source_cells + 7) / 8 * 8),
        n_(workspace->n_sources),
        m_(workspace->n_sinks),
        stride_((workspace->n_sinks + 15) / 16 * 16),
        w_(*workspace),
        tree_(workspace) {
    GatherCosts(tables.coarse.data());
  }

  bool Solve() {
    FirstBasis();
    CoarsePotentials();
    return CoarsePhase() && ExactPhase();
  }

 private:
  const int32_t* CostRow(int32_t source) const { return w_.cost + source * stride_; }

  double ExactCost(int32_t source, int32_t sink) const {
    return exact_transposed_[w_.sink_cell[sink] * kTableStride + w_.source_cell[source]];
  }

  // cost: [n][stride_], only the cells that take part.
  void GatherCosts(const int32_t* coarse) {
    for (int32_t i = 0; i < n_; ++i) {
      const int32_t* row = coarse + w_.source_cell[i] * kTableStride;
      int32_t* out = w_.cost + i * stride_;
      for (int32_t j = 0; j < m_; ++j) out[j] = row[w_.sink_cell[j]];
      for (int32_t j = m_; j < stride_; ++j) out[j] = kPaddingCost;
    }
  }

  // Each source in turn sends to the nearest sinks that still lack mass. An allocation exhausts
  // exactly one end, which becomes a finished child of the other.
  void FirstBasis() {
    int32_t open[kMaxTransportCells];
    int32_t n_open = m_;
    int32_t n_attached = 0;
    for (int32_t k = 0; k < n_ + m_; ++k) tree_.MakeLeaf(k);
    for (int32_t j = 0; j < m_; ++j) open[j] = j;
    for (int32_t i = 0; i < n_; ++i) {
      const int32_t source = m_ + i;
      const int32_t* row = CostRow(i);
      for (;;) {
        int32_t at = 0;
        for (int32_t k = 1; k < n_open; ++k) at = row[open[k]] < row[open[at]] ? k : at;
        const int32_t sink = open[at];
        if (w_.mass[source] < w_.mass[sink]) {
          w_.mass[sink] -= w_.mass[source];
          tree_.Attach(source, sink, w_.mass[source]);
          w_.attach_order[n_attached++] = source;
          break;
        }
        if (w_.mass[source] == w_.mass[sink]) {  // everything is allocated: the source is the root
          tree_.Attach(sink, source, w_.mass[sink]);
          w_.attach_order[n_attached++] = sink;
          w_.parent[source] = -1;
          w_.flow[source] = 0;
          w_.attach_order[n_attached] = source;
          return;
        }
        w_.mass[source] -= w_.mass[sink];
        tree_.Attach(sink, source, w_.mass[sink]);
        w_.attach_order[n_attached++] = sink;
        open[at] = open[--n_open];
      }
    }
  }

  void CoarsePotentials() {
    for (int32_t k = 0; k < stride_ || k < n_ + m_; ++k) w_.potential[k] = 0;
    for (int32_t k = n_ + m_ - 2; k >= 0; --k) {
      const int32_t node = w_.attach_order[k];
      const int32_t parent = w_.parent[node];
      w_.potential[node] = node < m_ ? w_.potential[parent] - CostRow(parent - m_)[node]
                                     : w_.potential[parent] + CostRow(node - m_)[parent];
    }
  }

  // Two pivots per pass over all arcs: the arcs of lowest reduced cost of the best two columns.
  bool CoarsePhase() {
    for (w_.coarse_pivots = 0; w_.coarse_pivots < kPivotLimit;) {
      ColumnMinima();
      const int32_t first = LowestColumn();
      if (w_.column_min[first] >= 0) return true;
      const int32_t first_source = SourceOfMinimum(first);
      w_.column_min[first] = 0;
      const int32_t second = LowestColumn();
      const int32_t second_source = w_.column_min[second] < 0 ? SourceOfMinimum(second) : -1;
      CoarsePivot(first_source, first);
      if (second_source >= 0 && ReducedCost(second_source, second) < 0) {
        CoarsePivot(second_source, second);
      }
    }
    return false;
  }

  // column_min[j] = min over sources i of the reduced cost of (i, j), j < m. Padding stays
  // positive.
  void ColumnMinima() {
    int32_t* best = w_.column_min;
    for (int32_t j = 0; j < stride_; ++j) best[j] = INT32_MAX;
    for (int32_t i = 0; i < n_; ++i) {
      const int32_t* row = CostRow(i);
      const int32_t potential = w_.potential[m_ + i];
      for (int32_t j = 0; j < stride_; ++j) {
        const int32_t r = row[j] - potential;
        best[j] = r < best[j] ? r : best[j];
      }
    }
    for (int32_t j = 0; j < m_; ++j) best[j] += w_.potential[j];
  }

  int32_t LowestColumn() const {
    int32_t lowest = 0;
    for (int32_t j = 1; j < m_; ++j) {
      lowest = w_.column_min[j] < w_.column_min[lowest] ? j : lowest;
    }
    return lowest;
  }

  int32_t ReducedCost(int32_t source, int32_t sink) const {
    return CostRow(source)[sink] - w_.potential[m_ + source] + w_.potential[sink];
  }

  int32_t SourceOfMinimum(int32_t sink) const {
    int32_t source = 0;
    while (ReducedCost(source, sink) != w_.column_min[sink]) ++source;
    return source;
  }

  void CoarsePivot(int32_t source, int32_t sink) {
    const int32_t reduced_cost = ReducedCost(source, sink);
    bool sink_side = false;
    const NodeSet<kWords> moved = tree_.Pivot(m_ + source, sink, &sink_side);
    const int32_t shift = sink_side ? -reduced_cost : reduced_cost;
    for (int32_t k = 0; k < n_ + m_; ++k) w_.potential[k] += moved.Has(k) ? shift : 0;
    ++w_.coarse_pivots;
  }

  bool ExactPhase() {
    ExactPotentials();
    for (w_.exact_pivots = 0; w_.exact_pivots < kPivotLimit;) {
      SourcePotentials();
      int32_t worst = 0;
      double lowest = 0;
      for (int32_t i = 0; i < n_; ++i) {
        const double r = w_.source_potential[w_.source_cell[i]] - w_.exact_potential[m_ + i];
        if (r < lowest) {
          lowest = r;
          worst = i;
        }
      }
      if (lowest >= 0) break;
      ExactPivot(worst, lowest);
    }
    for (int32_t j = 0; j < m_; ++j) w_.sink_potential[j] = w_.exact_potential[j];
    return w_.exact_pivots < kPivotLimit;
  }

  // From the root down: a node waits until its parent has been reached.
  void ExactPotentials() {
    int32_t path[kMaxTransportNodes];
    NodeSet<kWords> done = {};
    for (int32_t k = 0; k < n_ + m_; ++k) {
      int32_t length = 0;
      int32_t node = k;
      while (!done.Has(node)) {
        path[length++] = node;
        if (w_.parent[node] < 0) break;
        node = w_.parent[node];
      }
      while (length > 0) {
        const int32_t next = path[--length];
        w_.exact_potential[next] = ExactPotentialOf(next);
        done.word[kWords == 1 ? 0 : next >> 6] |= uint64_t{1} << (next & 63);
      }
    }
  }

  double ExactPotentialOf(int32_t node) const {
    const int32_t parent = w_.parent[node];
    if (parent < 0) return 0;
    return node < m_ ? w_.exact_potential[parent] - ExactCost(parent - m_, node)
                     : w_.exact_potential[parent] + ExactCost(node - m_, parent);
  }

  // source_potential[i] = min over sinks j of c_ij + potential_j, for all source cells.
  void SourcePotentials() {
    double* best = w_.source_potential;
    for (int32_t i = 0; i < padded_source_cells_; ++i) best[i] = 1e300;
    for (int32_t j = 0; j < m_; ++j) {
      const double* column = exact_transposed_ + w_.sink_cell[j] * kTableStride;
      const double potential = w_.exact_potential[j];
      for (int32_t i = 0; i < padded_source_cells_; ++i) {
        const double value = column[i] + potential;
        best[i] = value < best[i] ? value : best[i];
      }
    }
  }

  void ExactPivot(int32_t source, double reduced_cost) {
    int32_t sink = 0;
    while (ExactCost(source, sink) + w_.exact_potential[sink] !=
           w_.source_potential[w_.source_cell[source]]) {
      ++sink;
    }
    bool sink_side = false;
    const NodeSet<kWords> moved = tree_.Pivot(m_ + source, sink, &sink_side);
    const double shift = sink_side ? -reduced_cost : reduced_cost;
    for (int32_t k = 0; k < n_ + m_; ++k) {
      if (moved.Has(k)) w_.exact_potential[k] += shift;
    }
    ++w_.exact_pivots;
  }

  const double* exact_transposed_;
  int32_t padded_source_cells_;
  int32_t n_;
  int32_t m_;
  int32_t stride_;
  KernelWorkspace& w_;
  BasisTree<kWords> tree_;
};

bool SolveTransport(const TransportTables& tables, int32_t n_source_cells,
                    KernelWorkspace* workspace) {
  if (workspace->n_sources + workspace->n_sinks <= 64) {
    return Simplex<1>(tables, n_source_cells, workspace).Solve();
  }
  return Simplex<2>(tables, n_source_cells, workspace).Solve();
}

}  // namespace
}  // namespace demd

#endif  // DEMD_EMD_SIMPLEX_KERNEL_H_
