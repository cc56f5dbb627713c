#include "models/networks/encoder_start.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "emd/metric.h"
#include "engine/portable_math.h"
#include "models/wafer.h"

namespace demd {
namespace {

constexpr int kCodes = 16;
constexpr int kFilters = 8;
constexpr int kPixelsPerBlock = 4;
constexpr float kLargestWeight = 0.9f;  // below the end of every profile's format
constexpr double kWidth = 2.0;          // cell pitches
constexpr float kShareKept = 0.3f;
constexpr int kRounds = 50;

double Distance(Point2 a, Point2 b) {
  return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y));
}

// The centre nearest to a point, and how far it is.
struct Nearest {
  size_t centre = 0;
  double distance = std::numeric_limits<double>::infinity();
};
Nearest NearestOf(Point2 point, const std::vector<Point2>& centres) {
  Nearest nearest;
  for (size_t j = 0; j < centres.size(); ++j) {
    const double distance = Distance(point, centres[j]);
    if (distance < nearest.distance) nearest = {j, distance};
  }
  return nearest;
}

// Points spread evenly: each new one as far as can be from the others, then k-means.
std::vector<Point2> SpreadCentres(const std::vector<Point2>& cells) {
  std::vector<Point2> centres = {cells[0]};
  while (centres.size() < kCodes) {
    centres.push_back(*std::max_element(cells.begin(), cells.end(), [&](Point2 a, Point2 b) {
      return NearestOf(a, centres).distance < NearestOf(b, centres).distance;
    }));
  }
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Point2> sums(kCodes, {0.0, 0.0});
    std::vector<double> counts(kCodes, 0.0);
    for (const Point2& cell : cells) {
      const size_t j = NearestOf(cell, centres).centre;
      sums[j] = {sums[j].x + cell.x, sums[j].y + cell.y};
      counts[j] += 1.0;
    }
    for (size_t j = 0; j < kCodes; ++j) {
      if (counts[j] > 0.0) centres[j] = {sums[j].x / counts[j], sums[j].y / counts[j]};
    }
  }
  return centres;
}

}  // namespace

void SetLocalSums(Tensor* conv_kernel, Tensor* dense_kernel) {
  for (int tap = 0; tap < 9; ++tap) {
    for (int filter = 0; filter < kFilters; ++filter) {
      const int pixel = filter % kPixelsPerBlock;
      const bool picked = tap == pixel / 2 * 3 + pixel % 2;
      (*conv_kernel)[tap * kFilters + filter] = picked ? kLargestWeight : 0.0f;
    }
  }
  for (int64_t i = 0; i < dense_kernel->size(); ++i) (*dense_kernel)[i] *= kShareKept;
  const std::vector<Point2> cells = HexagonCentres();
  const std::vector<Point2> centres = SpreadCentres(cells);
  for (size_t cell = 0; cell < cells.size(); ++cell) {
    const int row = kCellPixels[cell] / kImageSide;
    const int column = kCellPixels[cell] % kImageSide;
    const int block = row / 2 * (kImageSide / 2) + column / 2;
    const int pixel = row % 2 * 2 + column % 2;
    for (int code = 0; code < kCodes; ++code) {
      const double d = Distance(cells[cell], centres[static_cast<size_t>(code)]) / kWidth;
      const float weight = kLargestWeight * Exp(static_cast<float>(-0.5 * d * d));
      for (int filter = pixel; filter < kFilters; filter += kPixelsPerBlock) {
        (*dense_kernel)[(block * kFilters + filter) * kCodes + code] = weight;
      }
    }
  }
}

}  // namespace demd
