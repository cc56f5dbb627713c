#include "engine/ops/elementwise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "engine/error.h"
#include "engine/kernels/matrix_kernels.h"
#include "engine/parallel.h"
#include "engine/portable_math.h"

namespace demd {
namespace {

// Elements per task: large enough to pay for handing it out.
constexpr int64_t kBlock = 16384;

template <typename Function>
struct EachElement : Function {
  void ForwardAll(const float* x, int64_t n, float* y) const {
    for (int64_t i = 0; i < n; ++i) y[i] = Function::Forward(x[i]);
  }
};

// Applies Function: ForwardAll(x, n, y) fills y, Derivative(x, y) is dy/dx at x.
template <typename Function>
Var Unary(const char* name, Var x, Function function) {
  const int64_t size = x.shape().size();
  Var y = x.tape().Record(name, x.shape(), {x});
  const float* in = x.value();
  float* out = y.value();
  ParallelForBlocks(size, kBlock, [=](int64_t begin, int64_t end) {
    function.ForwardAll(in + begin, end - begin, out + begin);
  });
  x.tape().OnBackward(y, [x, y, size, function] {
    const float* d_y = y.tape().Gradient(y);
    bool fresh;
    float* d_x = x.tape().WritableGradient(x, &fresh);
    const float* x_in = x.value();
    const float* y_out = y.value();
    ParallelForBlocks(size, kBlock, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const float d = d_y[i] * function.Derivative(x_in[i], y_out[i]);
        d_x[i] = fresh ? d : d_x[i] + d;
      }
    });
  });
  return y;
}

struct SigmoidFunction {
  void ForwardAll(const float* x, int64_t n, float* y) const { Kernels().vector->sigmoid(x, n, y); }
  float Derivative(float, float y) const { return y * (1.0f - y); }
};

struct ExpFunction {
  float Forward(float x) const { return demd::Exp(x); }
  float Derivative(float, float y) const { return y; }
};

struct LogFunction {
  float Forward(float x) const { return demd::Log(x); }
  float Derivative(float x, float) const { return 1.0f / x; }
};

struct Log1pFunction {
  float Forward(float x) const { return demd::Log1p(x); }
  float Derivative(float x, float) const { return 1.0f / (1.0f + x); }
};

struct SqrtFunction {
  float Forward(float x) const { return std::sqrt(x); }
  float Derivative(float, float y) const { return 0.5f / y; }
};

struct SquareFunction {
  float Forward(float x) const { return x * x; }
  float Derivative(float x, float) const { return 2.0f * x; }
};

struct AbsFunction {
  float Forward(float x) const { return std::fabs(x); }
  float Derivative(float x, float) const { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f; }
};

struct AffineFunction {
  float scale;
  float offset;
  float Forward(float x) const { return scale * x + offset; }
  float Derivative(float, float) const { return scale; }
};

// Element strides of an operand along the axes of the result; 0 where it is repeated.
using Strides = std::array<int64_t, Shape::kMaxRank>;

struct Broadcast {
  Shape shape;                                   // of the result
  std::array<int64_t, Shape::kMaxRank> extents;  // of the result, filled up in front with 1
  Strides a;
  Strides b;
  bool same_shape;
};

int64_t ExtentFromBack(const Shape& shape, int i) { return i < shape.rank() ? shape[-1 - i] : 1; }

Broadcast MakeBroadcast(const char* name, const Shape& a, const Shape& b) {
  Broadcast plan;
  plan.same_shape = a == b;
  int64_t a_stride = 1;
  int64_t b_stride = 1;
  std::vector<int64_t> extents;
  for (int i = 0; i < Shape::kMaxRank; ++i) {
    const int64_t a_extent = ExtentFromBack(a, i);
    const int64_t b_extent = ExtentFromBack(b, i);
    if (a_extent != b_extent && a_extent != 1 && b_extent != 1) {
      throw UsageError(std::string(name) + ": expected shapes that can be broadcast, found " +
                       a.ToString() + " and " + b.ToString());
    }
    const size_t axis = static_cast<size_t>(Shape::kMaxRank - 1 - i);
    plan.extents[axis] = a_extent == 1 ? b_extent : a_extent;
    plan.a[axis] = a_extent == 1 ? 0 : a_stride;
    plan.b[axis] = b_extent == 1 ? 0 : b_stride;
    a_stride *= a_extent;
    b_stride *= b_extent;
    if (i < std::max(a.rank(), b.rank())) extents.insert(extents.begin(), plan.extents[axis]);
  }
  plan.shape = Shape(extents);
  return plan;
}

// Calls body(index in result, index in a, index in b) in the order of the result.
template <typename Body>
void ForEach(const Broadcast& plan, Body body) {
  int64_t out = 0;
  for (int64_t i0 = 0; i0 < plan.extents[0]; ++i0) {
    for (int64_t i1 = 0; i1 < plan.extents[1]; ++i1) {
      for (int64_t i2 = 0; i2 < plan.extents[2]; ++i2) {
        int64_t a = i0 * plan.a[0] + i1 * plan.a[1] + i2 * plan.a[2];
        int64_t b = i0 * plan.b[0] + i1 * plan.b[1] + i2 * plan.b[2];
        for (int64_t i3 = 0; i3 < plan.extents[3]; ++i3, ++out, a += plan.a[3], b += plan.b[3]) {
          body(out, a, b);
        }
      }
    }
  }
}

