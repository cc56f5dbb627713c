#include "apps/bench_emd.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <numeric>
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
constexpr double kEpsilon = 0.25;

constexpr int64_t kPairs = 2000;
constexpr int64_t kRepeats = 9;
constexpr int64_t kSinkhornPairs = 200;
constexpr int64_t kSinkhornRepeats = 5;

// One line of the result.
struct Timing {
  std::string pairs;
  std::string method;
  double median_us = 0;
  double spread_us = 0;  // half the distance between the quartiles
  double best_us = 0;    // every chunk of pairs at its fastest
  double pivots = 0;     // per pair, where there are such; iterations of Sinkhorn
  double pivot_ns = 0;   // what one more of them takes
};

// A chunk is short enough to pass between two interruptions of a shared machine.
constexpr size_t kChunk = 25;

// Slope of the straight line through the chunks' seconds over their steps, by least squares: the
// time of a step apart from what every solve takes.
double SecondsPerStep(const std::vector<double>& seconds, const std::vector<double>& steps) {
  const double n = static_cast<double>(seconds.size());
  const double mean_seconds = std::accumulate(seconds.begin(), seconds.end(), 0.0) / n;
  const double mean_steps = std::accumulate(steps.begin(), steps.end(), 0.0) / n;
  double product = 0;
  double square = 0;
  for (size_t k = 0; k < seconds.size(); ++k) {
    product += (steps[k] - mean_steps) * (seconds[k] - mean_seconds);
    square += (steps[k] - mean_steps) * (steps[k] - mean_steps);
  }
  return square > 0 ? product / square : 0;
}

// solve(pair) returns the pivots. Runs are repeated over all chunks.
Timing Measure(const std::string& kind, const std::string& method, int64_t repeats,
               const std::vector<BenchmarkPair>& pairs,
               const std::function<int32_t(const BenchmarkPair&)>& solve) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> runs;
  std::vector<double> best((pairs.size() + kChunk - 1) / kChunk, 1e300);
  std::vector<double> steps(best.size());
  for (int64_t repeat = 0; repeat < repeats; ++repeat) {
    double total = 0;
    for (size_t chunk = 0; chunk < best.size(); ++chunk) {
      const size_t end = std::min(pairs.size(), (chunk + 1) * kChunk);
      const Clock::time_point start = Clock::now();
      int64_t pivots = 0;
      for (size_t k = chunk * kChunk; k < end; ++k) pivots += solve(pairs[k]);
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      best[chunk] = std::min(best[chunk], seconds);
      steps[chunk] = static_cast<double>(pivots);
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
  timing.pivots =
      std::accumulate(steps.begin(), steps.end(), 0.0) / static_cast<double>(pairs.size());
  constexpr size_t kEnoughForASlope = 40;
  if (best.size() >= kEnoughForASlope) timing.pivot_ns = 1e9 * SecondsPerStep(best, steps);
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
  const std::vector<BenchmarkPair> few(pairs.begin(), pairs.begin() + kSinkhornPairs);
  for (bool debiased : {false, true}) {
    SinkhornOptions options;
    options.epsilon = kEpsilon;
    options.debiased = debiased;
    SinkhornSolver entropic(cost, options);
    std::vector<double> d_a(kHexagonCells);
    std::vector<double> d_b(kHexagonCells);
    timings.push_back(Measure(
        kind, debiased ? "Sinkhorn .25, debiased, grad" : "Sinkhorn .25, grad", kSinkhornRepeats,
        few, [&](const BenchmarkPair& p) {
          const std::vector<double> a = Reals(p.a);
          return entropic.Solve(a.data(), Reals(p.b).data(), d_a.data(), d_b.data()).iterations;
        }));
  }
  return timings;
}

// Pairs per second, from all rows of one set against all of another; the best of a few runs.
double PairsPerSecond(int threads) {
  constexpr int64_t kRows = 400;
  constexpr int kRuns = 5;
  const std::vector<BenchmarkPair> pairs = MakeBenchmarkPairs("realistic", kRows, kSeed);
  std::vector<int64_t> a;
  std::vector<int64_t> b;
  for (const BenchmarkPair& pair : pairs) {
    a.insert(a.end(), pair.a.begin(), pair.a.end());
    b.insert(b.end(), pair.b.begin(), pair.b.end());
  }
  std::vector<double> out(kRows * kRows);
  const int before = ThreadCount();
  SetThreadCount(threads);
  double best = 0;
  for (int run = 0; run < kRuns; ++run) {
    const auto start = std::chrono::steady_clock::now();
    EmdPairwise(GroundCost::Hexagon(), a.data(), kRows, b.data(), kRows, out.data());
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = std::max(best, kRows * kRows / taken.count());
  }
  SetThreadCount(before);
  return best;
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
                      .Set("pivots", t.pivots)
                      .Set("pivot_ns", t.pivot_ns));
    }
  }
  JsonValue batches = JsonValue::MakeArray();
  for (int threads = 1; threads <= ThreadCount(); threads *= 2) {
    batches.Append(JsonValue::MakeObject()
                       .Set("threads", threads)
                       .Set("pairs_per_second", PairsPerSecond(threads)));
  }
  return JsonValue::MakeObject().Set("emd", rows).Set("batches", batches);
}

void PrintBenchEmd(const JsonValue& results) {
  std::printf("%-10s %-30s %9s %9s %9s %7s %9s\n", "pairs", "method", "median us", "+-", "best us",
              "steps", "ns/step");
  for (const JsonValue& row : results.Get("emd").AsArray()) {
    std::printf("%-10s %-30s %9.2f %9.2f %9.2f %7.1f %9.0f\n", row.Get("pairs").AsString().c_str(),
                row.Get("method").AsString().c_str(), row.Get("median_us").AsReal(),
                row.Get("spread_us").AsReal(), row.Get("best_us").AsReal(),
                row.Get("pivots").AsReal(), row.Get("pivot_ns").AsReal());
  }
  std::printf("steps: pivots, or iterations of Sinkhorn; ns/step: what one more of them takes\n");
  for (const JsonValue& batch : results.Get("batches").AsArray()) {
    std::printf("%.0f pairs/s on %lld thread(s) (realistic, all with all)\n",
                batch.Get("pairs_per_second").AsReal(),
                static_cast<long long>(batch.Get("threads").AsInteger()));
  }
}

}  // namespace demd
