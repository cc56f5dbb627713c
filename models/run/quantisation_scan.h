#ifndef DEMD_MODELS_RUN_QUANTISATION_SCAN_H_
#define DEMD_MODELS_RUN_QUANTISATION_SCAN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "models/networks/autoencoder.h"
#include "models/results/results.h"

namespace demd {

/// Scans weights of 3 to 8 bits and outputs of 3 to 9. Each point quantises the trained parameters
/// anew, without training: formats of these widths calibrated on wafers of their own
/// (quant/calibration.h), codes by the integer encoder, all bits of a code sent; the decoder stays
/// as it is. Fills all but what is known of the training. Wafers beyond the first kScanWafers and
/// kCalibrationWafers are left out. REQUIRES: both not empty.
QuantisationScan ScanQuantisation(Autoencoder* model, const std::vector<Wafer>& calibration,
                                  const std::vector<Wafer>& wafers);
inline constexpr size_t kScanWafers = 2000;
inline constexpr size_t kCalibrationWafers = 256;  ///< enough to choose four numbers

/// Adds to results->scans that of each encoder among results->methods, from its model in the run
/// directory, on results->held_out. Errors: DataError when a model is missing or damaged.
void ScanEncoders(const std::string& directory, const std::vector<Wafer>& calibration,
                  RunResults* results);

}  // namespace demd

#endif  // DEMD_MODELS_RUN_QUANTISATION_SCAN_H_
