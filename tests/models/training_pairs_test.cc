#include "models/networks/training_pairs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "engine/error.h"
#include "models/simulation/simulation.h"

namespace demd {
namespace {

Tensor Wafers(int64_t n) { return EncoderInputs(Simulation(ZeroSuppressedSample(), 5).Make(0, n)); }

AutoencoderOptions OptionsOf(const char* profile, uint64_t seed) {
  AutoencoderOptions options;
  options.profile = ProfileByName(profile);
  options.seed = seed;
  return options;
}

bool SameBytes(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data(), b.data(), static_cast<size_t>(a.size()) * sizeof(float)) == 0;
}

TEST(MakeTrainingPairs, GivesTheKindsOfPairsThatItsModeNames) {
  const Tensor x = Wafers(50);
  Autoencoder model(OptionsOf("econt", 1));
  const auto is_a_wafer = [&](const float* row) {
    for (int64_t r = 0; r < 50; ++r) {
      if (std::equal(row, row + 48, x.data() + r * 48)) return true;
    }
    return false;
  };
  for (const auto& [mode, random] :
       std::vector<std::pair<std::string, int64_t>>{{"pair", 60}, {"ae", 0}, {"app", 20}}) {
    const PairSet pairs =
        MakeTrainingPairs(PairModeByName(mode), TensorRows(x), {&model}, 60, 1, 0);
    ASSERT_EQ(pairs.size(), 60);
    int64_t of_wafers = 0;
    for (int64_t i = 0; i < 60; ++i) {
      EXPECT_TRUE(is_a_wafer(pairs.a.data() + i * 48));
      of_wafers += is_a_wafer(pairs.b.data() + i * 48) ? 1 : 0;
    }
    EXPECT_EQ(of_wafers, random) << mode;
  }
  EXPECT_THROW(PairModeByName("both"), UsageError);
}

TEST(MakeTrainingPairs, IsAFunctionOfItsArgumentsAndFreshForEachIndex) {
  const Tensor x = Wafers(50);
  Autoencoder first(OptionsOf("econt", 1));
  Autoencoder second(OptionsOf("float", 2));
  const std::vector<Autoencoder*> teachers = {&first, &second};
  const auto make = [&](uint64_t index) {
    return MakeTrainingPairs(PairMode::kApp, TensorRows(x), teachers, 200, 1, index);
  };
  const PairSet pairs = make(3);
  const PairSet again = make(3);
  const PairSet next = make(4);
  EXPECT_TRUE(SameBytes(pairs.a, again.a));
  EXPECT_TRUE(SameBytes(pairs.b, again.b));
  EXPECT_EQ(pairs.emd, again.emd);
  EXPECT_FALSE(SameBytes(pairs.a, next.a));
  EXPECT_FALSE(SameBytes(pairs.b, next.b));
}

TEST(MakeTrainingPairs, LeavesTheTeachersAsTheyAre) {
  const Tensor x = Wafers(20);
  Autoencoder teacher(OptionsOf("float", 1));
  const Tensor before = teacher.Reconstruct(x);
  MakeTrainingPairs(PairMode::kAe, TensorRows(x), {&teacher}, 100, 1, 0);
  EXPECT_TRUE(SameBytes(teacher.Reconstruct(x), before));
}

}  // namespace
}  // namespace demd
