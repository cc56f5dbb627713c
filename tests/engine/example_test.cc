// The examples of engine/README.md, as they stand there.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/nn/losses.h"
#include "engine/nn/trainer.h"
#include "engine/ops/dense.h"
#include "engine/ops/elementwise.h"
#include "tests/engine/gradient_check.h"

namespace demd {
namespace {

// [example: a new op]
/// x^3.
Var Cube(Var x) {
  Var y = x.tape().Record("cube", x.shape(), {x});
  for (int64_t i = 0; i < x.shape().size(); ++i) {
    const float v = x.value()[i];
    y.value()[i] = v * v * v;
  }
  x.tape().OnBackward(y, [x, y] {
    const float* d_y = y.tape().Gradient(y);
    float* d_x = x.tape().AccumulatedGradient(x);
    for (int64_t i = 0; i < x.shape().size(); ++i) {
      d_x[i] += d_y[i] * 3.0f * x.value()[i] * x.value()[i];
    }
  });
  return y;
}
// [end]

// [example: a new network]
struct Network {
  DenseLayer hidden{"hidden", 2, 32, {}};
  BatchNormLayer norm{"norm", 32};
  DenseLayer output{"output", 32, 1, {}};

  Var Apply(Var x) { return output.Apply(norm.ApplyRelu(hidden.Apply(x))); }

  ParameterList Parameters() {
    ParameterList list;
    hidden.Collect(&list);
    norm.Collect(&list);
    output.Collect(&list);
    return list;
  }
};

double TrainToMultiply(int64_t epochs) {
  const Tensor x = RandomTensor({512, 2}, "x");
  Tensor t(Shape{512, 1});
  for (int64_t i = 0; i < 512; ++i) t[i] = x[2 * i] * x[2 * i + 1];
  Network network;
  const auto loss = [&](Var in, Var target) { return MeanSquaredError(network.Apply(in), target); };
  TrainOptions options;
  options.name = "multiply";
  options.epochs = epochs;
  options.schedule.rate = 0.01;
  Tape tape;
  Trainer trainer(
      options, network.Parameters(), 512,
      [&](Tape& training, const Batch& batch) {
        return loss(training.InputRows(x, batch.rows, batch.n),
                    training.InputRows(t, batch.rows, batch.n));
      },
      [&] {
        tape.Clear();
        return static_cast<double>(loss(tape.Input(x), tape.Input(t)).scalar());
      });
  while (!trainer.done()) trainer.Step();
  return trainer.history()[static_cast<size_t>(trainer.best_epoch())].validation_loss;
}
// [end]

TEST(Example, ANewOpHasTheGradientOfItsDefinition) {
  CheckGradients([](Tape&, const std::vector<Var>& v) { return Cube(v[0]); },
                 {RandomTensor({3, 5}, "x")});
}

TEST(Example, ANewNetworkLearns) { EXPECT_LT(TrainToMultiply(150), 0.1 * TrainToMultiply(1)); }

TEST(Example, AShapeErrorNamesBothShapes) {
  Network network;
  Tape tape;
  try {
    network.Apply(tape.Input(Tensor(Shape{4, 3})));
    FAIL() << "expected an error";
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(),
                 "dense: expected [rows, n_in] and [n_in, n_out], found [4, 3] and [2, 32]");
  }
}

std::string TextOf(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Example, TheReadmeShowsWhatIsCompiledHere) {
  const std::string here = TextOf(std::string(DEMD_SOURCE_DIR) + "/tests/engine/example_test.cc");
  const std::string readme = TextOf(std::string(DEMD_SOURCE_DIR) + "/engine/README.md");
  for (const std::string name : {"a new op", "a new network"}) {
    const std::string mark = "// [example: " + name + "]\n";
    const size_t begin = here.find(mark) + mark.size();
    const std::string code = here.substr(begin, here.find("// [end]", begin) - begin);
    EXPECT_NE(readme.find("```cpp\n" + code + "```"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace demd
