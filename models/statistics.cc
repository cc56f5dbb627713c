#include "models/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "engine/error.h"

namespace demd {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// The defined entries, in their order.
std::vector<double> Defined(const std::vector<double>& values) {
  std::vector<double> defined;
  defined.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isinf(values[i])) {
      throw NumericError("statistics: expected finite entries, found an infinite one at index " +
                         std::to_string(i));
    }
    if (!std::isnan(values[i])) defined.push_back(values[i]);
  }
  return defined;
}

double MeanOf(const std::vector<double>& values) {
  if (values.empty()) return kUndefined;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Two passes: stable also for a small spread about a large mean.
double StandardDeviationOf(const std::vector<double>& values, double mean) {
  if (values.size() < 2) return kUndefined;
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

}  // namespace

double QuantileOfSorted(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return kUndefined;
  const double position = q * static_cast<double>(sorted.size() - 1);
  const size_t below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double fraction = position - static_cast<double>(below);
  return sorted[below] + fraction * (sorted[above] - sorted[below]);
}

Summary Summarise(const std::vector<double>& values) {
  std::vector<double> defined = Defined(values);
  Summary summary;
  summary.n = static_cast<int64_t>(defined.size());
  summary.n_undefined = static_cast<int64_t>(values.size() - defined.size());
  summary.mean = MeanOf(defined);
  summary.standard_deviation = StandardDeviationOf(defined, summary.mean);
  summary.standard_error = summary.standard_deviation / std::sqrt(static_cast<double>(summary.n));
  std::sort(defined.begin(), defined.end());
  summary.median = QuantileOfSorted(defined, 0.5);
  summary.q05 = QuantileOfSorted(defined, 0.05);
  summary.q16 = QuantileOfSorted(defined, 0.16);
  summary.q84 = QuantileOfSorted(defined, 0.84);
  summary.q95 = QuantileOfSorted(defined, 0.95);
  return summary;
}

PairedDifference ComparePaired(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) {
    throw NumericError("paired difference: expected samples of equal length, found " +
                       std::to_string(a.size()) + " and " + std::to_string(b.size()) + " entries");
  }
  Defined(a);  // for its check: the difference of two infinities would pass as undefined
  Defined(b);
  std::vector<double> differences(a.size());
  for (size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
  const Summary summary = Summarise(differences);
  return {summary.n, summary.n_undefined, summary.mean, summary.standard_error};
}

}  // namespace demd
