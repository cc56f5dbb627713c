#include "models/emd_cnn.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "engine/error.h"
#include "engine/ops/reduction.h"
#include "models/emd_cnn_training.h"
#include "tests/engine/gradient_check.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

EmdCnnOptions SmallNetwork() {
  EmdCnnOptions options;
  options.filters = 8;
  options.kernel = 3;
  options.dense_width = 16;
  options.n_conv = 2;
  return options;
}

TEST(EmdCnn, HasThePapersNumberOfParameters) {
  const EmdCnn network((EmdCnnOptions()));
  // conv 5*5*6*32+32, 3 x (5*5*32*32+32), dense 512*256+256, output 257; norms 2 x (4*32 + 256).
  EXPECT_EQ(CountTrainable(network.parameters()),
            4832 + 3 * 25632 + 131328 + 257 + 2 * (128 + 256));
}

TEST(EmdCnn, IsSymmetricToTheBitAndBlindToScale) {
  EmdCnn network(SmallNetwork());
  const Tensor a = RandomTensor({40, 48}, "a", 0.0, 1.0);
  const Tensor b = RandomTensor({40, 48}, "b", 0.0, 1.0);
  const std::vector<float> ab = network.Predict(a, b);
  const std::vector<float> ba = network.Predict(b, a);
  EXPECT_EQ(ab, ba);
  Tensor twice = a;
  for (int64_t i = 0; i < twice.size(); ++i) twice[i] *= 2.0f;
  EXPECT_EQ(network.Predict(twice, b), ab);
}

TEST(EmdCnn, GradientOfTheInputMatchesCentralDifferencesWhenFrozen) {
  EmdCnn network(SmallNetwork());
  // Statistics as after some training, so that the running ones matter.
  Tape warm_up(Tape::Mode::kTraining);
  for (int i = 0; i < 20; ++i) {
    warm_up.Clear();
    network.Apply(warm_up.Input(RandomTensor({64, 48}, "a" + std::to_string(i), 0.0, 1.0)),
                  warm_up.Input(RandomTensor({64, 48}, "b" + std::to_string(i), 0.0, 1.0)));
  }
  Freeze(network.parameters());
  CheckGradients([&](Tape&, const std::vector<Var>& v) { return network.Apply(v[0], v[1]); },
                 {RandomTensor({2, 48}, "x", 0.1, 1.0), RandomTensor({2, 48}, "y", 0.1, 1.0)});
}

TEST(EmdCnn, SurvivesItsFile) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("cnn.npz");
  EmdCnn network(SmallNetwork());
  SaveEmdCnn(path, network, JsonValue::MakeObject());
  const std::unique_ptr<EmdCnn> loaded = LoadEmdCnn(path);
  const Tensor a = RandomTensor({5, 48}, "a", 0.0, 1.0);
  const Tensor b = RandomTensor({5, 48}, "b", 0.0, 1.0);
  EXPECT_EQ(loaded->Predict(a, b), network.Predict(a, b));
}

TEST(EmdCnn, RejectsSizesItCannotHave) {
  EmdCnnOptions options;
  options.filters = 0;
  EXPECT_THROW(EmdCnn{options}, UsageError);
  options = EmdCnnOptions();
  options.n_conv = 100;
  EXPECT_THROW(EmdCnn{options}, UsageError);
}

// Sparse wafers of a few cells each.
Tensor SparseWafers(int64_t n) {
  Tensor x = RandomTensor({n, 48}, "sparse", -1.0, 1.0);
  for (int64_t i = 0; i < x.size(); ++i) x[i] = std::max(x[i] - 0.8f, 0.0f) + 1e-4f;
  return x;
}

TEST(EmdCnnTraining, LearnsTheEmdOfRandomPairs) {
  const Tensor x = SparseWafers(1000);
  const PairSet train = RandomPairs(x, 4000, 1);
  const PairSet validation = RandomPairs(x, 300, 2);
  EmdCnnTrainOptions options;
  options.network = SmallNetwork();
  options.epochs = 5;
  options.learning_rate = 5e-3;
  EmdCnnTraining training(options, train, validation);
  while (!training.trainer().done()) training.trainer().Step();
  const EmdCnnError error =
      ErrorOf(training.network().Predict(validation.a, validation.b), validation.emd);
  // Predicting the mean of the labels for every pair would be this far off.
  const float mean = std::accumulate(validation.emd.begin(), validation.emd.end(), 0.0f) / 300.0f;
  const EmdCnnError ignorance = ErrorOf(std::vector<float>(300, mean), validation.emd);
  EXPECT_LT(error.absolute_mean, 0.8 * ignorance.absolute_mean);
  EXPECT_EQ(error.pairs, 300);
}

TEST(EmdCnnTraining, MakesEveryLossSmaller) {
  const PairSet pairs = RandomPairs(SparseWafers(100), 320, 1);
  for (const RegressionLoss loss :
       {RegressionLoss::kMse, RegressionLoss::kHuber, RegressionLoss::kMsle}) {
    EmdCnnTrainOptions options;
    options.network = SmallNetwork();
    options.loss = loss;
    options.epochs = 8;
    options.learning_rate = 5e-3;
    EmdCnnTraining training(options, pairs, pairs);
    while (!training.trainer().done()) training.trainer().Step();
    const std::vector<EpochRecord>& history = training.trainer().history();
    EXPECT_LT(history.back().train_loss, 0.5 * history.front().train_loss);
  }
}

TEST(Pairs, AreDifferentRowsWithTheirEmd) {
  const Tensor x = RandomTensor({50, 48}, "x", 0.0, 1.0);
  const PairSet pairs = RandomPairs(x, 400, 9);
  for (int64_t i = 0; i < pairs.size(); ++i) {
    EXPECT_NE(std::memcmp(pairs.a.data() + i * 48, pairs.b.data() + i * 48, 48 * sizeof(float)), 0);
    EXPECT_GT(pairs.emd[static_cast<size_t>(i)], 0.0f);
  }
  const PairSet joined = JoinPairs({pairs, PairsOf(x, x)});
  EXPECT_EQ(joined.size(), 450);
  EXPECT_EQ(joined.emd[449], 0.0f);
}

TEST(ErrorOf, HasItsTextbookValue) {
  const EmdCnnError error = ErrorOf({1.1f, 1.8f, 0.3f}, {1.0f, 2.0f, 0.0f});
  EXPECT_EQ(error.pairs, 2);
  EXPECT_NEAR(error.relative_mean, 0.0, 1e-6);
  EXPECT_NEAR(error.relative_std, 0.1, 1e-6);
  EXPECT_NEAR(error.absolute_mean, (0.1 + 0.2 + 0.3) / 3, 1e-6);
}

}  // namespace
}  // namespace demd
