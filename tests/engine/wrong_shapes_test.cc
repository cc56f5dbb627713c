// Every op with shapes that do not fit: an error where the graph is built, with the op's name, what
// was expected and every shape that was found.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/nn/losses.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/convolution.h"
#include "engine/ops/dense.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/ops/shaping.h"

namespace demd {
namespace {

struct Misuse {
  std::string op;  // as messages call it
  std::vector<Shape> inputs;
  std::function<void(const std::vector<Var>&)> call;
  std::vector<std::string> found = {};  // what the message must hold; empty: all inputs' shapes
};

void Normalise(const std::vector<Var>& v) {
  Tensor mean(v[1].shape()), variance(v[2].shape());
  BatchNorm(v[0], v[1], v[2], &mean, &variance, {});
}

std::vector<Misuse> Misuses() {
  const auto conv = [](int64_t stride, Padding padding) {
    return [=](const std::vector<Var>& v) { Conv2d(v[0], v[1], v[2], stride, padding); };
  };
  const auto up = [](const std::vector<Var>& v) {
    Conv2dTranspose(v[0], v[1], v[2], 2, Padding::kSame);
  };
  return {
      {"add", {{2, 3}, {2, 4}}, [](const auto& v) { Add(v[0], v[1]); }},
      {"subtract", {{5}, {4}}, [](const auto& v) { Subtract(v[0], v[1]); }},
      {"multiply", {{2, 3, 4}, {3, 3}}, [](const auto& v) { Multiply(v[0], v[1]); }},
      {"divide", {{2, 2, 2, 3}, {2, 1, 3, 3}}, [](const auto& v) { Divide(v[0], v[1]); }},
      {"maximum", {{7, 2}, {7}}, [](const auto& v) { Maximum(v[0], v[1]); }},
      {"dense",
       {{4, 3}, {2, 5}, {5}},
       [](const auto& v) { Dense(v[0], v[1], v[2]); },
       {"[4, 3]", "[2, 5]"}},
      {"dense",
       {{4, 3}, {3, 5}, {4}},
       [](const auto& v) { Dense(v[0], v[1], v[2]); },
       {"[3, 5]", "[4]"}},
      {"dense",
       {{4, 3, 1}, {3, 5}, {5}},
       [](const auto& v) { Dense(v[0], v[1], v[2]); },
       {"[4, 3, 1]", "[3, 5]"}},
      {"matmul", {{4, 3}, {4, 3}}, [](const auto& v) { MatMul(v[0], v[1]); }},
      {"matmul", {{}, {1, 3}}, [](const auto& v) { MatMul(v[0], v[1]); }},
      {"conv2d",
       {{2, 8, 8, 2}, {3, 3, 1, 8}, {8}},
       conv(1, Padding::kSame),
       {"[2, 8, 8, 2]", "[3, 3, 1, 8]"}},
      {"conv2d",
       {{2, 8, 8}, {3, 3, 1, 8}, {8}},
       conv(1, Padding::kSame),
       {"[2, 8, 8]", "[3, 3, 1, 8]"}},
      {"conv2d",
       {{2, 8, 8, 1}, {3, 3, 1, 8}, {7}},
       conv(1, Padding::kSame),
       {"[3, 3, 1, 8]", "[7]"}},
      {"conv2d",
       {{2, 2, 2, 1}, {3, 3, 1, 8}, {8}},
       conv(1, Padding::kValid),
       {"[2, 2, 2, 1]", "[3, 3, 1, 8]"}},
      {"conv2d", {{2, 8, 8, 1}, {3, 3, 1, 8}, {8}}, conv(0, Padding::kSame), {"0"}},
      {"conv2d", {{2, 8, 8, 0}, {3, 3, 0, 8}, {8}}, conv(1, Padding::kSame), {"[3, 3, 0, 8]"}},
      {"conv2d_transpose", {{2, 4, 4, 3}, {3, 3, 0, 3}, {0}}, up, {"[3, 3, 0, 3]"}},
      {"conv2d_transpose", {{2, 4, 4, 8}, {3, 3, 8, 1}, {8}}, up, {"[2, 4, 4, 8]", "[3, 3, 8, 1]"}},
      {"conv2d_transpose", {{2, 4, 4, 8}, {3, 3, 1, 8}, {8}}, up, {"[3, 3, 1, 8]", "[8]"}},
      {"batch_norm", {{5, 3}, {4}, {3}}, Normalise, {"[5, 3]", "[4]"}},
      {"batch_norm", {{5, 3}, {3}, {3, 1}}, Normalise, {"[5, 3]", "[3, 1]"}},
      {"batch_norm", {{0, 3}, {3}, {3}}, Normalise, {"[0, 3]"}},
      {"batch_norm", {{}, {1}, {1}}, Normalise, {"[]"}},
      {"mean", {{0, 3}}, [](const auto& v) { Mean(v[0]); }},
      {"sum_columns", {{}}, [](const auto& v) { SumColumns(v[0]); }},
      {"normalize", {{}}, [](const auto& v) { NormalizeColumns(v[0]); }},
      {"softmax", {{}}, [](const auto& v) { Softmax(v[0]); }},
      {"reshape", {{2, 3}}, [](const auto& v) { Reshape(v[0], {7}); }, {"[2, 3]", "[7]"}},
      {"flatten", {{}}, [](const auto& v) { Flatten(v[0]); }},
      {"gather",
       {{2, 3}},
       [](const auto& v) {
         GatherColumns(v[0], {0, 3});
       },
       {"[2, 3]", "3"}},
      {"gather", {{2, 3}}, [](const auto& v) { GatherColumns(v[0], {-2}); }, {"[2, 3]", "-2"}},
      {"gather", {{}}, [](const auto& v) { GatherColumns(v[0], {0}); }},
      {"concatenate", {{2, 3}, {3, 3}}, [](const auto& v) { Concatenate(v, 1); }},
      {"concatenate", {{2, 3}, {2, 3, 1}}, [](const auto& v) { Concatenate(v, 0); }},
      {"concatenate", {{2, 3}}, [](const auto& v) { Concatenate(v, 2); }, {"[2, 3]", "2"}},
      {"concatenate", {}, [](const auto&) { Concatenate({}, 0); }, {"none"}},
      {"slice", {{2, 3}}, [](const auto& v) { SliceRows(v[0], 1, 3); }, {"[2, 3]", "[1, 3)"}},
      {"slice", {{}}, [](const auto& v) { SliceRows(v[0], 0, 1); }},
      {"mean_squared_error", {{4, 1}, {4}}, [](const auto& v) { MeanSquaredError(v[0], v[1]); }},
      {"mean_absolute_error", {{4, 1}, {4}}, [](const auto& v) { MeanAbsoluteError(v[0], v[1]); }},
      {"huber", {{4, 1}, {1, 4}}, [](const auto& v) { HuberLoss(v[0], v[1]); }},
      {"mean_squared_log_error",
       {{2}, {3}},
       [](const auto& v) { MeanSquaredLogError(v[0], v[1]); }},
  };
}

TEST(WrongShapes, AreRefusedByEveryOpWhereTheGraphIsBuiltWithAllShapesInTheMessage) {
  for (const Misuse& misuse : Misuses()) {
    Tape tape(Tape::Mode::kTraining);
    std::vector<Var> inputs;
    std::vector<std::string> found = misuse.found;
    for (const Shape& shape : misuse.inputs) {
      const Tensor x(shape);
      inputs.push_back(tape.DifferentiableInput(shape, x.data()));
      if (misuse.found.empty()) found.push_back(shape.ToString());
    }
    try {
      misuse.call(inputs);
      ADD_FAILURE() << misuse.op << ": expected an error";
    } catch (const UsageError& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.find(misuse.op + ": expected "), 0u) << message;
      for (const std::string& part : found) {
        EXPECT_NE(message.find(part), std::string::npos) << message << " lacks " << part;
      }
    }
  }
}

// A batch without rows is no mistake: everything but batch norm and means takes it.
TEST(WrongShapes, AnEmptyBatchIsNoneOfThem) {
  Tape tape;
  const Tensor x(Shape{0, 3}), w(Shape{3, 4}), b(Shape{4}), images(Shape{0, 4, 4, 2});
  const Tensor kernel(Shape{3, 3, 2, 5}), bias(Shape{5});
  EXPECT_EQ(Dense(tape.Input(x), tape.Input(w), tape.Input(b)).shape(), (Shape{0, 4}));
  EXPECT_EQ(Softmax(tape.Input(x)).shape(), (Shape{0, 3}));
  EXPECT_EQ(SumColumns(tape.Input(x)).shape(), (Shape{0, 1}));
  EXPECT_EQ(GatherColumns(tape.Input(x), {2, -1}).shape(), (Shape{0, 2}));
  EXPECT_EQ(
      Conv2d(tape.Input(images), tape.Input(kernel), tape.Input(bias), 1, Padding::kSame).shape(),
      (Shape{0, 4, 4, 5}));
  EXPECT_EQ(Sum(tape.Input(x)).scalar(), 0.0f);
}

}  // namespace
}  // namespace demd