// Operands of the result's shape: first all of d_a, then all of d_b.
template <typename Function>
void BinaryBackward(Var a, Var b, const float* d_y, int64_t size, Function function) {
  const float* a_value = a.value();
  const float* b_value = b.value();
  if (float* d_a = a.tape().AccumulatedGradient(a)) {
    ParallelForBlocks(size, kBlock, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        d_a[i] += d_y[i] * function.DerivativeA(a_value[i], b_value[i]);
      }
    });
  }
  if (float* d_b = b.tape().AccumulatedGradient(b)) {
    ParallelForBlocks(size, kBlock, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        d_b[i] += d_y[i] * function.DerivativeB(a_value[i], b_value[i]);
      }
    });
  }
}

// Applies Function: Forward(a, b), DerivativeA(a, b), DerivativeB(a, b). A repeated operand gathers
// its gradient in the order of the result.
template <typename Function>
Var Binary(const char* name, Var a, Var b, Function function) {
  const Broadcast plan = MakeBroadcast(name, a.shape(), b.shape());
  Var y = a.tape().Record(name, plan.shape, {a, b});
  const float* a_in = a.value();
  const float* b_in = b.value();
  float* out = y.value();
  if (plan.same_shape) {
    ParallelForBlocks(plan.shape.size(), kBlock, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) out[i] = function.Forward(a_in[i], b_in[i]);
    });
  } else {
    ForEach(plan, [=](int64_t i, int64_t ia, int64_t ib) {
      out[i] = function.Forward(a_in[ia], b_in[ib]);
    });
  }
  a.tape().OnBackward(y, [a, b, y, plan, function] {
    const float* a_value = a.value();
    const float* b_value = b.value();
    const float* d_y = y.tape().Gradient(y);
    if (plan.same_shape) {
      BinaryBackward(a, b, d_y, plan.shape.size(), function);
      return;
    }
    if (float* d_a = a.tape().AccumulatedGradient(a)) {
      ForEach(plan, [=](int64_t i, int64_t ia, int64_t ib) {
        d_a[ia] += d_y[i] * function.DerivativeA(a_value[ia], b_value[ib]);
      });
    }
    if (float* d_b = b.tape().AccumulatedGradient(b)) {
      ForEach(plan, [=](int64_t i, int64_t ia, int64_t ib) {
        d_b[ib] += d_y[i] * function.DerivativeB(a_value[ia], b_value[ib]);
      });
    }
  });
  return y;
}

struct AddFunction {
  float Forward(float a, float b) const { return a + b; }
  float DerivativeA(float, float) const { return 1.0f; }
  float DerivativeB(float, float) const { return 1.0f; }
};

struct SubtractFunction {
  float Forward(float a, float b) const { return a - b; }
  float DerivativeA(float, float) const { return 1.0f; }
  float DerivativeB(float, float) const { return -1.0f; }
};

struct MultiplyFunction {
  float Forward(float a, float b) const { return a * b; }
  float DerivativeA(float, float b) const { return b; }
  float DerivativeB(float a, float) const { return a; }
};

struct DivideFunction {
  float Forward(float a, float b) const { return a / b; }
  float DerivativeA(float, float b) const { return 1.0f / b; }
  float DerivativeB(float a, float b) const { return -a / (b * b); }
};

struct MaximumFunction {
  float Forward(float a, float b) const { return a >= b || a != a ? a : b; }
  float DerivativeA(float a, float b) const { return a >= b ? 1.0f : 0.0f; }
  float DerivativeB(float a, float b) const { return a >= b ? 0.0f : 1.0f; }
};

}  // namespace

Var Relu(Var x) {
  const int64_t size = x.shape().size();
  Var y = x.tape().Record("relu", x.shape(), {x});
  ParallelForBlocks(size, kBlock, [=](int64_t begin, int64_t end) {
    Kernels().vector->relu(x.value() + begin, end - begin, y.value() + begin);
  });
  x.tape().OnBackward(y, [x, y, size] {
    const float* d_y = y.tape().Gradient(y);
    bool fresh;
    float* d_x = x.tape().WritableGradient(x, &fresh);
    ParallelForBlocks(size, kBlock, [=](int64_t begin, int64_t end) {
      Kernels().vector->relu_gradient(x.value() + begin, d_y + begin, end - begin, !fresh,
                                      d_x + begin);
    });
  });
  return y;
}

Var Sigmoid(Var x) { return Unary("sigmoid", x, SigmoidFunction{}); }
Var Exp(Var x) { return Unary("exp", x, EachElement<ExpFunction>{}); }
Var Log(Var x) { return Unary("log", x, EachElement<LogFunction>{}); }
Var Log1p(Var x) { return Unary("log1p", x, EachElement<Log1pFunction>{}); }
Var Sqrt(Var x) { return Unary("sqrt", x, EachElement<SqrtFunction>{}); }
Var Square(Var x) { return Unary("square", x, EachElement<SquareFunction>{}); }
Var Abs(Var x) { return Unary("abs", x, EachElement<AbsFunction>{}); }
Var Affine(Var x, float scale, float offset) {
  return Unary("affine", x, EachElement<AffineFunction>{{scale, offset}});
}

Var Add(Var a, Var b) { return Binary("add", a, b, AddFunction{}); }
Var Subtract(Var a, Var b) { return Binary("subtract", a, b, SubtractFunction{}); }
Var Multiply(Var a, Var b) { return Binary("multiply", a, b, MultiplyFunction{}); }
Var Divide(Var a, Var b) { return Binary("divide", a, b, DivideFunction{}); }
Var Maximum(Var a, Var b) { return Binary("maximum", a, b, MaximumFunction{}); }

}  // namespace demd
