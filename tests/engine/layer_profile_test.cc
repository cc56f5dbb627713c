#include "engine/layer_profile.h"

#include <gtest/gtest.h>

#include "engine/nn/layers.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "tests/engine/gradient_check.h"

namespace demd {
namespace {

const LayerCost* Find(const std::vector<LayerCost>& costs, const std::string& layer,
                      const std::string& op) {
  for (const LayerCost& cost : costs) {
    if (cost.layer == layer && cost.op == op) return &cost;
  }
  return nullptr;
}

TEST(LayerProfile, CountsCallsTimeAndMemoryOfEachOpByLayer) {
  DenseLayer first("profiled/first", 8, 16, {}), second("profiled/second", 16, 4, {});
  Tape tape(Tape::Mode::kTraining);
  const auto step = [&] {
    tape.Clear();
    const Var x = tape.Input(RandomTensor({32, 8}, "x"));
    tape.Backward(Sum(second.Apply(Relu(first.Apply(x)))));
  };
  step();
  EXPECT_EQ(Find(LayerProfile(), "profiled/first", "dense"), nullptr) << "counted without asking";
  StartLayerProfile();
  for (int i = 0; i < 3; ++i) step();
  const std::vector<LayerCost> costs = LayerProfile();
  for (const char* layer : {"profiled/first", "profiled/second"}) {
    const LayerCost* cost = Find(costs, layer, "dense");
    ASSERT_NE(cost, nullptr) << layer;
    EXPECT_EQ(cost->calls, 3);
    EXPECT_GT(cost->forward_seconds, 0.0);
    EXPECT_GT(cost->backward_seconds, 0.0);
  }
  // The gradients of the first layer's output and its partial sums: more than 32 x 16 floats.
  EXPECT_GE(Find(costs, "profiled/first", "dense")->bytes, size_t{32 * 16 * 4});
  EXPECT_NE(LayerProfileTable().find("profiled/second"), std::string::npos);
}

}  // namespace
}  // namespace demd
