#include <gtest/gtest.h>

#include <cmath>

#include "engine/error.h"
#include "engine/nn/layers.h"
#include "engine/nn/losses.h"
#include "engine/nn/optimizers.h"
#include "engine/nn/schedules.h"
#include "tests/engine/gradient_check.h"

namespace demd {
namespace {

TEST(Losses, GradientsMatchCentralDifferences) {
  const Tensor prediction = RandomTensor({6, 3}, "p", 0.2, 3.0);
  const Tensor target = RandomTensor({6, 3}, "t", 0.2, 3.0);
  for (Var (*loss)(Var, Var) : {MeanSquaredError, MeanAbsoluteError, MeanSquaredLogError}) {
    CheckGradients([loss](Tape&, const std::vector<Var>& v) { return loss(v[0], v[1]); },
                   {prediction, target});
  }
  for (const float delta : {0.3f, 1.0f, 10.0f}) {
    CheckGradients(
        [delta](Tape&, const std::vector<Var>& v) { return HuberLoss(v[0], v[1], delta); },
        {prediction, target});
  }
}

TEST(Losses, HaveTheirTextbookValues) {
  Tape tape;
  Var p = tape.Input(Tensor(Shape{2, 1}, {3.0f, 0.5f}));
  Var t = tape.Input(Tensor(Shape{2, 1}, {1.0f, 1.0f}));
  EXPECT_FLOAT_EQ(MeanSquaredError(p, t).scalar(), (4.0f + 0.25f) / 2);
  EXPECT_FLOAT_EQ(MeanAbsoluteError(p, t).scalar(), (2.0f + 0.5f) / 2);
  EXPECT_FLOAT_EQ(HuberLoss(p, t).scalar(), (1.5f + 0.125f) / 2);
  const float a = std::log(4.0f / 2.0f), b = std::log(1.5f / 2.0f);
  EXPECT_NEAR(MeanSquaredLogError(p, t).scalar(), (a * a + b * b) / 2, 1e-6f);
}

TEST(Losses, RejectShapesThatWouldBroadcast) {
  Tape tape;
  Var p = tape.Input(Tensor(Shape{4, 1}));
  Var t = tape.Input(Tensor(Shape{4}));
  EXPECT_THROW(MeanSquaredError(p, t), UsageError);
  EXPECT_THROW(HuberLoss(p, t), UsageError);
}

TEST(Layers, WeightsDependOnSeedAndNameAlone) {
  LayerOptions options;
  options.seed = 3;
  const DenseLayer a("a", 5, 7, options), again("a", 5, 7, options), b("b", 5, 7, options);
  for (int64_t i = 0; i < 35; ++i) EXPECT_EQ(a.kernel.value[i], again.kernel.value[i]);
  EXPECT_NE(a.kernel.value[0], b.kernel.value[0]);
}

TEST(Layers, InitialWeightsHaveTheirVariance) {
  LayerOptions options;
  for (const Initializer initializer : {Initializer::kGlorotUniform, Initializer::kHeNormal}) {
    options.initializer = initializer;
    const DenseLayer layer("layer", 200, 100, options);
    double squares = 0.0;
    for (int64_t i = 0; i < 20000; ++i) {
      squares += std::pow(static_cast<double>(layer.kernel.value[i]), 2);
    }
    const double expected = initializer == Initializer::kHeNormal ? 2.0 / 200 : 2.0 / 300;
    EXPECT_NEAR(squares / 20000 / expected, 1.0, 0.03);
  }
}

TEST(Schedules, FollowTheirFormulas) {
  Schedule schedule;
  schedule.rate = 0.1;
  EXPECT_EQ(schedule.At(0), 0.1);
  EXPECT_EQ(schedule.At(1000), 0.1);
  schedule.warm_up_steps = 10;
  EXPECT_NEAR(schedule.At(0), 0.01, 1e-15);
  EXPECT_NEAR(schedule.At(9), 0.1, 1e-15);
  schedule.kind = Schedule::Kind::kCosine;
  schedule.total_steps = 110;
  EXPECT_NEAR(schedule.At(10), 0.1, 1e-15);
  EXPECT_NEAR(schedule.At(60), 0.05, 1e-15);
  EXPECT_NEAR(schedule.At(110), 0.0, 1e-15);
  EXPECT_NEAR(schedule.At(500), 0.0, 1e-15);
  schedule.kind = Schedule::Kind::kStep;
  schedule.step_length = 20;
  schedule.factor = 0.5;
  EXPECT_NEAR(schedule.At(29), 0.1, 1e-15);
  EXPECT_NEAR(schedule.At(30), 0.05, 1e-15);
  EXPECT_NEAR(schedule.At(50), 0.025, 1e-15);
}

// One parameter of one element, loss w^2 / 2, so the gradient is w.
double StepsOn(const OptimizerOptions& options, int steps, float l2 = 0.0f) {
  Parameter w{"w", Tensor(Shape{1}, {2.0f}), Tensor(), true, l2};
  Optimizer optimizer({&w}, options);
  Tape tape;
  for (int i = 0; i < steps; ++i) {
    tape.Clear();
    tape.Backward(Affine(Sum(Square(tape.Use(w))), 0.5f, 0.0f));
    optimizer.Step(0.1);
  }
  return static_cast<double>(w.value[0]);
}

TEST(Optimizer, SgdWithMomentumFollowsItsFormula) {
  OptimizerOptions options;
  options.kind = OptimizerOptions::Kind::kSgd;
  options.momentum = 0.9f;
  double w = 2.0, v = 0.0;
  for (int i = 0; i < 20; ++i) {
    v = 0.9 * v - 0.1 * w;
    w += v;
  }
  EXPECT_NEAR(StepsOn(options, 20), w, 1e-5);
}

TEST(Optimizer, AdamFollowsItsFormula) {
  for (const double decay : {0.0, 0.01}) {
    OptimizerOptions options;
    options.kind = decay > 0 ? OptimizerOptions::Kind::kAdamW : OptimizerOptions::Kind::kAdam;
    options.weight_decay = static_cast<float>(decay);
    double w = 2.0, m = 0.0, s = 0.0;
    for (int t = 1; t <= 30; ++t) {
      m = 0.9 * m + 0.1 * w;
      s = 0.999 * s + 0.001 * w * w;
      const double rate = 0.1 * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t));
      w -= rate * m / (std::sqrt(s) + 1e-7) + 0.1 * decay * w;
    }
    EXPECT_NEAR(StepsOn(options, 30), w, 1e-4);
  }
}

