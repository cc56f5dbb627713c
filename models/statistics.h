#ifndef DEMD_MODELS_STATISTICS_H_
#define DEMD_MODELS_STATISTICS_H_

#include <cstdint>
#include <vector>

namespace demd {

/// What a sample of numbers looks like. Entries that are NaN are undefined: counted apart, left out
/// of everything else. A figure that the sample is too small for (n = 0; for the two deviations
/// n = 1) is NaN.
struct Summary {
  int64_t n = 0;            ///< defined entries
  int64_t n_undefined = 0;  ///< NaN entries
  double mean = 0;
  double standard_deviation = 0;  ///< of the sample, divided by n - 1
  double standard_error = 0;      ///< of the mean: standard_deviation / sqrt(n)
  double median = 0;
  double q05 = 0;  ///< quantiles, see QuantileOfSorted
  double q16 = 0;
  double q84 = 0;
  double q95 = 0;
};

/// Summarises a sample. Sums run in the order of the entries, so the same sample gives the same
/// bits everywhere.
/// Errors: NumericError naming the entry when one is infinite.
Summary Summarise(const std::vector<double>& values);

/// Mean of a - b over the entries where both are defined. With entries that belong to the same
/// wafers this is far sharper than the difference of two means.
struct PairedDifference {
  int64_t n = 0;              ///< pairs where both are defined
  int64_t n_undefined = 0;    ///< the other pairs
  double mean = 0;            ///< NaN for n = 0
  double standard_error = 0;  ///< of the mean; NaN for n < 2
};

/// Compares two samples entry by entry.
/// Errors: NumericError when the lengths differ, or naming the entry when one is infinite.
PairedDifference ComparePaired(const std::vector<double>& a, const std::vector<double>& b);

/// The q-quantile by linear interpolation between order statistics: position q (n - 1), as numpy's
/// default. sorted: ascending, no NaN; 0 <= q <= 1. NaN for an empty sample.
double QuantileOfSorted(const std::vector<double>& sorted, double q);

}  // namespace demd

#endif  // DEMD_MODELS_STATISTICS_H_
