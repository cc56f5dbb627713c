#include "models/simulation/simulation_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>
#include <utility>

#include "emd/batch.h"
#include "emd/metric.h"
#include "engine/error.h"
#include "engine/portable_math.h"
#include "models/statistics.h"

namespace demd {
namespace {

using Quantity = std::function<double(const Wafer&)>;

void RequireWafers(const std::vector<Wafer>& wafers) {
  if (wafers.empty()) throw NumericError("statistics: expected at least one wafer, found none");
}

std::vector<double> ValuesOf(const std::vector<Wafer>& wafers, const Quantity& quantity) {
  std::vector<double> values;
  values.reserve(wafers.size());
  for (const Wafer& wafer : wafers) values.push_back(quantity(wafer));
  return values;
}

double MeanOf(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double DeviationOf(const std::vector<double>& values) {
  const double mean = MeanOf(values);
  double sum = 0.0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

double InMipT(double counts) { return counts / kCountsPerMipT; }

// A published quantile and the tolerance of its comparison.
struct PublishedQuantile {
  int percent;
  double value;
  double tolerance;
};

void AddQuantiles(const std::string& name, std::vector<double> values,
                  const std::vector<PublishedQuantile>& published, std::vector<CheckRow>* rows) {
  std::sort(values.begin(), values.end());
  for (const PublishedQuantile& row : published) {
    rows->push_back({name + ", " + std::to_string(row.percent) + " %", row.value,
                     QuantileOfSorted(values, row.percent / 100.0), row.tolerance});
  }
}

std::vector<double> NonZeroCells(const std::vector<Wafer>& wafers) {
  std::vector<double> values;
  for (const Wafer& wafer : wafers) {
    for (const int32_t charge : wafer.charges) {
      if (charge > 0) values.push_back(InMipT(charge));
    }
  }
  return values;
}

// log(1 + charge) of one cell over all wafers, shifted and scaled to mean 0 and length 1; all 0
// when it never varies.
std::vector<double> StandardisedLog(const std::vector<Wafer>& wafers, uint32_t cell) {
  std::vector<double> values =
      ValuesOf(wafers, [cell](const Wafer& w) { return Log1p(double{1} * w.charges[cell]); });
  const double mean = MeanOf(values);
  double norm2 = 0.0;
  for (double& value : values) {
    value -= mean;
    norm2 += value * value;
  }
  for (double& value : values) value = norm2 > 0.0 ? value / std::sqrt(norm2) : 0.0;
  return values;
}

// What is left of a wafer; both [48].
using Reduction = std::function<void(size_t wafer, const int64_t* charges, int64_t* left)>;

void KeepLargest(int n, const int64_t* charges, int64_t* left) {
  std::array<int, kWaferCells> order;
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return charges[a] > charges[b]; });
  std::fill(left, left + kWaferCells, 0);
  for (int i = 0; i < n; ++i)
    left[order[static_cast<uint32_t>(i)]] = charges[order[static_cast<uint32_t>(i)]];
}

// The sums of 2x2 groups, each in its largest cell.
void KeepGroupSums(const int64_t* charges, int64_t* left) {
  std::fill(left, left + kWaferCells, 0);
  for (const int corner : {0, 2, 8, 10, 16, 18, 24, 26, 32, 34, 40, 42}) {
    int largest = corner;
    int64_t sum = 0;
    for (const int cell : {corner, corner + 1, corner + 4, corner + 5}) {
      sum += charges[cell];
      if (charges[cell] > charges[largest]) largest = cell;
    }
    left[largest] = sum;
  }
}

// Mean EMD between the first wafers and what is left of them.
double MeanEmd(const std::vector<Wafer>& wafers, const Reduction& reduce) {
  constexpr size_t kMostWafers = 2000;
  const size_t n = std::min(wafers.size(), kMostWafers);
  std::vector<int64_t> charges;
  for (size_t i = 0; i < n; ++i) {
    charges.insert(charges.end(), wafers[i].charges.begin(), wafers[i].charges.end());
  }
  std::vector<int64_t> left(charges.size());
  for (size_t i = 0; i < n; ++i) reduce(i, &charges[i * kWaferCells], &left[i * kWaferCells]);
  std::vector<double> emd(n);
  EmdOfRows(GroundCost::Hexagon(), charges.data(), left.data(), static_cast<int64_t>(n),
            emd.data());
  return MeanOf(emd);
}

void AddDistances(const std::vector<Wafer>& wafers, std::vector<CheckRow>* rows) {
  const auto add = [&](const char* name, double published, double tolerance,
                       const Reduction& reduce) {
    rows->push_back({name, published, MeanEmd(wafers, reduce), tolerance});
  };
  add("EMD to the uniform image", 2.476, .10,
      [](size_t, const int64_t*, int64_t* left) { std::fill(left, left + kWaferCells, 1); });
  add("EMD to the next wafer", 3.216, .13, [&](size_t i, const int64_t*, int64_t* left) {
    const Charges& next = wafers[(i + 1) % wafers.size()].charges;
    std::copy(next.begin(), next.end(), left);
  });
  for (const auto& [n, published] : {std::pair(4, 2.180), {6, 1.472}, {9, .846}, {14, .256}}) {
    const std::string name = "EMD to its " + std::to_string(n) + " largest cells";
    add(name.c_str(), published, .08,
        [n = n](size_t, const int64_t* charges, int64_t* left) { KeepLargest(n, charges, left); });
  }
  add("EMD to its sums of 2x2", .651, .03,
      [](size_t, const int64_t* charges, int64_t* left) { KeepGroupSums(charges, left); });
}

}  // namespace

double CorrelationAtDistance(const std::vector<Wafer>& wafers, double from, double to) {
  RequireWafers(wafers);
  std::array<std::vector<double>, kWaferCells> cells;
  for (uint32_t cell = 0; cell < kWaferCells; ++cell) {
    cells[cell] = StandardisedLog(wafers, cell);
  }
  const GroundCost distance = GroundCost::Hexagon();
  double sum = 0.0;
  int pairs = 0;
  for (uint32_t a = 0; a < kWaferCells; ++a) {
    for (uint32_t b = 0; b < a; ++b) {
      const double ab = distance(static_cast<int32_t>(a), static_cast<int32_t>(b));
      if (ab < from || ab >= to) continue;
      for (size_t i = 0; i < wafers.size(); ++i) sum += cells[a][i] * cells[b][i];
      ++pairs;
    }
  }
  return pairs == 0 ? 0.0 : sum / pairs;
}

std::vector<CheckRow> CheckUnsuppressed(const std::vector<Wafer>& wafers) {
  RequireWafers(wafers);
  const auto hits = ValuesOf(wafers, [](const Wafer& w) { return Occupancy(w.charges, 0); });
  const auto mips =
      ValuesOf(wafers, [](const Wafer& w) { return Occupancy(w.charges, kCountsPerMipT); });
  const auto log_sum = ValuesOf(wafers, [](const Wafer& w) {
    return Log(InMipT(static_cast<double>(ChargeSum(w.charges)))) / Log(10.0);
  });
  std::vector<CheckRow> rows;
  AddQuantiles("cells > 0", hits, {{16, 3, 1}, {50, 10, 2}, {84, 36, 8}}, &rows);
  AddQuantiles("cells > 1 MIP_T", mips, {{16, 0, 0}, {50, 1, 1}, {84, 7, 2}}, &rows);
  rows.push_back({"cells > 1 MIP_T, mean", 2.8, MeanOf(mips), 0.5});
  AddQuantiles("log10(sum / MIP_T)", log_sum, {{16, -.34, .15}, {50, .56, .15}, {84, 1.17, .15}},
               &rows);
  return rows;
}

std::vector<CheckRow> CheckZeroSuppressed(const std::vector<Wafer>& wafers) {
  RequireWafers(wafers);
  const auto cells = ValuesOf(wafers, [](const Wafer& w) { return Occupancy(w.charges, 0); });
  const auto sum = ValuesOf(
      wafers, [](const Wafer& w) { return InMipT(static_cast<double>(ChargeSum(w.charges))); });
  const auto largest =
      ValuesOf(wafers, [](const Wafer& w) { return InMipT(LargestCharge(w.charges)); });
  const auto share = ValuesOf(wafers, [](const Wafer& w) {
    return LargestCharge(w.charges) / static_cast<double>(ChargeSum(w.charges));
  });
  std::vector<CheckRow> rows;
  rows.push_back({"occupancy, mean", 15.29, MeanOf(cells), 0.5});
  rows.push_back({"occupancy, deviation", 4.53, DeviationOf(cells), 0.3});
  AddQuantiles("occupancy", cells,
               {{1, 6, 1},
                {5, 8, 1},
                {16, 11, 1},
                {25, 12, 1},
                {50, 15, 1},
                {75, 18, 1},
                {84, 20, 1},
                {95, 23, 1},
                {99, 27, 2}},
               &rows);
  AddQuantiles("sum / MIP_T", sum,
               {{1, 13.7, 1.5},
                {5, 22.0, 2},
                {16, 29.7, 2},
                {25, 34.9, 2},
                {50, 45.9, 2},
                {75, 59.9, 3},
                {84, 67.1, 4},
                {95, 87.2, 6},
                {99, 123.2, 12}},
               &rows);
  AddQuantiles("largest / MIP_T", largest,
               {{1, 2.9, .3},
                {5, 3.8, .3},
                {16, 5.0, .4},
                {25, 5.6, .4},
                {50, 7.4, .5},
                {75, 10.3, 1},
                {84, 13.1, 1.5},
                {95, 22.8, 3},
                {99, 47.5, 9}},
               &rows);
  AddQuantiles("largest / sum", share,
               {{1, .085, .01},
                {5, .101, .01},
                {16, .124, .01},
                {25, .136, .01},
                {50, .170, .015},
                {75, .224, .02},
                {84, .264, .02},
                {95, .388, .04},
                {99, .546, .06}},
               &rows);
  AddQuantiles("non-zero cell / MIP_T", NonZeroCells(wafers),
               {{50, 2.42, .15}, {84, 4.53, .3}, {95, 7.3, .6}, {99, 14.1, 2}}, &rows);
  rows.push_back({"correlation at 2", .112, CorrelationAtDistance(wafers, 1.5, 2.4), .03});
  rows.push_back({"correlation at 3.46", .027, CorrelationAtDistance(wafers, 2.8, 3.75), .015});
  rows.push_back({"correlation at 4", .017, CorrelationAtDistance(wafers, 3.75, 4.4), .015});
  rows.push_back({"correlation at 5-7", .014, CorrelationAtDistance(wafers, 5, 7), .010});
  rows.push_back({"correlation at 7-10", .011, CorrelationAtDistance(wafers, 7, 10), .010});
  rows.push_back({"correlation beyond 10", .003, CorrelationAtDistance(wafers, 10, 99), .008});
  AddDistances(wafers, &rows);
  return rows;
}

std::string CheckTable(const std::vector<CheckRow>& rows) {
  std::string table = "quantity                    published  simulated  tolerance\n";
  for (const CheckRow& row : rows) {
    char line[128];
    std::snprintf(line, sizeof line, "%-26s %10.3f %10.3f %10.3f  %s\n", row.quantity.c_str(),
                  row.published, row.simulated, row.tolerance, row.Agrees() ? "ok" : "differs");
    table += line;
  }
  return table;
}

}  // namespace demd
