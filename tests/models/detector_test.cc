#include "models/simulation/detector.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "engine/error.h"

namespace demd {
namespace {

TEST(CellFinder, FindsEveryCellAtItsCentreAndNothingOutside) {
  const CellFinder finder;
  const auto centres = CellCentres();
  for (uint32_t cell = 0; cell < kWaferCells; ++cell) {
    EXPECT_EQ(finder.CellAt(centres[cell].x, centres[cell].y), static_cast<int>(cell));
  }
  EXPECT_EQ(finder.CellAt(8.9, 0.0), CellFinder::kOutside);
  EXPECT_EQ(finder.CellAt(0.0, -1e300), CellFinder::kOutside);
  EXPECT_EQ(finder.CellAt(std::nan(""), 0.0), CellFinder::kOutside);
}

TEST(CellFinder, GivesEveryCellItsArea) {
  // A rhombus of side 2; seams and the table's step of 1/8 make the difference.
  constexpr double kArea = 3.4641;
  constexpr double kSeamsAndStep = 0.45;
  const CellFinder finder;
  std::vector<double> area(kWaferCells + 1, 0.0);
  for (int row = 0; row < 288; ++row) {
    for (int column = 0; column < 288; ++column) {
      area[static_cast<size_t>(finder.CellAt((column + .5) / 16 - 9, (row + .5) / 16 - 9))] +=
          1.0 / 256;
    }
  }
  for (size_t cell = 0; cell < kWaferCells; ++cell) {
    EXPECT_NEAR(area[cell], kArea, kSeamsAndStep) << cell;
  }
}

TEST(Module, StandsWhereItsPseudorapiditySays) {
  const Module module = MakeModule({5, -2, 2});
  EXPECT_NEAR(module.radius_cm / kModulePitchCm, std::sqrt(12.0), 1e-12);
  EXPECT_NEAR(module.eta, std::asinh(module.z_cm / module.radius_cm), 1e-12);
  EXPECT_NEAR(module.eta, 2.43, 0.01);
  EXPECT_NEAR(module.cos_theta, std::tanh(module.eta), 1e-12);
  EXPECT_NEAR(std::exp(module.log_sin_theta), 1.0 / std::cosh(module.eta), 1e-12);
  EXPECT_NEAR(module.phi, 150.0 / 180.0 * 3.14159265358979, 1e-12);
  EXPECT_TRUE(module.high_density);
}

TEST(Module, SeesTransverseEnergyFallAndFluxRiseTowardsTheBeam) {
  const Module module = MakeModule({5, -2, 2});
  // The corner cells 28 and 32 are the farthest from and nearest to the beam.
  EXPECT_GT(module.sin_theta[28], module.sin_theta[32]);
  EXPECT_LT(module.flux[28], module.flux[32]);
}

TEST(Modules, AreThoseOfTheRangeOnceEach) {
  const std::vector<Module> modules = ModulesInRange({5, 7}, 1.5, 3.0);
  for (const Module& module : modules) {
    EXPECT_GE(module.eta, 1.5);
    EXPECT_LE(module.eta, 3.0);
  }
  // As many as the ring between the two radii has room for, to 5 %.
  const double outer = LayerZ(5) / std::sinh(1.5);
  const double inner = LayerZ(5) / std::sinh(3.0);
  const double room = 2 * 3.14159265 * (outer * outer - inner * inner) /
                      (std::sqrt(0.75) * kModulePitchCm * kModulePitchCm);
  EXPECT_NEAR(static_cast<double>(modules.size()), room, 0.05 * room);
  EXPECT_TRUE(ModulesInRange({5}, 6.0, 7.0).empty());
}

TEST(Module, RefusesAPlaceOnTheBeamOrALayerThatIsNot) {
  EXPECT_THROW(MakeModule({5, 0, 0}), UsageError);
  EXPECT_THROW(MakeModule({0, 1, 0}), UsageError);
  EXPECT_THROW(MakeModule({29, 1, 0}), UsageError);
}

}  // namespace
}  // namespace demd
