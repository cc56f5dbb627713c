#include "emd/comparison.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "emd/batch.h"
#include "engine/error.h"
#include "engine/parallel.h"
#include "engine/portable_math.h"

namespace demd {
namespace {

// Pairs that one task solves; the results of 64 tasks are kept at a time.
constexpr int64_t kBlock = 64;
constexpr int64_t kTasks = 64;

TransportResult SolveRows(const Histograms& a, const Histograms& b, RowPairIndex rows,
                          AnyTransportSolver* solver) {
  const double* row_a = a.row(rows.a);
  const double* row_b = b.row(rows.b);
  if (!a.are_integers || !b.are_integers) return solver->SolveShapes(row_a, row_b);
  std::vector<int64_t> whole_a(static_cast<size_t>(a.n_cells));
  std::vector<int64_t> whole_b(static_cast<size_t>(b.n_cells));
  const auto to_integer = [](double x) { return static_cast<int64_t>(x); };
  std::transform(row_a, row_a + a.n_cells, whole_a.begin(), to_integer);
  std::transform(row_b, row_b + b.n_cells, whole_b.begin(), to_integer);
  return solver->SolveShapes(whole_a.data(), whole_b.data());
}

PairComparison Compare(const Histograms& a, const Histograms& b, RowPairIndex rows,
                       const ComparisonOptions& options, AnyTransportSolver* solver) {
  const TransportResult result = SolveRows(a, b, rows, solver);
  if (!result.ok()) {
    throw NumericError(a.Where(rows.a) + ", " + b.Where(rows.b) + ": " + Explain(result.status));
  }
  PairComparison pair;
  pair.rows = rows;
  pair.total = result.total;
  pair.distance = result.distance();
  if (options.root == 2) {
    pair.distance = std::sqrt(pair.distance);
  } else if (options.root != 1) {
    pair.distance = Pow(pair.distance, 1 / options.root);
  }
  if (options.plan) pair.plan = solver->Plan();
  if (options.duals) {
    pair.duals.assign(solver->source_duals(), solver->source_duals() + a.n_cells);
    pair.duals.insert(pair.duals.end(), solver->sink_duals(), solver->sink_duals() + b.n_cells);
  }
  return pair;
}

}  // namespace

RowPairs RowPairs::Listed(std::vector<RowPairIndex> pairs) {
  const int64_t size = static_cast<int64_t>(pairs.size());
  return RowPairs(size, 0, std::move(pairs));
}

RowPairIndex RowPairs::operator[](int64_t k) const {
  if (!list_.empty()) return list_[static_cast<size_t>(k)];
  return n_b_ == 0 ? RowPairIndex{k, k} : RowPairIndex{k / n_b_, k % n_b_};
}

void CompareRows(const TransportCosts& costs, const Histograms& a, const Histograms& b,
                 const RowPairs& pairs, const ComparisonOptions& options,
                 const std::function<bool(const PairComparison&)>& take) {
  // A large problem is worth a task of its own.
  const int64_t block = IsSmallProblem(costs) ? kBlock : 1;
  const int64_t most = kTasks * block;
  std::vector<PairComparison> window;
  for (int64_t first = 0; first < pairs.size(); first += most) {
    const int64_t n = std::min(most, pairs.size() - first);
    window.assign(static_cast<size_t>(n), PairComparison());
    ParallelForBlocks(n, block, [&](int64_t begin, int64_t end) {
      AnyTransportSolver solver = MakeTransportSolver(costs);
      for (int64_t k = begin; k < end; ++k) {
        window[static_cast<size_t>(k)] = Compare(a, b, pairs[first + k], options, &solver);
      }
    });
    for (const PairComparison& pair : window) {
      if (!take(pair)) return;
    }
  }
}

}  // namespace demd
