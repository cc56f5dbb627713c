#ifndef DEMD_EMD_TRANSPORT_TABLES_H_
#define DEMD_EMD_TRANSPORT_TABLES_H_

#include <cstdint>
#include <vector>

#include "emd/kernels/transport_kernel.h"

namespace demd {

/// A cost matrix in the two fixed-point forms in which the solver of small problems computes, so
/// that sums of costs along any path of a basis tree are exact:
///
///   coarse = round(c * 2^(23 - e)),  exact = round(c * 2^(50 - e)),  2^(e-1) <= largest |c| < 2^e
///
/// A path of 64 nodes sums to less than 2^29 in coarse units; where cells cannot be cancelled and
/// 128 nodes are possible, coarse costs have 22 bits instead. The
/// potentials of an optimal basis span at most the range of the costs, hence stay below 2^53 in
/// exact units, where a double still holds every integer.
struct TransportTables {
  /// [n][kTableStride], 0 beyond m.
  std::vector<int32_t> coarse;
  /// [m][kTableStride], 0 beyond n.
  std::vector<int32_t> coarse_transposed;
  /// Transposed, [m][kTableStride], 0 beyond n. Integers carried in double.
  std::vector<double> exact_transposed;
  /// Cost of one exact unit, 2^(e - 50).
  double exact_unit;
};

/// costs: [n][m]; n, m <= kMaxTransportCells. largest: of their absolute values.
TransportTables MakeTransportTables(int32_t n, int32_t m, bool is_metric, const double* costs,
                                    double largest);

}  // namespace demd

#endif  // DEMD_EMD_TRANSPORT_TABLES_H_
