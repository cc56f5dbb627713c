#include "models/networks/emd_cnn.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "engine/error.h"
#include "engine/ops/reduction.h"
#include "models/networks/emd_cnn_training.h"
#include "tests/engine/gradient_check.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

EmdCnnOptions SmallNetwork(EmdCnnForm form = EmdCnnForm::kRegions) {
  EmdCnnOptions options;
  options.form = form;
  options.regions = 32;
  options.filters = 8;
  options.kernel = 3;
  options.dense_width = 16;
  options.n_conv = 2;
  return options;
}

constexpr EmdCnnForm kForms[] = {EmdCnnForm::kRegions, EmdCnnForm::kPaper};

TEST(EmdCnn, HasThePapersNumberOfParameters) {
  const EmdCnn network(PaperEmdCnn());
  // conv 5*5*6*32+32, 3 x (5*5*32*32+32), dense 512*256+256, output 257; norms 2 x (4*32 + 256).
  EXPECT_EQ(CountTrainable(network.parameters()),
            4832 + 3 * 25632 + 131328 + 257 + 2 * (128 + 256));
}

TEST(EmdCnn, IsSymmetricToTheBitAndBlindToScale) {
  for (const EmdCnnForm form : kForms) {
    EmdCnn network(SmallNetwork(form));
    const Tensor a = RandomTensor({40, 48}, "a", 0.0, 1.0);
    const Tensor b = RandomTensor({40, 48}, "b", 0.0, 1.0);
    const std::vector<float> ab = network.Predict(a, b);
    const std::vector<float> ba = network.Predict(b, a);
    EXPECT_EQ(ab, ba);
    Tensor twice = a;
    for (int64_t i = 0; i < twice.size(); ++i) twice[i] *= 2.0f;
    EXPECT_EQ(network.Predict(twice, b), ab);
  }
}

TEST(EmdCnn, OfTheDifferenceIsZeroForEqualWafersAndPositiveForOthers) {
  EmdCnn network(SmallNetwork());
  const Tensor a = RandomTensor({200, 48}, "a", 0.0, 1.0);
  for (const float prediction : network.Predict(a, a)) EXPECT_EQ(prediction, 0.0f);
  const Tensor b = RandomTensor({200, 48}, "b", 0.0, 1.0);
  for (const float prediction : network.Predict(a, b)) EXPECT_GT(prediction, 0.0f);
}

// Row i of a, moved towards row i of b by `share`, sums kept.
Tensor Between(const Tensor& a, const Tensor& b, float share) {
  Tensor mixture(a.shape());
  for (int64_t row = 0; row < a.shape()[0]; ++row) {
    const float* x = a.data() + row * 48;
    const float* y = b.data() + row * 48;
    const float sum_x = std::accumulate(x, x + 48, 0.0f);
    const float sum_y = std::accumulate(y, y + 48, 0.0f);
    for (int64_t i = 0; i < 48; ++i) {
      mixture[row * 48 + i] = (1.0f - share) * x[i] / sum_x + share * y[i] / sum_y;
    }
  }
  return mixture;
}

TEST(EmdCnn, OfTheDifferenceIsProportionalToItAndBetweenTheMetricsEnds) {
  EmdCnn network(SmallNetwork());
  const Tensor a = RandomTensor({50, 48}, "a", 0.0, 1.0);
  const Tensor b = RandomTensor({50, 48}, "b", 0.0, 1.0);
  const std::vector<float> whole = network.Predict(a, b);
  const std::vector<float> part = network.Predict(a, Between(a, b, 0.125f));
  constexpr float kRounding = 1e-4f;  // of an eighth of the difference
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_NEAR(part[i], 0.125f * whole[i], kRounding * whole[i]);
  }
  // One cell each: the charge that moves is 1, and the prediction a distance that exists.
  Tensor one(Shape{2, 48}), other(Shape{2, 48});
  one[0] = one[48 + 3] = other[1] = other[48 + 47] = 1.0f;
  for (const float prediction : network.Predict(one, other)) {
    EXPECT_GE(prediction, 1.80f);
    EXPECT_LE(prediction, 13.76f);
  }
}

// Two wafers with most of their charge in the cells of one parity, so that no cell of two such
// wafers is near the kink where it holds as much in both.
Tensor Lopsided(const std::string& name, int64_t parity) {
  Tensor x = RandomTensor({2, 48}, name, 0.7, 1.0);
  for (int64_t i = 0; i < x.size(); ++i) x[i] *= i % 2 == parity ? 1.0f : 0.2f;
  return x;
}

