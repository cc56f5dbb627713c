#include "emd/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "emd/certificate.h"
#include "emd/histogram_file.h"
#include "engine/error.h"
#include "engine/io/csv.h"
#include "engine/io/file.h"
#include "engine/io/npy.h"
#include "engine/parallel.h"
#include "tests/error_message.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

const char* const kReference = DEMD_SOURCE_DIR "/tests/emd/emd_reference_synthetic.csv";

std::vector<PairComparison> Compare(const GroundCost& cost, const Histograms& a,
                                    const Histograms& b, const RowPairs& pairs,
                                    const ComparisonOptions& options = {}) {
  std::vector<PairComparison> found;
  CompareRows(cost, a, b, pairs, options, [&](const PairComparison& pair) {
    found.push_back(pair);
    return true;
  });
  return found;
}

std::vector<double> ReferenceDistances() {
  CsvReader reader(kReference);
  CsvSelection selection;
  selection.real_columns = {reader.Column("emd")};
  CsvRows rows;
  reader.Read(selection, 1000, &rows);
  return rows.reals;
}

TEST(Comparison, AgreesWithTheReferenceFileFromCsvAndFromNpy) {
  const GroundCost cost = ReadGroundCost("hexagon");
  const Histograms a = ReadHistograms(kReference, 48, "a");
  const Histograms b = ReadHistograms(kReference, 48, "b");
  const std::vector<double> expected = ReferenceDistances();
  ASSERT_EQ(a.n_rows, 304);
  EXPECT_TRUE(a.are_integers);
  const TemporaryDirectory directory;
  WriteNpy(directory.File("a.npy"), {304, 48}, a.masses);
  const Histograms from_npy = ReadHistograms(directory.File("a.npy"), 48, "");
  for (const Histograms* left : {&a, &from_npy}) {
    const std::vector<PairComparison> found = Compare(cost, *left, b, RowPairs::Matching(304));
    ASSERT_EQ(found.size(), expected.size());
    for (size_t k = 0; k < found.size(); ++k) {
      EXPECT_NEAR(found[k].distance, expected[k], 1e-9) << "row " << k;
    }
  }
}

TEST(Comparison, HandsOverPairsInOrderForEveryThreadCount) {
  const GroundCost cost = ReadGroundCost("hexagon");
  const Histograms a = ReadHistograms(kReference, 48, "a");
  const Histograms b = ReadHistograms(kReference, 48, "b");
  std::vector<double> first;
  for (int threads = 1; threads <= 3; ++threads) {
    SetThreadCount(threads);
    std::vector<double> distances;
    int64_t k = 0;
    CompareRows(cost, a, b, RowPairs::AllWithAll(20, 304), {}, [&](const PairComparison& pair) {
      EXPECT_EQ(pair.rows.a, k / 304);
      EXPECT_EQ(pair.rows.b, k % 304);
      distances.push_back(pair.distance);
      return ++k < 6000;
    });
    if (threads == 1) first = distances;
    EXPECT_EQ(distances.size(), 6000u);
    EXPECT_EQ(distances, first);
  }
  SetThreadCount(1);
}

TEST(Comparison, MoreThan64CellsAreCompared) {
  constexpr int32_t kCells = 100;
  const TemporaryDirectory directory;
  std::vector<double> places;
  for (int32_t k = 0; k < kCells; ++k) {
    places.push_back(k);
    places.push_back(2);
  }
  WriteNpy(directory.File("points.npy"), {kCells, 2}, places);
  Histograms rows;
  rows.path = "rows";
  rows.n_rows = 3;
  rows.n_cells = kCells;
  rows.masses.assign(3 * kCells, 0);
  rows.masses[10] = 1;                 // row 0: all at 10
  rows.masses[kCells + 70] = 2;        // row 1: all at 70
  rows.masses[2 * kCells + 10] = 1.5;  // row 2: a half at 10, a half at 90
  rows.masses[2 * kCells + 90] = 1.5;
  for (const double p : {1.0, 2.0}) {
    const std::string name = "points:" + directory.File("points.npy");
    const TransportCosts costs = ReadTransportCosts(name, p);
    EXPECT_TRUE(costs.has_points());
    const double row_1_to_2 = (std::pow(60, p) + std::pow(20, p)) / 2;
    for (const bool integers : {false, true}) {
      rows.are_integers = integers;
      if (integers) rows.masses[2 * kCells + 10] = rows.masses[2 * kCells + 90] = 3;
      std::vector<double> found;
      ComparisonOptions options;
      options.plan = true;
      options.duals = true;
      CompareRows(costs, rows, rows, RowPairs::AllWithAll(3, 3), options,
                  [&](const PairComparison& pair) {
                    found.push_back(pair.distance);
                    EXPECT_EQ(pair.duals.size(), 2U * kCells);
                    EXPECT_FALSE(pair.plan.empty());
                    return true;
                  });
      const std::vector<double> expected = {
          0, std::pow(60, p), std::pow(80, p) / 2, std::pow(60, p),
          0, row_1_to_2,      std::pow(80, p) / 2, row_1_to_2,
          0};
      ASSERT_EQ(found.size(), expected.size());
      for (size_t k = 0; k < found.size(); ++k) EXPECT_NEAR(found[k], expected[k], 1e-9) << k;
    }
    // The same through the matrix.
    const std::vector<PairComparison> by_matrix =
        Compare(ReadGroundCost(name, p), rows, rows, RowPairs::Listed({{1, 2}}));
    EXPECT_NEAR(by_matrix[0].distance, row_1_to_2, 1e-9);
  }
}

