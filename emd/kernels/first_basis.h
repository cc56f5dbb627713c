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

  // Every allocation exhausts exactly one end, which becomes a finished child of the other.
  void Build() {
    EstimateDuals();
    for (int32_t k = 0; k < n_ + m_; ++k) tree_.MakeLeaf(k);
    const int32_t padded_n = RoundUpToLanes(n_);
    for (int32_t i = n_; i < padded_n; ++i) row_key_[i] = INT32_MAX;
    for (int32_t i = 0; i < n_; ++i) row_key_[i] = FindSink(i);
    int32_t i = LowestKey(row_key_, padded_n) & kIndexMask;
    for (bool is_done = false; !is_done;) {
      const int32_t key = Allocate(i, &is_done);
      i = ReplaceAndFindLowest(row_key_, padded_n, i, key) & kIndexMask;
    }
    const int32_t root = w_.parent[w_.attach_order[n_ + m_ - 2]];
    w_.parent[root] = -1;
    w_.flow[root] = 0;
    w_.attach_order[n_ + m_ - 1] = root;
  }

 private:
  static constexpr int32_t kExhausted = -(1 << 29);

  void Attach(int32_t child, int32_t parent) {
    tree_.Attach(child, parent, w_.mass[child]);
    w_.attach_order[n_attached_++] = child;
  }

  // Lets source i send what it can to its best sink; returns its next key.
  int32_t Allocate(int32_t i, bool* is_done) {
    const int32_t sink = row_sink_[i];
    if (is_exhausted_[sink]) return FindSink(i);  // the key was out of date, hence too low
    const int32_t source = m_ + i;
    const int64_t left = w_.mass[source] - w_.mass[sink];
    if (left < 0) {
      Attach(source, sink);
      w_.mass[sink] = -left;
      return INT32_MAX;
    }
    Attach(sink, source);
    w_.mass[source] = left;
    is_exhausted_[sink] = true;
    ReplaceLane(sink_dual_, sink, kExhausted);
    *is_done = left == 0;  // all is allocated: this source is the root
    return FindSink(i);
  }

  // Finds the best open sink of a source and returns its key.
  int32_t FindSink(int32_t i) {
    const int32_t lowest = LowestDifferenceKey(w_.cost + i * stride_, sink_dual_, stride_);
    row_sink_[i] = lowest & kIndexMask;
    return (((lowest & ~kIndexMask) - source_dual_[i]) & ~kIndexMask) | i;
  }

  // Mean costs to the other side's masses.
  void EstimateDuals() {
    alignas(64) float mean[kTableStride];
    const float total = AddRows(tables_.coarse_transposed, w_.sink_cell, w_.mass, m_, mean);
    const float scale = 1 / total;
    for (int32_t i = 0; i < n_; ++i) {
      source_dual_[i] = static_cast<int32_t>(mean[w_.source_cell[i]] * scale);
    }
    AddRows(tables_.coarse, w_.source_cell, w_.mass + m_, n_, mean);
    for (int32_t j = 0; j < m_; ++j) {
      sink_dual_[j] = static_cast<int32_t>(mean[w_.sink_cell[j]] * scale);
      is_exhausted_[j] = false;
    }
    for (int32_t j = m_; j < stride_; ++j) sink_dual_[j] = 0;
  }

  // sum[k] = sum over r < n of mass[r] * table[cell[r]][k]; returns the sum of the masses.
  static float AddRows(const int32_t* table, const uint8_t* cell, const int64_t* mass, int32_t n,
                       float* sum) {
    const int32_t* rows[kMaxTransportCells];
    float weights[kMaxTransportCells];
    float total = 0;
    for (int32_t r = 0; r < n; ++r) {
      rows[r] = table + cell[r] * kTableStride;
      weights[r] = static_cast<float>(mass[r]);
      total += weights[r];
    }
    AddWeightedRows(rows, weights, n, sum);
    return total;
  }

  const KernelTables& tables_;
  int32_t n_;
  int32_t m_;
  int32_t stride_;
  int32_t n_attached_ = 0;
  KernelWorkspace& w_;
  BasisTree<kWords> tree_;
  alignas(64) int32_t row_key_[kMaxTransportCells];
  alignas(64) int32_t sink_dual_[kMaxTransportCells];
  int32_t source_dual_[kMaxTransportCells];
  int32_t row_sink_[kMaxTransportCells];
  bool is_exhausted_[kMaxTransportCells];
};

}  // namespace
}  // namespace demd

#endif  // DEMD_EMD_KERNELS_FIRST_BASIS_H_
