#ifndef DEMD_EMD_REAL_MASSES_H_
#define DEMD_EMD_REAL_MASSES_H_

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace demd {

// What the distances that take real masses as they are, without scaling them to integers, share.

/// The sum of masses[0, n). `where` begins every message.
/// Errors: std::invalid_argument on masses that are negative, not finite or all zero.
inline double CheckedSum(const char* where, const double* masses, int32_t n) {
  double sum = 0;
  for (int32_t i = 0; i < n; ++i) {
    if (!(masses[i] >= 0)) {
      throw std::invalid_argument(std::string(where) + ": expected masses of at least 0");
    }
    sum += masses[i];
  }
  if (!(sum > 0) || !std::isfinite(sum)) {
    throw std::invalid_argument(std::string(where) + ": expected some finite mass on both sides");
  }
  return sum;
}

/// From the derivative with respect to normalised masses, side * potential (side: 1 or -1), to the
/// one before normalisation:
///
///   gradient[i] = side * (potential[i] - sum_k potential[k] * mass[k] / sum) / sum
///
/// potential, mass, gradient: [n]; gradient may be null, then nothing is done.
inline void ThroughNormalisation(int32_t n, const double* potential, const double* mass, double sum,
                                 double side, double* gradient) {
  if (gradient == nullptr) return;
  double mean = 0;
  for (int32_t i = 0; i < n; ++i) mean += potential[i] * mass[i] / sum;
  for (int32_t i = 0; i < n; ++i) gradient[i] = side * (potential[i] - mean) / sum;
}

}  // namespace demd

#endif  // DEMD_EMD_REAL_MASSES_H_
