#ifndef DEMD_MODELS_REPORT_REPORT_METHODS_H_
#define DEMD_MODELS_REPORT_REPORT_METHODS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "models/plots/look.h"
#include "models/results/results.h"
#include "models/statistics.h"

namespace demd {

// What tables and figures of a report have to agree on.

/// A method with what its earth mover's distances look like and how it is drawn everywhere.
struct ReportMethod {
  const MethodResult* result;
  Summary emd;
  Look look;
};

/// The methods of a run: trained encoders first, then baselines, each in the run's order. A known
/// loss has the same look in every report. The results must outlive this.
/// Errors: NumericError for an infinite EMD.
std::vector<ReportMethod> ReportMethods(const RunResults& results);

/// Whether a method's result has an image of each held-out wafer.
bool HasImages(const RunResults& results, const MethodResult& method);

/// The peers' other metrics of a method (models/results/metrics.h), summarised over the held-out
/// wafers.
struct OtherMetrics {
  bool available = false;  ///< the result has its images
  Summary mean_shift;
  Summary rms_difference;
  Summary peers_rms_difference;
  Summary cross_correlation;
  Summary zero_fraction_before;
  Summary zero_fraction_after;
};
/// Errors: NumericError for an image that is negative or not finite.
OtherMetrics MeasureOthers(const RunResults& results, const MethodResult& method);

/// The trained encoder (or, without any, the method) of the least mean EMD. REQUIRES: not empty.
size_t BestMethod(const std::vector<ReportMethod>& methods);

/// The look of what was trained under this name: its method's, else black.
Look LookOfTraining(std::string_view name, const std::vector<ReportMethod>& methods);

/// How many standard errors a difference is away from zero; infinity if it has none, 0 if there is
/// no difference, NaN if it is undefined.
double Significance(const PairedDifference& difference);

}  // namespace demd

#endif  // DEMD_MODELS_REPORT_REPORT_METHODS_H_
