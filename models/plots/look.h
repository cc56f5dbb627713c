#ifndef DEMD_MODELS_PLOTS_LOOK_H_
#define DEMD_MODELS_PLOTS_LOOK_H_

#include <string>
#include <vector>

#include "models/plots/svg.h"

namespace demd {

/// Shape of the mark at a data point.
enum class Marker { kCircle, kSquare, kTriangle, kDiamond, kTriangleDown };

/// How one thing looks in every figure: colour, dashes and marker each tell it apart from the
/// others, so that nothing is lost in grey print or to a colour-blind eye.
struct Look {
  std::string colour;
  std::string dash;  ///< as in Paint
  Marker marker = Marker::kCircle;
  bool open = false;  ///< marker with a white inside
};

/// Number of looks that differ in colour; beyond it colours repeat with other dashes and markers.
inline constexpr int kMainLooks = 6;

/// The palette of Okabe and Ito ("Color Universal Design", 2008), without its yellow, which fades
/// on white paper. i >= 0.
Look MainLook(int i);
/// Greys and dashes for what is shown for comparison. i >= 0.
Look QuietLook(int i);

/// Colours for quantities from 0 to 1: light to dark, evenly darker in grey too ("YlGnBu" of
/// C. Brewer, colorbrewer2.org). Values beyond are clamped. "#rrggbb".
std::string SequentialColour(double fraction);
/// Whether text on that colour must be white to be read.
bool IsDark(double fraction);

/// One marker, about 2 * radius wide.
void DrawMarker(Svg* svg, Point2 centre, double radius, const Look& look);

/// A line of the legend.
struct LegendEntry {
  std::string label;
  Look look;
};

/// Entries in rows from left to right, as many rows as `width` needs. Returns the height taken.
double DrawLegend(Svg* svg, Point2 corner, double width, const std::vector<LegendEntry>& entries);
double LegendHeight(double width, const std::vector<LegendEntry>& entries);

}  // namespace demd

#endif  // DEMD_MODELS_PLOTS_LOOK_H_
