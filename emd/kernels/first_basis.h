#ifndef DEMD_EMD_KERNELS_FIRST_BASIS_H_
#define DEMD_EMD_KERNELS_FIRST_BASIS_H_

// Part of the kernel: see the remark on linkage in simplex_kernel.h.

#include <cstdint>

#include "emd/kernels/basis_tree.h"
#include "emd/kernels/lanes.h"
#include "emd/kernels/transport_kernel.h"

namespace demd {
namespace {

// The basis from which the pivots start: arcs are taken by
//
//   w_ij = c_ij - u_i - v_j,  u_i, v_j = mean cost of the cell to the masses of the other side,
//
// each carrying as much as its ends allow. With the mean as an estimate of the duals, remote cells
// are served first. Sources come in the order of their best arc; each serves its best sinks until
// nothing is left of it. (To take the best arc of all every time leaves hardly fewer pivots to do
// and costs twice as much.)
// Source of the idea: E. J. Russell, Operations Research 17 (1969) 187, with maxima for means.
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

  // Every allocation exhausts exactly one end, which becomes a finished child of the other.
  void Build() {
    EstimateDuals();
    SortSources();
    const int32_t* next = order_;
    uint64_t sink_children[kWords] = {};
    for (int32_t e = 0; e < n_ + m_ - 1; ++e) {
      const bool is_sink = ServeBestSink(*next, e);
      sink_children[kWords == 1 ? 0 : e >> 6] |= static_cast<uint64_t>(is_sink) << (e & 63);
      next += !is_sink;
    }
    tree_.MakeSides(sink_children);
  }

 private:
  static constexpr int32_t kExhausted = 1 << 29;

  void SortSources() {
    const int32_t padded = RoundUpToLanes(n_);
    for (int32_t i = 0; i < n_; ++i) {
      const int32_t best = LowestDifferenceKey(w_.cost + i * stride_, sink_dual_, stride_);
      row_key_[i] = ((best - source_dual_[i]) & ~kIndexMask) | i;
    }
    for (int32_t i = n_; i < padded; ++i) row_key_[i] = kNoKey;
    CountLower(row_key_, padded, n_, rank_);
    for (int32_t i = 0; i < n_; ++i) order_[rank_[i]] = i;
  }

  // Source i sends what it can to its best open sink, by arc e. Returns true if that exhausts the
  // sink, else it exhausts the source; at the last arc, where it does both, true. Free of branches,
  // by masks lest the compiler puts some in: which of the two it is cannot be foreseen.
  bool ServeBestSink(int32_t i, int32_t e) {
    const int32_t sink =
        LowestDifferenceKey(w_.cost + i * stride_, sink_dual_, stride_) & kIndexMask;
    const int32_t source = m_ + i;
    const int64_t left = w_.mass[source] - w_.mass[sink];
    const int64_t sink_remains = left >> 63;  // all bits or none
    const int32_t remains = static_cast<int32_t>(sink_remains);
    const int64_t flow = w_.mass[sink] + (left & sink_remains);
    w_.mass[source] -= flow;
    w_.mass[sink] -= flow;
    w_.flow[e] = flow;
    w_.arc_source[e] = i;
    w_.arc_sink[e] = sink;
    w_.child[e] = sink + ((source - sink) & remains);
    SubtractFromLane(sink_dual_, sink, kExhausted & ~remains);
    return remains == 0;
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
  KernelWorkspace& w_;
  BasisTree<kWords> tree_;
  alignas(64) int32_t sink_dual_[kMaxTransportCells];
  int32_t source_dual_[kMaxTransportCells];
  alignas(64) int32_t row_key_[kMaxTransportCells];
  alignas(64) int32_t rank_[kMaxTransportCells];
  int32_t order_[kMaxTransportCells];
};

}  // namespace
}  // namespace demd

#endif  // DEMD_EMD_KERNELS_FIRST_BASIS_H_
