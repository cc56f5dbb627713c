#include "models/networks/emd_regions.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "emd/metric.h"
#include "engine/portable_math.h"
#include "engine/random.h"

namespace demd {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kReach = 6.0;  // centres and lines lie this close to the middle, cell pitches
constexpr double kSharpest = 0.2;
constexpr double kSoftest = 2.0;

// The cells' centres from the middle of the wafer.
std::vector<Point2> CentredCells() {
  std::vector<Point2> cells = HexagonCentres();
  Point2 middle{0.0, 0.0};
  for (const Point2& cell : cells) {
    middle.x += cell.x / kHexagonCells;
    middle.y += cell.y / kHexagonCells;
  }
  for (Point2& cell : cells) cell = {cell.x - middle.x, cell.y - middle.y};
  return cells;
}

// Signed distances of the cells to a random edge.
class Edge {
 public:
  Edge(int64_t kind, RandomStream* random) : is_line_(kind % 3 == 0) {
    const double angle = random->Uniform(0.0, 2.0 * kPi);
    normal_ = {Cos(angle), Sin(angle)};
    offset_ = random->Uniform(-kReach, kReach);
    centre_ = {random->Uniform(-kReach, kReach), random->Uniform(-kReach, kReach)};
    radius_ = kind % 3 == 1 ? random->Uniform(0.8, 3.0) : random->Uniform(1.5, 8.0);
  }

  double DistanceOf(const Point2& p) const {
    if (is_line_) return p.x * normal_.x + p.y * normal_.y - offset_;
    const double dx = p.x - centre_.x;
    const double dy = p.y - centre_.y;
    return std::sqrt(dx * dx + dy * dy) - radius_;
  }

 private:
  bool is_line_;
  Point2 normal_;
  double offset_;
  Point2 centre_;
  double radius_;
};

}  // namespace

Tensor RandomRegions(int64_t count, uint64_t seed) {
  const std::vector<Point2> cells = CentredCells();
  Tensor regions(Shape{kHexagonCells, count});
  for (int64_t k = 0; k < count; ++k) {
    RandomStream random(seed, "regions", static_cast<uint64_t>(k));
    const Edge edge(k, &random);
    const double width = random.Uniform(kSharpest, kSoftest);
    for (int64_t i = 0; i < kHexagonCells; ++i) {
      const double distance = edge.DistanceOf(cells[static_cast<size_t>(i)]);
      regions[i * count + k] = static_cast<float>(std::clamp(distance / width, -1.0, 1.0));
    }
  }
  return regions;
}

}  // namespace demd
