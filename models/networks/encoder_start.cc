#include "models/networks/encoder_start.h"

#include <algorithm>
#include <array>
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
constexpr int kBlocks = kImageSide / 2 * (kImageSide / 2);
constexpr int kPixelsPerBlock = 4;
constexpr float kLargestWeight = 0.96875f;  // 31/32, the ASIC's largest
constexpr double kWidth = 2.0;              // cell pitches
constexpr float kShareKept = 0.1f;
constexpr int kRounds = 50;

// The pixels of a 2x2 block, row by row, that each filter adds up: one, all, some pairs.
constexpr int kBlockFilter = 4;
constexpr bool kPicked[kFilters][kPixelsPerBlock] = {
    {true, false, false, false}, {false, true, false, false}, {false, false, true, false},
    {false, false, false, true}, {true, true, true, true},    {true, true, false, false},
    {true, false, true, false},  {true, false, false, true}};

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

// How much of each pixel a code takes; nothing of pixels without a cell.
using Weights = std::array<std::array<float, kPixelsPerBlock>, kBlocks>;
Weights WeightsAround(Point2 centre, const std::vector<Point2>& cells) {
  Weights weights = {};
  for (size_t cell = 0; cell < cells.size(); ++cell) {
    const int row = kCellPixels[cell] / kImageSide;
    const int column = kCellPixels[cell] % kImageSide;
    const int block = row / 2 * (kImageSide / 2) + column / 2;
    const double d = Distance(cells[cell], centre) / kWidth;
    weights[static_cast<size_t>(block)][static_cast<size_t>(row % 2 * 2 + column % 2)] =
        kLargestWeight * Exp(static_cast<float>(-0.5 * d * d));
  }
  return weights;
}

}  // namespace

void SetLocalSums(Tensor* conv_kernel, Tensor* dense_kernel) {
  for (int tap = 0; tap < 9; ++tap) {
    const bool in_block = tap / 3 < 2 && tap % 3 < 2;
    for (int filter = 0; filter < kFilters; ++filter) {
      const bool picked = in_block && kPicked[filter][tap / 3 * 2 + tap % 3];
      (*conv_kernel)[tap * kFilters + filter] = picked ? kLargestWeight : 0.0f;
    }
  }
  for (int64_t i = 0; i < dense_kernel->size(); ++i) (*dense_kernel)[i] *= kShareKept;
  const std::vector<Point2> cells = HexagonCentres();
  const std::vector<Point2> centres = SpreadCentres(cells);
  for (int code = 0; code < kCodes; ++code) {
    const Weights weights = WeightsAround(centres[static_cast<size_t>(code)], cells);
    for (int block = 0; block < kBlocks; ++block) {
      const auto& pixels = weights[static_cast<size_t>(block)];
      const float least = *std::min_element(pixels.begin(), pixels.end());
      if (least == 0.0f) continue;  // a block without cells: they fill blocks or leave them empty
      const auto weight = [&](int filter) -> float& {
        return (*dense_kernel)[(block * kFilters + filter) * kCodes + code];
      };
      for (int pixel = 0; pixel < kPixelsPerBlock; ++pixel) {
        weight(pixel) = pixels[static_cast<size_t>(pixel)] - least;
      }
      weight(kBlockFilter) = least;
    }
  }
}

}  // namespace demd
