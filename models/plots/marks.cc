#include "models/plots/marks.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "engine/portable_math.h"

namespace demd {
namespace {

constexpr int kCountLevels = 16;  // colours of a plot of counts

std::vector<Point2> MedianPoints(const std::vector<ProfileBin>& bins, int64_t least) {
  std::vector<Point2> points;
  for (const ProfileBin& bin : bins) {
    points.push_back({bin.centre(), bin.n >= std::max<int64_t>(least, 1) ? bin.median : NAN});
  }
  return points;
}

// Runs of points between NaN ordinates.
std::vector<std::vector<Point2>> Pieces(const std::vector<Point2>& points) {
  std::vector<std::vector<Point2>> pieces(1);
  for (const Point2& point : points) {
    if (!std::isnan(point.y)) {
      pieces.back().push_back(point);
    } else if (!pieces.back().empty()) {
      pieces.emplace_back();
    }
  }
  if (pieces.back().empty()) pieces.pop_back();
  return pieces;
}

double CountFraction(int64_t count, int64_t largest) {
  return Log1p(static_cast<double>(count)) / Log1p(static_cast<double>(largest));
}

// The colour of a level 1 .. kCountLevels. One hit must be told from none: start beyond white.
std::string LevelColour(int level) { return SequentialColour(0.12 + 0.88 * level / kCountLevels); }

std::vector<Point2> SquareOutline(const Panel& panel, double left, double low, double side) {
  return {panel.At(left, low), panel.At(left + side, low), panel.At(left + side, low + side),
          panel.At(left, low + side)};
}

void DrawBandPiece(const Panel& panel, const std::vector<const ProfileBin*>& bins,
                   const Look& look) {
  if (bins.empty()) return;
  std::vector<Point2> lower;
  std::vector<Point2> upper;
  // A band of one bin has its width; longer ones go from centre to centre.
  const bool lonely = bins.size() == 1;
  for (const ProfileBin* bin : bins) {
    lower.push_back(panel.At(lonely ? bin->low : bin->centre(), bin->q16));
    upper.push_back(panel.At(lonely ? bin->low : bin->centre(), bin->q84));
  }
  if (lonely) {
    lower.push_back(panel.At(bins[0]->high, bins[0]->q16));
    upper.push_back(panel.At(bins[0]->high, bins[0]->q84));
  }
  std::vector<Point2> outline = lower;
  outline.insert(outline.end(), upper.rbegin(), upper.rend());
  panel.svg().Polygon(outline, Filled(look.colour, 0.16));
  panel.svg().Polyline(lower, Stroked(look.colour, 0.8, look.dash));
  panel.svg().Polyline(upper, Stroked(look.colour, 0.8, look.dash));
}

}  // namespace

void DrawCurve(const Panel& panel, const std::vector<Point2>& points, const Look& look,
               double width, bool markers) {
  for (const std::vector<Point2>& piece : Pieces(points)) {
    std::vector<Point2> places;
    for (const Point2& point : piece) places.push_back(panel.At(point.x, point.y));
    if (places.size() > 1) {
      panel.svg().Polyline(places, Stroked(look.colour, width, look.dash));
    }
    if (!markers && places.size() > 1) continue;
    for (const Point2& place : places) DrawMarker(&panel.svg(), place, 2 * width, look);
  }
}

void DrawMedians(const Panel& panel, const std::vector<ProfileBin>& bins, const Look& look,
                 int64_t least, double width, bool markers) {
  DrawCurve(panel, MedianPoints(bins, least), look, width, markers);
}

void DrawBand(const Panel& panel, const std::vector<ProfileBin>& bins, const Look& look,
              int64_t least) {
  std::vector<const ProfileBin*> piece;
  for (const ProfileBin& bin : bins) {
    if (bin.n >= std::max<int64_t>(least, 1)) {
      piece.push_back(&bin);
    } else {
      DrawBandPiece(panel, piece, look);
      piece.clear();
    }
  }
  DrawBandPiece(panel, piece, look);
}

void DrawHistogram(const Panel& panel, const Histogram& histogram, const Look& look) {
  size_t first = 0;
  size_t last = histogram.counts.size();
  while (first < last && histogram.counts[first] == 0) ++first;
  while (first < last && histogram.counts[last - 1] == 0) --last;
  if (first == last) return;
  std::vector<Point2> outline = {panel.At(histogram.Edge(first), 0)};
  for (size_t i = first; i < last; ++i) {
    const double height = static_cast<double>(histogram.counts[i]);
    outline.push_back(panel.At(histogram.Edge(i), height));
    outline.push_back(panel.At(histogram.Edge(i + 1), height));
  }
  outline.push_back(panel.At(histogram.Edge(last), 0));
  panel.svg().Polygon(outline, Filled(look.colour, 0.25));
  panel.svg().Polyline(outline, Stroked(look.colour, 1.6));
}

void DrawPairCounts(const Panel& panel, const PairCounts& pairs) {
  const double side = (pairs.high - pairs.low) / pairs.bins;
  std::vector<std::vector<std::vector<Point2>>> levels(kCountLevels + 1);
  for (int row = 0; row < pairs.bins; ++row) {
    for (int column = 0; column < pairs.bins; ++column) {
      const int64_t count = pairs.counts[static_cast<size_t>(row * pairs.bins + column)];
      if (count == 0) continue;
      const double fraction = CountFraction(count, pairs.largest());
      const auto level = static_cast<size_t>(std::ceil(fraction * kCountLevels - 1e-9));
      levels[level].push_back(
          SquareOutline(panel, pairs.low + column * side, pairs.low + row * side, side));
    }
  }
  for (int level = 1; level <= kCountLevels; ++level) {
    Paint paint = Stroked(LevelColour(level), 0.4);  // closes hairlines between squares
    paint.fill = LevelColour(level);
    panel.svg().Polygons(levels[static_cast<size_t>(level)], paint);
  }
}

void DrawCountScale(const Panel& panel, int64_t largest) {
  const Box& box = panel.box();
  const double left = box.left + box.width + 12;
  const double step = box.height / kCountLevels;
  for (int level = 1; level <= kCountLevels; ++level) {
    panel.svg().Rectangle({left, box.top + box.height - level * step}, 12, step + 0.3,
                          Filled(LevelColour(level)));
  }
  panel.svg().Rectangle({left, box.top}, 12, box.height, Stroked("#1a1a1a", 1));
  TextStyle style;
  style.size = 12;
  double last = box.top + 2 * box.height;
  for (const int64_t mantissa_of_ten : {1, 10, 100, 1000, 10000, 100000, 1000000}) {
    if (mantissa_of_ten > largest) break;
    const double y =
        box.top + box.height * (1 - (largest == 1 ? 1.0 : CountFraction(mantissa_of_ten, largest)));
    if (last - y < 12) continue;
    last = y;
    panel.svg().Line({left + 8, y}, {left + 12, y}, Stroked("#1a1a1a", 1));
    panel.svg().Text({left + 16, y + 4}, CountText(mantissa_of_ten), style);
  }
}

}  // namespace demd
