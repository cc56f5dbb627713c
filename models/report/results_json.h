#ifndef DEMD_MODELS_REPORT_RESULTS_JSON_H_
#define DEMD_MODELS_REPORT_RESULTS_JSON_H_

#include <string>

#include "engine/io/json.h"
#include "models/results/results.h"

namespace demd {

/// The results as metrics.json holds them: what was run, for each method a summary of its EMD and
/// of the peers' other metrics, all paired differences, errors of the EMD CNN, and histories of the
/// trainings; without arrays over wafers. Undefined numbers are null.
/// Errors: NumericError for an EMD or an image that is infinite.
JsonValue ToJson(const RunResults& results);

/// The main table for a terminal, at most 100 columns wide, ended by a newline: mean EMD with its
/// standard error, median and 5 % to 95 % range, then how each trained encoder compares with the
/// best one on the same wafers.
std::string ResultTable(const RunResults& results);

}  // namespace demd

#endif  // DEMD_MODELS_REPORT_RESULTS_JSON_H_
