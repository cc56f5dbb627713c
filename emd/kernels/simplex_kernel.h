#ifndef DEMD_EMD_KERNELS_SIMPLEX_KERNEL_H_
#define DEMD_EMD_KERNELS_SIMPLEX_KERNEL_H_

// The network simplex method for small transport problems. This file is compiled once for every
// instruction set; everything in it has internal linkage and it calls no function of the standard
// library, so that no code for one machine can be linked into another's path.
//
// Phase 1 works on costs rounded to 23 bits, in int32: every quantity is exact, so each pivot
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

// Coarse costs sum to less than 2^29 along a path. Shifted by this, their
// reduced costs are keys of lanes.h; the lowest bits are zero, as they make room for an index.
constexpr int32_t kKeyOfZero = (1 << 29) + (1 << 24);
constexpr int32_t kPaddingCost = kKeyOfZero + (1 << 29);
constexpr int32_t kPivotLimit = 1000000;

template <int kWords>
class Simplex {
 public:
  Simplex(const KernelTables& tables, KernelWorkspace* workspace)
      : tables_(tables),
        exact_transposed_(tables.exact_transposed),
        n_source_cells_(tables.n_source_cells),
        n_(workspace->n_sources),
        m_(workspace->n_sinks),
        stride_(RoundUpToLanes(workspace->n_sinks)),
        w_(*workspace),
        tree_(workspace) {
    GatherCosts(tables.coarse);
  }

  bool Solve() {
    FirstBasis<kWords>(tables_, &w_).Build();
    Potentials();
    return CoarsePhase() && ExactPhase();
  }

 private:
  // Costs shifted by kKeyOfZero.
  const int32_t* CostRow(int32_t source) const { return w_.cost + source * stride_; }

  int32_t Cost(int32_t source, int32_t sink) const { return CostRow(source)[sink] - kKeyOfZero; }

  int64_t ExactCost(int32_t source, int32_t sink) const {
    return static_cast<int64_t>(
        exact_transposed_[w_.sink_cell[sink] * kTableStride + w_.source_cell[source]]);
  }

  // cost: [n][stride_], only the cells that take part.
  void GatherCosts(const int32_t* coarse) {
    for (int32_t i = 0; i < n_; ++i) {
      const int32_t* row = coarse + w_.source_cell[i] * kTableStride;
      int32_t* out = w_.cost + i * stride_;
      for (int32_t j = 0; j < m_; ++j) out[j] = row[w_.sink_cell[j]] + kKeyOfZero;
      for (int32_t j = m_; j < stride_; ++j) out[j] = kPaddingCost;
    }
  }

  // Both kinds, from the root of the first basis down.
  void Potentials() {
    for (int32_t k = n_ + m_ - 1; k < kPotentials; ++k) w_.potential[k] = 0;
    w_.potential[w_.root] = 0;
    w_.exact_potential[w_.root] = 0;
    // Free of branches: which end is the parent cannot be foreseen.
    for (int32_t e = n_ + m_ - 2; e >= 0; --e) {
      const int32_t child = w_.child[e];
      const int32_t parent = tree_.Parent(e);
      const int32_t negative = -static_cast<int32_t>(child < m_);  // the child is the sink
      const int32_t cost = Cost(w_.arc_source[e], w_.arc_sink[e]);
      const int64_t exact = ExactCost(w_.arc_source[e], w_.arc_sink[e]);
      w_.potential[child] = w_.potential[parent] + ((cost ^ negative) - negative);
      w_.exact_potential[child] = w_.exact_potential[parent] + ((exact ^ negative) - negative);
    }
  }

  // Two pivots per pass over all arcs: the arcs of lowest reduced cost of the best two columns.
  bool CoarsePhase() {
    for (w_.coarse_pivots = 0; w_.coarse_pivots < kPivotLimit;) {
      const int32_t first_key = FindKeys();
      if (first_key >= kKeyOfZero) return true;
      const int32_t first = first_key & kIndexMask;
      const int32_t first_source = SourceOfMinimum(first);
      const int32_t second_key = ReplaceAndFindLowest(w_.key, stride_, first, kNoKey);
      const int32_t second = second_key & kIndexMask;
      const int32_t second_source = second_key < kKeyOfZero ? SourceOfMinimum(second) : -1;
      Pivot(first_source, first);
      ++w_.coarse_pivots;
      if (second_source >= 0 && ReducedCost(second_source, second) < 0) {
        Pivot(second_source, second);
        ++w_.coarse_pivots;
      }
    }
    return false;
  }

  // column_min[j] = min over sources i of c_ij - potential_i; key[j] = the reduced cost that makes,
  // its lowest bits replaced by j. Returns the least key; padding stays positive.
  int32_t FindKeys() {
    ColumnMinima(w_.cost, stride_, w_.potential + m_, n_, w_.column_min);
    IntLanes lowest = Splat(kNoKey);
    for (int32_t j = 0; j < stride_; j += kWidth) {
      const IntLanes r = Load(w_.column_min + j) + Load(w_.potential + j);
      const IntLanes key = (r & ~kIndexMask) | (Load(kIota) + j);
      Store(w_.key + j, key);
      lowest = Lower(lowest, key);
    }
    return LowestLane(lowest);
  }

  int32_t ReducedCost(int32_t source, int32_t sink) const {
    return Cost(source, sink) - w_.potential[m_ + source] + w_.potential[sink];
  }

  int32_t SourceOfMinimum(int32_t sink) const {
    int32_t source = 0;
    while (CostRow(source)[sink] - w_.potential[m_ + source] != w_.column_min[sink]) ++source;
    return source;
  }

  // Brings an arc into the basis and its reduced cost to zero.
  void Pivot(int32_t source, int32_t sink) {
    const int32_t coarse = ReducedCost(source, sink);
    const int64_t exact =
        ExactCost(source, sink) - w_.exact_potential[m_ + source] + w_.exact_potential[sink];
    tree_.Pivot(source, sink, coarse, exact);
  }

  bool ExactPhase() {
    for (w_.exact_pivots = 0; w_.exact_pivots < kPivotLimit; ++w_.exact_pivots) {
      for (int32_t j = 0; j < m_; ++j) {
        w_.sink_potential[j] = static_cast<double>(w_.exact_potential[j]);
      }
      LowestSums(exact_transposed_, w_.sink_cell, w_.sink_potential, m_, n_source_cells_,
                 w_.source_potential);
      int32_t worst = 0;
      double lowest = 0;
      for (int32_t i = 0; i < n_; ++i) {
        const double r = w_.source_potential[w_.source_cell[i]] -
                         static_cast<double>(w_.exact_potential[m_ + i]);
        worst = r < lowest ? i : worst;
        lowest = r < lowest ? r : lowest;
      }
      if (lowest >= 0) return true;
      Pivot(worst, SinkOfMinimum(worst));
    }
    return false;
  }

  int32_t SinkOfMinimum(int32_t source) const {
    const double minimum = w_.source_potential[w_.source_cell[source]];
    int32_t sink = 0;
    while (static_cast<double>(ExactCost(source, sink)) + w_.sink_potential[sink] != minimum) {
      ++sink;
    }
    return sink;
  }

  const KernelTables& tables_;
  const double* exact_transposed_;
  int32_t n_source_cells_;
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
