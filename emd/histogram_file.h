#ifndef DEMD_EMD_HISTOGRAM_FILE_H_
#define DEMD_EMD_HISTOGRAM_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "emd/large_transport/costs.h"
#include "emd/metric.h"

namespace demd {

/// Rows of masses read from a file.
struct Histograms {
  std::string path;
  int64_t n_rows = 0;
  int32_t n_cells = 0;
  std::vector<double> masses;  ///< [n_rows][n_cells], finite and not negative
  bool are_integers = false;   ///< all masses are whole numbers below 2^53
  std::vector<int64_t> lines;  ///< [n_rows] line numbers of a CSV file; empty for NPY

  const double* row(int64_t r) const { return masses.data() + r * n_cells; }
  /// "wafers.csv:17" or "wafers.npy: row 16", for messages.
  std::string Where(int64_t r) const;
};

/// Reads histograms of n_cells masses from a CSV or NPY file (by its ending). NPY: [n, n_cells] of
/// any number type. CSV with a header: the columns prefix0, prefix1, ...; when `prefix` is empty
/// and there are no columns CALQ_0, CALQ_1, ..., and without a header, the first n_cells columns.
/// Errors: DataError naming the line or element that is negative, not finite or not a number.
Histograms ReadHistograms(const std::string& path, int32_t n_cells, const std::string& prefix);

/// Reads pairs of row numbers, from 0, from the columns row_a and row_b (else the first two) of a
/// CSV file, each below the limit. Errors: DataError.
struct RowPairIndex {
  int64_t a;
  int64_t b;
};
std::vector<RowPairIndex> ReadRowPairs(const std::string& path, int64_t n_a, int64_t n_b);

/// A ground cost by name:
///   hexagon      distance of the 48 trigger cells in cell pitches
///   points:FILE  Euclidean distance of points in the plane: x and y in two columns, CSV or NPY
///   matrix:FILE  costs [n][m], CSV or NPY; used as a metric if it passes for one
/// each entry raised to the power p. Errors: UsageError for another name, DataError for a file that
/// does not fit or cannot be raised.
GroundCost ReadGroundCost(const std::string& name, double p = 1);

/// The same without the matrix where more than 64 points are given.
TransportCosts ReadTransportCosts(const std::string& name, double p = 1);

}  // namespace demd

#endif  // DEMD_EMD_HISTOGRAM_FILE_H_
