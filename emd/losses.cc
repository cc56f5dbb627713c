#include "emd/losses.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "emd/batch.h"
#include "emd/transport.h"
#include "emd/transport_tables.h"
#include "engine/error.h"
#include "engine/parallel.h"

namespace demd {
namespace {

constexpr int64_t kRowsPerBlock = 16;

void CheckShapes(const GroundCost& cost, const Shape& a, const Shape& b) {
  const bool fits =
      a.rank() == 2 && b.rank() == 2 && a[0] == b[0] && a[1] == cost.n() && b[1] == cost.m();
  if (fits) return;
  throw UsageError("exact EMD: expected shapes [rows, " + std::to_string(cost.n()) +
                   "] and [rows, " + std::to_string(cost.m()) + "], found " + a.ToString() +
                   " and " + b.ToString());
}

// One side of a pair: the row in double, and where its gradient goes.
struct Side {
  double mass[kMaxTransportCells];
  double gradient[kMaxTransportCells];
  double sum;

  void Load(const float* row, int32_t n) {
    std::copy(row, row + n, mass);
    sum = std::accumulate(mass, mass + n, 0.0);
  }
  void Store(int32_t n, float* out) const {
    std::transform(gradient, gradient + n, out, [](double g) { return static_cast<float>(g); });
  }
};

// Adds d_y[r] * row_gradient[r] to the gradient of x: [rows, n].
void Backpropagate(Var x, const float* d_y, const float* row_gradient) {
  if (row_gradient == nullptr) return;
  float* d_x = x.tape().AccumulatedGradient(x);
  const int64_t n = x.shape()[1];
  for (int64_t r = 0; r < x.shape()[0]; ++r) {
    for (int64_t i = r * n; i < (r + 1) * n; ++i) d_x[i] += d_y[r] * row_gradient[i];
  }
}

}  // namespace

Var ExactEmd(const GroundCost& cost, Var a, Var b) {
  CheckShapes(cost, a.shape(), b.shape());
  Tape& tape = a.tape();
  const int64_t rows = a.shape()[0];
  const int32_t n = cost.n();
  const int32_t m = cost.m();
  Var y = tape.Record("exact_emd", Shape{rows}, {a, b});
  float* gradient_a = a.needs_gradient() ? tape.NewArray<float>(rows * n) : nullptr;
  float* gradient_b = b.needs_gradient() ? tape.NewArray<float>(rows * m) : nullptr;
  const float* value_a = a.value();
  const float* value_b = b.value();
  float* distances = y.value();
  ParallelForBlocks(rows, kRowsPerBlock, [&](int64_t begin, int64_t end) {
    TransportSolver solver = MakeTransportSolver(cost);
    Side side_a;
    Side side_b;
    for (int64_t r = begin; r < end; ++r) {
      side_a.Load(value_a + r * n, n);
      side_b.Load(value_b + r * m, m);
      const TransportResult result = solver.SolveShapes(side_a.mass, side_b.mass);
      if (!result.ok()) {
        throw NumericError("exact EMD, row " + std::to_string(r) + ": " + Explain(result.status));
      }
      distances[r] = static_cast<float>(result.distance());
      solver.ShapeGradients(side_a.sum, side_b.sum, side_a.gradient, side_b.gradient);
      if (gradient_a != nullptr) side_a.Store(n, gradient_a + r * n);
      if (gradient_b != nullptr) side_b.Store(m, gradient_b + r * m);
    }
  });
  tape.OnBackward(y, [a, b, y, gradient_a, gradient_b] {
    const float* d_y = y.tape().Gradient(y);
    Backpropagate(a, d_y, gradient_a);
    Backpropagate(b, d_y, gradient_b);
  });
  return y;
}

}  // namespace demd
