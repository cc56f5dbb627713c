#ifndef DEMD_EMD_LARGE_TRANSPORT_MASSES_H_
#define DEMD_EMD_LARGE_TRANSPORT_MASSES_H_

#include <cstdint>
#include <vector>

#include "emd/large_transport/costs.h"
#include "emd/transport.h"

namespace demd {
namespace large {

/// Adds up a[0, n) and b[0, m). kOptimal, or what is wrong with the first that is wrong.
TransportStatus SumMasses(const int64_t* a, int32_t n, const int64_t* b, int32_t m,
                          int64_t* total_a, int64_t* total_b);

/// Largest remainder: integers in proportion to masses[0, n) that add up to `total` exactly. Each
/// is off by at most 2 units plus 2^-50 of itself; zero stays zero. kOptimal, or what is wrong.
TransportStatus ScaleTo(int64_t total, const double* masses, int32_t n,
                        std::vector<int64_t>* scaled);

/// Takes the mass that need not move from both sides, which costs nothing under a metric: that of
/// cells in the same place. Returns where it stays. a: [n], b: [m]
std::vector<PlanEntry> CancelCommon(const TransportCosts& costs, std::vector<int64_t>* a,
                                    std::vector<int64_t>* b);

}  // namespace large
}  // namespace demd

#endif  // DEMD_EMD_LARGE_TRANSPORT_MASSES_H_
