// The engine's promise: the same bits on every instruction set and any number of threads.

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "engine/io/file.h"
#include "engine/kernels/matrix_kernels.h"
#include "engine/nn/losses.h"
#include "engine/nn/trainer.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/ops/shaping.h"
#include "engine/parallel.h"
#include "engine/portable_math.h"
#include "tests/engine/gradient_check.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

constexpr int64_t kRows = 230;

// Every kind of layer that has a kernel of its own, wide and narrow, with sizes that leave parts of
// vectors and of blocks.
class SmallNetwork {
 public:
  explicit SmallNetwork(uint64_t seed = 0)
      : inputs_(RandomTensor({kRows, 48}, "inputs", 0.0, 1.0)),
        targets_(RandomTensor({kRows, 48}, "targets", 0.0, 1.0)),
        narrow_("narrow", {3, 3}, 3, 5, Options(seed)),
        wide_("wide", {5, 5}, 5, 37, Options(seed)),
        toeplitz_("toeplitz", {5, 5}, 37, 37, Options(seed)),
        cells_("cells", {3, {1,  15, -1, 0, -1, 2, 5, 5,  9,  -1, -1, -1, 7,  2,  4,  4,
                             11, 0,  8,  1, 3,  6, 7, -1, 9,  9,  9,  12, 0,  14, 15, 15,
                             1,  2,  3,  4, 5,  6, 7, 8,  -1, 10, 11, 12, 13, 14, 15, 0}},
               37, 37, Options(seed)),
        norm_("norm", 37),
        up_("up", {3, 3, 2}, 37, 9, Options(seed)),
        out_("out", {3, 3}, 9, 1, Options(seed)),
        dense_("dense", 64, 48, Options(seed)) {
    for (auto* layer : {&narrow_, &wide_, &toeplitz_}) layer->Collect(&parameters_);
    cells_.Collect(&parameters_);
    norm_.Collect(&parameters_);
    for (auto* layer : {&up_, &out_}) layer->Collect(&parameters_);
    dense_.Collect(&parameters_);
    TrainOptions options;
    options.name = "run";
    options.epochs = 2;
    options.batch_size = 75;
    options.optimizer.kind = OptimizerOptions::Kind::kAdamW;
    options.optimizer.weight_decay = 0.01f;
    options.schedule.rate = 0.01;
    trainer_ = std::make_unique<Trainer>(
        options, parameters_, kRows,
        [this](Tape& tape, const Batch& batch) {
          return MeanSquaredError(Apply(tape.InputRows(inputs_, batch.rows, batch.n)),
                                  tape.InputRows(targets_, batch.rows, batch.n));
        },
        [this] {
          Tape tape;
          return static_cast<double>(
              MeanSquaredError(Apply(tape.Input(inputs_)), tape.Input(targets_)).scalar());
        });
  }

  // The bytes of the checkpoint after training.
  std::string Train() {
    while (!trainer_->done()) trainer_->Step();
    Checkpoint checkpoint;
    trainer_->Store(&checkpoint);
    const TemporaryDirectory directory;
    const std::string path = directory.File("state.npz");
    SaveCheckpoint(path, checkpoint);
    const FileContents file(path);
    return std::string(file.bytes().begin(), file.bytes().end());
  }

 private:
  static LayerOptions Options(uint64_t seed) {
    LayerOptions options;
    options.l2 = 1e-4f;
    options.seed = seed;
    return options;
  }

  Var Apply(Var x) {
    const int64_t n = x.shape()[0];
    x = Relu(narrow_.Apply(Reshape(NormalizeColumns(x), {n, 4, 4, 3})));
    x = toeplitz_.Apply(wide_.Apply(x));
    x = Reshape(cells_.Apply(Reshape(x, {n, 16, 37})), {n, 4, 4, 37});
    x = norm_.ApplyRelu(x);
    x = Flatten(out_.Apply(up_.Apply(x)));
    return Softmax(Log1p(Sigmoid(dense_.Apply(x))));
  }

  Tensor inputs_;
  Tensor targets_;
  Conv2dLayer narrow_;
  Conv2dLayer wide_;
  Conv2dLayer toeplitz_;  // by ToeplitzConvolution
  NeighbourConvLayer cells_;
  BatchNormLayer norm_;
  Conv2dTransposeLayer up_;
  Conv2dTransposeLayer out_;
  DenseLayer dense_;
  ParameterList parameters_;
  std::unique_ptr<Trainer> trainer_;
};

class BitIdentity : public testing::Test {
 protected:
  void TearDown() override {
    UseKernels(chosen_);
    SetThreadCount(threads_);
  }

  const MatrixKernels& chosen_ = Kernels();
  const int threads_ = ThreadCount();
};

TEST_F(BitIdentity, ATrainingEndsInTheSameBytesOnEveryInstructionSetAndNumberOfThreads) {
  const std::string expected = SmallNetwork().Train();
  for (const MatrixKernels* variant : RunnableKernels()) {
    for (const int threads : {1, 2, 3}) {
      UseKernels(*variant);
      SetThreadCount(threads);
      EXPECT_TRUE(SmallNetwork().Train() == expected) << variant->name << ", " << threads;
    }
  }
}

TEST_F(BitIdentity, AnotherSeedEndsInOtherBytes) {
  EXPECT_FALSE(SmallNetwork(1).Train() == SmallNetwork().Train());
}

TEST_F(BitIdentity, TheSigmoidKernelIsTheSigmoidOfPortableMath) {
  // Every 4099th bit pattern: all exponents, both signs, subnormals, infinities, NaN.
  std::vector<float> x;
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 4099) {
    const uint32_t pattern = static_cast<uint32_t>(bits);
    float value;
    std::memcpy(&value, &pattern, sizeof value);
    x.push_back(value);
  }
  std::vector<float> y(x.size());
  for (const MatrixKernels* variant : RunnableKernels()) {
    variant->vector->sigmoid(x.data(), static_cast<int64_t>(x.size()), y.data());
    for (size_t i = 0; i < x.size(); ++i) {
      const float expected = Sigmoid(x[i]);
      ASSERT_TRUE(y[i] == expected || (y[i] != y[i] && expected != expected))
          << variant->name << " " << x[i];
    }
  }
}

TEST_F(BitIdentity, FusedBatchNormAndReluAreTheTwoInARow) {
  const Tensor x = RandomTensor({130, 37}, "x");
  const auto run = [&x](bool fused) {
    BatchNormLayer norm("norm", 37);
    Parameter input{"x", x, Tensor(), true, 0.0f};
    Tape tape(Tape::Mode::kTraining);
    const Var in = tape.Use(input);
    const Var y = fused ? norm.ApplyRelu(in) : Relu(norm.Apply(in));
    const std::vector<float> value(y.value(), y.value() + y.shape().size());
    tape.Backward(Sum(Square(y)));
    const float* d = input.gradient.data();
    const float* d_gamma = norm.gamma.gradient.data();
    return std::make_tuple(value, std::vector<float>(d, d + x.size()),
                           std::vector<float>(d_gamma, d_gamma + 37));
  };
  EXPECT_EQ(run(true), run(false));
}

}  // namespace
}  // namespace demd
