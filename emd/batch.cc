#include "emd/batch.h"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "emd/transport_tables.h"
#include "engine/error.h"
#include "engine/parallel.h"

namespace demd {
namespace {

// Pairs per block: long enough to hide the making of a solver, short enough to share evenly.
constexpr int64_t kBlock = 64;

// A solver together with the conversion of rows to the types it takes.
template <typename T>
class RowSolver {
 public:
  explicit RowSolver(const GroundCost& cost)
      : solver_(MakeTransportSolver(cost)),
        row_a_(static_cast<size_t>(cost.n())),
        row_b_(static_cast<size_t>(cost.m())) {}

  TransportResult Solve(const T* a, const T* b) {
    const auto convert = [](T x) { return static_cast<Mass>(x); };
    std::transform(a, a + solver_.n(), row_a_.begin(), convert);
    std::transform(b, b + solver_.m(), row_b_.begin(), convert);
    return solver_.SolveShapes(row_a_.data(), row_b_.data());
  }

 private:
  using Mass = std::conditional_t<std::is_integral_v<T>, int64_t, double>;

  AnyTransportSolver solver_;
  std::vector<Mass> row_a_;
  std::vector<Mass> row_b_;
};

[[noreturn]] void ThrowFor(int64_t row_a, int64_t row_b, TransportStatus status) {
  throw NumericError("rows a[" + std::to_string(row_a) + "], b[" + std::to_string(row_b) +
                     "]: " + Explain(status));
}

}  // namespace

AnyTransportSolver MakeTransportSolver(const GroundCost& cost) {
  try {
    return AnyTransportSolver(cost);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

AnyTransportSolver MakeTransportSolver(const TransportCosts& costs) {
  try {
    return AnyTransportSolver(costs);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

template <typename T>
void EmdOfRows(const GroundCost& cost, const T* a, const T* b, int64_t n_pairs, double* out) {
  ParallelForBlocks(n_pairs, kBlock, [&](int64_t begin, int64_t end) {
    RowSolver<T> solver(cost);
    for (int64_t k = begin; k < end; ++k) {
      const TransportResult result = solver.Solve(a + k * cost.n(), b + k * cost.m());
      if (!result.ok()) ThrowFor(k, k, result.status);
      out[k] = result.distance();
    }
  });
}

template <typename T>
void EmdPairwise(const GroundCost& cost, const T* a, int64_t n_a, const T* b, int64_t n_b,
                 double* out, const std::function<void(int64_t)>& progress) {
  const bool mirror = a == b && n_a == n_b && cost.is_metric();
  const int64_t blocks_per_row = (n_b + kBlock - 1) / kBlock;
  std::mutex mutex;
  int64_t done = 0;
  ParallelFor(n_a * blocks_per_row, [&](int64_t task) {
    const int64_t r = task / blocks_per_row;
    const int64_t first = task % blocks_per_row * kBlock;
    const int64_t begin = mirror ? std::max(first, r) : first;
    const int64_t end = std::min(first + kBlock, n_b);
    if (begin >= end) return;
    RowSolver<T> solver(cost);
    for (int64_t s = begin; s < end; ++s) {
      const TransportResult result = solver.Solve(a + r * cost.n(), b + s * cost.m());
      if (!result.ok()) ThrowFor(r, s, result.status);
      out[r * n_b + s] = result.distance();
      if (mirror) out[s * n_b + r] = result.distance();
    }
    if (!progress) return;
    std::lock_guard<std::mutex> lock(mutex);
    done += mirror ? 2 * (end - begin) - (begin == r) : end - begin;
    progress(done);
  });
}

#define DEMD_INSTANTIATE(T)                                                                      \
  template void EmdOfRows<T>(const GroundCost&, const T*, const T*, int64_t, double*);           \
  template void EmdPairwise<T>(const GroundCost&, const T*, int64_t, const T*, int64_t, double*, \
                               const std::function<void(int64_t)>&);
DEMD_INSTANTIATE(float)
DEMD_INSTANTIATE(double)
DEMD_INSTANTIATE(int32_t)
DEMD_INSTANTIATE(int64_t)
#undef DEMD_INSTANTIATE

}  // namespace demd
