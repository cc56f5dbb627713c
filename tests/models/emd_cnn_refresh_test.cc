#include "models/networks/emd_cnn_refresh.h"

#include <gtest/gtest.h>

#include <cstring>

#include "engine/error.h"
#include "engine/ops/reduction.h"
#include "models/networks/emd_cnn_training.h"
#include "tests/engine/gradient_check.h"

namespace demd {
namespace {

EmdCnnOptions SmallNetwork() {
  EmdCnnOptions options;
  options.regions = 32;
  options.dense_width = 16;
  return options;
}

Tensor Rows(const std::string& name, int index) {
  return RandomTensor({64, 48}, name + std::to_string(index), 0.0, 1.0);
}

double StepOn(int index, EmdCnnRefresh* refresh) {
  Tape tape;
  return refresh->Step(tape.Input(Rows("a", index)), tape.Input(Rows("b", index)));
}

TEST(EmdCnnRefresh, LearnsThePairsThatItSees) {
  EmdCnn network(SmallNetwork());
  EmdCnnRefreshOptions options;
  options.learning_rate = 5e-3;
  EmdCnnRefresh refresh(options, &network);
  const double before = StepOn(0, &refresh);
  for (int i = 1; i < 200; ++i) StepOn(i, &refresh);
  EXPECT_LT(StepOn(200, &refresh), 0.6 * before);
  EXPECT_EQ(refresh.steps_done(), 201);
}

TEST(EmdCnnRefresh, LeavesTheNetworkFrozenBetweenSteps) {
  EmdCnn network(SmallNetwork());
  EmdCnnRefresh refresh({}, &network);
  EXPECT_EQ(CountTrainable(network.parameters()), 0);
  StepOn(0, &refresh);
  EXPECT_EQ(CountTrainable(network.parameters()), 0);
  // A loss that the network's output is, reaches the second wafer and leaves the weights alone.
  const std::vector<Tensor> weights = [&] {
    std::vector<Tensor> values;
    for (const Parameter* parameter : network.parameters()) values.push_back(parameter->value);
    return values;
  }();
  Tape tape(Tape::Mode::kTraining);
  const Tensor a = Rows("a", 1), b = Rows("b", 1);
  const Var y = tape.DifferentiableInput(b.shape(), b.data());
  tape.Backward(Mean(network.Apply(tape.Input(a), y)));
  EXPECT_NE(tape.Gradient(y), nullptr);
  for (size_t i = 0; i < weights.size(); ++i) {
    const Tensor& value = network.parameters()[i]->value;
    EXPECT_EQ(std::memcmp(value.data(), weights[i].data(),
                          static_cast<size_t>(value.size()) * sizeof(float)),
              0);
  }
}

TEST(EmdCnnRefresh, RestoredStateGoesOnToTheSameBits) {
  EmdCnn network(SmallNetwork());
  EmdCnnRefresh refresh({}, &network);
  for (int i = 0; i < 3; ++i) StepOn(i, &refresh);
  Checkpoint checkpoint;
  refresh.Store(&checkpoint);
  for (int i = 3; i < 6; ++i) StepOn(i, &refresh);
  EmdCnn other(SmallNetwork());
  EmdCnnRefresh resumed({}, &other);
  resumed.Restore(checkpoint, "state");
  EXPECT_EQ(resumed.steps_done(), 3);
  for (int i = 3; i < 6; ++i) StepOn(i, &resumed);
  EXPECT_EQ(other.Predict(Rows("a", 9), Rows("b", 9)), network.Predict(Rows("a", 9), Rows("b", 9)));
}

TEST(EmdCnnRefresh, RejectsTheStateOfAnotherNetwork) {
  EmdCnn network(SmallNetwork());
  EmdCnnRefresh refresh({}, &network);
  Checkpoint checkpoint;
  refresh.Store(&checkpoint);
  EmdCnnOptions wider = SmallNetwork();
  wider.regions = 40;
  EmdCnn other(wider);
  EmdCnnRefresh resumed({}, &other);
  EXPECT_THROW(resumed.Restore(checkpoint, "state"), DataError);
}

}  // namespace
}  // namespace demd
