#ifndef DEMD_MODELS_PLOTS_PANEL_H_
#define DEMD_MODELS_PLOTS_PANEL_H_

#include <string>
#include <vector>

#include "models/plots/svg.h"

namespace demd {

/// One axis of a plot, from `low` to `high`, low < high.
struct Axis {
  std::string label;  ///< with the unit: "EMD [cell pitches]"
  double low = 0.0;
  double high = 1.0;
  bool logarithmic = false;  ///< to base 10; needs low > 0
  bool whole = false;        ///< counts: nothing is marked between whole numbers; linear only
};

/// A place on an axis that is marked by its number.
struct Tick {
  double value;
  std::string label;
};

/// About `wanted` ticks, but at least two, on round numbers within the axis, in rising order.
/// Linear: multiples of 1, 2 or 5 times a power of ten. Logarithmic: powers of ten, with 2 and 5
/// times these where there are few of them; like a linear axis where even these are too few.
std::vector<Tick> MakeTicks(const Axis& axis, int wanted);

/// Unmarked places between ticks, at which a short stroke helps the eye.
std::vector<double> MakeMinorTicks(const Axis& axis, int wanted);

/// An axis that holds [low, high] and ends on round numbers. A range of no extent, or one that is
/// not finite, is widened to one that can be drawn.
Axis RoundAxis(std::string label, double low, double high);
/// Likewise, logarithmic; values that are not positive are left out of consideration.
Axis RoundLogAxis(std::string label, double low, double high);

/// An upright rectangle, in pixels.
struct Box {
  double left;
  double top;
  double width;
  double height;
};

/// A rectangle of a drawing, inside which data has coordinates.
class Panel {
 public:
  Panel(Svg* svg, const Box& box, Axis x, Axis y);

  /// Pixels; values beyond the axis are drawn at its end.
  double X(double value) const;
  double Y(double value) const;
  Point2 At(double x, double y) const { return {X(x), Y(y)}; }

  Svg& svg() const { return *svg_; }
  const Box& box() const { return box_; }
  const Axis& x_axis() const { return x_; }
  const Axis& y_axis() const { return y_; }

  /// Faint lines at the ticks of the vertical axis; draw them before the data.
  void DrawGrid() const;
  /// Frame with inward ticks on four sides, numbers and labels; draw it after the data.
  void DrawFrame() const;
  /// The same without anything along the vertical axis.
  void DrawFrameWithoutY() const;
  /// A heading inside, in the upper left corner.
  void DrawHeading(const std::string& text) const;

  /// Room that numbers and labels need beside and below the box.
  static constexpr double kLeftMargin = 62;
  static constexpr double kBottomMargin = 48;

 private:
  int WantedX() const;
  int WantedY() const;
  void DrawXTicks() const;
  void DrawYTicks() const;

  Svg* svg_;
  Box box_;
  Axis x_;
  Axis y_;
};

}  // namespace demd

#endif  // DEMD_MODELS_PLOTS_PANEL_H_
