#include "engine/ops/dense.h"

#include <algorithm>
#include <string>

#include "engine/error.h"
#include "engine/kernels/matrix_kernels.h"
#include "engine/ops/gradient_blocks.h"
#include "engine/parallel.h"

namespace demd {
namespace {

constexpr int64_t kRowsPerPartialSum = 256;
// Columns of x and of d_y whose products the kernel sums up in registers.
constexpr int64_t kPanel = 8;
constexpr int64_t kWidePanel = 32;
// Wide panels of one task of the weight gradient, which all need x in panels of its own.
constexpr int64_t kPanelsPerTask = 2;

// A matrix b[k][n], or b[n][k] to be read as its transpose.
struct Factor {
  const float* b;
  int64_t k;
  int64_t n;
  bool transposed;
};

// Columns [first, first + width) of the factor as a matrix of their own, where they lie together:
// rows of a wide matrix are apart by a multiple of what a cache has places for.
const float* PanelOf(const Factor& factor, int64_t first, int64_t width) {
  if (width == factor.n && !factor.transposed) return factor.b;
  float* panel = ThreadScratch(factor.k * width);
  if (factor.transposed) {
    Kernels().vector->transpose(factor.b + first * factor.k, factor.k, width, factor.k, panel,
                                width);
  } else {
    for (int64_t i = 0; i < factor.k; ++i) {
      std::copy_n(factor.b + i * factor.n + first, width, panel + i * width);
    }
  }
  return panel;
}

// Rows that share a panel: enough to pay for laying it out and for a task.
int64_t RowsPerTask(int64_t k) {
  constexpr int64_t kFewestRows = 120;           // a multiple of the kernels' row blocks
  constexpr int64_t kProductsPerTask = 1 << 20;  // of one element with one
  const int64_t rows = kProductsPerTask / (std::max<int64_t>(k, 1) * kWidePanel);
  return std::max<int64_t>(rows / kFewestRows, 1) * kFewestRows;
}

// c[rows][n] = a[rows][k] factor + bias[n], or += when `accumulate`.
void Product(const float* a, const Factor& factor, const float* bias, int64_t rows, float* c,
             bool accumulate) {
  const int64_t k = factor.k;
  const int64_t n = factor.n;
  const int64_t row_block = RowsPerTask(k);
  const int64_t panels = (n + kWidePanel - 1) / kWidePanel;
  const int64_t row_blocks = (rows + row_block - 1) / row_block;
  ParallelFor(row_blocks * panels, [=](int64_t task) {
    const int64_t begin = task / panels * row_block;
    const int64_t first = task % panels * kWidePanel;
    const int64_t width = std::min(kWidePanel, n - first);
    const Segment all{0, 0, k};
    RowsTimesMatrix job{};
    job.a = a + begin * k;
    job.a_stride = k;
    job.b = PanelOf(factor, first, width);
    job.bias = bias == nullptr ? nullptr : bias + first;
    job.c = c + begin * n + first;
    job.c_stride = n;
    job.segments = &all;
    job.n_segments = 1;
    job.m = std::min(row_block, rows - begin);
    job.n = width;
    job.accumulate = accumulate;
    Kernels().rows_times_matrix(job);
  });
}

// x[rows][columns], rows `stride` floats apart -> panels, each [rows][width] (the last one
// narrower), one after the other: what is multiplied together lies together.
void Pack(const float* x, int64_t stride, int64_t rows, int64_t columns, int64_t width,
          float* panels) {
  for (int64_t c = 0; c < columns; c += width) {
    const int64_t n = std::min(width, columns - c);
    for (int64_t r = 0; r < rows; ++r, panels += n) std::copy_n(x + r * stride + c, n, panels);
  }
}

// Columns [first, end) of d_w[k][n] = sum over rows of x[r][k] d_y[r][n].
struct WeightGradient {
  const float* x;    // [rows][k]
  const float* d_y;  // [rows][n]
  int64_t rows, k, n;

  void Columns(int64_t first, int64_t end, float* d_w) const {
    const RowPair whole{0, 0};
    float* x_panels = ThreadScratch(rows * (k + end - first));
    float* d_panels = x_panels + rows * k;
    Pack(x, k, rows, k, kPanel, x_panels);
    Pack(d_y + first, n, rows, end - first, kWidePanel, d_panels);
    for (int64_t j = first; j < end; j += kWidePanel) {
      const int64_t n_j = std::min(kWidePanel, end - j);
      for (int64_t i = 0; i < k; i += kPanel) {
        const int64_t k_i = std::min(kPanel, k - i);
        Kernels().outer_products({x_panels + i * rows, k_i, d_panels + (j - first) * rows, n_j,
                                  &whole, 1, d_w + i * n + j, n, rows, k_i, n_j, false});
      }
    }
  }
};

// d_w[k][n] = x^T d_y, in blocks of rows; a task has some columns of one block.
void AddWeightGradient(Tape& tape, const WeightGradient& all, float* d_w, bool fresh) {
  constexpr int64_t kColumns = kPanelsPerTask * kWidePanel;
  const BlockSums sums(tape, all.rows, kRowsPerPartialSum, all.k * all.n, d_w, fresh);
  const int64_t tasks_per_block = (all.n + kColumns - 1) / kColumns;
  ParallelFor(sums.blocks() * tasks_per_block, [&](int64_t task) {
    const int64_t block = task / tasks_per_block;
    const int64_t begin = sums.Begin(block);
    const int64_t first = task % tasks_per_block * kColumns;
    const WeightGradient part{all.x + begin * all.k, all.d_y + begin * all.n,
                              sums.End(block) - begin, all.k, all.n};
    part.Columns(first, std::min(first + kColumns, all.n), sums.Of(block));
  });
  sums.Combine();
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
    Product(d_y, {in.w.value(), n, k, true}, nullptr, rows, d_x, !fresh);
  }
  if (float* d_w = tape.WritableGradient(in.w, &fresh)) {
    AddWeightGradient(tape, {in.x.value(), d_y, rows, k, n}, d_w, fresh);
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
  Product(in.x.value(), {in.w.value(), w[0], w[1], false}, in.has_bias ? in.b.value() : nullptr,
          x[0], y.value(), false);
  in.x.tape().OnBackward(y, [in, y] { DenseBackward(in, y); });
  return y;
}

}  // namespace

Var Dense(Var x, Var w, Var b) { return RecordDense("dense", {x, w, b, true}); }

Var MatMul(Var x, Var w) { return RecordDense("matmul", {x, w, Var(), false}); }

}  // namespace demd
