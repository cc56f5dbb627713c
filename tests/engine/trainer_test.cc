#include "engine/nn/trainer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <memory>

#include "engine/error.h"
#include "engine/nn/losses.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/parallel.h"
#include "tests/engine/gradient_check.h"

namespace demd {
namespace {

constexpr int64_t kRows = 300;

// A small regression with everything that has state: dense layers, batch norm, Adam, schedule.
class Regression {
 public:
  explicit Regression(int64_t epochs, int64_t patience = 0)
      : inputs_(RandomTensor({kRows, 6}, "inputs")),
        targets_(Shape{kRows, 1}),
        first_("first", 6, 40, {}),
        norm_("norm", 40),
        second_("second", 40, 1, {}) {
    for (int64_t i = 0; i < kRows; ++i) targets_[i] = inputs_[i * 6] * inputs_[i * 6 + 1];
    first_.Collect(&parameters);
    norm_.Collect(&parameters);
    second_.Collect(&parameters);
    TrainOptions options;
    options.name = "regression";
    options.epochs = epochs;
    options.batch_size = 64;
    options.patience = patience;
    options.schedule.rate = 0.01;
    trainer = std::make_unique<Trainer>(
        options, parameters, kRows,
        [this](Tape& tape, const Batch& batch) {
          return MeanSquaredError(Apply(tape.InputRows(inputs_, batch.rows, batch.n)),
                                  tape.InputRows(targets_, batch.rows, batch.n));
        },
        [this] {
          tape_.Clear();
          return static_cast<double>(
              MeanSquaredError(Apply(tape_.Input(inputs_)), tape_.Input(targets_)).scalar());
        });
  }

  Var Apply(Var x) { return second_.Apply(Relu(norm_.Apply(first_.Apply(x)))); }

  void RunToEnd() {
    while (!trainer->done()) trainer->Step();
  }

  ParameterList parameters;
  std::unique_ptr<Trainer> trainer;

 private:
  Tensor inputs_;
  Tensor targets_;
  DenseLayer first_;
  BatchNormLayer norm_;
  DenseLayer second_;
  Tape tape_;
};

void ExpectSameBytes(const ParameterList& a, const ParameterList& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(std::memcmp(a[i]->value.data(), b[i]->value.data(),
                          static_cast<size_t>(a[i]->value.size()) * sizeof(float)),
              0)
        << a[i]->name;
  }
}

TEST(Trainer, Learns) {
  Regression run(60);
  run.RunToEnd();
  const std::vector<EpochRecord>& history = run.trainer->history();
  EXPECT_EQ(history.size(), 60u);
  EXPECT_LT(history[static_cast<size_t>(run.trainer->best_epoch())].validation_loss,
            0.1 * history[0].validation_loss);
}

TEST(Trainer, GivesTheSameBytesOnAnyNumberOfThreads) {
  SetThreadCount(1);
  Regression reference(4);
  reference.RunToEnd();
  for (const int threads : {2, 3}) {
    SetThreadCount(threads);
    Regression run(4);
    run.RunToEnd();
    ExpectSameBytes(reference.parameters, run.parameters);
  }
  SetThreadCount(1);
}

TEST(Trainer, StateRestoredAtAnyStepEndsInTheSameBytes) {
  Regression unbroken(3);
  unbroken.RunToEnd();
  for (int64_t stop = 0; stop < unbroken.trainer->total_steps(); ++stop) {
    Regression first(3);
    for (int64_t i = 0; i < stop; ++i) first.trainer->Step();
    Checkpoint state;
    first.trainer->Store(&state);
    Regression second(3);
    second.trainer->Restore(state, "state");
    second.RunToEnd();
    ExpectSameBytes(unbroken.parameters, second.parameters);
    EXPECT_EQ(unbroken.trainer->history().back().train_loss,
              second.trainer->history().back().train_loss);
  }
}

TEST(Trainer, StopsEarlyAndKeepsTheBestWeights) {
  Regression run(2000, 3);
  run.RunToEnd();
  EXPECT_LT(run.trainer->epochs_done(), 2000);
  EXPECT_EQ(run.trainer->best_epoch(), run.trainer->epochs_done() - 1 - 3);
}

TEST(Trainer, NamesLayerAndStepOfANan) {
  Regression run(3);
  for (int i = 0; i < 5; ++i) run.trainer->Step();
  run.parameters[6]->value[0] = std::numeric_limits<float>::quiet_NaN();
  try {
    run.trainer->Step();
    FAIL() << "expected an error";
  } catch (const NumericError& error) {
    EXPECT_STREQ(error.what(),
                 "regression: step 5: expected a finite loss and gradient, found NaN or infinity, "
                 "first in second: parameter");
  }
}

TEST(Trainer, RefusesAValidationLossThatIsNotFinite) {
  Parameter weight{"weight", Tensor(Shape{1}, {1.0f}), Tensor()};
  TrainOptions options;
  options.name = "line";
  Trainer trainer(
      options, {&weight}, 4,
      [&](Tape& tape, const Batch&) { return Sum(Square(tape.Use(weight))); },
      [] { return std::numeric_limits<double>::quiet_NaN(); });
  try {
    while (!trainer.done()) trainer.Step();
    FAIL() << "expected an error";
  } catch (const NumericError& error) {
    EXPECT_STREQ(error.what(), "line: epoch 0: expected a finite validation loss, found nan");
  }
}

TEST(Trainer, NamesLayerAndStepOfAGradientThatIsNotFiniteThoughTheLossIs) {
  // The square root of 0 is 0; its slope is not finite.
  Parameter weight{"weight", Tensor(Shape{4}), Tensor(), true, 0.0f};
  const std::string layer = "root layer";
  TrainOptions options;
  options.name = "roots";
  Trainer trainer(
      options, {&weight}, 4,
      [&](Tape& tape, const Batch&) {
        Tape::Scope scope(tape, layer);
        const Var doubled = Affine(tape.Use(weight), 2.0f, 0.0f);
        return Sum(Sqrt(doubled));
      },
      [] { return 0.0; });
  try {
    trainer.Step();
    FAIL() << "expected an error";
  } catch (const NumericError& error) {
    EXPECT_STREQ(error.what(),
                 "roots: step 0: expected a finite loss and gradient, found NaN or infinity, "
                 "first in the gradient of root layer: affine");
  }
  for (int64_t i = 0; i < 4; ++i) EXPECT_EQ(weight.value[i], 0.0f) << "weights were touched";
}

TEST(Trainer, RefusesAStateOfAnotherModel) {
  Regression run(3);
  Checkpoint state;
  run.trainer->Store(&state);
  state.arrays["regression/now/first/kernel"] = Tensor(Shape{2, 2});
  EXPECT_THROW(run.trainer->Restore(state, "state"), DataError);
  state.arrays.erase("regression/now/first/kernel");
  EXPECT_THROW(run.trainer->Restore(state, "state"), DataError);
}

}  // namespace
}  // namespace demd
