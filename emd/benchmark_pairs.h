#ifndef DEMD_EMD_BENCHMARK_PAIRS_H_
#define DEMD_EMD_BENCHMARK_PAIRS_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "emd/metric.h"

namespace demd {

/// Pairs of 48-cell histograms on which solvers are timed.
struct BenchmarkPair {
  std::array<int64_t, kHexagonCells> a;
  std::array<int64_t, kHexagonCells> b;
};

/// kind: "dense" (every cell of both sides random), "realistic" (a shower of 4 to 19 cells against
/// its blurred copy on all 48), "sparse" (two independent showers).
/// Errors: UsageError for another kind.
std::vector<BenchmarkPair> MakeBenchmarkPairs(const std::string& kind, int64_t n, uint64_t seed);

}  // namespace demd

#endif  // DEMD_EMD_BENCHMARK_PAIRS_H_
