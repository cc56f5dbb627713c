#ifndef DEMD_TESTS_EMD_PROBLEMS_H_
#define DEMD_TESTS_EMD_PROBLEMS_H_

#include <cstdint>
#include <vector>

#include "emd/certificate.h"
#include "emd/metric.h"
#include "emd/transport.h"
#include "engine/random.h"

namespace demd {

/// Random test problems, each a function of its stream alone.

inline std::vector<Point2> RandomPoints(int32_t n, RandomStream* random) {
  std::vector<Point2> points(static_cast<size_t>(n));
  for (Point2& p : points) p = {random->Uniform(), random->Uniform()};
  return points;
}

inline std::vector<double> RandomMatrix(int32_t n, int32_t m, RandomStream* random) {
  std::vector<double> costs(static_cast<size_t>(n) * static_cast<size_t>(m));
  for (double& c : costs) c = random->Uniform(-0.2, 1);
  return costs;
}

/// Masses of which about `fill` of 1 are not zero, adding up to exactly `total`.
inline std::vector<int64_t> RandomMasses(int32_t n, int64_t total, double fill,
                                         RandomStream* random) {
  std::vector<int64_t> masses(static_cast<size_t>(n), 0);
  int64_t left = total;
  for (int64_t& mass : masses) {
    if (random->Uniform() > fill) continue;
    mass = static_cast<int64_t>(random->Below(static_cast<uint64_t>(left / 2 + 1)));
    left -= mass;
  }
  masses[static_cast<size_t>(random->Below(static_cast<uint64_t>(n)))] += left;
  return masses;
}

// Times the largest cost: the grid of the costs is 2^-50, the rest is rounding of sums.
inline constexpr double kExact = 1e-14;

inline bool IsProved(const TransportSolver& solver, const int64_t* a, const int64_t* b,
                     const TransportResult& result) {
  const Certificate found = Certify(solver.ground_cost(), a, b, solver.Plan(),
                                    solver.source_duals(), solver.sink_duals());
  return result.ok() && found.Proves(solver.ground_cost(), result.total, kExact);
}

}  // namespace demd

#endif  // DEMD_TESTS_EMD_PROBLEMS_H_
