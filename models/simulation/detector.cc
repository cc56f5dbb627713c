#include "models/simulation/detector.h"

#include <cmath>
#include <string>

#include "engine/error.h"
#include "engine/portable_math.h"

namespace demd {
namespace {

constexpr double kFirstLayerZCm = 320.5;
constexpr double kLayerSpacingCm = 1.2;
constexpr double kHalfSqrt3 = 0.86602540378443864676;

// Area of a trigger cell, square pitches: a rhombus of side 2.
constexpr double kCellArea = 4.0 * kHalfSqrt3;

// A cell reaches as far as the corner of its hexagon, 2 / sqrt(3) pitches.
constexpr double kCellReach = 1.1547005383792515;

}  // namespace

double LayerZ(int32_t layer) { return kFirstLayerZCm + kLayerSpacingCm * (layer - 1); }

std::array<Point2, kWaferCells> CellCentres() {
  const std::vector<Point2> centres = HexagonCentres();
  Point2 mean = {0.0, 0.0};
  for (const Point2& centre : centres) {
    mean.x += centre.x / kWaferCells;
    mean.y += centre.y / kWaferCells;
  }
  std::array<Point2, kWaferCells> moved{};
  for (uint32_t i = 0; i < kWaferCells; ++i) {
    moved[i] = {centres[i].x - mean.x, centres[i].y - mean.y};
  }
  return moved;
}

Module MakeModule(const ModulePosition& position) {
  if (position.layer < 1 || position.layer > kElectromagneticLayers ||
      (position.u == 0 && position.v == 0)) {
    throw UsageError(
        "module (layer, u, v): expected a layer of 1..28 and a place off the beam, "
        "found (" +
        std::to_string(position.layer) + ", " + std::to_string(position.u) + ", " +
        std::to_string(position.v) + ")");
  }
  Module module{};
  module.position = position;
  module.x_cm = kModulePitchCm * (position.u - 0.5 * position.v);
  module.y_cm = kModulePitchCm * kHalfSqrt3 * position.v;
  module.z_cm = LayerZ(position.layer);
  module.radius_cm = std::sqrt(module.x_cm * module.x_cm + module.y_cm * module.y_cm);
  const double distance =
      std::sqrt(module.radius_cm * module.radius_cm + module.z_cm * module.z_cm);
  module.cos_theta = module.z_cm / distance;
  module.sin_theta_centre = module.radius_cm / distance;
  module.log_sin_theta = Log(module.sin_theta_centre);
  module.stretch = 1.0 / module.cos_theta - 1.0;
  module.outward = {module.x_cm / module.radius_cm, module.y_cm / module.radius_cm};
  // eta = asinh(z / r)
  module.eta = Log((module.z_cm + distance) / module.radius_cm);
  module.phi = Atan2(module.y_cm, module.x_cm);
  module.high_density = module.radius_cm < kHighDensityRadiusCm;
  const std::array<Point2, kWaferCells> centres = CellCentres();
  for (uint32_t i = 0; i < kWaferCells; ++i) {
    const Point2& centre = centres[i];
    const double x = module.x_cm + kCellPitchCm * centre.x;
    const double y = module.y_cm + kCellPitchCm * centre.y;
    const double r2 = x * x + y * y;
    const double distance2 = r2 + module.z_cm * module.z_cm;
    module.sin_theta[i] = std::sqrt(r2 / distance2);
    // dA = r dr dphi and dr = -(r / cos(theta)) deta
    const double radius = std::sqrt(r2);
    module.flux[i] = kCellArea * kCellPitchCm * kCellPitchCm * module.z_cm /
                     (std::sqrt(distance2) * r2) * ParticleDensity(radius);
  }
  return module;
}

std::vector<Module> ModulesInRange(const std::vector<int32_t>& layers, double eta_min,
                                   double eta_max) {
  // Beyond 12 modules from the beam eta is below 1.3.
  constexpr int32_t kReach = 14;
  std::vector<Module> modules;
  for (const int32_t layer : layers) {
    for (int32_t u = -kReach; u <= kReach; ++u) {
      for (int32_t v = -kReach; v <= kReach; ++v) {
        if (u == 0 && v == 0) continue;
        const Module module = MakeModule({layer, u, v});
        if (module.eta >= eta_min && module.eta <= eta_max) modules.push_back(module);
      }
    }
  }
  return modules;
}

CellFinder::CellFinder() : table_(static_cast<size_t>(kSide) * kSide, kOutside) {
  const std::array<Point2, kWaferCells> centres = CellCentres();
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) {
      const double x = (column + 0.5) / kStepsPerPitch - kHalfWidth;
      const double y = (row + 0.5) / kStepsPerPitch - kHalfWidth;
      double nearest = kCellReach * kCellReach;
      for (uint8_t cell = 0; cell < kWaferCells; ++cell) {
        const double dx = x - centres[cell].x;
        const double dy = y - centres[cell].y;
        if (dx * dx + dy * dy >= nearest) continue;
        nearest = dx * dx + dy * dy;
        table_[static_cast<size_t>(row * kSide + column)] = cell;
      }
    }
  }
}

}  // namespace demd
