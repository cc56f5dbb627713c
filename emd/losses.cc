#include "emd/losses.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "emd/batch.h"
#include "emd/one_dimensional.h"
#include "emd/partial.h"
#include "emd/transport.h"
#include "engine/error.h"
#include "engine/parallel.h"
#include "engine/portable_math.h"

namespace demd {
namespace {

constexpr int64_t kRowsPerBlock = 16;

void CheckShapes(const char* op, int32_t n, int32_t m, const Shape& a, const Shape& b) {
  if (a.rank() == 2 && b.rank() == 2 && a[0] == b[0] && a[1] == n && b[1] == m) return;
  throw UsageError(std::string(op) + ": expected shapes [rows, " + std::to_string(n) +
                   "] and [rows, " + std::to_string(m) + "], found " + a.ToString() + " and " +
                   b.ToString());
}

// Runs what can fail by an op's parameters alone.
template <typename Use>
auto WithUsageErrors(const char* op, Use use) {
  try {
    return use();
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string(op) + ": " + error.what());
  }
}

// One side of a pair: the row in double, and where its gradient goes.
struct Side {
  std::vector<double> mass;
  std::vector<double> gradient;

  explicit Side(int32_t n) : mass(static_cast<size_t>(n)), gradient(static_cast<size_t>(n)) {}

  void Load(const float* row) { std::copy(row, row + mass.size(), mass.begin()); }
  double Sum() const { return std::accumulate(mass.begin(), mass.end(), 0.0); }
  void Store(float* out) const {
    std::transform(gradient.begin(), gradient.end(), out,
                   [](double g) { return static_cast<float>(g); });
  }
};

// With mass everywhere, nothing but parameters can be wrong.
template <typename Solve>
void TryParameters(const char* op, int32_t n, const Solve& solve) {
  Side side(n);
  std::fill(side.mass.begin(), side.mass.end(), 1.0);
  WithUsageErrors(op, [&] { return solve(&side, &side); });
}

// Adds d_y[r] * row_gradient[r] to the gradient of x: [rows, n].
void Backpropagate(Var x, const float* d_y, const float* row_gradient) {
  if (row_gradient == nullptr) return;
  float* d_x = x.tape().AccumulatedGradient(x);
  const int64_t n = x.shape()[1];
  for (int64_t r = 0; r < x.shape()[0]; ++r) {
    for (int64_t i = r * n; i < (r + 1) * n; ++i) d_x[i] += d_y[r] * row_gradient[i];
  }
}

// Records a distance between rows. make_solver() is called once per block of rows and returns a
// function (Side* a, Side* b) -> distance that also fills the gradients.
template <typename MakeSolver>
Var RowDistances(const char* op, int32_t n, int32_t m, Var a, Var b, MakeSolver make_solver) {
  CheckShapes(op, n, m, a.shape(), b.shape());
  Tape& tape = a.tape();
  const int64_t rows = a.shape()[0];
  Var y = tape.Record(op, Shape{rows}, {a, b});
  float* gradient_a = a.needs_gradient() ? tape.NewArray<float>(rows * n) : nullptr;
  float* gradient_b = b.needs_gradient() ? tape.NewArray<float>(rows * m) : nullptr;
  const float* value_a = a.value();
  const float* value_b = b.value();
  float* distances = y.value();
  ParallelForBlocks(rows, kRowsPerBlock, [&](int64_t begin, int64_t end) {
    auto solve = make_solver();
    Side side_a(n);
    Side side_b(m);
    for (int64_t r = begin; r < end; ++r) {
      side_a.Load(value_a + r * n);
      side_b.Load(value_b + r * m);
      try {
        distances[r] = static_cast<float>(solve(&side_a, &side_b));
      } catch (const std::invalid_argument& error) {
        throw NumericError(std::string(op) + ", row " + std::to_string(r) + ": " + error.what());
      }
      if (gradient_a != nullptr) side_a.Store(gradient_a + r * n);
      if (gradient_b != nullptr) side_b.Store(gradient_b + r * m);
    }
  });
  tape.OnBackward(y, [a, b, y, gradient_a, gradient_b] {
    const float* d_y = y.tape().Gradient(y);
    Backpropagate(a, d_y, gradient_a);
    Backpropagate(b, d_y, gradient_b);
  });
  return y;
}

}  // namespace