TEST(Comparison, PlansAndDualsBelongToTheDistance) {
  const GroundCost cost = ReadGroundCost("hexagon").Power(2);
  const Histograms a = ReadHistograms(kReference, 48, "a");
  const Histograms b = ReadHistograms(kReference, 48, "b");
  ComparisonOptions options;
  options.plan = true;
  options.duals = true;
  options.root = 2;
  for (const PairComparison& pair :
       Compare(cost, a, b, RowPairs::Listed({{3, 4}, {10, 2}, {0, 303}}), options)) {
    double moved = 0;
    for (const PlanEntry& entry : pair.plan) {
      moved += static_cast<double>(entry.mass) / static_cast<double>(pair.total) *
               cost(entry.source, entry.sink);
    }
    EXPECT_NEAR(moved, pair.distance * pair.distance, 1e-12);
    double value = 0;
    double sum_a = 0;
    double sum_b = 0;
    for (int32_t i = 0; i < 48; ++i) {
      sum_a += a.row(pair.rows.a)[i];
      sum_b += b.row(pair.rows.b)[i];
    }
    for (int32_t i = 0; i < 48; ++i) {
      value += pair.duals[static_cast<size_t>(i)] * a.row(pair.rows.a)[i] / sum_a;
      value += pair.duals[static_cast<size_t>(48 + i)] * b.row(pair.rows.b)[i] / sum_b;
    }
    EXPECT_NEAR(value, moved, 1e-11);
  }
}

TEST(Comparison, NamesTheLineThatCannotBeCompared) {
  const TemporaryDirectory directory;
  WriteFile(directory.File("a.csv"), "x,y\n1,2\n0,0\n");
  WriteFile(directory.File("p.csv"), "0,0\n1,0\n");
  const GroundCost cost = ReadGroundCost("points:" + directory.File("p.csv"));
  const Histograms a = ReadHistograms(directory.File("a.csv"), 2, "");
  EXPECT_EQ(ErrorMessage<NumericError>([&] { Compare(cost, a, a, RowPairs::Matching(2)); }),
            directory.File("a.csv") + ":3, " + directory.File("a.csv") +
                ":3: expected some mass on both sides, found none");
}

TEST(HistogramFile, SaysWhatIsWrongWithAFile) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("a.csv");
  WriteFile(path, "1,2\n3,-4\n");
  EXPECT_EQ(ErrorMessage([&] { ReadHistograms(path, 2, ""); }),
            path + ":2: cell 1: expected a mass of at least 0, found -4.000000");
  EXPECT_EQ(ErrorMessage([&] { ReadHistograms(path, 3, ""); }),
            path + ": expected at least 3 columns, found 2");
  EXPECT_EQ(ErrorMessage([&] { ReadHistograms(path, 2, "a"); }),
            path + ": expected a header with columns a0, ...");
  EXPECT_EQ(ErrorMessage([&] { ReadRowPairs(path, 2, 2); }).find(path + ":"), 0u);
  WriteFile(path, "row_a,row_b\n1,0\n0,2\n");
  EXPECT_EQ(ErrorMessage([&] { ReadRowPairs(path, 2, 2); }),
            path + ":3: expected rows below 2 and 2, found 0 and 2");
  EXPECT_THROW(ReadGroundCost("squares"), UsageError);
  WriteFile(path, "0,-1\n1,0\n");
  EXPECT_EQ(ErrorMessage([&] { ReadGroundCost("matrix:" + path, 2); }),
            "matrix:" + path + ": power of a ground cost: an entry is negative");
  EXPECT_THROW(ReadGroundCost("points:" + directory.File("none.csv")), DataError);
}

TEST(HistogramFile, RecognisesAMetricAmongMatrices) {
  const TemporaryDirectory directory;
  WriteFile(directory.File("metric.csv"), "0,1\n1,0\n");
  WriteFile(directory.File("other.csv"), "0,1\n2,0\n");
  WriteFile(directory.File("wide.csv"), "0,1,5\n2,0,3\n");
  EXPECT_TRUE(ReadGroundCost("matrix:" + directory.File("metric.csv")).is_metric());
  EXPECT_FALSE(ReadGroundCost("matrix:" + directory.File("other.csv")).is_metric());
  EXPECT_EQ(ReadGroundCost("matrix:" + directory.File("wide.csv")).m(), 3);
}

}  // namespace
}  // namespace demd
