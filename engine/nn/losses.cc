#include "engine/nn/losses.h"

#include <string>

#include "engine/error.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"

namespace demd {
namespace {

// Broadcasting would silently accept [n] against [n, 1].
void CheckShapes(const char* name, Var prediction, Var target) {
  if (prediction.shape() == target.shape()) return;
  throw UsageError(std::string(name) + ": expected prediction and target of one shape, found " +
                   prediction.shape().ToString() + " and " + target.shape().ToString());
}

}  // namespace

Var MeanSquaredError(Var prediction, Var target) {
  CheckShapes("mean_squared_error", prediction, target);
  return Mean(Square(Subtract(prediction, target)));
}

Var MeanAbsoluteError(Var prediction, Var target) {
  CheckShapes("mean_absolute_error", prediction, target);
  return Mean(Abs(Subtract(prediction, target)));
}

Var HuberLoss(Var prediction, Var target, float delta) {
  CheckShapes("huber", prediction, target);
  const Var distance = Abs(Subtract(prediction, target));
  // inner = min(d, delta): d^2/2 inside, and delta for each unit beyond.
  const Var beyond = Relu(Affine(distance, 1.0f, -delta));
  const Var inner = Subtract(distance, beyond);
  return Mean(Add(Affine(Square(inner), 0.5f, 0.0f), Affine(beyond, delta, 0.0f)));
}

Var MeanSquaredLogError(Var prediction, Var target) {
  CheckShapes("mean_squared_log_error", prediction, target);
  return Mean(Square(Subtract(Log1p(Relu(prediction)), Log1p(Relu(target)))));
}

}  // namespace demd
