#ifndef DEMD_TESTS_EMD_GRADIENT_CHECK_H_
#define DEMD_TESTS_EMD_GRADIENT_CHECK_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/random.h"

namespace demd {

inline std::vector<double> RandomWeights(size_t n, const char* name, uint64_t index) {
  RandomStream random(1, name, index);
  std::vector<double> weights(n);
  for (double& w : weights) w = random.Uniform(0.1, 1);
  return weights;
}

/// Value of a distance; fills d_a and d_b unless they are null.
using Distance = std::function<double(const double*, const double*, double*, double*)>;

/// Central differences of a distance with respect to both sides.
inline void CheckGradient(const Distance& distance, size_t n, double step, double tolerance) {
  std::vector<double> sides[2] = {RandomWeights(n, "a", 0), RandomWeights(n, "b", 0)};
  std::vector<double> gradients[2] = {std::vector<double>(n), std::vector<double>(n)};
  distance(sides[0].data(), sides[1].data(), gradients[0].data(), gradients[1].data());
  for (int side = 0; side < 2; ++side) {
    for (size_t i = 0; i < n; ++i) {
      const double center = sides[side][i];
      sides[side][i] = center + step;
      const double above = distance(sides[0].data(), sides[1].data(), nullptr, nullptr);
      sides[side][i] = center - step;
      const double below = distance(sides[0].data(), sides[1].data(), nullptr, nullptr);
      sides[side][i] = center;
      EXPECT_NEAR(gradients[side][i], (above - below) / (2 * step), tolerance);
    }
  }
}

}  // namespace demd

#endif  // DEMD_TESTS_EMD_GRADIENT_CHECK_H_
