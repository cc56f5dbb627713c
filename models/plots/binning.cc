#include "models/plots/binning.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/statistics.h"

namespace demd {
namespace {

// The bin of a value inside [low, high].
int64_t BinOf(double value, double low, double high, int64_t bins) {
  const double place = (value - low) / (high - low) * static_cast<double>(bins);
  return std::min(static_cast<int64_t>(place), bins - 1);
}

// The interval of ascending edges that holds x, or -1.
int64_t IntervalOf(double x, const std::vector<double>& edges) {
  if (std::isnan(x) || x < edges.front() || x > edges.back()) return -1;
  const auto above = std::upper_bound(edges.begin(), edges.end(), x);
  const int64_t interval = (above - edges.begin()) - 1;
  return std::min(interval, static_cast<int64_t>(edges.size()) - 2);
}

}  // namespace

int64_t Histogram::largest() const {
  return counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
}

int64_t Histogram::inside() const {
  return std::accumulate(counts.begin(), counts.end(), int64_t{0});
}

Histogram CountInBins(const std::vector<double>& values, double low, double high, int bins) {
  Histogram histogram{low, high, std::vector<int64_t>(static_cast<size_t>(bins)), 0, 0};
  for (const double value : values) {
    if (std::isnan(value)) continue;
    if (value < low) {
      ++histogram.below;
    } else if (value > high) {
      ++histogram.above;
    } else {
      ++histogram.counts[static_cast<size_t>(BinOf(value, low, high, bins))];
    }
  }
  return histogram;
}

int64_t PairCounts::largest() const {
  return counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
}

PairCounts CountPairs(const std::vector<float>& x, const std::vector<float>& y, double low,
                      double high, int bins) {
  PairCounts pairs{low, high, bins, {}, 0};
  pairs.counts.resize(static_cast<size_t>(bins) * static_cast<size_t>(bins));
  for (size_t i = 0; i < x.size(); ++i) {
    const double px = static_cast<double>(x[i]);
    const double py = static_cast<double>(y[i]);
    if (!(px >= low && px <= high && py >= low && py <= high)) {
      ++pairs.outside;
      continue;
    }
    const int64_t row = BinOf(py, low, high, bins);
    ++pairs.counts[static_cast<size_t>(row * bins + BinOf(px, low, high, bins))];
  }
  return pairs;
}

std::vector<double> SortedDefined(const std::vector<double>& values) {
  std::vector<double> sorted;
  std::copy_if(values.begin(), values.end(), std::back_inserter(sorted),
               [](double value) { return !std::isnan(value); });
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

std::vector<ProfileBin> ProfileOf(const std::vector<double>& x, const std::vector<double>& y,
                                  const std::vector<double>& edges) {
  std::vector<std::vector<double>> groups(edges.size() - 1);
  for (size_t i = 0; i < x.size(); ++i) {
    const int64_t interval = IntervalOf(x[i], edges);
    if (interval >= 0) groups[static_cast<size_t>(interval)].push_back(y[i]);
  }
  std::vector<ProfileBin> bins;
  for (size_t i = 0; i < groups.size(); ++i) {
    const std::vector<double> sorted = SortedDefined(groups[i]);
    bins.push_back({edges[i], edges[i + 1], static_cast<int64_t>(sorted.size()),
                    QuantileOfSorted(sorted, 0.5), QuantileOfSorted(sorted, 0.16),
                    QuantileOfSorted(sorted, 0.84)});
  }
  return bins;
}

}  // namespace demd
