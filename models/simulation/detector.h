#ifndef DEMD_MODELS_SIMULATION_DETECTOR_H_
#define DEMD_MODELS_SIMULATION_DETECTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "emd/metric.h"
#include "models/wafer.h"

namespace demd {

// Where the modules of the electromagnetic section stand, as far as the simulation needs it.
// Lengths are centimetres unless they are said to be cell pitches (kCellPitchCm).

/// Distance of neighbouring modules in a layer: an 8-inch hexagon.
inline constexpr double kModulePitchCm = 16.74;
/// Inside this radius the sensors are thin and finely divided (high density).
inline constexpr double kHighDensityRadiusCm = 82.0;
/// Layers of the electromagnetic section.
inline constexpr int32_t kElectromagneticLayers = 28;

/// Radius at which densities of particles are given.
inline constexpr double kReferenceRadiusCm = 60.0;

/// Density of particles in eta and phi at a distance from the beam, relative to that at the
/// reference radius. Soft particles curl in the magnetic field and reach the inner modules only, so
/// it falls with the radius: as 1/r, to agree with the slope across the real module.
constexpr double ParticleDensity(double radius_cm) { return kReferenceRadiusCm / radius_cm; }

/// A place in the detector: layer 1..28 and the module's lattice position in it.
struct ModulePosition {
  int32_t layer;
  int32_t u;
  int32_t v;
};

/// Distance of a layer from the interaction point along the beam, cm.
double LayerZ(int32_t layer);

/// Centres of the 48 cells in the module's frame: the coordinates of the ground metric, in cell
/// pitches, moved so that their mean is the origin.
std::array<Point2, kWaferCells> CellCentres();

/// A module with what the simulation asks of it, worked out once.
struct Module {
  ModulePosition position;
  double x_cm;  ///< centre, transverse to the beam
  double y_cm;
  double z_cm;
  double radius_cm;  ///< distance of the centre from the beam
  double eta;
  double phi;
  double cos_theta;         ///< of the line from the interaction point to the centre
  double sin_theta_centre;  ///< likewise
  double log_sin_theta;     ///< ln sin(theta), likewise
  double stretch;           ///< 1 / cos(theta) - 1, by which the layer lengthens what flies through
  Point2 outward;           ///< unit vector from the beam to the centre
  bool high_density;
  /// sin(theta) at each cell's centre: turns an energy into a transverse energy.
  std::array<double, kWaferCells> sin_theta;
  /// What each cell gets of a density of 1 particle per unit of eta and radian at
  /// kReferenceRadiusCm: its area in eta and phi, times ParticleDensity.
  std::array<double, kWaferCells> flux;
};

/// Errors: UsageError when the layer is not 1..28 or the module would sit on the beam (u = v = 0).
Module MakeModule(const ModulePosition& position);

/// All modules of the layers whose centre lies at eta_min <= eta <= eta_max, by layer, u and v.
std::vector<Module> ModulesInRange(const std::vector<int32_t>& layers, double eta_min,
                                   double eta_max);

/// Finds the trigger cell under a point: the nearest centre within a cell's reach, by table.
class CellFinder {
 public:
  /// The answer for a point off the module.
  static constexpr int kOutside = kWaferCells;

  CellFinder();

  /// Position in the module's frame, cell pitches. The table's step is 1/8 pitch.
  int CellAt(double x, double y) const {
    const double column = (x + kHalfWidth) * kStepsPerPitch;
    const double row = (y + kHalfWidth) * kStepsPerPitch;
    if (!(column >= 0.0 && row >= 0.0 && column < kSide && row < kSide)) return kOutside;
    return table_[static_cast<size_t>(row) * kSide + static_cast<size_t>(column)];
  }

 private:
  static constexpr double kHalfWidth = 9.0;
  static constexpr int kStepsPerPitch = 8;
  static constexpr int kSide = 144;

  std::vector<uint8_t> table_;
};

}  // namespace demd

#endif  // DEMD_MODELS_SIMULATION_DETECTOR_H_
