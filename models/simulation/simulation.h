#ifndef DEMD_MODELS_SIMULATION_SIMULATION_H_
#define DEMD_MODELS_SIMULATION_SIMULATION_H_

#include <cstdint>
#include <vector>

#include "engine/random.h"
#include "models/simulation/detector.h"
#include "models/simulation/quantile_table.h"
#include "models/simulation/shower.h"
#include "models/wafer.h"

namespace demd {

/// What the simulated bunch crossings contain.
struct SimulationOptions {
  std::vector<int32_t> layers = {5, 7, 9, 11};
  double eta_min = 1.5;  ///< modules whose centre lies in [eta_min, eta_max] are used alike
  double eta_max = 2.9;
  /// When not empty, these modules are used instead of layers and the eta range.
  std::vector<ModulePosition> modules;

  double pileup = 200.0;  ///< mean number of collisions per bunch crossing
  /// Particles per collision, unit of eta and radian that reach the calorimeter at 60 cm from the
  /// beam (see ParticleDensity).
  double photon_density = 2.85;
  double hadron_density = 0.33;
  /// Transverse momentum of pileup photons: density proportional to (1 + p / (m s))^-(m + 1).
  double photon_pt_scale_gev = 0.068;
  double photon_pt_power = 2.95;
  double companion_rate = 1.1;       ///< mean number of further photons near one (geometric)
  double companion_spread_cm = 4.9;  ///< mean of their distance from it (exponential)

  /// Share of wafers that hold a signal shower of uniform pT, and share of photons among them; the
  /// others are electrons.
  double shower_fraction = 0.016;
  double shower_photon_share = 0.5;
  double shower_pt_min_gev = 1.0;
  double shower_pt_max_gev = 35.0;

  /// Electronics noise of a trigger cell in MIP, and the charge below which it reports nothing.
  double noise_low_density_mip = 0.065;
  double noise_high_density_mip = 0.45;
  double threshold_low_density_mip = 0.11;
  double threshold_high_density_mip = 0.12;

  /// Charges below this many counts are set to 0 after all else; 0 keeps all.
  int32_t zero_suppression = 0;
};

/// The paper's sample: modules of layers 5, 7, 9, 11 everywhere, no zero suppression.
/// Tuned to the published occupancies; see simulation_check.h.
SimulationOptions UnsuppressedSample();

/// The public real sample: one high-density module of layer 5 at eta 2.43, charges below 1.35
/// MIP_T suppressed. Tuned to its published statistics; see simulation_check.h.
SimulationOptions ZeroSuppressedSample();

/// Simulated wafers. Wafer i is a function of (options, seed, i) alone: the same bytes whether it
/// is made alone or in a million, on any machine and any number of threads.
///
/// A bunch crossing in one module is: photons of the pileup, each an electromagnetic shower seen at
/// the module's depth; charged hadrons, each a minimum-ionising particle in one cell; with some
/// probability a signal shower; noise. Sums of cells pass the 4E3M link format, are calibrated to
/// transverse MIPs and, if asked, zero-suppressed. A crossing that leaves no charge is drawn again,
/// so that the sample is that of non-empty wafers, as in the peers' files.
class Simulation {
 public:
  /// Errors: UsageError when an option is out of range or no module lies in it.
  Simulation(const SimulationOptions& options, uint64_t seed);

  /// Errors: NumericError when a thousand crossings in a row leave no charge.
  Wafer Make(int64_t index) const;

  /// Wafers first .. first + count - 1, on all threads.
  std::vector<Wafer> Make(int64_t first, int64_t count) const;

  const std::vector<Module>& modules() const { return modules_; }

 private:
  // MIPs per cell; the last entry collects what misses the module.
  using Deposits = double[kWaferCells + 1];

  void AddPhotons(const Module& module, RandomStream* random, double* deposits) const;
  void AddHadrons(const Module& module, RandomStream* random, double* deposits) const;
  double AddSignal(const Module& module, RandomStream* random, double* deposits) const;
  void AddPhoton(const Module& module, Point2 point, RandomStream* random, double* deposits) const;
  void Spread(const Module& module, const ShowerSlice& slice, Point2 point, int max_spots,
              RandomStream* random, double* deposits) const;
  void ReadOut(const Module& module, RandomStream* random, const double* deposits,
               Charges* charges) const;

  SimulationOptions options_;
  uint64_t seed_;
  std::vector<Module> modules_;
  ShowerModel showers_;
  CellFinder cells_;
  // Unit vectors all around.
  std::vector<Point2> directions_;
  QuantileTable noise_;        // standard normal
  QuantileTable exponential_;  // of mean 1
  QuantileTable mip_charges_;  // charge of a minimum-ionising particle
  QuantileTable photon_pt_;
  QuantileTable photon_log_pt_;
  QuantileTable shower_radii_;  // of a core or tail of radius 1
};

}  // namespace demd

#endif  // DEMD_MODELS_SIMULATION_SIMULATION_H_
