#include "emd/mass_scaling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "engine/random.h"
#include "tests/case_count.h"

namespace demd {
namespace {

// Largest remainder as the books have it: round down, then give the units that are missing one by
// one to the largest remainder, the first cell among equal ones.
std::vector<int64_t> PlainScaling(const std::vector<double>& masses, int64_t total) {
  const double sum = [&] {
    double s = 0.0;
    for (const double mass : masses) s += mass / 256;
    return s;
  }();
  std::vector<int64_t> scaled;
  std::vector<double> remainder;
  for (const double mass : masses) {
    const double share = mass / 256 / sum * static_cast<double>(total);
    scaled.push_back(static_cast<int64_t>(share));
    remainder.push_back(mass > 0 ? share - static_cast<double>(scaled.back()) : -1);
  }
  int64_t missing = total - std::accumulate(scaled.begin(), scaled.end(), int64_t{0});
  for (; missing > 0; --missing) {
    const auto largest = std::max_element(remainder.begin(), remainder.end());
    ++scaled[static_cast<size_t>(largest - remainder.begin())];
    *largest -= 1;
  }
  return scaled;
}

// Every shape of problem: dense and sparse, equal masses, masses of all sizes, small totals.
std::vector<double> RandomMasses(int64_t kind, RandomStream* random) {
  std::vector<double> masses(1 + static_cast<size_t>(random->Below(64)));
  for (double& mass : masses) {
    const uint64_t bits = random->NextUint64();
    mass = static_cast<double>(bits >> 11) * 0x1p-53;
    if (kind % 3 == 1) mass = static_cast<double>(bits % 4);
    if (kind % 3 == 2) mass *= static_cast<double>(int64_t{1} << (bits % 40));
    if (kind % 2 == 1 && bits % 5 < 3) mass = 0.0;
  }
  masses[0] += 0.5;
  return masses;
}

TEST(ScaleMasses, IsTheLargestRemainderMethod) {
  const int64_t n_problems = CaseCount(30000, 1000000);
  for (int64_t repeat = 0; repeat < n_problems; ++repeat) {
    RandomStream random(1, "masses to scale", static_cast<uint64_t>(repeat));
    const std::vector<double> masses = RandomMasses(repeat, &random);
    const int64_t total = int64_t{1} << (repeat % 51);
    std::vector<int64_t> scaled(masses.size());
    ASSERT_EQ(ScaleMasses(masses.data(), static_cast<int32_t>(masses.size()), total, scaled.data()),
              TransportStatus::kOptimal);
    const std::vector<int64_t> plain = PlainScaling(masses, total);
    // Rounding may have made the parts exceed the total, where the plain method does nothing.
    if (std::accumulate(plain.begin(), plain.end(), int64_t{0}) == total) {
      ASSERT_EQ(scaled, plain) << repeat;
    }
    ASSERT_EQ(std::accumulate(scaled.begin(), scaled.end(), int64_t{0}), total) << repeat;
    for (size_t i = 0; i < masses.size(); ++i) {
      if (masses[i] == 0.0) {
        ASSERT_EQ(scaled[i], 0) << repeat;
      }
    }
  }
}

TEST(ScaleMasses, NamesWhatIsWrongWithMasses) {
  int64_t scaled[2];
  const double nan[2] = {1.0, std::numeric_limits<double>::quiet_NaN()};
  const double negative[2] = {1.0, -1e-300};
  const double none[2] = {0.0, 0.0};
  EXPECT_EQ(ScaleMasses(nan, 2, 100, scaled), TransportStatus::kNotFinite);
  EXPECT_EQ(ScaleMasses(negative, 2, 100, scaled), TransportStatus::kNegativeMass);
  EXPECT_EQ(ScaleMasses(none, 2, 100, scaled), TransportStatus::kNoMass);
}

}  // namespace
}  // namespace demd
