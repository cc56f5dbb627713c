#include "emd/losses.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/parallel.h"
#include "engine/random.h"

namespace demd {
namespace {

constexpr int64_t kRows = 40;

Tensor RandomRows(const std::string& name, int64_t rows = kRows, int64_t n = 48) {
  RandomStream random(1, name);
  Tensor tensor(Shape{rows, n});
  for (int64_t i = 0; i < tensor.size(); ++i) {
    tensor[i] = static_cast<float>(random.Uniform(0.1, 1.0));
  }
  return tensor;
}

// The distance is piecewise linear in normalised masses, so a central difference is exact up to
// the curvature of the normalisation wherever no kink lies between the two points. Float32 values
// of order 1 over a step of 2^-10 leave 2^-14; kinks are met by few elements.
TEST(ExactEmd, GradientMatchesCentralDifferencesThroughTheNormalisation) {
  const GroundCost cost = GroundCost::Hexagon();
  Parameter sides[2] = {{"a", RandomRows("a", 3), Tensor(), true, 0.0f},
                        {"b", RandomRows("b", 3), Tensor(), true, 0.0f}};
  Tape tape(Tape::Mode::kTraining);
  const auto loss = [&] {
    tape.Clear();
    const std::vector<float> weights = {1.0f, -2.0f, 0.5f};
    Var y = ExactEmd(cost, tape.Use(sides[0]), tape.Use(sides[1]));
    return Sum(Multiply(y, tape.Input(Tensor(Shape{3}, weights))));
  };
  tape.Backward(loss());
  const Tensor gradients[2] = {sides[0].gradient, sides[1].gradient};
  constexpr float kStep = 1.0f / 1024;
  int kinks = 0;
  for (int side = 0; side < 2; ++side) {
    for (int64_t i = 0; i < sides[side].value.size(); ++i) {
      const float center = sides[side].value[i];
      sides[side].value[i] = center + kStep;
      const float above = loss().scalar();
      sides[side].value[i] = center - kStep;
      const float below = loss().scalar();
      sides[side].value[i] = center;
      kinks += std::abs(gradients[side][i] - (above - below) / (2 * kStep)) > 4e-4f;
    }
  }
  EXPECT_LE(kinks, 6) << "of " << 2 * 3 * 48;
}

// Scaling a row changes nothing, hence the gradient is orthogonal to the row.
TEST(ExactEmd, GradientIsOrthogonalToItsRow) {
  Parameter a = {"a", RandomRows("a"), Tensor(), true, 0.0f};
  Tape tape;
  tape.Backward(Sum(ExactEmd(GroundCost::Hexagon(), tape.Use(a), tape.Input(RandomRows("b")))));
  for (int64_t r = 0; r < kRows; ++r) {
    double dot = 0;
    for (int64_t i = r * 48; i < (r + 1) * 48; ++i) {
      dot += static_cast<double>(a.gradient[i]) * static_cast<double>(a.value[i]);
    }
    EXPECT_NEAR(dot, 0, 1e-6);
  }
}

TEST(ExactEmd, GivesTheSameBytesForEveryThreadCount) {
  Parameter a = {"a", RandomRows("a"), Tensor(), true, 0.0f};
  std::vector<float> first;
  for (int threads = 1; threads <= 3; ++threads) {
    SetThreadCount(threads);
    Tape tape;
    Var y = ExactEmd(GroundCost::Hexagon(), tape.Use(a), tape.Input(RandomRows("b")));
    tape.Backward(Sum(y));
    std::vector<float> result(y.value(), y.value() + kRows);
    result.insert(result.end(), a.gradient.data(), a.gradient.data() + a.gradient.size());
    if (threads == 1) first = result;
    EXPECT_EQ(result, first);
  }
  SetThreadCount(1);
}

TEST(ExactEmd, IsZeroWithZeroGradientForProportionalRows) {
  Parameter a = {"a", RandomRows("a"), Tensor(), true, 0.0f};
  Tape tape;
  Var y = ExactEmd(GroundCost::Hexagon(), tape.Use(a), tape.Input(a.value));
  tape.Backward(Sum(y));
  for (int64_t r = 0; r < kRows; ++r) EXPECT_EQ(y.value()[r], 0.0f);
  for (int64_t i = 0; i < a.gradient.size(); ++i) EXPECT_EQ(a.gradient[i], 0.0f);
}

TEST(ExactEmd, DescendsToTheTargetByGradientSteps) {
  Parameter a = {"a", RandomRows("start", 1), Tensor(), true, 0.0f};
  const Tensor target = RandomRows("target", 1);
  Tape tape;
  float first = 0;
  float last = 0;
  for (int step = 0; step < 300; ++step) {
    tape.Clear();
    Var y = ExactEmd(GroundCost::Hexagon(), tape.Use(a), tape.Input(target));
    tape.Backward(Sum(y));
    last = y.value()[0];
    if (step == 0) first = last;
    const float rate = 0.5f / (1.0f + 0.1f * static_cast<float>(step));
    for (int64_t i = 0; i < 48; ++i) {
      a.value[i] = std::max(1e-3f, a.value[i] - rate * a.gradient[i]);
    }
  }
  EXPECT_LT(last, 0.2f * first);
}

TEST(ExactEmd, RefusesShapesAndRowsItCannotCompare) {
  const GroundCost cost = GroundCost::Hexagon();
  Tape tape;
  Var good = tape.Input(RandomRows("a", 2));
  Tensor empty_row = RandomRows("b", 2);
  for (int64_t i = 48; i < 96; ++i) empty_row[i] = 0;
  EXPECT_THROW(ExactEmd(cost, good, tape.Input(empty_row)), NumericError);
  EXPECT_THROW(ExactEmd(cost, good, tape.Input(RandomRows("c", 3))), UsageError);
  EXPECT_THROW(ExactEmd(cost, good, tape.Input(RandomRows("c", 2, 47))), UsageError);
}

}  // namespace
}  // namespace demd
