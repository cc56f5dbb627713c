#ifndef DEMD_MODELS_SIMULATION_SHOWER_H_
#define DEMD_MODELS_SIMULATION_SHOWER_H_

#include <array>
#include <cstdint>
#include <vector>

#include "engine/random.h"
#include "models/simulation/quantile_table.h"

namespace demd {

/// What starts an electromagnetic shower: photons travel a while before they convert.
enum class ShowerParticle { kElectron, kPhoton };

/// How a shower spreads about its axis at a given age: a core and a tail,
///
///   f(r) = p 2 r Rc^2 / (r^2 + Rc^2)^2 + (1 - p) 2 r Rt^2 / (r^2 + Rt^2)^2
///
/// Source: Grindhammer and Peters, hep-ex/0001020, the average radial profile.
struct LateralProfile {
  double core_fraction;   ///< p
  double core_radius_cm;  ///< Rc
  double tail_radius_cm;  ///< Rt
};

/// The energy of a shower, and its natural logarithm, which is slow to find.
struct ShowerEnergy {
  double gev;
  double log_gev;
};

/// What a layer sees of a shower.
struct ShowerSlice {
  double mips;  ///< mean number of minimum-ionising particles that cross the layer
  LateralProfile lateral;
};

/// Electromagnetic showers in the sampling calorimeter, parametrised.
///
/// Along the shower, dE/dt = E b (b t)^(a-1) e^(-b t) / Gamma(a) in radiation lengths t, with
/// b = 0.5 and the maximum (a - 1) / b at ln(E / Ec) - 0.5 for electrons, + 0.5 for photons. A
/// layer counts the particles that cross it, dE/dt / Ec (Rossi's approximation B).
/// Source: Particle Data Group, Passage of particles through matter, section 34.5.
class ShowerModel {
 public:
  ShowerModel();

  /// The slice of one shower at a layer. Its start fluctuates; particles lose depth to the slant.
  /// layer 1..28; cos_theta of the flight path.
  ShowerSlice Slice(ShowerParticle particle, const ShowerEnergy& energy, int32_t layer,
                    double cos_theta, RandomStream* random) const;

 private:
  static constexpr int kEnergySteps = 48;
  static constexpr int kDepthSteps = 160;
  static constexpr int kAgeSteps = 32;

  // Share of an electron's energy lost per radiation length at depth t.
  double ShareAt(double log_energy, double t) const;

  // [kEnergySteps][kDepthSteps] share of the energy per radiation length
  std::vector<double> longitudinal_;
  std::array<LateralProfile, kAgeSteps> lateral_;
  // How far the shower starts late, radiation lengths.
  QuantileTable electron_delay_;
  QuantileTable photon_delay_;
};

}  // namespace demd

#endif  // DEMD_MODELS_SIMULATION_SHOWER_H_
