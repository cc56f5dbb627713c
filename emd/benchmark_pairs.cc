#include "emd/benchmark_pairs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/error.h"
#include "engine/portable_math.h"
#include "engine/random.h"

namespace demd {
namespace {

using Histogram = std::array<int64_t, kHexagonCells>;

constexpr int64_t kLargestRandomMass = 1000;

void FillAll(RandomStream* random, Histogram* out) {
  for (int64_t& mass : *out) mass = 1 + static_cast<int64_t>(random->Below(kLargestRandomMass));
}

// 4 to 19 cells around a random one, with a steep core on a faint background.
void FillShower(const GroundCost& cost, RandomStream* random, Histogram* out) {
  const int32_t center = static_cast<int32_t>(random->Below(kHexagonCells));
  const size_t n_cells = 4 + static_cast<size_t>(random->Below(16));
  std::array<std::pair<double, size_t>, kHexagonCells> cells;
  for (size_t i = 0; i < cells.size(); ++i) {
    cells[i] = {cost(center, static_cast<int32_t>(i)) + random->Uniform(0, 3), i};
  }
  std::sort(cells.begin(), cells.end());
  out->fill(0);
  for (size_t k = 0; k < n_cells; ++k) {
    const double mass =
        2000 * Exp(-cells[k].first) * random->Exponential() + 40 * random->Exponential();
    (*out)[cells[k].second] = 1 + static_cast<int64_t>(mass);
  }
}

// A Gaussian blur of random width with 20 % of noise.
void FillBlurred(const GroundCost& cost, const Histogram& shower, RandomStream* random,
                 Histogram* out) {
  const double width = random->Uniform(0.6, 1.6);
  for (int32_t i = 0; i < kHexagonCells; ++i) {
    double mass = 0;
    for (int32_t j = 0; j < kHexagonCells; ++j) {
      const double d = cost(i, j) / width;
      mass += static_cast<double>(shower[static_cast<size_t>(j)]) * Exp(-d * d / 2);
    }
    (*out)[static_cast<size_t>(i)] = 1 + static_cast<int64_t>(mass * random->Uniform(0.8, 1.2));
  }
}

}  // namespace

std::vector<BenchmarkPair> MakeBenchmarkPairs(const std::string& kind, int64_t n, uint64_t seed) {
  if (kind != "dense" && kind != "realistic" && kind != "sparse") {
    throw UsageError("benchmark pairs: expected dense, realistic or sparse, found " + kind);
  }
  const GroundCost cost = GroundCost::Hexagon();
  std::vector<BenchmarkPair> pairs(static_cast<size_t>(n));
  for (size_t k = 0; k < pairs.size(); ++k) {
    RandomStream random(seed, "benchmark " + kind, k);
    if (kind == "dense") {
      FillAll(&random, &pairs[k].a);
      FillAll(&random, &pairs[k].b);
      continue;
    }
    FillShower(cost, &random, &pairs[k].a);
    if (kind == "sparse") FillShower(cost, &random, &pairs[k].b);
    if (kind == "realistic") FillBlurred(cost, pairs[k].a, &random, &pairs[k].b);
  }
  return pairs;
}

}  // namespace demd
