#include "apps/bench_large_emd.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "emd/large_transport/solver.h"
#include "engine/error.h"
#include "engine/random.h"

namespace demd {
namespace {

constexpr uint64_t kSeed = 1;

struct Size {
  int32_t n;
  int repeats;
};
constexpr Size kSizes[] = {{256, 25}, {1024, 15}, {4096, 9}, {16384, 3}, {65536, 1}};

struct Clouds {
  std::vector<Point2> x;
  std::vector<Point2> y;
  std::vector<int64_t> a;
  std::vector<int64_t> b;
};

Clouds MakeClouds(int32_t n, bool equal_masses) {
  RandomStream random(kSeed, "bench clouds", static_cast<uint64_t>(n));
  Clouds clouds;
  for (int32_t k = 0; k < n; ++k) {
    clouds.x.push_back({random.Uniform(), random.Uniform()});
    clouds.y.push_back({random.Uniform(), random.Uniform()});
    clouds.a.push_back(equal_masses ? 1 : 1 + static_cast<int64_t>(random.Below(1000)));
    clouds.b.push_back(equal_masses ? 1 : 1 + static_cast<int64_t>(random.Below(1000)));
  }
  return clouds;
}

JsonValue MeasureSize(const Size& size, bool equal_masses) {
  using Clock = std::chrono::steady_clock;
  const Clouds clouds = MakeClouds(size.n, equal_masses);
  LargeTransportSolver solver(TransportCosts::Points(clouds.x, clouds.y));
  TransportResult result;
  std::vector<double> runs;
  for (int repeat = 0; repeat < size.repeats; ++repeat) {
    const Clock::time_point start = Clock::now();
    result = solver.SolveShapes(clouds.a.data(), clouds.b.data());
    runs.push_back(1e3 * std::chrono::duration<double>(Clock::now() - start).count());
    if (!result.ok()) throw NumericError(std::string("benchmark: ") + Explain(result.status));
  }
  std::sort(runs.begin(), runs.end());
  const LargeTransportEffort& effort = solver.effort();
  return JsonValue::MakeObject()
      .Set("n", static_cast<int64_t>(size.n))
      .Set("masses", equal_masses ? "equal" : "random")
      .Set("median_ms", runs[runs.size() / 2])
      .Set("spread_ms", (runs[runs.size() * 3 / 4] - runs[runs.size() / 4]) / 2)
      .Set("best_ms", runs.front())
      .Set("pivots", effort.pivots)
      .Set("searches", static_cast<int64_t>(effort.searches))
      .Set("peak_bytes", static_cast<int64_t>(effort.peak_bytes))
      .Set("distance", result.distance());
}

}  // namespace

JsonValue BenchLargeEmd() {
  JsonValue rows = JsonValue::MakeArray();
  for (const bool equal_masses : {false, true}) {
    for (const Size& size : kSizes) rows.Append(MeasureSize(size, equal_masses));
  }
  return JsonValue::MakeObject().Set("large_emd", rows);
}

void PrintBenchLargeEmd(const JsonValue& results) {
  std::printf("%-7s %7s %10s %8s %10s %9s %9s %8s %7s %7s\n", "masses", "n = m", "median ms", "+-",
              "best ms", "pivots", "ns/pivot", "searches", "MB", "growth");
  double last_n = 0;
  double last_ms = 0;
  for (const JsonValue& row : results.Get("large_emd").AsArray()) {
    const double n = static_cast<double>(row.Get("n").AsInteger());
    const double best = row.Get("best_ms").AsReal();
    const double pivots = static_cast<double>(row.Get("pivots").AsInteger());
    std::printf("%-7s %7.0f %10.2f %8.2f %10.2f %9.0f %9.0f %8lld %7.1f",
                row.Get("masses").AsString().c_str(), n, row.Get("median_ms").AsReal(),
                row.Get("spread_ms").AsReal(), best, pivots, 1e6 * best / pivots,
                static_cast<long long>(row.Get("searches").AsInteger()),
                static_cast<double>(row.Get("peak_bytes").AsInteger()) / 1e6);
    // The exponent of n between this line and the last.
    if (n > last_n && last_n > 0) {
      std::printf(" n^%.2f", std::log2(best / last_ms) / std::log2(n / last_n));
    }
    std::printf("\n");
    last_n = n;
    last_ms = best;
  }
}

}  // namespace demd
