#include "models/simulation/simulation.h"

namespace demd {

// The showers of the pileup (spectrum, companions) and the noise are the same in both samples: the
// defaults. The densities and the signal are tuned to each, since the two, made by different
// productions, disagree on how many counts a crossing leaves at the same place.

SimulationOptions UnsuppressedSample() { return SimulationOptions(); }

SimulationOptions ZeroSuppressedSample() {
  SimulationOptions options;
  // At eta 2.425 and azimuth 150 degrees, where the occupancy falls across the module as it does
  // across the real one.
  options.modules = {{5, -2, 2}};
  options.photon_density = 3.85;
  options.hadron_density = 1.4;
  // Local deposits harder than the pileup's spectrum: 1 % of the wafers have a cell above 47 MIP_T.
  options.shower_fraction = 0.052;
  options.shower_pt_max_gev = 12.0;
  options.zero_suppression = 47;  // 1.35 MIP_T
  return options;
}

}  // namespace demd
