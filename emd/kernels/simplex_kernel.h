#ifndef DEMD_EMD_KERNELS_SIMPLEX_KERNEL_H_
#define DEMD_EMD_KERNELS_SIMPLEX_KERNEL_H_

// The network simplex method for small transport problems. This file is compiled once for every
// instruction set; everything in it has internal linkage and it calls no function of the standard
// library, so that no code for one machine can be linked into another's path.
//
// Phase 1 works on costs rounded to 24 bits, in int32: every quantity is exact, so each pivot
// strictly lowers an integer objective and the phase ends. Phase 2 starts from the basis found and
// repeats the test for optimality on costs of 50 bits, as integers carried in double; it usually
// finds nothing to do, and its sums are the dual potentials of the result.

#include <cstdint>

#include "emd/kernels/basis_tree.h"
#include "emd/kernels/first_basis.h"
#include "emd/kernels/lanes.h"
#include "emd/kernels/transport_kernel.h"

namespace demd {
namespace {

constexpr int32_t kPaddingCost = 1 << 30;  // above any sum of coarse costs along a path
constexpr int32_t kPivotLimit = 1000000;

template <int kWords>
class Simplex {
 public:
  Simplex(const KernelTables& tables, KernelWorkspace* workspace)
      : tables_(tables),
        exact_transposed_(tables.exact_transposed),
        padded_source_cells_((tables.n_source_cells + 7) / 8 * 8),
        n_(workspace->n_sources),
        m_(workspace->n_sinks),
        stride_(RoundUpToLanes(workspace->n_sinks)),
        w_(*workspace),
        tree_(workspace) {
    GatherCosts(tables.coarse);
  }

  bool Solve() {
    FirstBasis<kWords>(tables_, &w_).Build();
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

  void CoarsePotentials() {
    for (int32_t k = n_ + m_ - 1; k < kPotentials; ++k) w_.potential[k] = 0;
    w_.potential[w_.attach_order[n_ + m_ - 1]] = 0;
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
      const int32_t first_key = FindKeys();
      if (first_key >= 0) return true;
      const int32_t first = first_key & kIndexMask;
      const int32_t first_source = SourceOfMinimum(first);
      const int32_t second_key = ReplaceAndFindLowest(w_.key, stride_, first, INT32_MAX);
      const int32_t second = second_key & kIndexMask;
      const int32_t second_source = second_key < 0 ? SourceOfMinimum(second) : -1;
      CoarsePivot(first_source, first);
      if (second_source >= 0 && ReducedCost(second_source, second) < 0) {
        CoarsePivot(second_source, second);
      }
    }
    return false;
  }

  // column_min[j] = min over sources i of c_ij - potential_i; key[j] = the reduced cost that makes,
  // its lowest bits replaced by j. Returns the least key; padding stays positive.
  int32_t FindKeys() {
    ColumnMinima(w_.cost, stride_, w_.potential + m_, n_, w_.column_min);
    IntLanes lowest = Splat(INT32_MAX);
    for (int32_t j = 0; j < stride_; j += kWidth) {
      const IntLanes r = Load(w_.column_min + j) + Load(w_.potential + j);
      const IntLanes key = (r & ~kIndexMask) | (Load(kIota) + j);
      Store(w_.key + j, key);
      lowest = Lower(lowest, key);
    }
    return LowestLane(lowest);
  }

  int32_t ReducedCost(int32_t source, int32_t sink) const {
    return CostRow(source)[sink] - w_.potential[m_ + source] + w_.potential[sink];
  }

  int32_t SourceOfMinimum(int32_t sink) const {
    int32_t source = 0;
    while (CostRow(source)[sink] - w_.potential[m_ + source] != w_.column_min[sink]) ++source;
    return source;
  }

  void CoarsePivot(int32_t source, int32_t sink) {
    const int32_t reduced_cost = ReducedCost(source, sink);
    bool sink_side = false;
    const NodeSet<kWords> moved = tree_.Pivot(m_ + source, sink, &sink_side);
    const int32_t shift = sink_side ? -reduced_cost : reduced_cost;
    for (int k = 0; k < kWords; ++k) AddToMembers(moved.word[k], shift, w_.potential + 64 * k);
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

  const KernelTables& tables_;
  const double* exact_transposed_;
  int32_t padded_source_cells_;
  int32_t n_;
  int32_t m_;
  int32_t stride_;
  KernelWorkspace& w_;
  BasisTree<kWords> tree_;
};

bool SolveTransport(const KernelTables& tables, KernelWorkspace* workspace) {
  if (workspace->n_sources + workspace->n_sinks <= 64) {
    return Simplex<1>(tables, workspace).Solve();
  }
  return Simplex<2>(tables, workspace).Solve();
}

}  // namespace
}  // namespace demd

#endif  // DEMD_EMD_KERNELS_SIMPLEX_KERNEL_H_
