#include "models/plots/look.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace demd {
namespace {

constexpr double kLegendSize = 14;
constexpr double kLegendRow = 22;
constexpr double kLegendSample = 34;  // length of the piece of line
constexpr double kLegendGap = 22;     // between entries

constexpr int kAnchors = 10;
// White, then YlGnBu in nine classes.
constexpr uint8_t kAnchorColours[kAnchors][3] = {
    {255, 255, 255}, {255, 255, 217}, {237, 248, 177}, {199, 233, 180}, {127, 205, 187},
    {65, 182, 196},  {29, 145, 192},  {34, 94, 168},   {37, 52, 148},   {8, 29, 88}};

std::string Hexadecimal(const std::array<int, 3>& colour) {
  static const char kDigits[] = "0123456789abcdef";
  std::string text = "#";
  for (const int channel : colour) {
    text += kDigits[channel / 16];
    text += kDigits[channel % 16];
  }
  return text;
}

double EntryWidth(const LegendEntry& entry) {
  return kLegendSample + 6 + TextWidth(entry.label, kLegendSize) + kLegendGap;
}

std::vector<Point2> MarkerOutline(Point2 c, double r, Marker marker) {
  switch (marker) {
    case Marker::kSquare:
      r *= 0.9;
      return {{c.x - r, c.y - r}, {c.x + r, c.y - r}, {c.x + r, c.y + r}, {c.x - r, c.y + r}};
    case Marker::kTriangle:
      r *= 1.15;
      return {{c.x, c.y - r}, {c.x + r, c.y + 0.75 * r}, {c.x - r, c.y + 0.75 * r}};
    case Marker::kTriangleDown:
      r *= 1.15;
      return {{c.x, c.y + r}, {c.x + r, c.y - 0.75 * r}, {c.x - r, c.y - 0.75 * r}};
    case Marker::kDiamond:
    case Marker::kCircle:
      break;
  }
  r *= 1.3;
  return {{c.x, c.y - r}, {c.x + r, c.y}, {c.x, c.y + r}, {c.x - r, c.y}};
}

// Calls draw(entry, place) with each entry's corner; returns the height.
template <typename Draw>
double PlaceEntries(Point2 corner, double width, const std::vector<LegendEntry>& entries,
                    const Draw& draw) {
  double x = 0;
  double y = 0;
  for (const LegendEntry& entry : entries) {
    if (x > 0 && x + EntryWidth(entry) - kLegendGap > width) {
      x = 0;
      y += kLegendRow;
    }
    draw(entry, Point2{corner.x + x, corner.y + y});
    x += EntryWidth(entry);
  }
  return entries.empty() ? 0 : y + kLegendRow;
}

}  // namespace

Look MainLook(int i) {
  static const char* const kColours[kMainLooks] = {"#0072B2", "#D55E00", "#009E73",
                                                   "#E69F00", "#CC79A7", "#56B4E9"};
  static const char* const kDashes[] = {"", "8 3", "2 2.5", "9 3 2 3", "5 3", "12 4 2 4 2 4"};
  constexpr Marker kMarkers[] = {Marker::kCircle, Marker::kSquare, Marker::kTriangle,
                                 Marker::kDiamond, Marker::kTriangleDown};
  const int lap = i / kMainLooks;
  return {kColours[i % kMainLooks], kDashes[(i + lap) % 6], kMarkers[(i + 2 * lap) % 5], false};
}

Look QuietLook(int i) {
  static const char* const kColours[] = {"#000000", "#6b6b6b", "#9a9a9a", "#4d4d4d"};
  static const char* const kDashes[] = {"3 3", "7 3 2 3", "1.5 3", "10 4"};
  constexpr Marker kMarkers[] = {Marker::kDiamond, Marker::kSquare, Marker::kTriangleDown,
                                 Marker::kTriangle, Marker::kCircle};
  return {kColours[i % 4], kDashes[(i + i / 4) % 4], kMarkers[i % 5], true};
}

std::string SequentialColour(double fraction) {
  const double place = std::clamp(fraction, 0.0, 1.0) * (kAnchors - 1);
  const int lower = std::min(static_cast<int>(place), kAnchors - 2);
  const double weight = place - lower;
  std::array<int, 3> colour{};
  for (size_t c = 0; c < 3; ++c) {
    const double mixed =
        (1 - weight) * kAnchorColours[lower][c] + weight * kAnchorColours[lower + 1][c];
    colour[c] = static_cast<int>(std::nearbyint(mixed));
  }
  return Hexadecimal(colour);
}

bool IsDark(double fraction) { return fraction > 0.58; }

void DrawMarker(Svg* svg, Point2 centre, double radius, const Look& look) {
  Paint paint = Stroked(look.open ? look.colour : "#ffffff", look.open ? 1.4 : 0.8);
  paint.fill = look.open ? "#ffffff" : look.colour;
  if (look.marker == Marker::kCircle) {
    svg->Circle(centre, radius, paint);
  } else {
    svg->Polygon(MarkerOutline(centre, radius, look.marker), paint);
  }
}

double DrawLegend(Svg* svg, Point2 corner, double width, const std::vector<LegendEntry>& entries) {
  return PlaceEntries(corner, width, entries, [&](const LegendEntry& entry, Point2 at) {
    const double middle = at.y + 0.5 * kLegendRow;
    svg->Line({at.x, middle}, {at.x + kLegendSample, middle},
              Stroked(entry.look.colour, 2.2, entry.look.dash));
    DrawMarker(svg, {at.x + 0.5 * kLegendSample, middle}, 4.5, entry.look);
    TextStyle style;
    style.size = kLegendSize;
    svg->Text({at.x + kLegendSample + 6, middle + 0.35 * kLegendSize}, entry.label, style);
  });
}

double LegendHeight(double width, const std::vector<LegendEntry>& entries) {
  return PlaceEntries({0, 0}, width, entries, [](const LegendEntry&, Point2) {});
}

}  // namespace demd
