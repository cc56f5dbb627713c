#include "models/concentrator/concentrator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/parallel.h"
#include "engine/random.h"
#include "models/results/metrics.h"
#include "models/statistics.h"
#include "models/wafer.h"
#include "tests/error_message.h"

namespace demd {
namespace {

using Algorithm = ConcentratorAlgorithm;

// Wafers as the detector gives them: a third of the cells hit, charges falling as 1 / charge.
std::vector<int32_t> SomeWafers(int64_t n, uint64_t seed) {
  RandomStream random(seed, "wafers");
  std::vector<int32_t> charges(static_cast<size_t>(n) * kWaferCells);
  for (int32_t& x : charges) {
    if (random.Below(3) != 0) continue;
    const int32_t scale = 1 << random.Below(12);
    x = 20 + static_cast<int32_t>(random.Below(static_cast<uint64_t>(scale)));
  }
  return charges;
}

ConcentratorOptions Options(Algorithm algorithm, int n_elinks = 5,
                            ConcentratorDecoder decoder = ConcentratorDecoder::kLargestCell) {
  ConcentratorOptions options;
  options.algorithm = algorithm;
  options.n_elinks = n_elinks;
  options.decoder = decoder;
  return options;
}

std::vector<float> Received(const std::vector<int32_t>& charges,
                            const ConcentratorOptions& options) {
  std::vector<float> received(kWaferCells);
  ReceiveWafer(SendWafer(charges.data(), options), options, received.data());
  return received;
}

double Sum(const std::vector<float>& charges) {
  return std::accumulate(charges.begin(), charges.end(), 0.0);
}

std::vector<ConcentratorOptions> AllOptions() {
  std::vector<ConcentratorOptions> all;
  for (const std::string& name : ConcentratorNames()) {
    for (int bits = 0; bits < 32; ++bits) {
      ConcentratorOptions options;
      options.algorithm = ConcentratorByName(name);
      options.n_elinks = 2 + bits % 4;
      options.decoder = static_cast<ConcentratorDecoder>(bits / 4 % 2);
      options.density = static_cast<ModuleDensity>(bits / 8 % 2);
      options.group_choice = static_cast<GroupChoice>(bits / 16);
      all.push_back(options);
    }
  }
  return all;
}

// Largest relative error of a 4E3M or 5E4M code at the middle of its cell, truncation included.
constexpr double kCodeError = 1.0 / 16;

TEST(Threshold, KeepsEveryCellOfAtLeast47Counts) {
  const std::vector<int32_t> wafers = SomeWafers(50, 1);
  for (const ModuleDensity density : {ModuleDensity::kLow, ModuleDensity::kHigh}) {
    ConcentratorOptions options = Options(Algorithm::kThreshold);
    options.density = density;
    const ConcentratorOutput output = RunConcentrator(wafers.data(), 50, options);
    for (size_t i = 0; i < wafers.size(); ++i) {
      if (wafers[i] < 47) {
        EXPECT_EQ(output.charges[i], 0.0f);
      } else {
        const double last_bit = density == ModuleDensity::kLow ? 2 : 8;
        EXPECT_NEAR(output.charges[i], wafers[i], wafers[i] * kCodeError + last_bit);
        EXPECT_GT(output.charges[i], 0.0f);
      }
    }
  }
}

TEST(Threshold, SendsExactlyTheBitsOfTheCellsKept) {
  const std::vector<int32_t> wafers = SomeWafers(300, 2);
  const ConcentratorOutput output =
      RunConcentrator(wafers.data(), 300, Options(Algorithm::kThreshold));
  for (size_t k = 0; k < 300; ++k) {
    const auto begin = wafers.begin() + static_cast<std::ptrdiff_t>(k * kWaferCells);
    const auto n = std::count_if(begin, begin + kWaferCells, [](int32_t x) { return x >= 47; });
    EXPECT_EQ(output.bits[k], n == 0 ? 16 : n < 8 ? 19 + 13 * n : 64 + 7 * n);
  }
}

TEST(BestChoice, KeepsTheLargestCellsAndTheFirstOfEqualOnes) {
  std::vector<int32_t> charges(kWaferCells, 100);
  charges[40] = 200;
  charges[20] = 99;  // loses a bit, so that it stays below the others
  const std::vector<float> received = Received(charges, Options(Algorithm::kBestChoice, 2));
  std::set<int> kept;
  for (int cell = 0; cell < kWaferCells; ++cell) {
    if (received[static_cast<size_t>(cell)] > 0) kept.insert(cell);
  }
  EXPECT_EQ(kept, (std::set<int>{0, 1, 2, 40}));
}

TEST(BestChoice, SelectsAfterTheDroppedBits) {
  std::vector<int32_t> charges(kWaferCells);
  for (size_t cell = 0; cell < 5; ++cell) charges[cell] = 64;
  charges[4] = 71;  // 64 >> 3 == 71 >> 3: no larger on a high-density module
  ConcentratorOptions options = Options(Algorithm::kBestChoice, 2);
  EXPECT_GT(Received(charges, options)[4], 0.0f);
  EXPECT_EQ(Received(charges, options)[3], 0.0f);
  options.density = ModuleDensity::kHigh;
  EXPECT_EQ(Received(charges, options)[4], 0.0f);
  EXPECT_GT(Received(charges, options)[3], 0.0f);
}

TEST(BestChoice, SpreadsTheRestOverTheOtherCells) {
  std::vector<int32_t> charges(kWaferCells, 8);
  for (size_t cell = 10; cell < 14; ++cell) charges[cell] = 1000;
  const std::vector<float> received =
      Received(charges, Options(Algorithm::kBestChoice, 2, ConcentratorDecoder::kSpread));
  // 44 x 8 counts = 176 after one dropped bit; 5E3M holds 176 to 191, middle 184.
  EXPECT_EQ(received[0], 2.0f * 184 / 44);
  EXPECT_EQ(received[47], received[0]);
  // 500 = 0b111110100: 7 bits after the leading one dropped to 3; 480 to 511, middle 496.
  EXPECT_EQ(received[10], 2.0f * 496);
}

TEST(SuperCells, PutASumAtTheLargestCellOrSpreadIt) {
  std::vector<int32_t> charges(kWaferCells);
  charges[16 + 8] = 10;
  charges[16 + 13] = 5;
  const std::vector<float> at_largest = Received(charges, Options(Algorithm::kSuperCell4));
  EXPECT_EQ(at_largest[24], 15.0f);
  EXPECT_EQ(Sum(at_largest), 15.0);
  const std::vector<float> spread =
      Received(charges, Options(Algorithm::kSuperCell4, 5, ConcentratorDecoder::kSpread));
  for (const size_t cell : {24u, 25u, 28u, 29u}) EXPECT_EQ(spread[cell], 3.75f);
  EXPECT_EQ(Sum(spread), 15.0);
  const std::vector<float> rhombi =
      Received(charges, Options(Algorithm::kSuperCell16, 2, ConcentratorDecoder::kSpread));
  for (size_t cell = 16; cell < 32; ++cell) EXPECT_EQ(rhombi[cell], 15.0f / 16);
  EXPECT_EQ(Sum(rhombi), 15.0);
}

TEST(SuperCells, CoverEveryCellOnce) {
  for (int32_t cell = 0; cell < kWaferCells; ++cell) {
    std::vector<int32_t> charges(kWaferCells);
    charges[static_cast<size_t>(cell)] = 9;
    for (const Algorithm algorithm : {Algorithm::kSuperCell4, Algorithm::kSuperCell16}) {
      const std::vector<float> received = Received(charges, Options(algorithm));
      EXPECT_EQ(received[static_cast<size_t>(cell)], 9.0f);
      EXPECT_EQ(Sum(received), 9.0);
    }
  }
}

TEST(SuperCells, ThatDoNotAllFitAreTheLargestOrTheFirst) {
  std::vector<int32_t> charges(kWaferCells);
  for (size_t group = 0; group < 12; ++group) {
    charges[group / 4 * 16 + (group % 4 < 2 ? 2 * (group % 4) : 4 + 2 * (group % 4))] =
        static_cast<int32_t>(group) + 1;
  }
  for (const auto& [n_elinks, n_sent] : {std::pair{2, 5}, {3, 8}, {4, 11}, {5, 12}}) {
    ConcentratorOptions options = Options(Algorithm::kSuperCell4, n_elinks);
    const double all = 78;
    const int n_lost = 12 - n_sent;
    EXPECT_EQ(Sum(Received(charges, options)), all - n_lost * (n_lost + 1) / 2.0);
    options.group_choice = GroupChoice::kFirst;
    EXPECT_EQ(Sum(Received(charges, options)), n_sent * (n_sent + 1) / 2.0);
  }
}

TEST(Concentrator, SendsTheSameNumberOfBitsForEveryWaferUnlessItSelectsByThreshold) {
  const std::vector<int32_t> wafers = SomeWafers(20, 3);
  struct Expected {
    Algorithm algorithm;
    GroupChoice choice;
    std::vector<int32_t> bits;  // for 2, 3, 4, 5 eLinks
  };
  for (const Expected& expected :
       {Expected{Algorithm::kBestChoice, GroupChoice::kFirst, {64, 90, 123, 158}},
        Expected{Algorithm::kSuperCell4, GroupChoice::kFirst, {59, 92, 125, 136}},
        Expected{Algorithm::kSuperCell4, GroupChoice::kLargest, {71, 104, 137, 136}},
        Expected{Algorithm::kSuperCell16, GroupChoice::kFirst, {43, 43, 43, 43}}}) {
    for (int n_elinks = 2; n_elinks <= 5; ++n_elinks) {
      ConcentratorOptions options = Options(expected.algorithm, n_elinks);
      options.group_choice = expected.choice;
      const int32_t bits = expected.bits[static_cast<size_t>(n_elinks - 2)];
      EXPECT_EQ(RunConcentrator(wafers.data(), 20, options).bits, std::vector<int32_t>(20, bits));
      if (expected.choice == GroupChoice::kFirst) {
        EXPECT_LE(bits, 32 * n_elinks);
      }
    }
  }
}

TEST(Concentrator, NeverMakesNegativeOrInventedCharge) {
  const std::vector<int32_t> wafers = SomeWafers(40, 4);
  for (const ConcentratorOptions& options : AllOptions()) {
    const ConcentratorOutput output = RunConcentrator(wafers.data(), 40, options);
    for (size_t k = 0; k < 40; ++k) {
      const int32_t* before = &wafers[k * kWaferCells];
      const auto after = output.charges.begin() + static_cast<std::ptrdiff_t>(k * kWaferCells);
      EXPECT_GE(*std::min_element(after, after + kWaferCells), 0.0f);
      const double sum_before = std::accumulate(before, before + kWaferCells, 0.0);
      const double sum_after = std::accumulate(after, after + kWaferCells, 0.0);
      EXPECT_LE(sum_after, sum_before * (1 + kCodeError) + kWaferCells * 4);
    }
  }
}

TEST(Concentrator, TakesTheLargestChargesThereAre) {
  const std::vector<int32_t> wafer(kWaferCells, kMaxCharge);
  for (const ConcentratorOptions& options : AllOptions()) {
    for (const float charge : Received(wafer, options)) {
      EXPECT_TRUE(std::isfinite(charge));
      EXPECT_GE(charge, 0.0f);
    }
  }
}

TEST(Concentrator, LeavesNoChargeOfAnEmptyWaferAndItsEmdUndefined) {
  const std::vector<int32_t> empty(kWaferCells);
  for (const ConcentratorOptions& options : AllOptions()) {
    EXPECT_EQ(Received(empty, options), std::vector<float>(kWaferCells));
  }
  // Below threshold nothing is sent: the EMD is undefined, counted, and not 0.
  std::vector<int32_t> wafers(2 * kWaferCells);
  wafers[3] = 46;
  wafers[kWaferCells + 3] = 47;
  const ConcentratorOutput output =
      RunConcentrator(wafers.data(), 2, Options(Algorithm::kThreshold));
  const Summary emd = Summarise(CompareWafers(wafers.data(), output.charges.data(), 2).emd);
  EXPECT_EQ(emd.n, 1);
  EXPECT_EQ(emd.n_undefined, 1);
  EXPECT_EQ(emd.mean, 0.0);
}

TEST(Concentrator, GetsCloserWithEveryElink) {
  const std::vector<int32_t> wafers = SomeWafers(300, 5);
  for (const Algorithm algorithm : {Algorithm::kBestChoice, Algorithm::kSuperCell4}) {
    for (const ConcentratorDecoder decoder :
         {ConcentratorDecoder::kLargestCell, ConcentratorDecoder::kSpread}) {
      double last = 100;
      for (int n_elinks = 2; n_elinks <= 5; ++n_elinks) {
        const ConcentratorOutput output =
            RunConcentrator(wafers.data(), 300, Options(algorithm, n_elinks, decoder));
        const double emd =
            Summarise(CompareWafers(wafers.data(), output.charges.data(), 300).emd).mean;
        EXPECT_LT(emd, last);
        last = emd;
      }
    }
  }
}

// What arrives of one wafer of each algorithm, followed by hand through the formats.
TEST(Concentrator, GivesTheGoldenChargesOfOneWafer) {
  std::vector<int32_t> wafer(kWaferCells);
  wafer[0] = 47;    // 23 after a dropped bit: 22 to 23, middle 23 -> 46
  wafer[1] = 500;   // 250: 240 to 255, middle 248 -> 496
  wafer[17] = 35;   // below threshold
  wafer[40] = 100;  // 50: 48 to 51, middle 50 -> 100
  std::vector<float> expected(kWaferCells);
  expected[0] = 46;
  expected[1] = 496;
  expected[40] = 100;
  EXPECT_EQ(Received(wafer, Options(Algorithm::kThreshold)), expected);
  expected[17] = 34;  // 17: 16 to 17, middle 17
  EXPECT_EQ(Received(wafer, Options(Algorithm::kBestChoice)), expected);
  std::vector<float> sums(kWaferCells);
  sums[1] = 560;   // 547: 544 to 575
  sums[17] = 35;   // 34 to 35, middle 35
  sums[40] = 102;  // 100 to 103
  EXPECT_EQ(Received(wafer, Options(Algorithm::kSuperCell4)), sums);
  EXPECT_EQ(Received(wafer, Options(Algorithm::kSuperCell16)), sums);
  wafer[40] = 104;  // the next cell of both formats
  EXPECT_NE(Received(wafer, Options(Algorithm::kBestChoice)), expected);
  EXPECT_NE(Received(wafer, Options(Algorithm::kSuperCell4)), sums);
}

TEST(Concentrator, GivesTheSameBytesForEveryThreadCount) {
  const std::vector<int32_t> wafers = SomeWafers(700, 6);
  const ConcentratorOptions options =
      Options(Algorithm::kBestChoice, 3, ConcentratorDecoder::kSpread);
  SetThreadCount(1);
  const ConcentratorOutput one = RunConcentrator(wafers.data(), 700, options);
  SetThreadCount(3);
  const ConcentratorOutput three = RunConcentrator(wafers.data(), 700, options);
  SetThreadCount(1);
  EXPECT_EQ(one.charges, three.charges);
  EXPECT_EQ(one.bits, three.bits);
}

TEST(Concentrator, HasNamesThatComeBackAndTitles) {
  EXPECT_EQ(ConcentratorNames(), (std::vector<std::string>{"threshold", "bc", "stc4", "stc16"}));
  EXPECT_EQ(ConcentratorByName("bc"), Algorithm::kBestChoice);
  EXPECT_EQ(ConcentratorByName("stc16"), Algorithm::kSuperCell16);
  EXPECT_EQ(ConcentratorTitle(Options(Algorithm::kBestChoice, 4)), "best choice (9 cells)");
  EXPECT_EQ(ConcentratorTitle(Options(Algorithm::kSuperCell4, 3, ConcentratorDecoder::kSpread)),
            "super trigger cells 2x2 (largest 8 of 12, spread)");
  EXPECT_EQ(ConcentratorTitle(Options(Algorithm::kSuperCell4)), "super trigger cells 2x2 (all 12)");
  try {
    ConcentratorByName("stc");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(
        error.what(),
        "concentrator algorithm: expected one of threshold, bc, stc4, stc16, found \"stc\"");
  }
}

TEST(Concentrator, RefusesOtherNumbersOfElinksAndChargesOutOfRange) {
  std::vector<int32_t> wafers = SomeWafers(3, 7);
  for (const int n_elinks : {-1, 0, 1, 6}) {
    EXPECT_THROW(RunConcentrator(wafers.data(), 0, Options(Algorithm::kBestChoice, n_elinks)),
                 UsageError);
  }
  for (const int32_t bad : {-1, kMaxCharge + 1}) {
    wafers[2 * kWaferCells + 5] = bad;
    const std::string message =
        ErrorMessage([&] { RunConcentrator(wafers.data(), 3, Options(Algorithm::kThreshold)); });
    EXPECT_NE(message.find("wafer 2: CALQ_5: expected"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace demd