Var ExactEmd(const GroundCost& cost, Var a, Var b) {
  return RowDistances("exact_emd", cost.n(), cost.m(), a, b, [&] {
    return [solver = MakeTransportSolver(cost)](Side* x, Side* y) mutable {
      const TransportResult result = solver.SolveShapes(x->mass.data(), y->mass.data());
      if (!result.ok()) throw std::invalid_argument(Explain(result.status));
      solver.ShapeGradients(x->Sum(), y->Sum(), x->gradient.data(), y->gradient.data());
      return result.distance();
    };
  });
}

Var WassersteinDistance(const GroundCost& metric, double p, Var a, Var b) {
  constexpr char kOp[] = "wasserstein_distance";
  if (!(p >= 1)) throw UsageError("wasserstein_distance: expected p >= 1");
  const GroundCost cost = WithUsageErrors(kOp, [&] { return metric.Power(p); });
  return RowDistances(kOp, cost.n(), cost.m(), a, b, [&] {
    return [solver = MakeTransportSolver(cost), p](Side* x, Side* y) mutable {
      const TransportResult result = solver.SolveShapes(x->mass.data(), y->mass.data());
      if (!result.ok()) throw std::invalid_argument(Explain(result.status));
      solver.ShapeGradients(x->Sum(), y->Sum(), x->gradient.data(), y->gradient.data());
      const double power = result.distance();
      const double root = p == 2 ? std::sqrt(power) : Pow(power, 1 / p);
      const double slope = power > 0 ? root / (p * power) : 0;
      for (Side* side : {x, y}) {
        for (double& d : side->gradient) d *= slope;
      }
      return root;
    };
  });
}

Var EnergyMoversDistance(const GroundCost& cost, double radius, Var a, Var b) {
  constexpr char kOp[] = "energy_movers_distance";
  WithUsageErrors(kOp, [&] { return EnergyMovers(cost, radius); });
  return RowDistances(kOp, cost.n(), cost.m(), a, b, [&] {
    return [solver = EnergyMovers(cost, radius)](Side* x, Side* y) mutable {
      return solver.Distance(x->mass.data(), y->mass.data(), x->gradient.data(),
                             y->gradient.data());
    };
  });
}

Var SlicedDistance(const SlicedEmd& sliced, Var a, Var b) {
  return RowDistances("sliced_emd", sliced.n(), sliced.n(), a, b, [&] {
    return [&](Side* x, Side* y) {
      return sliced.Distance(x->mass.data(), y->mass.data(), x->gradient.data(),
                             y->gradient.data());
    };
  });
}

Var SinkhornDistance(const GroundCost& cost, const SinkhornOptions& options, Var a, Var b) {
  constexpr char kOp[] = "sinkhorn";
  WithUsageErrors(kOp, [&] { return SinkhornSolver(cost, options); });
  return RowDistances(kOp, cost.n(), cost.m(), a, b, [&] {
    return [solver = SinkhornSolver(cost, options)](Side* x, Side* y) mutable {
      return solver.Solve(x->mass.data(), y->mass.data(), x->gradient.data(), y->gradient.data())
          .value;
    };
  });
}

Var OneDimensionalDistance(const std::vector<double>& positions, double circumference, Var a,
                           Var b) {
  constexpr char kOp[] = "one_dimensional_emd";
  if (!(circumference >= 0)) {
    throw UsageError("one_dimensional_emd: expected a circumference of at least 0");
  }
  const int32_t n = static_cast<int32_t>(positions.size());
  const auto solve = [&, n](Side* x, Side* y) {
    double* d_x = x->gradient.data();
    double* d_y = y->gradient.data();
    return circumference > 0
               ? CircleEmd(n, positions.data(), circumference, x->mass.data(), y->mass.data(), d_x,
                           d_y)
               : LineEmd(n, positions.data(), x->mass.data(), y->mass.data(), d_x, d_y);
  };
  TryParameters(kOp, n, solve);
  return RowDistances(kOp, n, n, a, b, [&] { return solve; });
}

Var LineWassersteinPower(double p, const std::vector<double>& positions, Var a, Var b) {
  constexpr char kOp[] = "line_wasserstein_power";
  const int32_t n = static_cast<int32_t>(positions.size());
  const auto solve = [&, n](Side* x, Side* y) {
    return LineWassersteinPower(p, n, positions.data(), x->mass.data(), n, positions.data(),
                                y->mass.data(), x->gradient.data(), y->gradient.data());
  };
  TryParameters(kOp, n, solve);
  return RowDistances(kOp, n, n, a, b, [&] { return solve; });
}

}  // namespace demd
