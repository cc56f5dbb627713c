#ifndef DEMD_TESTS_EMD_PLAIN_SINKHORN_H_
#define DEMD_TESTS_EMD_PLAIN_SINKHORN_H_

#include <cmath>
#include <cstdint>
#include <vector>

#include "emd/metric.h"

namespace demd {

/// Sinkhorn's iterations as the textbook has them, in the log domain, with the C library: the
/// reference for emd/sinkhorn.h.
struct PlainSinkhorn {
  double value = 0;
  std::vector<double> f;
  std::vector<double> g;
};

/// -epsilon log sum over k of mass_k exp((potential_k - cost_k) / epsilon).
inline double PlainSoftMin(const double* cost, int64_t step, const std::vector<double>& mass,
                           const std::vector<double>& potential, double epsilon) {
  double largest = -1e300;
  for (size_t k = 0; k < mass.size(); ++k) {
    if (mass[k] == 0) continue;
    largest = std::fmax(largest, (potential[k] - cost[static_cast<int64_t>(k) * step]) / epsilon);
  }
  double sum = 0;
  for (size_t k = 0; k < mass.size(); ++k) {
    const double x = (potential[k] - cost[static_cast<int64_t>(k) * step]) / epsilon;
    if (mass[k] > 0) sum += mass[k] * std::exp(x - largest);
  }
  return -epsilon * (largest + std::log(sum));
}

inline PlainSinkhorn SolvePlainSinkhorn(const GroundCost& cost, std::vector<double> a,
                                        std::vector<double> b, double epsilon, int iterations) {
  for (std::vector<double>* side : {&a, &b}) {
    double sum = 0;
    for (double x : *side) sum += x;
    for (double& x : *side) x /= sum;
  }
  PlainSinkhorn result;
  result.f.assign(a.size(), 0);
  result.g.assign(b.size(), 0);
  const int64_t m = cost.m();
  for (int k = 0; k < iterations; ++k) {
    for (size_t i = 0; i < a.size(); ++i) {
      result.f[i] =
          PlainSoftMin(cost.data() + static_cast<int64_t>(i) * m, 1, b, result.g, epsilon);
    }
    for (size_t j = 0; j < b.size(); ++j) {
      result.g[j] = PlainSoftMin(cost.data() + j, m, a, result.f, epsilon);
    }
  }
  for (size_t i = 0; i < a.size(); ++i) result.value += a[i] * result.f[i];
  for (size_t j = 0; j < b.size(); ++j) result.value += b[j] * result.g[j];
  return result;
}

}  // namespace demd

#endif  // DEMD_TESTS_EMD_PLAIN_SINKHORN_H_
