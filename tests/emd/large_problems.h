#ifndef DEMD_TESTS_EMD_LARGE_PROBLEMS_H_
#define DEMD_TESTS_EMD_LARGE_PROBLEMS_H_

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "emd/certificate.h"
#include "emd/large_transport/solver.h"
#include "engine/random.h"
#include "tests/emd/problems.h"

namespace demd {

/// Two point sets with integer masses of equal totals.
struct CloudPair {
  std::vector<Point2> x;
  std::vector<Point2> y;
  std::vector<int64_t> a;
  std::vector<int64_t> b;
};

/// Ways in which points lie.
enum class Shape {
  kSquare,      ///< anywhere in a square
  kClusters,    ///< in five clusters
  kLine,        ///< on one line: all orders along it are ties
  kFewPlaces,   ///< on a grid of 4 x 4: most are duplicates, on one side and between both
  kOnePlace,    ///< all in the same place
  kFarApart,    ///< the sides far from each other: costs nearly equal
  kTranslated,  ///< the second side a translation of the first
  kSmall,       ///< within 1e-12
  kHuge,        ///< across 1e12
};
inline constexpr Shape kShapes[] = {Shape::kSquare,     Shape::kClusters, Shape::kLine,
                                    Shape::kFewPlaces,  Shape::kOnePlace, Shape::kFarApart,
                                    Shape::kTranslated, Shape::kSmall,    Shape::kHuge};

inline Point2 PointOf(Shape shape, RandomStream* random) {
  const Point2 p = {random->Uniform(), random->Uniform()};
  switch (shape) {
    case Shape::kClusters: {
      const double centre = static_cast<double>(random->Below(5));
      return {centre * centre + 0.05 * p.x, 3 * centre + 0.05 * p.y};
    }
    case Shape::kLine:
      return {p.x, 2 * p.x + 1};
    case Shape::kFewPlaces:
      return {std::floor(4 * p.x), std::floor(4 * p.y)};
    case Shape::kOnePlace:
      return {0.25, 0.75};
    case Shape::kSmall:
      return {1e-12 * p.x, 1e-12 * p.y};
    case Shape::kHuge:
      return {1e12 * p.x, 1e12 * p.y};
    default:
      return p;
  }
}

/// unit_masses: all 1, which needs n = m: a permutation problem; else about a third are zero.
inline CloudPair RandomClouds(Shape shape, int32_t n, int32_t m, bool unit_masses,
                              RandomStream* random) {
  CloudPair pair;
  for (int32_t i = 0; i < n; ++i) pair.x.push_back(PointOf(shape, random));
  for (int32_t j = 0; j < m; ++j) pair.y.push_back(PointOf(shape, random));
  if (shape == Shape::kTranslated) {
    for (int32_t k = 0; k < n && k < m; ++k) {
      const size_t at = static_cast<size_t>(k);
      pair.y[at] = {pair.x[at].x + 0.5, pair.x[at].y + 0.25};
    }
  }
  if (shape == Shape::kFarApart) {
    for (Point2& p : pair.y) p.x += 50;
  }
  if (unit_masses) {
    pair.a.assign(static_cast<size_t>(n), 1);
    pair.b.assign(static_cast<size_t>(m), 1);
    return pair;
  }
  const auto fill = [&](int32_t count, std::vector<int64_t>* masses) {
    int64_t total = 0;
    for (int32_t k = 0; k < count; ++k) {
      masses->push_back(random->Below(3) == 0 ? 0 : static_cast<int64_t>(random->Below(1000)));
      total += masses->back();
    }
    return total;
  };
  const int64_t more = fill(n, &pair.a) - fill(m, &pair.b);
  (more > 0 ? pair.b : pair.a)[0] += std::llabs(more) + 1;
  (more > 0 ? pair.a : pair.b)[0] += 1;
  return pair;
}

/// The plan and the duals of the last solve prove each other.
inline bool IsProved(const LargeTransportSolver& solver, const std::vector<int64_t>& a,
                     const std::vector<int64_t>& b, const TransportResult& result) {
  const Certificate found = Certify(solver.costs(), a.data(), b.data(), solver.Plan(),
                                    solver.source_duals().data(), solver.sink_duals().data());
  return result.ok() && found.Proves(solver.costs().largest(), result.total, kExact);
}

}  // namespace demd

#endif  // DEMD_TESTS_EMD_LARGE_PROBLEMS_H_
