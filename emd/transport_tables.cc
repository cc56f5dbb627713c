#include "emd/transport_tables.h"

#include <cmath>

namespace demd {
namespace {

constexpr int kCoarseBits = 23;
constexpr int kExactBits = 50;

}  // namespace

TransportTables MakeTransportTables(int32_t n, int32_t m, bool is_metric, const double* costs,
                                    double largest) {
  int exponent = 0;
  std::frexp(largest, &exponent);
  // Without cancelling, twice as many nodes can lie on a path.
  const int coarse_bits = is_metric || n + m <= 64 ? kCoarseBits : kCoarseBits - 1;
  TransportTables tables;
  tables.coarse.assign(static_cast<size_t>(n * kTableStride), 0);
  tables.coarse_transposed.assign(static_cast<size_t>(m * kTableStride), 0);
  tables.exact_transposed.assign(static_cast<size_t>(m * kTableStride), 0.0);
  for (int32_t i = 0; i < n; ++i) {
    for (int32_t j = 0; j < m; ++j) {
      const double c = costs[i * m + j];
      const int32_t coarse =
          static_cast<int32_t>(std::nearbyint(std::ldexp(c, coarse_bits - exponent)));
      tables.coarse[static_cast<size_t>(i * kTableStride + j)] = coarse;
      tables.coarse_transposed[static_cast<size_t>(j * kTableStride + i)] = coarse;
      tables.exact_transposed[static_cast<size_t>(j * kTableStride + i)] =
          std::nearbyint(std::ldexp(c, kExactBits - exponent));
    }
  }
  tables.exact_unit = std::ldexp(1.0, exponent - kExactBits);
  return tables;
}

}  // namespace demd
