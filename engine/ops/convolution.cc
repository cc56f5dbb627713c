#include "engine/ops/convolution.h"

#include <string>

#include "engine/error.h"
#include "engine/ops/gradient_blocks.h"

namespace demd {
namespace {

constexpr int64_t kSamplesPerPartialSum = 64;

Shape ImageOf(const Shape& batch) { return Shape{batch[1], batch[2], batch[3]}; }

void CheckShapes(const char* name, const Shape& x, const Shape& w, const Shape& b, int in_axis,
                 int64_t stride) {
  const int out_axis = in_axis == 2 ? 3 : 2;
  if (x.rank() != 4 || w.rank() != 4 || x[3] != w[in_axis]) {
    throw UsageError(std::string(name) + ": expected [n, height, width, in] and " +
                     (in_axis == 2 ? "[k_h, k_w, in, out]" : "[k_h, k_w, out, in]") + ", found " +
                     x.ToString() + " and " + w.ToString());
  }
  if (w.size() == 0) {
    throw UsageError(std::string(name) + ": expected a tap and a channel at least, found weights " +
                     w.ToString());
  }
  if (b != Shape{w[out_axis]}) {
    throw UsageError(std::string(name) + ": expected a bias of " + Shape{w[out_axis]}.ToString() +
                     " for weights " + w.ToString() + ", found " + b.ToString());
  }
  if (stride < 1) {
    throw UsageError(std::string(name) + ": expected a stride >= 1, found " +
                     std::to_string(stride));
  }
}

int64_t DownExtent(int64_t big, int64_t kernel, int64_t stride, Padding padding) {
  if (padding == Padding::kSame) return (big + stride - 1) / stride;
  return big < kernel ? 0 : (big - kernel) / stride + 1;
}

int64_t UpExtent(int64_t small, int64_t kernel, int64_t stride, Padding padding) {
  return padding == Padding::kSame ? small * stride : (small - 1) * stride + kernel;
}

struct ConvolutionVars {
  Var big, small, w, b;
  Var y;  // big or small, whichever is the output
  const ConvolutionPlan* plan;
  int64_t samples;
};

void BiasGradient(const ConvolutionVars& vars) {
  Tape& tape = vars.y.tape();
  bool fresh;
  float* d_b = tape.WritableGradient(vars.b, &fresh);
  if (d_b == nullptr) return;
  const float* d_y = tape.Gradient(vars.y);
  const int64_t channels = vars.b.shape()[0];
  const int64_t row = vars.y.shape().row_size();
  SumOverSampleBlocks(tape, vars.samples, kSamplesPerPartialSum, channels, d_b, fresh,
                      [&](int64_t begin, int64_t end, float* partial) {
                        float* image = ThreadScratch(row);  // all samples', then all pixels'
                        SumRows(d_y + begin * row, end - begin, row, image);
                        SumRows(image, row / channels, channels, partial);
                      });
}

// big and small: the input's value on one side, the output's gradient on the other.
void KernelGradient(const ConvolutionVars& vars, const float* big, const float* small) {
  Tape& tape = vars.y.tape();
  bool fresh;
  float* d_w = tape.WritableGradient(vars.w, &fresh);
  if (d_w == nullptr) return;
  const ConvolutionPlan& plan = *vars.plan;
  const bool fold = plan.by_rows != nullptr;
  float* sums = fold ? tape.NewArray<float>(plan.gradient_size()) : d_w;
  SumOverSampleBlocks(tape, vars.samples, kSamplesPerPartialSum, plan.gradient_size(), sums,
                      fresh || fold, [&](int64_t begin, int64_t end, float* partial) {
                        plan.KernelGradient(big + begin * plan.big_size,
                                            small + begin * plan.small_size, end - begin, partial);
                      });
  if (fold) plan.FoldGradient(sums, d_w, !fresh);
}

// y = vars.small = bias + down(vars.big), and its gradient.
void ApplyDown(const ConvolutionVars& vars) {
  Tape& recorded = vars.y.tape();
  Var y = vars.y;
  vars.plan->Down(vars.big.value(), vars.plan->ForDown(recorded, vars.w.value(), vars.b.value()),
                  vars.samples, y.value(), false);
  recorded.OnBackward(y, [vars] {
    Tape& tape = vars.y.tape();
    const float* d_y = tape.Gradient(vars.y);
    bool fresh;
    if (float* d_x = tape.WritableGradient(vars.big, &fresh)) {
      vars.plan->Up(d_y, vars.plan->ForUp(tape, vars.w.value(), nullptr), vars.samples, d_x,
                    !fresh);
    }
    KernelGradient(vars, vars.big.value(), d_y);
    BiasGradient(vars);
  });
}

}  // namespace

Var Conv2d(Var x, Var w, Var b, int64_t stride, Padding padding) {
  const Shape& in = x.shape();
  const Shape& kernel = w.shape();
  CheckShapes("conv2d", in, kernel, b.shape(), 2, stride);
  const Shape y_shape{in[0], DownExtent(in[1], kernel[0], stride, padding),
                      DownExtent(in[2], kernel[1], stride, padding), kernel[3]};
  if (y_shape.size() == 0 && in[0] != 0) {
    throw UsageError("conv2d: expected an image at least as large as the kernel, found " +
                     in.ToString() + " and " + kernel.ToString());
  }
  const ConvolutionPlan& plan = PlanFor(ImageOf(in), ImageOf(y_shape), kernel, stride, padding);
  Var y = x.tape().Record("conv2d", y_shape, {x, w, b});
  ApplyDown({x, y, w, b, y, &plan, y_shape[0]});
  return y;
}

Var NeighbourConvolution(Var x, Var w, Var b, const ConvolutionPlan& plan) {
  const Shape& in = x.shape();
  const Shape image{plan.big_size / plan.big_channels, plan.big_channels};
  if (in.rank() != 3 || Shape{in[1], in[2]} != image ||
      w.shape() != Shape{plan.taps, plan.big_channels, plan.small_channels} ||
      b.shape() != Shape{plan.small_channels}) {
    throw UsageError("neighbour_convolution: expected [n, " + std::to_string(image[0]) + ", " +
                     std::to_string(image[1]) + "], weights for " + std::to_string(plan.taps) +
                     " taps and " + std::to_string(plan.small_channels) +
                     " channels, and a bias, found " + in.ToString() + ", " + w.shape().ToString() +
                     " and " + b.shape().ToString());
  }
  Var y =
      x.tape().Record("neighbour_convolution", Shape{in[0], in[1], plan.small_channels}, {x, w, b});
  ApplyDown({x, y, w, b, y, &plan, in[0]});
  return y;
}

Var Conv2dTranspose(Var x, Var w, Var b, int64_t stride, Padding padding) {
  const Shape& in = x.shape();
  const Shape& kernel = w.shape();
  CheckShapes("conv2d_transpose", in, kernel, b.shape(), 3, stride);
  const Shape y_shape{in[0], UpExtent(in[1], kernel[0], stride, padding),
                      UpExtent(in[2], kernel[1], stride, padding), kernel[2]};
  const ConvolutionPlan& plan = PlanFor(ImageOf(y_shape), ImageOf(in), kernel, stride, padding);
  Var y = x.tape().Record("conv2d_transpose", y_shape, {x, w, b});
  const ConvolutionVars vars{y, x, w, b, y, &plan, y_shape[0]};
  plan.Up(x.value(), plan.ForUp(x.tape(), w.value(), b.value()), vars.samples, y.value(), false);
  x.tape().OnBackward(y, [vars] {
    Tape& tape = vars.y.tape();
    const float* d_y = tape.Gradient(vars.y);
    bool fresh;
    if (float* d_x = tape.WritableGradient(vars.small, &fresh)) {
      vars.plan->Down(d_y, vars.plan->ForDown(tape, vars.w.value(), nullptr), vars.samples, d_x,
                      !fresh);
    }
    KernelGradient(vars, d_y, vars.small.value());
    BiasGradient(vars);
  });
  return y;
}

}  // namespace demd
