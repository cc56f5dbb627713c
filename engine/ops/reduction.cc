#include "engine/ops/reduction.h"

#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/kernels/matrix_kernels.h"
#include "engine/parallel.h"

namespace demd {
namespace {

constexpr int64_t kRowsPerTask = 32;
constexpr int64_t kElementsPerPartialSum = 16384;

double SumOf(const float* x, int64_t n) {
  double sum = 0.0;
  for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]);
  return sum;
}

double DotOf(const float* x, const float* y, int64_t n) {
  double sum = 0.0;
  for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(y[i]);
  return sum;
}

// Blocks of a constant size are summed apart and combined in order.
double BlockedSum(const float* x, int64_t n) {
  std::vector<double> partial(
      static_cast<size_t>((n + kElementsPerPartialSum - 1) / kElementsPerPartialSum));
  ParallelForBlocks(n, kElementsPerPartialSum, [&](int64_t begin, int64_t end) {
    partial[static_cast<size_t>(begin / kElementsPerPartialSum)] = SumOf(x + begin, end - begin);
  });
  double sum = 0.0;
  for (const double value : partial) sum += value;
  return sum;
}

// scale * sum of all elements.
Var ScaledSum(const char* name, Var x, double scale) {
  const int64_t size = x.shape().size();
  Var y = x.tape().Record(name, Shape{}, {x});
  y.value()[0] = static_cast<float>(scale * BlockedSum(x.value(), size));
  x.tape().OnBackward(y, [x, y, size, scale] {
    const float d = static_cast<float>(scale) * y.tape().Gradient(y)[0];
    float* d_x = x.tape().AccumulatedGradient(x);
    for (int64_t i = 0; i < size; ++i) d_x[i] += d;
  });
  return y;
}

// Errors: UsageError for a scalar, which has no columns.
void RequireColumns(const char* name, const Shape& shape) {
  if (shape.rank() > 0) return;
  throw UsageError(std::string(name) +
                   ": expected a shape of at least one axis, [..., columns], found " +
                   shape.ToString());
}

// Records an op that works on each row of the last axis alone.
// Forward(in, rows, m, out) fills out[rows][m]; Backward(in, out, d_y, d_x, m) adds to d_x[m].
template <typename RowOp>
Var PerRow(const char* name, Var x, RowOp op) {
  RequireColumns(name, x.shape());
  const int64_t m = x.shape()[-1];
  const int64_t rows = m == 0 ? 0 : x.shape().size() / m;
  Var y = x.tape().Record(name, x.shape(), {x});
  ParallelForBlocks(rows, kRowsPerTask, [=](int64_t begin, int64_t end) {
    op.Forward(x.value() + begin * m, end - begin, m, y.value() + begin * m);
  });
  x.tape().OnBackward(y, [x, y, m, rows, op] {
    const float* d_y = y.tape().Gradient(y);
    float* d_x = x.tape().AccumulatedGradient(x);
    ParallelForBlocks(rows, kRowsPerTask, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin * m; i < end * m; i += m) {
        op.Backward(x.value() + i, y.value() + i, d_y + i, d_x + i, m);
      }
    });
  });
  return y;
}

struct NormalizeRow {
  void Forward(const float* x, int64_t rows, int64_t m, float* y) const {
    for (int64_t r = 0; r < rows; ++r, x += m, y += m) {
      const double inverse = 1.0 / SumOf(x, m);
      for (int64_t j = 0; j < m; ++j) {
        y[j] = static_cast<float>(static_cast<double>(x[j]) * inverse);
      }
    }
  }
  void Backward(const float* x, const float* y, const float* d_y, float* d_x, int64_t m) const {
    const double inverse = 1.0 / SumOf(x, m);
    const double mean = DotOf(d_y, y, m);
    for (int64_t j = 0; j < m; ++j) {
      d_x[j] += static_cast<float>((static_cast<double>(d_y[j]) - mean) * inverse);
    }
  }
};

struct SoftmaxRow {
  void Forward(const float* x, int64_t rows, int64_t m, float* y) const {
    Kernels().vector->softmax(x, rows, m, y);
  }
  void Backward(const float*, const float* y, const float* d_y, float* d_x, int64_t m) const {
    const double mean = DotOf(d_y, y, m);
    for (int64_t j = 0; j < m; ++j) {
      d_x[j] +=
          static_cast<float>((static_cast<double>(d_y[j]) - mean) * static_cast<double>(y[j]));
    }
  }
};

}  // namespace

Var Sum(Var x) { return ScaledSum("sum", x, 1.0); }

Var Mean(Var x) {
  if (x.shape().size() == 0) {
    throw UsageError("mean: expected at least one element, found a shape " + x.shape().ToString());
  }
  return ScaledSum("mean", x, 1.0 / static_cast<double>(x.shape().size()));
}

Var SumColumns(Var x) {
  const Shape shape = x.shape();
  RequireColumns("sum_columns", shape);
  const int64_t m = shape[-1];
  std::vector<int64_t> extents;
  for (int i = 0; i < shape.rank(); ++i) extents.push_back(i == shape.rank() - 1 ? 1 : shape[i]);
  Var y = x.tape().Record("sum_columns", Shape(extents), {x});
  const int64_t rows = y.shape().size();
  for (int64_t r = 0; r < rows; ++r) {
    y.value()[r] = static_cast<float>(SumOf(x.value() + r * m, m));
  }
  x.tape().OnBackward(y, [x, y, rows, m] {
    const float* d_y = y.tape().Gradient(y);
    float* d_x = x.tape().AccumulatedGradient(x);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t j = 0; j < m; ++j) d_x[r * m + j] += d_y[r];
    }
  });
  return y;
}

Var NormalizeColumns(Var x) { return PerRow("normalize", x, NormalizeRow{}); }

Var Softmax(Var x) { return PerRow("softmax", x, SoftmaxRow{}); }

}  // namespace demd
