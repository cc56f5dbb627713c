#ifndef DEMD_MODELS_REPORT_REPORT_H_
#define DEMD_MODELS_REPORT_REPORT_H_

#include <string>

#include "models/results/results.h"

namespace demd {

/// A run's results as one self-contained page: HTML that is also well-formed XML, with its style
/// and its SVG pictures inside, without scripts and without anything to fetch. The same results
/// give the same bytes. Wafers whose EMD is undefined (NaN) are left out and counted.
/// REQUIRES: each method's emd, and its images unless these are empty, have a row for each held-out
/// wafer.
/// Errors: NumericError for an EMD or image that is infinite, or an image that is negative.
std::string MakeReport(const RunResults& results);

}  // namespace demd

#endif  // DEMD_MODELS_REPORT_REPORT_H_
