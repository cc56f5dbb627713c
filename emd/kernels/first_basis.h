#ifndef DEMD_EMD_KERNELS_FIRST_BASIS_H_
#define DEMD_EMD_KERNELS_FIRST_BASIS_H_

// Part of the kernel: see the remark on linkage in simplex_kernel.h.

#include <cstdint>

#include "emd/kernels/basis_tree.h"
#include "emd/kernels/lanes.h"
#include "emd/kernels/transport_kernel.h"

namespace demd {
namespace {

// The basis from which the pivots start: arcs are taken greedily by
//
//   w_ij = c_ij - u_i - v_j,  u_i, v_j = mean cost of the cell to the masses of the other side,
//
// each carrying as much as its ends allow. With the mean as an estimate of the duals, remote cells
// are served first. (Russell's rule with means instead of maxima: it leaves fewer pivots to do and
// needs no update as cells are exhausted.)
// Source of the idea: E. J. Russell, Operations Research 17 (1969) 187.
template <int kWords>
class FirstBasis {
 public:
  FirstBasis(const KernelTables& tables, KernelWorkspace* workspace)
      : tables_(tables),
        n_(workspace->n_sources),
        m_(workspace->n_sinks),
        stride_(RoundUpToLanes(workspace->n_sinks)),
        w_(*workspace),
        tree_(workspace) {}

  // Arcs that are the best of their row and of their column may be taken in any order: the greedy
  // choice would come to each of them before it could touch either end.
  // Every allocation exhausts exactly one end, which becomes a finished child of the other.
  void Build() {
    EstimateDuals();
    int32_t open[kMaxTransportCells];
    int32_t n_open = n_;
    for (int32_t i = 0; i < n_; ++i) open[i] = i;
    while (!is_done_) {
      for (int32_t k = 0; k < n_open; ++k) FindSink(open[k]);
      ColumnKeys(w_.cost, stride_, source_dual_, open, n_open, w_.key);
      const int32_t attached_before = n_attached_;
      int32_t still_open = 0;
      for (int32_t k = 0; k < n_open; ++k) {
        const int32_t i = open[k];
        ServeBestSinks(i);
        open[still_open] = i;
        still_open += w_.mass[m_ + i] > 0;
      }
      n_open = still_open;
      // Rounding of keys may leave no such arc: then any will do.
      if (n_attached_ == attached_before) {
        ServeOne(open[0]);
        if (w_.mass[m_ + open[0]] == 0) open[0] = open[--n_open];
      }
    }
    tree_.MakeSides(sink_children_);
  }

 private:
  static constexpr int32_t kExhausted = -(1 << 29);

  // Source i sends to its best sink as long as it is the best source of that sink.
  void ServeBestSinks(int32_t i) {
    while (!is_done_ && (w_.key[row_sink_[i]] & kIndexMask) == i) {
      ServeOne(i);
      if (w_.mass[m_ + i] == 0) return;
      FindSink(i);
    }
  }

  // Source i sends what it can to its best sink, which is open. Free of branches: which of the two
  // is exhausted cannot be foreseen.
  void ServeOne(int32_t i) {
    const int32_t sink = row_sink_[i];
    const int32_t source = m_ + i;
    const int64_t left = w_.mass[source] - w_.mass[sink];
    const bool sink_remains = left < 0;
    const int32_t child = sink_remains ? source : sink;
    const int32_t e = n_attached_++;
    w_.arc_source[e] = i;
    w_.arc_sink[e] = sink;
    w_.flow[e] = w_.mass[child];
    w_.child[e] = child;
    sink_children_[kWords == 1 ? 0 : e >> 6] |= static_cast<uint64_t>(!sink_remains) << (e & 63);
    w_.mass[source] = sink_remains ? 0 : left;
    w_.mass[sink] = sink_remains ? -left : 0;
    ReplaceLane(sink_dual_, sink, sink_remains ? sink_dual_[sink] : kExhausted);
    is_done_ = left == 0;  // all is allocated: this source is the root
  }

  // The best open sink of a source.
  void FindSink(int32_t i) {
    row_sink_[i] = LowestDifferenceKey(w_.cost + i * stride_, sink_dual_, stride_) & kIndexMask;
  }

  // Mean costs to the other side's masses.
  void EstimateDuals() {
    alignas(64) float mean[kTableStride];
    const float total =
        AddRows(tables_.coarse_transposed, tables_.n_source_cells, w_.sink_cell, w_.mass, m_, mean);
    const float scale = 1 / total;
    for (int32_t i = 0; i < n_; ++i) {
      source_dual_[i] = static_cast<int32_t>(mean[w_.source_cell[i]] * scale);
    }
    AddRows(tables_.coarse, tables_.n_sink_cells, w_.source_cell, w_.mass + m_, n_, mean);
    for (int32_t j = 0; j < m_; ++j) {
      sink_dual_[j] = static_cast<int32_t>(mean[w_.sink_cell[j]] * scale);
    }
    for (int32_t j = m_; j < stride_; ++j) sink_dual_[j] = 0;
  }

  // sum[k] = sum over r < n of mass[r] * table[cell[r]][k] for k < n_cells; returns the sum of the
  // masses.
  static float AddRows(const int32_t* table, int32_t n_cells, const uint8_t* cell,
                       const int64_t* mass, int32_t n, float* sum) {
    const int32_t* rows[kMaxTransportCells];
    float weights[kMaxTransportCells];
    float total = 0;
    for (int32_t r = 0; r < n; ++r) {
      rows[r] = table + cell[r] * kTableStride;
      weights[r] = static_cast<float>(mass[r]);
      total += weights[r];
    }
    AddWeightedRows(rows, weights, n, n_cells, sum);
    return total;
  }

  const KernelTables& tables_;
  int32_t n_;
  int32_t m_;
  int32_t stride_;
  int32_t n_attached_ = 0;
  bool is_done_ = false;
  KernelWorkspace& w_;
  BasisTree<kWords> tree_;
  uint64_t sink_children_[kWords] = {};
  alignas(64) int32_t sink_dual_[kMaxTransportCells];
  int32_t source_dual_[kMaxTransportCells];
  int32_t row_sink_[kMaxTransportCells];
};

}  // namespace
}  // namespace demd

#endif  // DEMD_EMD_KERNELS_FIRST_BASIS_H_
