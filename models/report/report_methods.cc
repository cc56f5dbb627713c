#include "models/report/report_methods.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "models/results/metrics.h"

namespace demd {
namespace {

// Losses that have a look of their own, in the order of MainLook.
constexpr std::array<std::string_view, 5> kKnownLosses = {"emd-cnn", "emd", "telescope", "wmse",
                                                          "mse"};

// Looks of the trained encoders, in order.
std::vector<Look> TrainedLooks(const std::vector<const MethodResult*>& methods) {
  std::map<std::string_view, int> place;
  for (const MethodResult* method : methods) {
    const auto known = std::find(kKnownLosses.begin(), kKnownLosses.end(), method->name);
    if (known != kKnownLosses.end()) {
      place[method->name] = static_cast<int>(known - kKnownLosses.begin());
    }
  }
  std::vector<Look> looks;
  int next = static_cast<int>(kKnownLosses.size());
  for (const MethodResult* method : methods) {
    const auto known = place.find(method->name);
    looks.push_back(MainLook(known == place.end() ? next++ : known->second));
  }
  return looks;
}

std::vector<const MethodResult*> MethodsOf(const RunResults& results, bool baselines) {
  std::vector<const MethodResult*> methods;
  for (const MethodResult& method : results.methods) {
    if (method.is_baseline == baselines) methods.push_back(&method);
  }
  return methods;
}

}  // namespace

std::vector<ReportMethod> ReportMethods(const RunResults& results) {
  const std::vector<const MethodResult*> trained = MethodsOf(results, false);
  const std::vector<Look> looks = TrainedLooks(trained);
  std::vector<ReportMethod> methods;
  for (size_t i = 0; i < trained.size(); ++i) {
    methods.push_back({trained[i], Summarise(trained[i]->emd), looks[i]});
  }
  int next_quiet = 0;
  for (const MethodResult* baseline : MethodsOf(results, true)) {
    methods.push_back({baseline, Summarise(baseline->emd), QuietLook(next_quiet++)});
  }
  return methods;
}

bool HasImages(const RunResults& results, const MethodResult& method) {
  const auto n = static_cast<int64_t>(results.held_out.size());
  return n > 0 && method.images.shape() == Shape({n, kWaferCells});
}

OtherMetrics MeasureOthers(const RunResults& results, const MethodResult& method) {
  OtherMetrics others;
  if (!HasImages(results, method)) return others;
  const auto n = static_cast<int64_t>(results.held_out.size());
  const std::vector<int32_t> before = ChargesOf(results.held_out);
  const WaferMetrics metrics = CompareShapes(before.data(), method.images.data(), n);
  others.available = true;
  others.mean_shift = Summarise(metrics.mean_shift);
  others.rms_difference = Summarise(metrics.rms_difference);
  others.peers_rms_difference = Summarise(metrics.peers_rms_difference);
  others.cross_correlation = Summarise(metrics.cross_correlation);
  others.zero_fraction_before = Summarise(metrics.zero_fraction_before);
  others.zero_fraction_after = Summarise(metrics.zero_fraction_after);
  return others;
}

size_t BestMethod(const std::vector<ReportMethod>& methods) {
  size_t best = 0;
  for (size_t i = 1; i < methods.size(); ++i) {
    const bool better = methods[i].emd.mean < methods[best].emd.mean;
    const bool best_is_undefined = std::isnan(methods[best].emd.mean);
    if (methods[i].result->is_baseline && !methods[0].result->is_baseline) break;
    if (better || (best_is_undefined && !std::isnan(methods[i].emd.mean))) best = i;
  }
  return best;
}

Look LookOfTraining(std::string_view name, const std::vector<ReportMethod>& methods) {
  for (const ReportMethod& method : methods) {
    if (method.result->name == name) return method.look;
  }
  return {"#000000", "", Marker::kCircle, false};
}

double Significance(const PairedDifference& difference) {
  if (std::isnan(difference.mean) || std::isnan(difference.standard_error)) return NAN;
  if (difference.mean == 0.0) return 0.0;
  if (difference.standard_error == 0.0) return std::numeric_limits<double>::infinity();
  return std::fabs(difference.mean) / difference.standard_error;
}

}  // namespace demd
