#ifndef DEMD_MODELS_PLOTS_BINNING_H_
#define DEMD_MODELS_PLOTS_BINNING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace demd {

/// Counts in bins of equal width; bin i holds low + [i, i + 1) * (high - low) / bins, the last one
/// its upper end too.
struct Histogram {
  double low = 0.0;
  double high = 1.0;
  std::vector<int64_t> counts;
  int64_t below = 0;  ///< values under low
  int64_t above = 0;  ///< values over high

  double Edge(size_t i) const {
    return low + (high - low) * static_cast<double>(i) / static_cast<double>(counts.size());
  }
  int64_t largest() const;
  int64_t inside() const;
};

/// Counts values; NaN is left out. REQUIRES: low < high, bins > 0.
Histogram CountInBins(const std::vector<double>& values, double low, double high, int bins);

/// Counts of pairs in `bins` x `bins` squares of [low, high]^2: counts[y * bins + x]. Pairs that
/// are not inside are counted apart.
struct PairCounts {
  double low = 0.0;
  double high = 1.0;
  int bins = 1;
  std::vector<int64_t> counts;
  int64_t outside = 0;

  int64_t largest() const;
};
PairCounts CountPairs(const std::vector<float>& x, const std::vector<float>& y, double low,
                      double high, int bins);

/// The defined values, ascending.
std::vector<double> SortedDefined(const std::vector<double>& values);

/// What the values look like whose abscissas lie within [low, high): one point of a profile.
struct ProfileBin {
  double low;
  double high;
  int64_t n = 0;  ///< defined values
  double median = 0.0;
  double q16 = 0.0;
  double q84 = 0.0;
  double centre() const { return 0.5 * (low + high); }
};

/// Median and 16 % to 84 % range of y in bins of x; the last bin holds its upper end too. NaN in x
/// or y is left out. edges: ascending, at least 2.  x, y: [n].
std::vector<ProfileBin> ProfileOf(const std::vector<double>& x, const std::vector<double>& y,
                                  const std::vector<double>& edges);

}  // namespace demd

#endif  // DEMD_MODELS_PLOTS_BINNING_H_