TEST(EmdCnn, GradientOfTheInputMatchesCentralDifferencesWhenFrozen) {
  for (const EmdCnnForm form : kForms) {
    EmdCnnOptions options = SmallNetwork(form);
    options.regions = 6;  // few kinks, so that differences do not step across one
    EmdCnn network(options);
    // Statistics as after some training, so that the running ones matter.
    Tape warm_up(Tape::Mode::kTraining);
    for (int i = 0; i < 20; ++i) {
      warm_up.Clear();
      network.Apply(warm_up.Input(RandomTensor({64, 48}, "a" + std::to_string(i), 0.0, 1.0)),
                    warm_up.Input(RandomTensor({64, 48}, "b" + std::to_string(i), 0.0, 1.0)));
    }
    Freeze(network.parameters());
    CheckGradients([&](Tape&, const std::vector<Var>& v) { return network.Apply(v[0], v[1]); },
                   {Lopsided("x", 0), Lopsided("y", 1)});
  }
}

TEST(EmdCnn, GradientIsFiniteWhereWafersAreEqual) {
  EmdCnn network(SmallNetwork());
  const Tensor a = RandomTensor({3, 48}, "a", 0.0, 1.0);
  Tape tape;
  const Var x = tape.DifferentiableInput(a.shape(), a.data());
  tape.Backward(network.Apply(x, tape.Input(a)));
  for (int64_t i = 0; i < a.size(); ++i) EXPECT_EQ(tape.Gradient(x)[i], 0.0f);
}

TEST(EmdCnn, SurvivesItsFile) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("cnn.npz");
  const Tensor a = RandomTensor({5, 48}, "a", 0.0, 1.0);
  const Tensor b = RandomTensor({5, 48}, "b", 0.0, 1.0);
  for (const EmdCnnForm form : kForms) {
    EmdCnn network(SmallNetwork(form));
    SaveEmdCnn(path, network, JsonValue::MakeObject());
    EXPECT_EQ(LoadEmdCnn(path)->Predict(a, b), network.Predict(a, b));
  }
}

TEST(EmdCnn, OptionsThatNameNoFormAreThePapers) {
  const JsonValue json = ParseJson(
      R"({"filters": 16, "kernel": 3, "dense_width": 8, "n_dense": 1, "n_conv": 2, "l2": 1e-4,
          "seed": 5})",
      "options");
  const EmdCnnOptions options = EmdCnnOptionsOf(json);
  EXPECT_EQ(options.form, EmdCnnForm::kPaper);
  EXPECT_EQ(options.filters, 16);
  JsonValue unknown = ToJson(options);
  unknown.Set("form", "other");
  EXPECT_THROW(EmdCnnOptionsOf(unknown), UsageError);
}

TEST(EmdCnn, RejectsSizesItCannotHave) {
  EmdCnnOptions options;
  options.filters = 0;
  EXPECT_THROW(EmdCnn{options}, UsageError);
  options = EmdCnnOptions();
  options.n_conv = 100;
  EXPECT_THROW(EmdCnn{options}, UsageError);
  options = EmdCnnOptions();
  options.regions = 0;
  EXPECT_THROW(EmdCnn{options}, UsageError);
}

// Sparse wafers of a few cells each.
Tensor SparseWafers(int64_t n) {
  Tensor x = RandomTensor({n, 48}, "sparse", -1.0, 1.0);
  for (int64_t i = 0; i < x.size(); ++i) x[i] = std::max(x[i] - 0.8f, 0.0f) + 1e-4f;
  return x;
}

EmdCnnTrainOptions SomeTraining() {
  EmdCnnTrainOptions options;
  options.network = SmallNetwork();
  options.batch_size = 32;
  options.learning_rate = 5e-3;
  return options;
}

void Finish(EmdCnnTraining* training) {
  while (!training->trainer().done()) training->trainer().Step();
}

TEST(EmdCnnTraining, LearnsTheEmdOfRandomPairs) {
  const Tensor x = SparseWafers(1000);
  const PairSet train = RandomPairs(x, 4000, 1);
  const PairSet validation = RandomPairs(x, 300, 2);
  // Predicting the mean of the labels for every pair would be this far off.
  const float mean = std::accumulate(validation.emd.begin(), validation.emd.end(), 0.0f) / 300.0f;
  const EmdCnnError ignorance = ErrorOf(std::vector<float>(300, mean), validation.emd);
  for (const EmdCnnForm form : kForms) {
    EmdCnnTrainOptions options = SomeTraining();
    options.network = SmallNetwork(form);
    options.epochs = 5;
    EmdCnnTraining training(options, train, validation);
    Finish(&training);
    const EmdCnnError error =
        ErrorOf(training.network().Predict(validation.a, validation.b), validation.emd);
    EXPECT_LT(error.absolute_mean, 0.8 * ignorance.absolute_mean);
    EXPECT_EQ(error.pairs, 300);
  }
}

