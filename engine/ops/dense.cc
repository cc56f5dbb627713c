#include "engine/ops/dense.h"

#include <algorithm>
#include <string>

#include "engine/error.h"
#include "engine/kernels/matrix_kernels.h"
#include "engine/ops/gradient_blocks.h"
#include "engine/parallel.h"

namespace demd {
namespace {

constexpr int64_t kRowsPerTask = 48;
constexpr int64_t kRowsPerPartialSum = 256;
// Columns of x and of d_y whose products the kernel sums up in registers.
constexpr int64_t kPanel = 8;
constexpr int64_t kWidePanel = 32;

// c[rows][n] = a[rows][k] b[k][n] + bias[n].
void Product(const float* a, const float* b, const float* bias, int64_t rows, int64_t k, int64_t n,
             float* c, bool accumulate) {
  ParallelForBlocks(rows, kRowsPerTask, [=](int64_t begin, int64_t end) {
    const Segment all{0, 0, k};
    RowsTimesMatrix job{};
    job.a = a + begin * k;
    job.a_stride = k;
    job.b = b;
    job.bias = bias;
    job.c = c + begin * n;
    job.c_stride = n;
    job.segments = &all;
    job.n_segments = 1;
    job.m = end - begin;
    job.n = n;
    job.accumulate = accumulate;
    Kernels().rows_times_matrix(job);
  });
}

// x[rows][columns] -> panels, each [rows][width] (the last one narrower), one after the other: what
// is multiplied together lies together.
void Pack(const float* x, int64_t rows, int64_t columns, int64_t width, float* panels) {
  for (int64_t c = 0; c < columns; c += width) {
    const int64_t n = std::min(width, columns - c);
    for (int64_t r = 0; r < rows; ++r, panels += n) std::copy_n(x + r * columns + c, n, panels);
  }
}

// d_w[k][n] = sum over rows of x[r][k] d_y[r][n].
void WeightGradient(const float* x, const float* d_y, int64_t rows, int64_t k, int64_t n,
                    float* d_w) {
  const RowPair whole{0, 0};
  float* x_panels = ThreadScratch(rows * (k + n));
  float* d_panels = x_panels + rows * k;
  Pack(x, rows, k, kPanel, x_panels);
  Pack(d_y, rows, n, kWidePanel, d_panels);
  for (int64_t j = 0; j < n; j += kWidePanel) {
    const int64_t n_j = std::min(kWidePanel, n - j);
    for (int64_t i = 0; i < k; i += kPanel) {
      const int64_t k_i = std::min(kPanel, k - i);
      Kernels().outer_products({x_panels + i * rows, k_i, d_panels + j * rows, n_j, &whole, 1,
                                d_w + i * n + j, n, rows, k_i, n_j, false});
    }
  }
}

struct DenseVars {
  Var x, w, b;
  bool has_bias;
};

void DenseBackward(const DenseVars& in, Var y) {
  Tape& tape = y.tape();
  const int64_t rows = in.x.shape()[0];
  const int64_t k = in.w.shape()[0];
  const int64_t n = in.w.shape()[1];
  const float* d_y = tape.Gradient(y);
  bool fresh;
  if (float* d_x = tape.WritableGradient(in.x, &fresh)) {
    float* w_transposed = tape.NewArray<float>(n * k);
    Transpose(in.w.value(), k, n, w_transposed);
    Product(d_y, w_transposed, nullptr, rows, n, k, d_x, !fresh);
  }
  if (float* d_w = tape.WritableGradient(in.w, &fresh)) {
    SumOverSampleBlocks(tape, rows, kRowsPerPartialSum, k * n, d_w, fresh,
                        [&](int64_t begin, int64_t end, float* partial) {
                          WeightGradient(in.x.value() + begin * k, d_y + begin * n, end - begin, k,
                                         n, partial);
                        });
  }
  if (!in.has_bias) return;
  if (float* d_b = tape.WritableGradient(in.b, &fresh)) {
    SumOverSampleBlocks(tape, rows, kRowsPerPartialSum, n, d_b, fresh,
                        [&](int64_t begin, int64_t end, float* partial) {
                          SumRows(d_y + begin * n, end - begin, n, partial);
                        });
  }
}

Var RecordDense(const char* name, const DenseVars& in) {
  const Shape& x = in.x.shape();
  const Shape& w = in.w.shape();
  if (x.rank() != 2 || w.rank() != 2 || x[1] != w[0]) {
    throw UsageError(std::string(name) + ": expected [rows, n_in] and [n_in, n_out], found " +
                     x.ToString() + " and " + w.ToString());
  }
  if (in.has_bias && in.b.shape() != Shape{w[1]}) {
    throw UsageError(std::string(name) + ": expected a bias of " + Shape{w[1]}.ToString() +
                     " for weights " + w.ToString() + ", found " + in.b.shape().ToString());
  }
  const Shape y_shape{x[0], w[1]};
  Var y = in.has_bias ? in.x.tape().Record(name, y_shape, {in.x, in.w, in.b})
                      : in.x.tape().Record(name, y_shape, {in.x, in.w});
  Product(in.x.value(), in.w.value(), in.has_bias ? in.b.value() : nullptr, x[0], w[0], w[1],
          y.value(), false);
  in.x.tape().OnBackward(y, [in, y] { DenseBackward(in, y); });
  return y;
}

}  // namespace

Var Dense(Var x, Var w, Var b) { return RecordDense("dense", {x, w, b, true}); }

Var MatMul(Var x, Var w) { return RecordDense("matmul", {x, w, Var(), false}); }

}  // namespace demd
