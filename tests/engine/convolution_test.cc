#include "engine/ops/convolution.h"

#include <gtest/gtest.h>

#include <ostream>

#include "engine/error.h"
#include "tests/engine/gradient_check.h"

namespace demd {
namespace {

int64_t PadBefore(int64_t in, int64_t out, int64_t k, int64_t stride, Padding padding) {
  if (padding == Padding::kValid) return 0;
  const int64_t total = (out - 1) * stride + k - in;
  return total > 0 ? total / 2 : 0;
}

// The definition: every product of y = conv(x, w) once, as visit(y index, x index, w index).
// Images [n, h, w, c], kernel [kh, kw, in, out].
template <typename Visit>
void ForEachProduct(const Shape& x, const Shape& y, const Shape& k, int64_t stride, Padding padding,
                    Visit visit) {
  const int64_t top = PadBefore(x[1], y[1], k[0], stride, padding);
  const int64_t left = PadBefore(x[2], y[2], k[1], stride, padding);
  const auto at = [](const Shape& s, int64_t a, int64_t b, int64_t c, int64_t d) {
    return ((a * s[1] + b) * s[2] + c) * s[3] + d;
  };
  for (int64_t n = 0; n < y[0]; ++n)
    for (int64_t r = 0; r < y[1]; ++r)
      for (int64_t c = 0; c < y[2]; ++c)
        for (int64_t i = 0; i < k[0]; ++i)
          for (int64_t j = 0; j < k[1]; ++j) {
            const int64_t xr = r * stride + i - top;
            const int64_t xc = c * stride + j - left;
            if (xr < 0 || xr >= x[1] || xc < 0 || xc >= x[2]) continue;
            for (int64_t ci = 0; ci < k[2]; ++ci)
              for (int64_t co = 0; co < k[3]; ++co)
                visit(at(y, n, r, c, co), at(x, n, xr, xc, ci), at(k, i, j, ci, co));
          }
}

struct Case {
  int64_t height, width, in, out, kernel_height, kernel_width, stride;
  Padding padding;
};

// Names the case in messages and lists of tests.
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.height << "x" << c.width << "x" << c.in << " kernel " << c.kernel_height << "x"
       << c.kernel_width << " to " << c.out << " stride " << c.stride
       << (c.padding == Padding::kSame ? " same" : " valid");
}

const Case kCases[] = {
    {8, 8, 1, 8, 3, 3, 2, Padding::kSame},  // the paper's encoder
    {4, 4, 6, 5, 5, 5, 1, Padding::kSame},  // EMD CNN, first layer
    {4, 4, 3, 33, 5, 5, 1, Padding::kSame},  {4, 4, 2, 3, 1, 1, 1, Padding::kSame},
    {5, 7, 2, 3, 3, 2, 1, Padding::kSame},   {5, 7, 2, 3, 3, 2, 2, Padding::kSame},
    {5, 7, 2, 3, 3, 2, 3, Padding::kSame},   {6, 5, 2, 3, 3, 2, 1, Padding::kValid},
    {4, 4, 16, 24, 5, 5, 1, Padding::kSame},  // with sums and differences of pixels
    {4, 4, 17, 16, 6, 4, 1, Padding::kSame}, {4, 4, 16, 16, 7, 7, 1, Padding::kSame},
    {7, 5, 2, 3, 3, 2, 2, Padding::kValid},  {3, 3, 2, 4, 3, 3, 1, Padding::kValid},
};

class Convolution : public testing::TestWithParam<Case> {};

TEST_P(Convolution, EqualsTheDefinition) {
  const Case& c = GetParam();
  for (const int64_t samples : {1, 3, 35}) {
    const Tensor x = RandomTensor({samples, c.height, c.width, c.in}, "x");
    const Tensor w = RandomTensor({c.kernel_height, c.kernel_width, c.in, c.out}, "w");
    const Tensor b = RandomTensor({c.out}, "b");
    Tape tape;
    Var y = Conv2d(tape.Input(x), tape.Input(w), tape.Input(b), c.stride, c.padding);
    Tensor expected(y.shape());
    for (int64_t i = 0; i < expected.size(); ++i) expected[i] = b[i % c.out];
    ForEachProduct(x.shape(), y.shape(), w.shape(), c.stride, c.padding,
                   [&](int64_t yi, int64_t xi, int64_t wi) { expected[yi] += x[xi] * w[wi]; });
    for (int64_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(y.value()[i], expected[i], 2e-5f) << "element " << i;
    }
  }
}

TEST_P(Convolution, GradientsMatchCentralDifferences) {
  const Case& c = GetParam();
  if (c.out > 24) GTEST_SKIP() << "covered by the smaller shapes";
  CheckGradients(
      [&](Tape&, const std::vector<Var>& v) {
        return Conv2d(v[0], v[1], v[2], c.stride, c.padding);
      },
      {RandomTensor({2, c.height, c.width, c.in}, "x"),
       RandomTensor({c.kernel_height, c.kernel_width, c.in, c.out}, "w"),
       RandomTensor({c.out}, "b")});
}

// Transposed convolution is the adjoint: <conv(x), z> = <x, transposed(z)> for every x and z.
TEST_P(Convolution, TransposedIsTheAdjoint) {
  const Case& c = GetParam();
  const int64_t samples = 5;
  const Tensor z_small = RandomTensor({samples, c.height, c.width, c.in}, "z");
  // Kernel [kh, kw, out, in] of the transposed convolution is [kh, kw, in, out] of the convolution.
  const Tensor w = RandomTensor({c.kernel_height, c.kernel_width, c.out, c.in}, "w");
  const Tensor b = RandomTensor({c.out}, "b");
  Tape tape;
  Var y = Conv2dTranspose(tape.Input(z_small), tape.Input(w), tape.Input(b), c.stride, c.padding);
  Tensor expected(y.shape());
  for (int64_t i = 0; i < expected.size(); ++i) expected[i] = b[i % c.out];
  ForEachProduct(
      y.shape(), z_small.shape(), w.shape(), c.stride, c.padding,
      [&](int64_t small, int64_t big, int64_t wi) { expected[big] += z_small[small] * w[wi]; });
  for (int64_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(y.value()[i], expected[i], 2e-5f) << "element " << i;
  }
}

TEST_P(Convolution, TransposedGradientsMatchCentralDifferences) {
  const Case& c = GetParam();
  if (c.out > 24) GTEST_SKIP() << "covered by the smaller shapes";
  CheckGradients(
      [&](Tape&, const std::vector<Var>& v) {
        return Conv2dTranspose(v[0], v[1], v[2], c.stride, c.padding);
      },
      {RandomTensor({2, 3, 4, c.in}, "x"),
       RandomTensor({c.kernel_height, c.kernel_width, c.out, c.in}, "w"),
       RandomTensor({c.out}, "b")});
}

INSTANTIATE_TEST_SUITE_P(Shapes, Convolution, testing::ValuesIn(kCases));

// Five pixels, of which some see few others, the last nobody, and one is seen twice by the third.
Neighbourhood SomeNeighbourhood() {
  return {3, {0, 1, -1, 1, 2, 0, 2, 4, 4, -1, 3, 2, -1, -1, -1}};
}

class NeighbourConvolutionOf : public testing::TestWithParam<Shape> {};

TEST_P(NeighbourConvolutionOf, EqualsTheDefinition) {
  const Neighbourhood neighbourhood = SomeNeighbourhood();
  const int64_t in = GetParam()[0];
  const int64_t out = GetParam()[1];
  const ConvolutionPlan plan(neighbourhood, in, out);
  for (const int64_t samples : {1, 3, 70}) {
    const Tensor x = RandomTensor({samples, 5, in}, "x");
    const Tensor w = RandomTensor({3, in, out}, "w");
    const Tensor b = RandomTensor({out}, "b");
    Tape tape;
    const Var y = NeighbourConvolution(tape.Input(x), tape.Input(w), tape.Input(b), plan);
    ASSERT_EQ(y.shape(), (Shape{samples, 5, out}));
    for (int64_t i = 0; i < y.shape().size(); ++i) {
      const int64_t o = i % out;
      const int64_t pixel = i / out % 5;
      float expected = b[o];
      for (int64_t tap = 0; tap < 3; ++tap) {
        const int64_t there = neighbourhood.pixels[static_cast<size_t>(pixel * 3 + tap)];
        if (there < 0) continue;
        for (int64_t k = 0; k < in; ++k) {
          expected += x[(i / out / 5 * 5 + there) * in + k] * w[(tap * in + k) * out + o];
        }
      }
      ASSERT_NEAR(y.value()[i], expected, 2e-5f) << "element " << i;
    }
  }
}

TEST_P(NeighbourConvolutionOf, GradientsMatchCentralDifferences) {
  const int64_t in = GetParam()[0];
  const int64_t out = GetParam()[1];
  const ConvolutionPlan plan(SomeNeighbourhood(), in, out);
  CheckGradients(
      [&](Tape&, const std::vector<Var>& v) {
        return NeighbourConvolution(v[0], v[1], v[2], plan);
      },
      {RandomTensor({2, 5, in}, "x"), RandomTensor({3, in, out}, "w"), RandomTensor({out}, "b")});
}

INSTANTIATE_TEST_SUITE_P(Channels, NeighbourConvolutionOf,
                         testing::Values(Shape{1, 1}, Shape{3, 2}, Shape{8, 8}, Shape{17, 20}));

TEST(NeighbourConvolution, RefusesWhatDoesNotFit) {
  const ConvolutionPlan plan(SomeNeighbourhood(), 2, 3);
  Tape tape;
  const auto apply = [&](const Shape& x, const Shape& w, const Shape& b) {
    NeighbourConvolution(tape.Input(Tensor(x)), tape.Input(Tensor(w)), tape.Input(Tensor(b)), plan);
  };
  apply({4, 5, 2}, {3, 2, 3}, {3});
  EXPECT_THROW(apply({4, 10}, {3, 2, 3}, {3}), UsageError);
  EXPECT_THROW(apply({4, 6, 2}, {3, 2, 3}, {3}), UsageError);
  EXPECT_THROW(apply({4, 5, 2}, {3, 3, 2}, {3}), UsageError);
  EXPECT_THROW(apply({4, 5, 2}, {3, 2, 3}, {2}), UsageError);
  EXPECT_THROW(ConvolutionPlan({2, {0, 1, 2}}, 1, 1), UsageError);
  EXPECT_THROW(ConvolutionPlan({1, {0, 2}}, 1, 1), UsageError);
  EXPECT_THROW(ConvolutionPlan({1, {0, -2}}, 1, 1), UsageError);
  EXPECT_THROW(ConvolutionPlan({0, {}}, 1, 1), UsageError);
  EXPECT_THROW(ConvolutionPlan({1, {0}}, 1, 0), UsageError);
}

TEST(Convolution, HasTensorFlowsOutputShapes) {
  Tape tape;
  const auto conv = [&](Shape x, Shape w, int64_t stride, Padding padding) {
    const int64_t out = w[3];
    return Conv2d(tape.Input(Tensor(x)), tape.Input(Tensor(w)), tape.Input(Tensor(Shape{out})),
                  stride, padding)
        .shape();
  };
  EXPECT_EQ(conv({2, 8, 8, 1}, {3, 3, 1, 8}, 2, Padding::kSame), (Shape{2, 4, 4, 8}));
  EXPECT_EQ(conv({2, 8, 8, 1}, {3, 3, 1, 8}, 2, Padding::kValid), (Shape{2, 3, 3, 8}));
  EXPECT_EQ(conv({2, 7, 5, 1}, {3, 3, 1, 8}, 3, Padding::kSame), (Shape{2, 3, 2, 8}));
  Var up =
      Conv2dTranspose(tape.Input(Tensor(Shape{2, 4, 4, 8})), tape.Input(Tensor(Shape{3, 3, 8, 8})),
                      tape.Input(Tensor(Shape{8})), 2, Padding::kSame);
  EXPECT_EQ(up.shape(), (Shape{2, 8, 8, 8}));
  EXPECT_THROW(conv({2, 2, 2, 1}, {3, 3, 1, 8}, 1, Padding::kValid), UsageError);
  EXPECT_THROW(conv({2, 8, 8, 2}, {3, 3, 1, 8}, 1, Padding::kSame), UsageError);
  EXPECT_THROW(conv({2, 8, 8, 1}, {3, 3, 1, 8}, 0, Padding::kSame), UsageError);
}

}  // namespace
}  // namespace demd