TEST(EmdCnnTraining, MakesEveryLossSmaller) {
  const PairSet pairs = RandomPairs(SparseWafers(100), 320, 1);
  for (const RegressionLoss loss : {RegressionLoss::kMse, RegressionLoss::kHuber,
                                    RegressionLoss::kMsle, RegressionLoss::kRelative}) {
    EmdCnnTrainOptions options = SomeTraining();
    options.loss = loss;
    options.epochs = 12;
    EmdCnnTraining training(options, pairs, pairs);
    Finish(&training);
    const std::vector<EpochRecord>& history = training.trainer().history();
    EXPECT_LT(history.back().train_loss, 0.5 * history.front().train_loss);
  }
}

TEST(EmdCnnTraining, AsksForThePairsOfEachEpochOnceAndResumesToTheSameBits) {
  const Tensor x = SparseWafers(100);
  const PairSet validation = RandomPairs(x, 50, 1000);
  EmdCnnTrainOptions options = SomeTraining();
  options.epochs = 3;
  std::vector<int64_t> asked;
  const auto source = [&](int64_t epoch) {
    asked.push_back(epoch);
    return RandomPairs(x, 96, static_cast<uint64_t>(epoch));
  };
  EmdCnnTraining unbroken(options, source, 96, validation);
  Finish(&unbroken);
  EXPECT_EQ(asked, (std::vector<int64_t>{0, 1, 2}));
  const std::vector<float> expected = unbroken.network().Predict(validation.a, validation.b);
  EmdCnnTraining begun(options, source, 96, validation);
  for (int step = 0; step < 4; ++step) begun.trainer().Step();
  Checkpoint checkpoint;
  begun.trainer().Store(&checkpoint);
  EmdCnnTraining resumed(options, source, 96, validation);
  resumed.trainer().Restore(checkpoint, "state");
  Finish(&resumed);
  EXPECT_EQ(resumed.network().Predict(validation.a, validation.b), expected);
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
  // The last two pairs are equal, and equal but for rounding.
  const EmdCnnError error = ErrorOf({1.1f, 1.8f, 0.3f, 3e-5f}, {1.0f, 2.0f, 0.0f, 1e-5f});
  EXPECT_EQ(error.pairs, 2);
  EXPECT_NEAR(error.relative_mean, 0.0, 1e-6);
  EXPECT_NEAR(error.relative_std, 0.1, 1e-6);
  EXPECT_NEAR(error.absolute_mean, (0.1 + 0.2 + 0.3 + 2e-5) / 4, 1e-6);
  EXPECT_NEAR(error.absolute_largest, 0.3, 1e-6);
}

TEST(CalibrationOf, CutsPairsByTheirEmdIntoEqualNumbers) {
  // In the order of the truth: +10 %, +20 %, -10 %, -10 %; the pair that is equal but for rounding
  // takes no part.
  const std::vector<float> truth = {4.0f, 1.0f, 5e-5f, 2.0f, 8.0f};
  const std::vector<float> predicted = {3.6f, 1.1f, 5.0f, 2.4f, 7.2f};
  const std::vector<CalibrationBin> bins = CalibrationOf(predicted, truth, 2);
  ASSERT_EQ(bins.size(), 2u);
  EXPECT_EQ(bins[0].error.pairs, 2);
  EXPECT_NEAR(bins[0].truth_mean, 1.5, 1e-6);
  EXPECT_NEAR(bins[0].error.relative_mean, 0.15, 1e-6);
  EXPECT_NEAR(bins[0].error.relative_std, 0.05, 1e-6);
  EXPECT_NEAR(bins[1].truth_mean, 6.0, 1e-6);
  EXPECT_NEAR(bins[1].error.relative_mean, -0.1, 1e-6);
  EXPECT_EQ(CalibrationOf(predicted, truth, 10).size(), 4u);
  EXPECT_TRUE(CalibrationOf({}, {}).empty());
}

}  // namespace
}  // namespace demd
