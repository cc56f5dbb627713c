#include "emd/histogram_file.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "emd/kernels/transport_kernel.h"
#include "engine/error.h"
#include "engine/io/csv.h"
#include "engine/io/npy.h"

namespace demd {
namespace {

constexpr int64_t kRowsPerRead = 4096;
constexpr double kLargestWhole = 9007199254740992.0;  // 2^53

constexpr const char* kPoints = "points:";

bool EndsWith(const std::string& text, const std::string& ending) {
  return text.size() >= ending.size() &&
         text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

// A rectangular array of numbers from either kind of file.
struct Table {
  int64_t n_rows = 0;
  int64_t n_columns = 0;
  std::vector<double> values;
  std::vector<int64_t> lines;
};

std::vector<int> HistogramColumns(const CsvReader& reader, int32_t n_cells, std::string prefix) {
  std::vector<int> columns(static_cast<size_t>(n_cells));
  std::iota(columns.begin(), columns.end(), 0);
  if (prefix.empty() && reader.has_header() && reader.FindColumn("CALQ_0") >= 0) prefix = "CALQ_";
  if (!prefix.empty()) {
    if (!reader.has_header()) {
      throw DataError(reader.path() + ": expected a header with columns " + prefix + "0, ...");
    }
    for (int32_t k = 0; k < n_cells; ++k) {
      columns[static_cast<size_t>(k)] = reader.Column(prefix + std::to_string(k));
    }
  } else if (reader.n_columns() < n_cells) {
    throw DataError(reader.path() + ": expected at least " + std::to_string(n_cells) +
                    " columns, found " + std::to_string(reader.n_columns()));
  }
  return columns;
}

Table ReadCsvColumns(CsvReader* reader, std::vector<int> columns) {
  Table table;
  table.n_columns = static_cast<int64_t>(columns.size());
  CsvSelection selection;
  selection.real_columns = std::move(columns);
  CsvRows rows;
  while (reader->Read(selection, kRowsPerRead, &rows) > 0) {
    table.values.insert(table.values.end(), rows.reals.begin(), rows.reals.end());
    table.lines.insert(table.lines.end(), rows.lines.begin(), rows.lines.end());
    table.n_rows += rows.n_rows;
  }
  return table;
}

Table ReadNpyTable(const std::string& path, int64_t n_columns) {
  const NpyFile file(path);
  const NpyView& view = file.view();
  view.ExpectShape({-1, n_columns});
  Table table;
  table.n_rows = view.shape()[0];
  table.n_columns = view.shape()[1];
  table.values.resize(static_cast<size_t>(view.size()));
  view.Reals(0, view.size(), table.values.data());
  return table;
}

// All columns of a file.
Table ReadTable(const std::string& path) {
  if (EndsWith(path, ".npy")) return ReadNpyTable(path, -1);
  CsvReader reader(path);
  std::vector<int> columns(static_cast<size_t>(reader.n_columns()));
  std::iota(columns.begin(), columns.end(), 0);
  return ReadCsvColumns(&reader, columns);
}

std::vector<Point2> ReadPoints(const std::string& path) {
  const Table table = ReadTable(path);
  if (table.n_columns != 2 || table.n_rows == 0) {
    throw DataError(path + ": expected points in 2 columns, found " + std::to_string(table.n_rows) +
                    " rows of " + std::to_string(table.n_columns));
  }
  std::vector<Point2> points(static_cast<size_t>(table.n_rows));
  for (size_t k = 0; k < points.size(); ++k) {
    points[k] = {table.values[2 * k], table.values[2 * k + 1]};
  }
  return points;
}

GroundCost MatrixCost(const std::string& path) {
  const Table table = ReadTable(path);
  const int32_t n = static_cast<int32_t>(table.n_rows);
  const int32_t m = static_cast<int32_t>(table.n_columns);
  if (n == m) {
    try {
      return GroundCost::Metric(n, table.values);
    } catch (const std::invalid_argument&) {
      // Not a metric: no mass may be cancelled.
    }
  }
  return GroundCost::General(n, m, table.values);
}

GroundCost CostOfName(const std::string& name) {
  const std::string points = kPoints;
  const std::string matrix = "matrix:";
  if (name == "hexagon") return GroundCost::Hexagon();
  if (name.compare(0, points.size(), points) == 0) {
    return GroundCost::Between(ReadPoints(name.substr(points.size())));
  }
  if (name.compare(0, matrix.size(), matrix) == 0) return MatrixCost(name.substr(matrix.size()));
  throw UsageError("--metric: expected hexagon, points:FILE or matrix:FILE, found \"" + name +
                   "\"");
}

bool AreWhole(const std::vector<double>& masses) {
  return std::all_of(masses.begin(), masses.end(),
                     [](double x) { return x == std::floor(x) && x < kLargestWhole; });
}

}  // namespace

std::string Histograms::Where(int64_t r) const {
  return lines.empty() ? path + ": row " + std::to_string(r)
                       : path + ":" + std::to_string(lines[static_cast<size_t>(r)]);
}

Histograms ReadHistograms(const std::string& path, int32_t n_cells, const std::string& prefix) {
  Table table;
  if (EndsWith(path, ".npy")) {
    table = ReadNpyTable(path, n_cells);
  } else {
    CsvReader reader(path);
    table = ReadCsvColumns(&reader, HistogramColumns(reader, n_cells, prefix));
  }
  Histograms histograms;
  histograms.path = path;
  histograms.n_rows = table.n_rows;
  histograms.n_cells = n_cells;
  histograms.masses = std::move(table.values);
  histograms.lines = std::move(table.lines);
  for (size_t k = 0; k < histograms.masses.size(); ++k) {
    if (histograms.masses[k] >= 0) continue;
    throw DataError(histograms.Where(static_cast<int64_t>(k) / n_cells) + ": cell " +
                    std::to_string(k % static_cast<size_t>(n_cells)) +
                    ": expected a mass of at least 0, found " +
                    std::to_string(histograms.masses[k]));
  }
  histograms.are_integers = AreWhole(histograms.masses);
  return histograms;
}

std::vector<RowPairIndex> ReadRowPairs(const std::string& path, int64_t n_a, int64_t n_b) {
  CsvReader reader(path);
  CsvSelection selection;
  const bool named = reader.has_header() && reader.FindColumn("row_a") >= 0;
  selection.integer_columns = {named ? reader.Column("row_a") : 0,
                               named ? reader.Column("row_b") : 1};
  selection.integer_min = 0;
  std::vector<RowPairIndex> pairs;
  CsvRows rows;
  while (reader.Read(selection, kRowsPerRead, &rows) > 0) {
    for (size_t k = 0; k < static_cast<size_t>(rows.n_rows); ++k) {
      const RowPairIndex pair = {rows.integers[2 * k], rows.integers[2 * k + 1]};
      if (pair.a >= n_a || pair.b >= n_b) {
        throw DataError(path + ":" + std::to_string(rows.lines[k]) + ": expected rows below " +
                        std::to_string(n_a) + " and " + std::to_string(n_b) + ", found " +
                        std::to_string(pair.a) + " and " + std::to_string(pair.b));
      }
      pairs.push_back(pair);
    }
  }
  return pairs;
}

GroundCost ReadGroundCost(const std::string& name, double p) {
  try {
    const GroundCost cost = CostOfName(name);
    return p == 1 ? cost : cost.Power(p);
  } catch (const std::invalid_argument& error) {
    throw DataError(name + ": " + error.what());
  }
}

TransportCosts ReadTransportCosts(const std::string& name, double p) {
  const std::string points = kPoints;
  if (name.compare(0, points.size(), points) == 0) {
    const std::vector<Point2> places = ReadPoints(name.substr(points.size()));
    if (places.size() > static_cast<size_t>(kMaxTransportCells)) {
      try {
        return TransportCosts::Points(places, places, p);
      } catch (const std::invalid_argument& error) {
        throw DataError(name + ": " + error.what());
      }
    }
  }
  try {
    return TransportCosts::Matrix(ReadGroundCost(name, p));
  } catch (const std::invalid_argument& error) {
    throw DataError(name + ": " + error.what());
  }
}

}  // namespace demd
