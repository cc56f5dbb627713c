#include "models/simulation/simulation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "engine/error.h"
#include "engine/parallel.h"
#include "models/simulation/simulation_check.h"
#include "models/statistics.h"

namespace demd {
namespace {

// FNV-1a over all charges.
uint64_t HashOf(const std::vector<Wafer>& wafers) {
  uint64_t hash = 0xCBF29CE484222325ULL;
  for (const Wafer& wafer : wafers) {
    for (const int32_t charge : wafer.charges) {
      hash = (hash ^ static_cast<uint32_t>(charge)) * 0x100000001B3ULL;
    }
  }
  return hash;
}

void ExpectAgreement(const std::vector<CheckRow>& rows) {
  for (const CheckRow& row : rows) {
    EXPECT_TRUE(row.Agrees()) << row.quantity << ": published " << row.published << ", simulated "
                              << row.simulated << ", tolerance " << row.tolerance;
  }
}

TEST(Simulation, AgreesWithThePublishedUnsuppressedSample) {
  ExpectAgreement(CheckUnsuppressed(Simulation(UnsuppressedSample(), 11).Make(0, 20000)));
}

TEST(Simulation, AgreesWithThePublishedZeroSuppressedSample) {
  ExpectAgreement(CheckZeroSuppressed(Simulation(ZeroSuppressedSample(), 12).Make(0, 20000)));
}

TEST(Simulation, TheCheckFailsWithoutPileup) {
  SimulationOptions options = ZeroSuppressedSample();
  options.pileup = 20.0;
  int differing = 0;
  for (const CheckRow& row : CheckZeroSuppressed(Simulation(options, 12).Make(0, 1000))) {
    differing += row.Agrees() ? 0 : 1;
  }
  EXPECT_GT(differing, 20);
}

// Mean energy of showers in each odd layer, arbitrary units: an electron gun's.
// Source: the sample of Shenoy et al., arXiv:2306.04712.
TEST(Simulation, ShowersHaveThePublishedProfileInDepth) {
  constexpr double kPublished[] = {250,  3350, 6750, 8700, 8500, 7000, 5150,
                                   3500, 2200, 1350, 800,  450,  250,  130};
  constexpr double kTolerance = 0.06;  // of the largest; the spectrum of the gun is not known
  SimulationOptions options;
  options.pileup = 0.0;
  options.shower_fraction = 1.0;
  options.shower_photon_share = 0.0;
  double energies[14];
  double sum = 0.0;
  for (int32_t i = 0; i < 14; ++i) {
    options.layers = {2 * i + 1};
    energies[i] = 0.0;
    for (const Wafer& wafer : Simulation(options, 13).Make(0, 1000)) {
      energies[i] += wafer.truth.simenergy;
    }
    sum += energies[i];
  }
  for (int i = 0; i < 14; ++i) {
    EXPECT_NEAR(energies[i] * 48380 / sum / 8700, kPublished[i] / 8700, kTolerance)
        << "layer " << 2 * i + 1;
  }
}

TEST(Simulation, MakesTheSameWaferAloneInABatchAndOnAnyThreadCount) {
  const Simulation simulation(UnsuppressedSample(), 5);
  SetThreadCount(1);
  const std::vector<Wafer> wafers = simulation.Make(1000, 300);
  for (const int threads : {2, 3}) {
    SetThreadCount(threads);
    EXPECT_EQ(HashOf(simulation.Make(1000, 300)), HashOf(wafers));
  }
  SetThreadCount(1);
  EXPECT_EQ(simulation.Make(1123).charges, wafers[123].charges);
  EXPECT_EQ(simulation.Make(1123).truth.tc_phi, wafers[123].truth.tc_phi);
  EXPECT_NE(HashOf(Simulation(UnsuppressedSample(), 6).Make(1000, 300)), HashOf(wafers));
}

TEST(Simulation, GivesTheSameBytesOnEveryMachine) {
  EXPECT_EQ(HashOf(Simulation(UnsuppressedSample(), 1).Make(0, 500)), 16393819375409120936ULL);
  EXPECT_EQ(HashOf(Simulation(ZeroSuppressedSample(), 1).Make(0, 500)), 5732228150499856239ULL);
}

TEST(Simulation, TheHashSeesASingleCount) {
  std::vector<Wafer> wafers = Simulation(UnsuppressedSample(), 1).Make(0, 10);
  const uint64_t hash = HashOf(wafers);
  ++wafers[7].charges[40];
  EXPECT_NE(HashOf(wafers), hash);
}

TEST(Simulation, FillsTheTruthAndLeavesNoWaferEmpty) {
  SimulationOptions options;
  options.shower_fraction = 0.5;
  int showers = 0;
  for (const Wafer& wafer : Simulation(options, 3).Make(0, 2000)) {
    EXPECT_GT(ChargeSum(wafer.charges), 0);
    EXPECT_LE(LargestCharge(wafer.charges), kMaxCharge);
    EXPECT_TRUE(wafer.truth.zside == 1 || wafer.truth.zside == -1);
    EXPECT_EQ(wafer.truth.tc_eta > 0.0, wafer.truth.zside == 1);
    EXPECT_GE(wafer.truth.layer, 5);
    EXPECT_LE(wafer.truth.layer, 11);
    EXPECT_EQ(wafer.truth.subdet, 1);
    EXPECT_GE(wafer.truth.simenergy, 0.0);
    showers += wafer.truth.simenergy > 0.0 ? 1 : 0;
  }
  EXPECT_NEAR(showers, 1000, 150);
}

TEST(Simulation, ZeroSuppressionLeavesNothingBelowIt) {
  for (const Wafer& wafer : Simulation(ZeroSuppressedSample(), 3).Make(0, 200)) {
    for (const int32_t charge : wafer.charges) EXPECT_TRUE(charge == 0 || charge >= 47);
  }
}

TEST(Simulation, ShowersAreDenserInTheCoreThanPileup) {
  SimulationOptions options;
  options.pileup = 0.0;
  options.shower_fraction = 1.0;
  options.shower_pt_min_gev = 30.0;
  std::vector<double> shares;
  for (const Wafer& wafer : Simulation(options, 3).Make(0, 1000)) {
    shares.push_back(LargestCharge(wafer.charges) / static_cast<double>(ChargeSum(wafer.charges)));
  }
  // The core fills one to three cells.
  EXPECT_GT(Summarise(shares).median, 0.4);
  EXPECT_LT(Summarise(shares).median, 0.95);
}

TEST(Simulation, RefusesOptionsOutOfRange) {
  const auto with = [](auto change) {
    SimulationOptions options;
    change(&options);
    Simulation(options, 1);
  };
  EXPECT_THROW(with([](SimulationOptions* o) { o->pileup = -1; }), UsageError);
  EXPECT_THROW(with([](SimulationOptions* o) { o->shower_fraction = 1.5; }), UsageError);
  EXPECT_THROW(with([](SimulationOptions* o) { o->eta_min = 5; }), UsageError);
  EXPECT_THROW(with([](SimulationOptions* o) { o->layers = {}; }), UsageError);
  EXPECT_THROW(with([](SimulationOptions* o) { o->layers = {77}; }), UsageError);
  EXPECT_THROW(with([](SimulationOptions* o) { o->zero_suppression = -1; }), UsageError);
  EXPECT_THROW(with([](SimulationOptions* o) { o->threshold_low_density_mip = -1; }), UsageError);
  EXPECT_THROW(with([](SimulationOptions* o) { o->pileup = std::nan(""); }), UsageError);
}

TEST(Simulation, SaysSoWhenNothingIsEverLeft) {
  SimulationOptions options;
  options.pileup = 0.0;
  options.shower_fraction = 0.0;
  options.threshold_low_density_mip = options.threshold_high_density_mip = 100.0;
  EXPECT_THROW(Simulation(options, 1).Make(0), NumericError);
}

}  // namespace
}  // namespace demd
