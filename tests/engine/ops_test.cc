#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/error.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/dense.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/ops/shaping.h"
#include "tests/engine/gradient_check.h"

namespace demd {
namespace {

TEST(UnaryOps, GradientsMatchCentralDifferences) {
  for (const Shape& shape : {Shape{5}, Shape{3, 4}, Shape{2, 3, 2, 2}}) {
    const Tensor x = RandomTensor(shape, "x", 0.3, 2.0);
    for (Var (*op)(Var) : {Relu, Sigmoid, Exp, Log, Log1p, Sqrt, Square, Abs}) {
      CheckGradients([op](Tape&, const std::vector<Var>& v) { return op(v[0]); }, {x});
    }
    const Tensor negative = RandomTensor(shape, "negative", -2.0, -0.3);
    for (Var (*op)(Var) : {Relu, Sigmoid, Exp, Square, Abs}) {
      CheckGradients([op](Tape&, const std::vector<Var>& v) { return op(v[0]); }, {negative});
    }
    CheckGradients([](Tape&, const std::vector<Var>& v) { return Affine(v[0], -1.5f, 0.25f); },
                   {x});
  }
}

TEST(Relu, KeepsNanSoThatItIsNoticed) {
  Tape tape;
  Tensor x(Shape{2}, {std::numeric_limits<float>::quiet_NaN(), -1.0f});
  Var y = Relu(tape.Input(x));
  EXPECT_TRUE(std::isnan(y.value()[0]));
  EXPECT_EQ(y.value()[1], 0.0f);
  EXPECT_EQ(tape.FirstNonFinite(), "input");
}

TEST(BinaryOps, GradientsMatchCentralDifferencesWithBroadcasting) {
  struct Case {
    Shape a, b, y;
  };
  const Case cases[] = {{{3, 4}, {3, 4}, {3, 4}},   {{3, 4}, {4}, {3, 4}},
                        {{3, 4}, {3, 1}, {3, 4}},   {{3, 1}, {1, 4}, {3, 4}},
                        {{2, 3, 4}, {}, {2, 3, 4}}, {{2, 1, 2, 3}, {5, 1, 3}, {2, 5, 2, 3}}};
  for (const Case& shapes : cases) {
    const Tensor a = RandomTensor(shapes.a, "a", 0.4, 1.0);
    const Tensor b = RandomTensor(shapes.b, "b", 1.1, 2.0);
    for (Var (*op)(Var, Var) : {Add, Subtract, Multiply, Divide, Maximum}) {
      const Graph graph = [op](Tape&, const std::vector<Var>& v) { return op(v[0], v[1]); };
      CheckGradients(graph, {a, b});
      CheckGradients(graph, {b, a});
      Tape tape;
      EXPECT_EQ(op(tape.Input(a), tape.Input(b)).shape(), shapes.y);
    }
  }
}

TEST(BinaryOps, NameBothShapesWhenTheyDoNotFit) {
  Tape tape;
  Var a = tape.Input(Tensor(Shape{2, 3}));
  Var b = tape.Input(Tensor(Shape{2, 4}));
  try {
    Add(a, b);
    FAIL() << "expected an error";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "add: expected shapes that can be broadcast, found [2, 3] and [2, 4]");
  }
}

TEST(Multiply, OfAValueWithItselfGathersBothGradients) {
  CheckGradients([](Tape&, const std::vector<Var>& v) { return Multiply(v[0], v[0]); },
                 {RandomTensor({7}, "x")});
}

TEST(Reductions, GradientsMatchCentralDifferences) {
  for (const Shape& shape : {Shape{4}, Shape{3, 4}, Shape{2, 3, 2, 5}}) {
    const Tensor x = RandomTensor(shape, "x", 0.2, 1.0);
    for (Var (*op)(Var) : {Sum, Mean, SumColumns, NormalizeColumns, Softmax}) {
      CheckGradients([op](Tape&, const std::vector<Var>& v) { return op(v[0]); }, {x});
    }
  }
}

TEST(Sum, OfManyElementsIsExactToDoublePrecision) {
  Tensor x(Shape{100000});
  double expected = 0.0;
  for (int64_t i = 0; i < x.size(); ++i) {
    x[i] = 1.0f / static_cast<float>(i + 1);
    expected += static_cast<double>(x[i]);
  }
  Tape tape;
  EXPECT_EQ(Sum(tape.Input(x)).scalar(), static_cast<float>(expected));
}

TEST(NormalizeColumns, SumsToOne) {
  Tape tape;
  Var y = NormalizeColumns(tape.Input(RandomTensor({20, 48}, "x", 0.0, 3.0)));
  Var sums = SumColumns(y);
  for (int64_t r = 0; r < 20; ++r) EXPECT_NEAR(sums.value()[r], 1.0f, 1e-6f);
}

TEST(Shaping, GradientsMatchCentralDifferences) {
  const Tensor x = RandomTensor({3, 2, 4}, "x");
  const Tensor z = RandomTensor({3, 5, 4}, "z");
  CheckGradients([](Tape&, const std::vector<Var>& v) { return Reshape(v[0], {4, 6}); }, {x});
  CheckGradients([](Tape&, const std::vector<Var>& v) { return Flatten(v[0]); }, {x});
  CheckGradients([](Tape&, const std::vector<Var>& v) { return Square(Reshape(v[0], {24})); }, {x});
  CheckGradients(
      [](Tape&, const std::vector<Var>& v) {
        return GatherColumns(v[0], {3, -1, 0, 3, 2});
      },
      {x});
  CheckGradients([](Tape&, const std::vector<Var>& v) { return SliceRows(v[0], 1, 3); }, {x});
  CheckGradients(
      [](Tape&, const std::vector<Var>& v) {
        return Concatenate({v[0], v[1], v[0]}, 1);
      },
      {x, z});
  CheckGradients(
      [](Tape&, const std::vector<Var>& v) {
        return Concatenate({v[0], v[0]}, 0);
      },
      {x});
  CheckGradients(
      [](Tape&, const std::vector<Var>& v) {
        return Concatenate({v[0], v[0]}, 2);
      },
      {x});
}

TEST(Shaping, RejectsWhatDoesNotFit) {
  Tape tape;
  Var x = tape.Input(Tensor(Shape{2, 3}));
  Var z = tape.Input(Tensor(Shape{3, 3}));
  EXPECT_THROW(Reshape(x, {7}), UsageError);
  EXPECT_THROW(GatherColumns(x, {3}), UsageError);
  EXPECT_THROW(GatherColumns(x, {-2}), UsageError);
  EXPECT_THROW(Concatenate({x, z}, 1), UsageError);
  EXPECT_THROW(Concatenate({x}, 2), UsageError);
  EXPECT_THROW(SliceRows(x, 1, 3), UsageError);
}

// The definition, in double precision.
Tensor NaiveDense(const Tensor& x, const Tensor& w, const Tensor& b) {
  const int64_t rows = x.shape()[0], k = w.shape()[0], n = w.shape()[1];
  Tensor y(Shape{rows, n});
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t o = 0; o < n; ++o) {
      double sum = static_cast<double>(b[o]);
      for (int64_t i = 0; i < k; ++i) {
        sum += static_cast<double>(x[r * k + i]) * static_cast<double>(w[i * n + o]);
      }
      y[r * n + o] = static_cast<float>(sum);
    }
  }
  return y;
}

