#ifndef DEMD_EMD_COMPARISON_H_
#define DEMD_EMD_COMPARISON_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "emd/histogram_file.h"
#include "emd/large_transport/costs.h"
#include "emd/metric.h"
#include "emd/transport.h"

namespace demd {

/// Which rows of two files to compare: row k with row k, all with all, or those of a list.
class RowPairs {
 public:
  static RowPairs Matching(int64_t n) { return RowPairs(n, 0, {}); }
  static RowPairs AllWithAll(int64_t n_a, int64_t n_b) { return RowPairs(n_a * n_b, n_b, {}); }
  static RowPairs Listed(std::vector<RowPairIndex> pairs);

  int64_t size() const { return size_; }
  RowPairIndex operator[](int64_t k) const;

 private:
  RowPairs(int64_t size, int64_t n_b, std::vector<RowPairIndex> list)
      : size_(size), n_b_(n_b), list_(std::move(list)) {}

  int64_t size_;
  int64_t n_b_;  // of AllWithAll, else 0
  std::vector<RowPairIndex> list_;
};

/// What to find out about each pair, beyond its distance.
struct ComparisonOptions {
  bool plan = false;
  bool duals = false;
  double root = 1;  ///< the distance is raised to 1 / root
};

/// One pair compared.
struct PairComparison {
  RowPairIndex rows;
  double distance = 0;
  int64_t total = 0;            ///< unit of the plan: masses are entry.mass / total of the whole
  std::vector<PlanEntry> plan;  ///< empty unless asked for
  std::vector<double> duals;    ///< f: [n], then g: [m]; empty unless asked for
};

/// Bytes of memory that comparing takes at most: the two files' rows and a window of results.
int64_t ComparisonBytes(const Histograms& a, const Histograms& b, const RowPairs& pairs,
                        const ComparisonOptions& options);

/// Compares the pairs over all threads and hands them to `take` one by one, in order, from the
/// calling thread; memory does not grow with their number. Returns when all are done or when
/// `take` returns false.
/// Errors: NumericError naming the row that cannot be compared.
void CompareRows(const TransportCosts& costs, const Histograms& a, const Histograms& b,
                 const RowPairs& pairs, const ComparisonOptions& options,
                 const std::function<bool(const PairComparison&)>& take);
inline void CompareRows(const GroundCost& cost, const Histograms& a, const Histograms& b,
                        const RowPairs& pairs, const ComparisonOptions& options,
                        const std::function<bool(const PairComparison&)>& take) {
  CompareRows(TransportCosts::Matrix(cost), a, b, pairs, options, take);
}

}  // namespace demd

#endif  // DEMD_EMD_COMPARISON_H_
