#ifndef DEMD_EMD_MASS_SCALING_H_
#define DEMD_EMD_MASS_SCALING_H_

#include <cstdint>

#include "emd/transport.h"

namespace demd {

/// Adds up a[0, n) and b[0, m), n, m <= 64. kOptimal, or what is wrong with the first that is
/// wrong.
TransportStatus SumMasses(const int64_t* a, int32_t n, const int64_t* b, int32_t m,
                          int64_t* total_a, int64_t* total_b);

/// Factors with total_a * factor_a = total_b * factor_b. Returns false when even the
/// smallest such product exceeds kMaxTransportTotal.
bool CrossFactors(int64_t total_a, int64_t total_b, int64_t* factor_a, int64_t* factor_b);

/// Largest remainder: integers in proportion to masses[0, n), n <= 64, that add up to `total`
/// exactly. Each is off by less than 1 unit plus the rounding of a double (at most 0.25 units for
/// total = 2^50); zero stays zero. kOptimal, or what is wrong with the masses.
TransportStatus ScaleMasses(const double* masses, int32_t n, int64_t total, int64_t* scaled);

}  // namespace demd

#endif  // DEMD_EMD_MASS_SCALING_H_