TEST(Dense, EqualsTheNaiveSumForManyShapes) {
  for (const int64_t rows : {1, 3, 8, 33, 70}) {
    for (const int64_t k : {1, 5, 48}) {
      for (const int64_t n : {1, 3, 16, 37, 64}) {
        const Tensor x = RandomTensor({rows, k}, "x");
        const Tensor w = RandomTensor({k, n}, "w");
        const Tensor b = RandomTensor({n}, "b");
        Tape tape;
        Var y = Dense(tape.Input(x), tape.Input(w), tape.Input(b));
        const Tensor expected = NaiveDense(x, w, b);
        for (int64_t i = 0; i < expected.size(); ++i) {
          ASSERT_NEAR(y.value()[i], expected[i], 1e-5f) << rows << " " << k << " " << n;
        }
      }
    }
  }
}

TEST(Dense, GradientsMatchCentralDifferences) {
  const Graph dense = [](Tape&, const std::vector<Var>& v) { return Dense(v[0], v[1], v[2]); };
  for (const int64_t rows : {1, 9}) {
    for (const int64_t n : {1, 5, 19}) {
      CheckGradients(
          dense, {RandomTensor({rows, 7}, "x"), RandomTensor({7, n}, "w"), RandomTensor({n}, "b")});
    }
  }
  CheckGradients([](Tape&, const std::vector<Var>& v) { return MatMul(v[0], v[1]); },
                 {RandomTensor({4, 3}, "x"), RandomTensor({3, 6}, "w")});
}

TEST(Dense, SharedByTwoBranchesGathersBothGradients) {
  CheckGradients(
      [](Tape&, const std::vector<Var>& v) { return Dense(Dense(v[0], v[1], v[2]), v[1], v[2]); },
      {RandomTensor({3, 4}, "x"), RandomTensor({4, 4}, "w"), RandomTensor({4}, "b")});
}

TEST(Dense, NamesBothShapesWhenTheyDoNotFit) {
  Tape tape;
  Var x = tape.Input(Tensor(Shape{2, 3}));
  Var w = tape.Input(Tensor(Shape{4, 5}));
  Var b = tape.Input(Tensor(Shape{5}));
  EXPECT_THROW(Dense(x, w, b), UsageError);
  EXPECT_THROW(Dense(tape.Input(Tensor(Shape{2, 4})), w, tape.Input(Tensor(Shape{4}))), UsageError);
}

