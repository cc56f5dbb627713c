#include "apps/bench_emd.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "emd/batch.h"
#include "emd/benchmark_pairs.h"
#include "emd/kernels/transport_kernel.h"
#include "emd/sinkhorn.h"
#include "emd/sliced.h"
#include "emd/transport.h"
#include "engine/error.h"
#include "engine/parallel.h"

namespace demd {
namespace {

constexpr uint64_t kSeed = 1;

constexpr int64_t kPairs = 2000;
constexpr int64_t kRepeats = 9;
constexpr int64_t kSinkhornPairs = 50;

// One line of the result.
struct Timing {
  std::string pairs;
  std::string method;
  double median_us = 0;
  double spread_us = 0;  // half the distance between the quartiles
  double best_us = 0;    // every chunk of pairs at its fastest
  double pivots = 0;     // per pair, where there are such
};

// A chunk is short enough to pass between two interruptions of a shared machine.
constexpr size_t kChunk = 25;

// solve(pair) returns the pivots. Runs are repeated over all chunks.
Timing Measure(const std::string& kind, const std::string& method, int64_t repeats,
               const std::vector<BenchmarkPair>& pairs,
               const std::function<int32_t(const BenchmarkPair&)>& solve) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> runs;
  std::vector<double> best((pairs.size() + kChunk - 1) / kChunk, 1e300);
  int64_t pivots = 0;
  for (int64_t repeat = 0; repeat < repeats; ++repeat) {
    double total = 0;
    pivots = 0;
    for (size_t chunk = 0; chunk < best.size(); ++chunk) {
      const size_t end = std::min(pairs.size(), (chunk + 1) * kChunk);
      const Clock::time_point start = Clock::now();
      for (size_t k = chunk * kChunk; k < end; ++k) pivots += solve(pairs[k]);
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      best[chunk] = std::min(best[chunk], seconds);
      total += seconds;
    }
    runs.push_back(total);
  }
  std::sort(runs.begin(), runs.end());
  const double scale = 1e6 / static_cast<double>(pairs.size());
  Timing timing;
  timing.pairs = kind;
  timing.method = method;
  timing.median_us = runs[runs.size() / 2] * scale;
  timing.spread_us = (runs[runs.size() * 3 / 4] - runs[runs.size() / 4]) / 2 * scale;
  for (double seconds : best) timing.best_us += seconds * scale;
  timing.pivots = static_cast<double>(pivots) / static_cast<double>(pairs.size());
  return timing;
}

int32_t SolveOrFail(TransportSolver* solver, const BenchmarkPair& pair) {
  const TransportResult result = solver->SolveShapes(pair.a.data(), pair.b.data());
  if (!result.ok()) throw NumericError(std::string("benchmark: ") + Explain(result.status));
  return result.pivots;
}

std::vector<double> Reals(const std::array<int64_t, kHexagonCells>& masses) {
  return std::vector<double>(masses.begin(), masses.end());
}

std::vector<Timing> MeasureKind(const std::string& kind) {
  const GroundCost cost = GroundCost::Hexagon();
  const std::vector<BenchmarkPair> pairs = MakeBenchmarkPairs(kind, kPairs, kSeed);
  std::vector<Timing> timings;
  for (const TransportKernel* kernel : RunnableTransportKernels()) {
    TransportSolver solver(cost);
    solver.UseKernel(*kernel);
    timings.push_back(Measure(kind, std::string("exact, ") + kernel->name, kRepeats, pairs,
                              [&](const BenchmarkPair& p) { return SolveOrFail(&solver, p); }));
  }
  const SlicedEmd sliced(HexagonCentres(), 8);
  timings.push_back(
      Measure(kind, "sliced, 8 directions", kRepeats, pairs, [&](const BenchmarkPair& p) {
        const std::vector<double> a = Reals(p.a);
        sliced.Distance(a.data(), Reals(p.b).data(), nullptr, nullptr);
        return 0;
      }));
  SinkhornOptions sinkhorn;
  sinkhorn.epsilon = 0.3;
  sinkhorn.max_iterations = 20;
  SinkhornSolver entropic(cost, sinkhorn);
  const std::vector<BenchmarkPair> few(pairs.begin(), pairs.begin() + kSinkhornPairs);
  timings.push_back(
      Measure(kind, "Sinkhorn, epsilon 0.3, 20 it.", 1, few, [&](const BenchmarkPair& p) {
        const std::vector<double> a = Reals(p.a);
        entropic.Solve(a.data(), Reals(p.b).data(), nullptr, nullptr);
        return 0;
      }));
  return timings;
}

// Pairs per second over all threads, from all rows of one set against all of another.
double PairsPerSecond() {
  constexpr int64_t kRows = 400;
  const std::vector<BenchmarkPair> pairs = MakeBenchmarkPairs("realistic", kRows, kSeed);
  std::vector<int64_t> a;
  std::vector<int64_t> b;
  for (const BenchmarkPair& pair : pairs) {
    a.insert(a.end(), pair.a.begin(), pair.a.end());
    b.insert(b.end(), pair.b.begin(), pair.b.end());
  }
  std::vector<double> out(kRows * kRows);
  const auto start = std::chrono::steady_clock::now();
  EmdPairwise(GroundCost::Hexagon(), a.data(), kRows, b.data(), kRows, out.data());
  return kRows * kRows /
         std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

JsonValue BenchEmd() {
  JsonValue rows = JsonValue::MakeArray();
  for (const char* kind : {"dense", "realistic", "sparse"}) {
    for (const Timing& t : MeasureKind(kind)) {
      rows.Append(JsonValue::MakeObject()
                      .Set("pairs", t.pairs)
                      .Set("method", t.method)
                      .Set("median_us", t.median_us)
                      .Set("spread_us", t.spread_us)
                      .Set("best_us", t.best_us)
                      .Set("pivots", t.pivots));
    }
  }
  JsonValue result = JsonValue::MakeObject();
  return result.Set("emd", rows)
      .Set("threads", ThreadCount())
      .Set("pairs_per_second", PairsPerSecond());
}

void PrintBenchEmd(const JsonValue& results) {
  std::printf("%-10s %-30s %9s %9s %9s %7s %9s\n", "pairs", "method", "median us", "+-", "best us",
              "pivots", "ns/pivot");
  for (const JsonValue& row : results.Get("emd").AsArray()) {
    const double best = row.Get("best_us").AsReal();
    const double pivots = row.Get("pivots").AsReal();
    std::printf("%-10s %-30s %9.2f %9.2f %9.2f %7.1f %9.0f\n", row.Get("pairs").AsString().c_str(),
                row.Get("method").AsString().c_str(), row.Get("median_us").AsReal(),
                row.Get("spread_us").AsReal(), best, pivots,
                pivots > 0 ? 1000 * best / pivots : 0.0);
  }
  std::printf("%.0f pairs/s on %lld threads (realistic, all with all)\n",
              results.Get("pairs_per_second").AsReal(),
              static_cast<long long>(results.Get("threads").AsInteger()));
}

}  // namespace demd
