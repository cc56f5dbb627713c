#ifndef DEMD_MODELS_PLOTS_SVG_H_
#define DEMD_MODELS_PLOTS_SVG_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emd/metric.h"

namespace demd {

/// A number as people read it, the same bytes on every machine: fixed decimals, U+2212 as minus
/// sign, never a negative zero; "–" for NaN, "∞" for infinity.
std::string FixedText(double value, int decimals);
/// As FixedText, with a plus sign in front of what is printed as positive.
std::string SignedText(double value, int decimals);
/// A count with a narrow space that does not break (U+202F) between groups of three
/// digits: "20 000".
std::string CountText(int64_t value);

/// Text for the inside of an XML element or of an attribute in double quotes: & < > " are escaped;
/// bytes that are not UTF-8 and characters that XML does not allow become U+FFFD.
std::string EscapeXml(std::string_view text);

/// How a shape is painted. Colours are anything that SVG understands; "none" paints nothing.
struct Paint {
  std::string fill = "none";
  std::string stroke = "none";
  double width = 1.0;  ///< of the stroke, pixels
  std::string dash;    ///< lengths of dashes and gaps, pixels: "6 3"; empty: solid
  double fill_opacity = 1.0;
};
Paint Filled(std::string colour, double opacity = 1.0);
Paint Stroked(std::string colour, double width, std::string dash = "");

/// Where the given point lies in the text.
enum class Anchor { kStart, kMiddle, kEnd };

/// How text is set; the font is that of the drawing.
struct TextStyle {
  double size = 14.0;  ///< pixels
  Anchor anchor = Anchor::kStart;
  std::string colour = "#1a1a1a";
  bool bold = false;
  bool italic = false;
  bool upward = false;  ///< read from below to above
};

/// A drawing in SVG 1.1: well-formed XML that stands alone and can also be put into HTML as it is.
/// Coordinates are pixels, x to the right and y downwards, written to 1/100.
class Svg {
 public:
  /// description: read aloud in place of the picture.
  Svg(double width, double height, std::string_view description);

  double width() const { return width_; }
  double height() const { return height_; }

  void Line(Point2 from, Point2 to, const Paint& paint);
  void Polyline(const std::vector<Point2>& points, const Paint& paint);
  void Polygon(const std::vector<Point2>& points, const Paint& paint);
  /// Upper left corner, then extents.
  void Rectangle(Point2 corner, double width, double height, const Paint& paint);
  void Circle(Point2 centre, double radius, const Paint& paint);
  /// Several closed outlines as one shape, much shorter than one shape each.
  void Polygons(const std::vector<std::vector<Point2>>& outlines, const Paint& paint);
  /// text is escaped here. `at` lies on the base line.
  void Text(Point2 at, std::string_view text, const TextStyle& style);

  /// The whole drawing.
  std::string Finish() const;

 private:
  double width_;
  double height_;
  std::string head_;
  std::string body_;
};

/// About how wide a text is when set in the drawing's font, pixels; rather too much than too
/// little.
double TextWidth(std::string_view text, double size);

/// The size, not above `size` and not below 9, at which a text is no wider than `width`.
double FittingSize(std::string_view text, double size, double width);

}  // namespace demd

#endif  // DEMD_MODELS_PLOTS_SVG_H_
