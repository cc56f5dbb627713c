#include "emd/mass_scaling.h"

#include <cmath>
#include <numeric>

#include "emd/transport_tables.h"

namespace demd {
namespace {

// Keeps the sum of 64 masses finite. Masses below 2^-1014 may vanish.
constexpr double kHeadroom = 1.0 / 256;

// Hands `missing` units (takes, if negative) to the cells whose remainders deserve them most.
void Distribute(int64_t missing, int32_t n, double* remainder, int64_t* scaled) {
  const bool give = missing > 0;
  for (; missing != 0; missing += give ? -1 : 1) {
    int32_t chosen = -1;
    for (int32_t i = 0; i < n; ++i) {
      if (give ? remainder[i] < 0 : scaled[i] == 0) continue;
      if (chosen < 0 ||
          (give ? remainder[i] > remainder[chosen] : remainder[i] < remainder[chosen]))
        chosen = i;
    }
    scaled[chosen] += give ? 1 : -1;
    remainder[chosen] += give ? -1 : 1;
  }
}

TransportStatus SumOf(const int64_t* masses, int32_t n, int64_t* total) {
  uint64_t sum = 0;
  uint64_t bits = 0;
  for (int32_t i = 0; i < n; ++i) {
    bits |= static_cast<uint64_t>(masses[i]);
    sum += static_cast<uint64_t>(masses[i]);
  }
  if (bits >> 63) return TransportStatus::kNegativeMass;
  // Below this, 64 masses cannot overflow the sum.
  constexpr uint64_t kLargest = kMaxTransportTotal;
  if (bits >= 2 * kLargest || sum > kLargest) return TransportStatus::kTotalTooLarge;
  *total = static_cast<int64_t>(sum);
  return sum == 0 ? TransportStatus::kNoMass : TransportStatus::kOptimal;
}

}  // namespace

TransportStatus SumMasses(const int64_t* a, int32_t n, const int64_t* b, int32_t m,
                          int64_t* total_a, int64_t* total_b) {
  const TransportStatus status = SumOf(a, n, total_a);
  return status == TransportStatus::kOptimal ? SumOf(b, m, total_b) : status;
}

bool CrossFactors(int64_t total_a, int64_t total_b, int64_t* factor_a, int64_t* factor_b) {
  *factor_a = total_b;
  *factor_b = total_a;
  if (total_a <= kMaxTransportTotal / total_b) return true;
  const int64_t divisor = std::gcd(total_a, total_b);
  *factor_a = total_b / divisor;
  *factor_b = total_a / divisor;
  return total_a <= kMaxTransportTotal / *factor_a;
}

TransportStatus ScaleMasses(const double* masses, int32_t n, int64_t total, int64_t* scaled) {
  double sum = 0;
  for (int32_t i = 0; i < n; ++i) {
    if (!std::isfinite(masses[i])) return TransportStatus::kNotFinite;
    if (masses[i] < 0) return TransportStatus::kNegativeMass;
    sum += masses[i] * kHeadroom;
  }
  if (sum == 0) return TransportStatus::kNoMass;
  double remainder[kMaxTransportCells];
  int64_t missing = total;
  for (int32_t i = 0; i < n; ++i) {
    const double share = masses[i] * kHeadroom / sum * static_cast<double>(total);
    scaled[i] = static_cast<int64_t>(share);
    missing -= scaled[i];
    // Cells without mass get none: a negative remainder keeps them out.
    remainder[i] = masses[i] > 0 ? share - static_cast<double>(scaled[i]) : -1;
  }
  Distribute(missing, n, remainder, scaled);
  return TransportStatus::kOptimal;
}

}  // namespace demd
