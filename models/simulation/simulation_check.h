#ifndef DEMD_MODELS_SIMULATION_SIMULATION_CHECK_H_
#define DEMD_MODELS_SIMULATION_SIMULATION_CHECK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "models/wafer.h"

namespace demd {

/// One line of the comparison of simulated wafers with published ones.
struct CheckRow {
  std::string quantity;
  double published;
  double simulated;
  double tolerance;  ///< allowed |simulated - published|, statistical and model error together

  bool Agrees() const {
    const double difference = simulated - published;
    return difference <= tolerance && -difference <= tolerance;
  }
};

/// Correlation over the wafers of log(1 + charge) between two cells, averaged over the pairs of
/// cells whose distance in cell pitches lies in [from, to). Cells that never vary are left out.
double CorrelationAtDistance(const std::vector<Wafer>& wafers, double from, double to);

/// Compares with the paper's unsuppressed training sample: occupancies and sums.
/// Errors: NumericError when there are no wafers.
std::vector<CheckRow> CheckUnsuppressed(const std::vector<Wafer>& wafers);

/// Compares with the public real zero-suppressed sample (10,000 wafers): occupancy, module sum,
/// largest cell, largest over sum, non-zero cells, correlation by distance; and mean exact EMD, in
/// cell pitches, on the first 2,000 wafers.
/// Errors: NumericError when there are no wafers.
std::vector<CheckRow> CheckZeroSuppressed(const std::vector<Wafer>& wafers);

/// The rows as a table of fixed width, one line each, ending in "ok" or "differs".
std::string CheckTable(const std::vector<CheckRow>& rows);

}  // namespace demd

#endif  // DEMD_MODELS_SIMULATION_SIMULATION_CHECK_H_
