#include "tests/models/some_results.h"

#include <array>
#include <limits>
#include <string>

#include "engine/random.h"

namespace demd {
namespace {

std::vector<Wafer> SomeWafers(int n) {
  std::vector<Wafer> wafers(static_cast<size_t>(n));
  for (size_t i = 0; i < wafers.size(); ++i) {
    RandomStream random(1, "wafer", i);
    for (int32_t& charge : wafers[i].charges) {
      charge = static_cast<int32_t>(random.Below(3) * random.Below(60));
    }
    wafers[i].charges[i % kWaferCells] += 100;
    wafers[i].truth.tc_eta = random.Uniform(1.5, 3.1);
    wafers[i].truth.layer = 7;
  }
  return wafers;
}

MethodResult SomeMethod(const std::vector<Wafer>& wafers, const std::string& name, double noise) {
  MethodResult method;
  method.name = name;
  method.title = name + " <loss> & \"more\"";
  method.bits = 144;
  method.images = Tensor({static_cast<int64_t>(wafers.size()), kWaferCells});
  RandomStream random(2, name);
  for (size_t i = 0; i < wafers.size(); ++i) {
    for (size_t c = 0; c < kWaferCells; ++c) {
      method.images[static_cast<int64_t>(i * kWaferCells + c)] =
          static_cast<float>(wafers[i].charges[c] + noise * random.Uniform());
    }
    method.emd.push_back(noise * random.Uniform(0.5, 1.5));
  }
  return method;
}

TrainingResult SomeTraining(const std::string& name, const std::string& quantity) {
  TrainingResult training{name, quantity, {}, 2};
  for (int epoch = 1; epoch <= 4; ++epoch) training.history.push_back({3.0 / epoch, 2.0 / epoch});
  return training;
}

}  // namespace

RunResults SomeResults(int wafers, int trained, int baselines, int cnn_pairs) {
  constexpr std::array<const char*, 4> kNames = {"wmse", "telescope", "emd-cnn", "emd"};
  RunResults results;
  results.data = "a folder/with <odd> names & \x01 bytes \xff";
  results.profile = "econt";
  results.seed = 7;
  results.revision = "0123abc";
  results.held_out = SomeWafers(wafers);
  for (size_t i = 0; i < static_cast<size_t>(trained); ++i) {
    const std::string name = i < kNames.size() ? kNames[i] : "loss-" + std::to_string(i);
    results.methods.push_back(SomeMethod(results.held_out, name, 1.0 / static_cast<double>(i + 1)));
    results.methods.back().mismatches = 0;
    results.trainings.push_back(SomeTraining(name, "mean EMD"));
  }
  for (int i = 0; i < baselines; ++i) {
    results.methods.push_back(SomeMethod(results.held_out, "base-" + std::to_string(i), 0.7));
    results.methods.back().is_baseline = true;
    if (i != 0) continue;
    for (size_t row = 0; row < results.held_out.size(); row += 5) {
      results.methods.back().emd[row] = std::numeric_limits<double>::quiet_NaN();
    }
  }
  for (int i = 0; i < cnn_pairs; ++i) {
    EmdCnnResult cnn;
    cnn.pairs = "pairs of kind " + std::to_string(i);
    RandomStream random(3, "cnn", static_cast<uint64_t>(i));
    for (int k = 0; k < 10 * wafers; ++k) {
      cnn.truth.push_back(static_cast<float>(random.Uniform(0.1, 4.0)));
      cnn.predicted.push_back(cnn.truth.back() * static_cast<float>(random.Uniform(0.9, 1.1)));
    }
    cnn.error = ErrorOf(cnn.predicted, cnn.truth);
    cnn.gradient_cosine = 0.9;
    results.emd_cnn.push_back(cnn);
  }
  if (cnn_pairs > 0) results.trainings.push_back(SomeTraining("emd_cnn", "Huber loss"));
  return results;
}

}  // namespace demd
