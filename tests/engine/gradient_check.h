#ifndef DEMD_TESTS_ENGINE_GRADIENT_CHECK_H_
#define DEMD_TESTS_ENGINE_GRADIENT_CHECK_H_

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "engine/autograd.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/random.h"
#include "tests/case_count.h"

namespace demd {

/// Uniform values in [low, high), fixed by the name.
inline Tensor RandomTensor(const Shape& shape, const std::string& name, double low = -1.0,
                           double high = 1.0) {
  Tensor tensor(shape);
  RandomStream random(20230611, name);
  for (int64_t i = 0; i < tensor.size(); ++i) {
    tensor[i] = static_cast<float>(random.Uniform(low, high));
  }
  return tensor;
}

using Graph = std::function<Var(Tape&, const std::vector<Var>&)>;

/// The central difference's own error: float32 rounding of the loss over twice the step, and the
/// third derivative over the step squared; both stay below this for losses of order 1.
inline constexpr double kGradientTolerance = 4e-3;
inline constexpr float kGradientStep = 1.0f / 128.0f;

/// Compares the gradient of sum(weight * graph(inputs)), with random weights, against central
/// differences, element by element of every input (in short tests some elements of large ones).
inline void CheckGradients(const Graph& graph, const std::vector<Tensor>& inputs,
                           Tape::Mode mode = Tape::Mode::kTraining) {
  std::vector<Parameter> parameters;
  for (const Tensor& input : inputs) parameters.push_back({"input", input, Tensor(), true, 0.0f});
  Tape tape(mode);
  const auto loss = [&] {
    tape.Clear();
    std::vector<Var> vars;
    for (Parameter& parameter : parameters) vars.push_back(tape.Use(parameter));
    Var y = graph(tape, vars);
    Var weight = tape.Input(RandomTensor(y.shape(), "weight"));
    return Sum(Multiply(y, weight));
  };
  tape.Backward(loss());
  std::vector<Tensor> gradients;
  for (const Parameter& parameter : parameters) gradients.push_back(parameter.gradient);
  for (size_t p = 0; p < parameters.size(); ++p) {
    Tensor& value = parameters[p].value;
    const int64_t step = value.size() > 100 ? static_cast<int64_t>(CaseStep()) : 1;
    for (int64_t i = 0; i < value.size(); i += step) {
      const float center = value[i];
      value[i] = center + kGradientStep;
      const double above = static_cast<double>(loss().scalar());
      value[i] = center - kGradientStep;
      const double below = static_cast<double>(loss().scalar());
      value[i] = center;
      const double expected = (above - below) / (2.0 * static_cast<double>(kGradientStep));
      const double found = static_cast<double>(gradients[p][i]);
      ASSERT_NEAR(found, expected, kGradientTolerance * std::max(1.0, std::fabs(expected)))
          << "input " << p << ", element " << i;
    }
  }
}

}  // namespace demd

#endif  // DEMD_TESTS_ENGINE_GRADIENT_CHECK_H_
