#include "models/report/wafer_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>

#include "models/plots/look.h"
#include "models/plots/panel.h"

namespace demd {
namespace {

// Corners and centres of the sensor cells lie on a lattice: x in steps of sqrt(3)/12 cell pitches
// (sensor cells are flat at top and bottom), y in steps of 1/4.
struct LatticePoint {
  int x;
  int y;
  bool operator==(const LatticePoint& other) const { return x == other.x && y == other.y; }
};
constexpr double kStepX = 0.14433756729740643;
constexpr double kStepY = 0.25;
constexpr int kCorners = 6;
constexpr LatticePoint kSensorCorners[kCorners] = {{4, 0},  {2, 2},   {-2, 2},
                                                   {-4, 0}, {-2, -2}, {2, -2}};
// The four sensor cells of a trigger cell around its centre, in each rhombus: half a step along one
// side and half a step along the other.
constexpr LatticePoint kSensorCells[3][4] = {{{3, -3}, {3, 1}, {-3, 3}, {-3, -1}},
                                             {{3, 3}, {3, -1}, {-3, -3}, {-3, 1}},
                                             {{-6, 0}, {6, 0}, {0, 2}, {0, -2}}};

struct Edge {
  LatticePoint from;
  LatticePoint to;
};

// The edges of four sensor cells that are not shared by two of them, counter-clockwise.
std::vector<Edge> OuterEdges(int rhombus) {
  std::vector<Edge> outer;
  for (const LatticePoint& cell : kSensorCells[rhombus]) {
    for (int i = 0; i < kCorners; ++i) {
      const LatticePoint a = kSensorCorners[i];
      const LatticePoint b = kSensorCorners[(i + 1) % kCorners];
      const Edge edge{{cell.x + a.x, cell.y + a.y}, {cell.x + b.x, cell.y + b.y}};
      const auto twin = std::find_if(outer.begin(), outer.end(), [&](const Edge& other) {
        return other.from == edge.to && other.to == edge.from;
      });
      if (twin == outer.end()) {
        outer.push_back(edge);
      } else {
        outer.erase(twin);
      }
    }
  }
  return outer;
}

// The same as a closed path around the centre of the trigger cell, in cell pitches.
std::vector<Point2> OutlineAroundCentre(int rhombus) {
  const std::vector<Edge> edges = OuterEdges(rhombus);
  std::vector<Point2> path;
  LatticePoint at = edges.front().from;
  for (size_t i = 0; i < edges.size(); ++i) {
    path.push_back({at.x * kStepX, at.y * kStepY});
    const auto next =
        std::find_if(edges.begin(), edges.end(), [&](const Edge& edge) { return edge.from == at; });
    at = next->to;
  }
  return path;
}

Box BoundsOf(const std::vector<std::vector<Point2>>& outlines) {
  Point2 low = outlines[0][0];
  Point2 high = low;
  for (const std::vector<Point2>& outline : outlines) {
    for (const Point2& point : outline) {
      low = {std::min(low.x, point.x), std::min(low.y, point.y)};
      high = {std::max(high.x, point.x), std::max(high.y, point.y)};
    }
  }
  return {low.x, high.y, high.x - low.x, high.y - low.y};
}

std::string WaferColour(double value, double largest) {
  if (!(value > 0.0) || !(largest > 0.0)) return SequentialColour(0.0);
  return SequentialColour(std::sqrt(value / largest));
}

}  // namespace

std::vector<std::vector<Point2>> TriggerCellOutlines() {
  const std::array<std::vector<Point2>, 3> shapes = {OutlineAroundCentre(0), OutlineAroundCentre(1),
                                                     OutlineAroundCentre(2)};
  const std::vector<Point2> centres = HexagonCentres();
  std::vector<std::vector<Point2>> outlines;
  for (size_t cell = 0; cell < kWaferCells; ++cell) {
    std::vector<Point2> outline = shapes[cell / kCellsPerRhombus];
    for (Point2& point : outline) point = {point.x + centres[cell].x, point.y + centres[cell].y};
    outlines.push_back(outline);
  }
  return outlines;
}

double WaferPictureAspect() {
  const Box bounds = BoundsOf(TriggerCellOutlines());
  return bounds.height / bounds.width;
}

void DrawWafer(Svg* svg, Point2 corner, double width, const std::vector<double>& values,
               double largest) {
  std::vector<std::vector<Point2>> outlines = TriggerCellOutlines();
  const Box bounds = BoundsOf(outlines);
  const double scale = width / bounds.width;
  for (size_t cell = 0; cell < outlines.size(); ++cell) {
    for (Point2& point : outlines[cell]) {
      point = {corner.x + scale * (point.x - bounds.left),
               corner.y + scale * (bounds.top - point.y)};
    }
    Paint paint = Stroked("#8c8c8c", 0.6);
    paint.fill = WaferColour(values[cell], largest);
    svg->Polygon(outlines[cell], paint);
  }
}

void DrawWaferScale(Svg* svg, Point2 corner, double height, double largest) {
  constexpr int kLevels = 32;
  constexpr double kWidth = 12;
  const double step = height / kLevels;
  for (int level = 0; level < kLevels; ++level) {
    const double value = largest * (level + 0.5) / kLevels;
    svg->Rectangle({corner.x, corner.y + height - (level + 1) * step}, kWidth, step + 0.3,
                   Filled(WaferColour(value, largest)));
  }
  svg->Rectangle(corner, kWidth, height, Stroked("#1a1a1a", 1));
  TextStyle style;
  style.size = 12;
  const Axis axis{"", 0.0, 100.0 * std::max(largest, 1e-6), false};
  for (const Tick& tick : MakeTicks(axis, 4)) {
    const double y = corner.y + height * (1 - tick.value / axis.high);
    svg->Line({corner.x + kWidth - 4, y}, {corner.x + kWidth, y}, Stroked("#1a1a1a", 1));
    svg->Text({corner.x + kWidth + 4, y + 4}, tick.label + "\u202F%", style);
  }
}

}  // namespace demd
