#ifndef DEMD_EMD_KERNELS_TRANSPORT_KERNEL_H_
#define DEMD_EMD_KERNELS_TRANSPORT_KERNEL_H_

#include <cstdint>
#include <vector>

namespace demd {

/// Most cells on one side of a small transport problem.
constexpr int32_t kMaxTransportCells = 64;

/// Row strides of the tables, a multiple of the widest vector (16 int32, 8 double).
constexpr int32_t kTableStride = 64;

/// Most nodes (cells with mass to send or to receive) of a small problem.
constexpr int32_t kMaxTransportNodes = 2 * kMaxTransportCells;

/// Masses enter the kernel multiplied by this, plus one for every source and, at the last sink, the
/// number of sources. Then no proper subset of sources balances a subset of sinks, no basis is
/// degenerate and every pivot strictly lowers the cost. A perturbed flow is 256 f + e with
/// |e| <= 64, so that rounding gives the flow f of the true masses back.
constexpr int32_t kMassPerturbationBits = 8;

/// Nodes and room for blocks of lanes beyond the last.
constexpr int32_t kPotentials = kMaxTransportNodes + 16;

/// Problem, scratch and result of the kernel, which allocates nothing. A plain structure without
/// functions: it crosses between translation units compiled for different instruction sets.
///
/// Nodes: sink k of the problem is node k, source k is node n_sinks + k. The basis is a tree of
/// n_sources + n_sinks - 1 arcs. Potentials: reduced cost of arc (i, j) = c_ij - potential[i] +
/// potential[j], zero on the basis.
struct alignas(64) KernelWorkspace {
  // Problem: cells with mass, their perturbed masses by node (consumed), equal in total.
  int32_t n_sources;
  int32_t n_sinks;
  uint8_t source_cell[kMaxTransportCells + 1];
  uint8_t sink_cell[kMaxTransportCells + 1];
  int64_t mass[kMaxTransportNodes + 1];

  // Result, by arc: source and sink of the problem, perturbed flow.
  int32_t arc_source[kMaxTransportNodes];
  int32_t arc_sink[kMaxTransportNodes];
  int64_t flow[kMaxTransportNodes];
  // Largest potentials of all source cells, with mass or not, that the sinks' potentials allow:
  // min over sinks j of c_ij + potential_j, in exact units.
  alignas(64) double source_potential[kMaxTransportCells];
  alignas(64) double sink_potential[kMaxTransportCells];  // by sink number, in exact units
  int32_t coarse_pivots;
  int32_t exact_pivots;

  // Scratch.
  alignas(64) int32_t potential[kPotentials];
  alignas(64) int32_t key[kMaxTransportCells];
  alignas(64) int32_t column_min[kMaxTransportCells];
  alignas(64) int32_t cost[kMaxTransportCells * kMaxTransportCells];
  alignas(64) uint64_t sides[2 * kPotentials];  // see basis_tree.h
  alignas(64) int64_t exact_potential[kPotentials];
  int32_t child[kMaxTransportNodes];  // by arc of the first basis, leaves first
  int32_t root;                       // the node whose potentials stay 0
};

/// The tables of a ground cost, as pointers.
struct KernelTables {
  const int32_t* coarse;             // [n][kTableStride]
  const int32_t* coarse_transposed;  // [m][kTableStride]
  const double* exact_transposed;    // [m][kTableStride]
  int32_t n_source_cells;
  int32_t n_sink_cells;
};

/// The solver's inner part for one instruction set. All give the same results.
struct TransportKernel {
  const char* name;
  /// Solves the problem in the workspace. Returns false if the bound on pivots was hit, which exact
  /// arithmetic rules out for valid input. REQUIRES: n_sources, n_sinks >= 1, masses > 0.
  bool (*solve)(const KernelTables& tables, KernelWorkspace* workspace);
};

/// The kernels that this machine can run, fastest first.
std::vector<const TransportKernel*> RunnableTransportKernels();

/// The fastest of them, or the one named by the environment variable DEMD_KERNELS (portable, avx2
/// or avx512). Errors: std::invalid_argument when it names another.
const TransportKernel& ChosenTransportKernel();

}  // namespace demd

#endif  // DEMD_EMD_KERNELS_TRANSPORT_KERNEL_H_