TEST(BatchNorm, NormalisesTheBatchAndMovesTheRunningStatistics) {
  Tensor mean(Shape{3}), variance(Shape{3});
  variance.Fill(1.0f);
  Parameter gamma{"gamma", Tensor(Shape{3}, {1, 1, 1}), Tensor(), true, 0.0f};
  Tape tape(Tape::Mode::kTraining);
  const Tensor x = RandomTensor({50, 2, 3}, "x", 9.0, 11.0);
  Var y = BatchNorm(tape.Input(x), tape.Use(gamma), tape.Input(Tensor(Shape{3})), &mean, &variance,
                    {0.0f, 0.9f});
  for (int64_t c = 0; c < 3; ++c) {
    double sum = 0.0, square = 0.0, x_sum = 0.0;
    for (int64_t r = 0; r < 100; ++r) {
      const double v = static_cast<double>(y.value()[r * 3 + c]);
      sum += v;
      square += v * v;
      x_sum += static_cast<double>(x[r * 3 + c]);
    }
    EXPECT_NEAR(sum / 100, 0.0, 1e-5);
    EXPECT_NEAR(square / 100, 1.0, 1e-4);
    EXPECT_NEAR(static_cast<double>(mean[c]), 0.1 * x_sum / 100, 1e-5);
  }
}

TEST(BatchNorm, GradientsMatchCentralDifferencesInBothModes) {
  for (const Tape::Mode mode : {Tape::Mode::kTraining, Tape::Mode::kInference}) {
    for (const Shape& shape : {Shape{6, 3}, Shape{3, 2, 2, 3}}) {
      const Graph graph = [](Tape&, const std::vector<Var>& v) {
        Tensor mean(Shape{3}, {0.1f, -0.2f, 0.3f}), variance(Shape{3}, {0.5f, 1.0f, 2.0f});
        return BatchNorm(v[0], v[1], v[2], &mean, &variance, {});
      };
      CheckGradients(graph,
                     {RandomTensor(shape, "x"), RandomTensor({3}, "gamma", 0.5, 1.5),
                      RandomTensor({3}, "beta")},
                     mode);
    }
  }
}

TEST(BatchNorm, WithFrozenGammaUsesTheRunningStatisticsWhileTraining) {
  Tensor mean(Shape{1}, {2.0f}), variance(Shape{1}, {3.0f});
  Tape tape(Tape::Mode::kTraining);
  Tensor one(Shape{1}, {1.0f});
  Var y = BatchNorm(tape.Input(Tensor(Shape{2, 1}, {4.0f, 2.0f})), tape.Input(one),
                    tape.Input(Tensor(Shape{1})), &mean, &variance, {1.0f, 0.99f});
  EXPECT_FLOAT_EQ(y.value()[0], 1.0f);
  EXPECT_FLOAT_EQ(y.value()[1], 0.0f);
  EXPECT_EQ(mean[0], 2.0f);
  EXPECT_EQ(variance[0], 3.0f);
}

TEST(Tape, BackwardOverwritesParameterGradients) {
  Parameter w{"w", Tensor(Shape{2}, {3.0f, 4.0f}), Tensor(), true, 0.0f};
  Parameter unused{"unused", Tensor(Shape{2}), Tensor(), true, 0.0f};
  Tape tape;
  for (int repeat = 0; repeat < 2; ++repeat) {
    tape.Clear();
    tape.Use(unused);
    tape.Backward(Sum(Square(tape.Use(w))));
    EXPECT_EQ(w.gradient[0], 6.0f);
    EXPECT_EQ(w.gradient[1], 8.0f);
    EXPECT_EQ(unused.gradient[0], 0.0f);
  }
}

TEST(Tape, AllocatesNothingOnceTheLargestStepIsDone) {
  Tape tape;
  Parameter w{"w", RandomTensor({32, 32}, "w"), Tensor(), true, 0.0f};
  const auto step = [&](int64_t rows) {
    tape.Clear();
    Var x = tape.Input(RandomTensor({rows, 32}, "x"));
    tape.Backward(Mean(Square(MatMul(x, tape.Use(w)))));
  };
  step(5000);
  const size_t bytes = tape.memory_bytes();
  for (const int64_t rows : {1, 5000, 77, 4999}) step(rows);
  EXPECT_EQ(tape.memory_bytes(), bytes);
}

TEST(Tape, RefusesALossThatDependsOnNothing) {
  Tape tape;
  Var x = tape.Input(Tensor(Shape{}));
  EXPECT_THROW(tape.Backward(x), UsageError);
}

}  // namespace
}  // namespace demd
