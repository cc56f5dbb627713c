#include "models/results/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "emd/batch.h"
#include "emd/metric.h"
#include "engine/error.h"
#include "engine/parallel.h"
#include "models/wafer.h"

namespace demd {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kBlock = 256;
constexpr size_t kCells = kWaferCells;

using Cells = std::array<double, kCells>;

template <typename T>
Cells CheckedRow(const T* rows, int64_t row, const char* side) {
  Cells cells;
  for (size_t i = 0; i < kCells; ++i) {
    cells[i] = static_cast<double>(rows[row * kWaferCells + static_cast<int64_t>(i)]);
    if (!(cells[i] >= 0) || std::isinf(cells[i])) {
      throw NumericError(std::string("metrics: ") + side + '[' + std::to_string(row) + "][" +
                         std::to_string(i) + "]: expected a finite charge >= 0, found " +
                         std::to_string(cells[i]));
    }
  }
  return cells;
}

double SumOf(const Cells& cells) {
  double sum = 0;
  for (const double x : cells) sum += x;
  return sum;
}

double ZeroFraction(const Cells& cells) {
  return static_cast<double>(std::count(cells.begin(), cells.end(), 0.0)) / kWaferCells;
}

Cells DividedBy(const Cells& cells, double sum) {
  Cells w;
  for (size_t i = 0; i < kCells; ++i) w[i] = cells[i] / sum;
  return w;
}

// The 48 centres and the inverse variances of their coordinates, in cell pitches.
struct Centres {
  std::vector<Point2> at = HexagonCentres();
  Point2 inverse_variance{};

  Centres() {
    Cells even;
    even.fill(1.0 / kWaferCells);
    const Point2 mean = MeanUnder(even);
    Point2 variance{0, 0};
    for (const Point2& r : at) {
      variance.x += (r.x - mean.x) * (r.x - mean.x) / kWaferCells;
      variance.y += (r.y - mean.y) * (r.y - mean.y) / kWaferCells;
    }
    inverse_variance = {1 / variance.x, 1 / variance.y};
  }

  Point2 MeanUnder(const Cells& w) const {
    Point2 mean{0, 0};
    for (size_t i = 0; i < kCells; ++i) {
      mean.x += w[i] * at[i].x;
      mean.y += w[i] * at[i].y;
    }
    return mean;
  }
};

// What the shape of one side is compared by.
struct Shape {
  Point2 mean;
  double rms;
  double peers_rms;
};

Shape ShapeOf(const Cells& w, const Centres& centres) {
  Shape shape{centres.MeanUnder(w), 0, 0};
  for (size_t i = 0; i < kCells; ++i) {
    const double dx = centres.at[i].x - shape.mean.x;
    const double dy = centres.at[i].y - shape.mean.y;
    shape.rms += w[i] * (dx * dx + dy * dy);
    shape.peers_rms +=
        w[i] * w[i] * (dx * dx * centres.inverse_variance.x + dy * dy * centres.inverse_variance.y);
  }
  shape.rms = std::sqrt(shape.rms);
  shape.peers_rms = std::sqrt(shape.peers_rms);
  return shape;
}

// By comparison, because the rounded mean of equal charges may differ from them.
bool HasSpread(const Cells& cells) {
  return *std::min_element(cells.begin(), cells.end()) <
         *std::max_element(cells.begin(), cells.end());
}

double Correlation(const Cells& a, const Cells& b) {
  if (!HasSpread(a) || !HasSpread(b)) return 0.0;
  const double mean_a = SumOf(a) / kWaferCells;
  const double mean_b = SumOf(b) / kWaferCells;
  double aa = 0;
  double bb = 0;
  double ab = 0;
  for (size_t i = 0; i < kCells; ++i) {
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
    ab += (a[i] - mean_a) * (b[i] - mean_b);
  }
  return ab / (std::sqrt(aa) * std::sqrt(bb));
}

// Everything but the EMD of row k.
void CompareRow(const Cells& before, const Cells& after, const Centres& centres, size_t k,
                WaferMetrics* metrics) {
  const double sum_before = SumOf(before);
  const double sum_after = SumOf(after);
  metrics->zero_fraction_before[k] = ZeroFraction(before);
  metrics->zero_fraction_after[k] = ZeroFraction(after);
  metrics->empty[k] = sum_after > 0 ? 0.0 : 1.0;
  if (!(sum_before > 0 && sum_after > 0)) return;
  const Shape a = ShapeOf(DividedBy(before, sum_before), centres);
  const Shape b = ShapeOf(DividedBy(after, sum_after), centres);
  const double dx = b.mean.x - a.mean.x;
  const double dy = b.mean.y - a.mean.y;
  metrics->mean_shift[k] = std::sqrt(dx * dx + dy * dy);
  metrics->rms_difference[k] = std::fabs(b.rms - a.rms);
  metrics->peers_rms_difference[k] = std::fabs(b.peers_rms - a.peers_rms);
  metrics->cross_correlation[k] = Correlation(before, after);
}

// Exact EMDs of the rows with charge on both sides, which are those with a mean shift.
void CompareByTransport(const int32_t* before, const float* after, WaferMetrics* metrics) {
  std::vector<size_t> rows;
  for (size_t k = 0; k < metrics->emd.size(); ++k) {
    if (!std::isnan(metrics->mean_shift[k])) rows.push_back(k);
  }
  std::vector<double> a(rows.size() * kCells);
  std::vector<double> b(rows.size() * kCells);
  for (size_t r = 0; r < rows.size(); ++r) {
    std::copy_n(before + rows[r] * kCells, kCells, &a[r * kCells]);
    std::copy_n(after + rows[r] * kCells, kCells, &b[r * kCells]);
  }
  std::vector<double> emd(rows.size());
  EmdOfRows(GroundCost::Hexagon(), a.data(), b.data(), static_cast<int64_t>(rows.size()),
            emd.data());
  for (size_t r = 0; r < rows.size(); ++r) metrics->emd[rows[r]] = emd[r];
}

}  // namespace

WaferMetrics CompareShapes(const int32_t* before, const float* after, int64_t n) {
  const std::vector<double> undefined(static_cast<size_t>(n), kUndefined);
  WaferMetrics metrics{undefined, undefined, undefined, undefined,
                       undefined, undefined, undefined, undefined};
  const Centres centres;
  ParallelForBlocks(n, kBlock, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      CompareRow(CheckedRow(before, k, "before"), CheckedRow(after, k, "after"), centres,
                 static_cast<size_t>(k), &metrics);
    }
  });
  return metrics;
}

WaferMetrics CompareWafers(const int32_t* before, const float* after, int64_t n) {
  WaferMetrics metrics = CompareShapes(before, after, n);
  CompareByTransport(before, after, &metrics);
  return metrics;
}

}  // namespace demd