TEST(Optimizer, AddsTheGradientOfTheL2Term) {
  OptimizerOptions options;
  options.kind = OptimizerOptions::Kind::kSgd;
  // loss w^2 / 2 + 0.25 w^2: gradient 1.5 w.
  EXPECT_NEAR(StepsOn(options, 1, 0.25f), 2.0 - 0.1 * 1.5 * 2.0, 1e-6);
}

TEST(Optimizer, MultipliesTheRateByTheParametersOwn) {
  for (const auto kind : {OptimizerOptions::Kind::kSgd, OptimizerOptions::Kind::kAdam,
                          OptimizerOptions::Kind::kAdamW}) {
    OptimizerOptions options;
    options.kind = kind;
    options.weight_decay = 0.01f;
    Parameter slow{"slow", Tensor(Shape{1}, {2.0f}), Tensor()};
    Parameter fast{"fast", Tensor(Shape{1}, {2.0f}), Tensor()};
    slow.rate = 0.25f;
    Optimizer optimizer({&slow, &fast}, options);
    Tape tape;
    tape.Backward(Sum(Add(Square(tape.Use(slow)), Square(tape.Use(fast)))));
    optimizer.Step(0.1);
    const float slow_step = 2.0f - slow.value[0];
    const float fast_step = 2.0f - fast.value[0];
    EXPECT_GT(slow_step, 0.0f);
    EXPECT_NEAR(slow_step, 0.25f * fast_step, 1e-6f);
  }
}

TEST(Optimizer, ClipsTheGlobalNorm) {
  OptimizerOptions options;
  options.kind = OptimizerOptions::Kind::kSgd;
  options.clip_norm = 0.5f;
  EXPECT_NEAR(StepsOn(options, 1), 2.0 - 0.1 * 0.5, 1e-6);
}

TEST(Optimizer, LeavesAParameterAloneThatNoLossHasMet) {
  Parameter used{"used", Tensor(Shape{1}, {2.0f}), Tensor()};
  Parameter unused{"unused", Tensor(Shape{3}, {1.0f, 2.0f, 3.0f}), Tensor()};
  Optimizer optimizer({&used, &unused}, {});
  Tape tape;
  tape.Backward(Sum(Square(tape.Use(used))));
  EXPECT_EQ(optimizer.Step(0.1), 4.0);
  EXPECT_LT(used.value[0], 2.0f);
  for (int64_t i = 0; i < 3; ++i) EXPECT_EQ(unused.value[i], static_cast<float>(i + 1));
}

TEST(Optimizer, GivesAParameterThatNoLossMeetsItsL2TermOnce) {
  Parameter unused{"unused", Tensor(Shape{1}, {1.0f}), Tensor()};
  unused.l2 = 0.5f;
  OptimizerOptions options;
  options.kind = OptimizerOptions::Kind::kSgd;
  Optimizer optimizer({&unused}, options);
  for (int step = 0; step < 4; ++step) EXPECT_EQ(optimizer.Step(0.0), 1.0);
}

TEST(Optimizer, ChangesNothingWhereASquareOfTheGradientIsNoFloat) {
  Parameter weight{"weight", Tensor(Shape{1}, {1.0f}), Tensor(Shape{1}, {1e20f})};
  Optimizer optimizer({&weight}, {});
  EXPECT_FALSE(std::isfinite(optimizer.Step(0.1)));
  EXPECT_EQ(weight.value[0], 1.0f);
  weight.gradient[0] = 1.0f;
  EXPECT_EQ(optimizer.Step(0.1), 1.0);
  EXPECT_NEAR(weight.value[0], 0.9f, 1e-6f);
}

TEST(Layers, CanBeCopiedBeforeTheyAreTrained) {
  const DenseLayer layer("layer", 3, 2, {});
  const DenseLayer copy = layer;
  EXPECT_EQ(copy.kernel.value.shape(), layer.kernel.value.shape());
  EXPECT_EQ(copy.kernel.gradient.data(), nullptr);
  Tensor empty;
  const Tensor of_empty = empty;
  EXPECT_EQ(of_empty.data(), nullptr);
  Tensor some(Shape{2});
  some = empty;
  EXPECT_EQ(some.data(), nullptr);
}

TEST(Freeze, KeepsParametersOutOfTraining) {
  LayerOptions options;
  DenseLayer layer("layer", 3, 2, options);
  ParameterList list;
  layer.Collect(&list);
  EXPECT_EQ(CountTrainable(list), 8);
  Freeze(list);
  EXPECT_EQ(CountTrainable(list), 0);
  Tape tape(Tape::Mode::kTraining);
  Tensor x = RandomTensor({4, 3}, "x");
  Var input = tape.DifferentiableInput(x.shape(), x.data());
  tape.Backward(Sum(layer.Apply(input)));
  EXPECT_NE(tape.Gradient(input), nullptr);
  EXPECT_EQ(layer.kernel.gradient.data(), nullptr);
}

}  // namespace
}  // namespace demd
