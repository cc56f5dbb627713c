#include "models/plots/svg.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "engine/io/utf8.h"

namespace demd {
namespace {

constexpr char kMinus[] = "\u2212";
constexpr char kReplacement[] = "\uFFFD";

std::string PlainFixed(double value, int decimals) {
  char buffer[400];  // the largest double has 309 digits before the point
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, decimals);
  return std::string(buffer, end.ptr);
}

bool IsPrintedZero(const std::string& digits) {
  return digits.find_first_not_of("-0.") == std::string::npos;
}

// A coordinate: two decimals, without trailing zeros.
std::string Number(double value) {
  std::string text = PlainFixed(value, 2);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string Attribute(const char* name, const std::string& value) {
  return std::string(" ") + name + "=\"" + EscapeXml(value) + "\"";
}

std::string Attributes(const Paint& paint) {
  std::string text = Attribute("fill", paint.fill);
  if (paint.fill_opacity != 1.0) text += Attribute("fill-opacity", Number(paint.fill_opacity));
  if (paint.stroke == "none") return text;
  text += Attribute("stroke", paint.stroke) + Attribute("stroke-width", Number(paint.width));
  if (!paint.dash.empty()) text += Attribute("stroke-dasharray", paint.dash);
  return text + " stroke-linejoin=\"round\"";
}

std::string Pairs(const std::vector<Point2>& points) {
  std::string text;
  for (const Point2& point : points) {
    if (!text.empty()) text += ' ';
    text += Number(point.x) + "," + Number(point.y);
  }
  return text;
}

// XML 1.0 allows tab, line feed, carriage return and what lies at U+0020 and above, without
// surrogates (which are not UTF-8 either), U+FFFE and U+FFFF.
bool IsXmlCharacter(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) {
    return first >= 0x20 || first == '\t' || first == '\n' || first == '\r';
  }
  return character != "\xEF\xBF\xBE" && character != "\xEF\xBF\xBF";
}

}  // namespace

std::string FixedText(double value, int decimals) {
  if (std::isnan(value)) return "\u2013";
  if (std::isinf(value)) return value < 0 ? std::string(kMinus) + "\u221E" : "\u221E";
  std::string digits = PlainFixed(value, decimals);
  if (digits[0] != '-') return digits;
  digits.erase(0, 1);
  return IsPrintedZero(digits) ? digits : kMinus + digits;
}

std::string SignedText(double value, int decimals) {
  const std::string text = FixedText(value, decimals);
  return value > 0 && !IsPrintedZero(text) ? "+" + text : text;
}

std::string CountText(int64_t value) {
  std::string digits = std::to_string(value);
  const size_t first = digits[0] == '-' ? 1 : 0;
  for (size_t place = digits.size(); place > first + 3;) {
    place -= 3;
    digits.insert(place, "\u202F");
  }
  if (first == 1) digits.replace(0, 1, kMinus);
  return digits;
}

std::string EscapeXml(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const size_t bytes = Utf8CharacterBytes(text);
    const std::string_view character = text.substr(0, bytes == 0 ? 1 : bytes);
    text.remove_prefix(character.size());
    if (bytes == 0 || !IsXmlCharacter(character)) {
      escaped += kReplacement;
    } else if (character == "&") {
      escaped += "&amp;";
    } else if (character == "<") {
      escaped += "&lt;";
    } else if (character == ">") {
      escaped += "&gt;";
    } else if (character == "\"") {
      escaped += "&quot;";
    } else {
      escaped += character;
    }
  }
  return escaped;
}

Paint Filled(std::string colour, double opacity) {
  Paint paint;
  paint.fill = std::move(colour);
  paint.fill_opacity = opacity;
  return paint;
}

Paint Stroked(std::string colour, double width, std::string dash) {
  Paint paint;
  paint.stroke = std::move(colour);
  paint.width = width;
  paint.dash = std::move(dash);
  return paint;
}

Svg::Svg(double width, double height, std::string_view description)
    : width_(width), height_(height) {
  const std::string extents =
      Attribute("width", Number(width)) + Attribute("height", Number(height));
  head_ = "<svg xmlns=\"http://www.w3.org/2000/svg\"" + extents + " viewBox=\"0 0 " +
          Number(width) + " " + Number(height) +
          "\" role=\"img\" font-family=\"'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', "
          "'DejaVu Sans', sans-serif\">\n<desc>" +
          EscapeXml(description) + "</desc>\n";
}

void Svg::Line(Point2 from, Point2 to, const Paint& paint) {
  body_ += "<line" + Attribute("x1", Number(from.x)) + Attribute("y1", Number(from.y)) +
           Attribute("x2", Number(to.x)) + Attribute("y2", Number(to.y)) + Attributes(paint) +
           "/>\n";
}

void Svg::Polyline(const std::vector<Point2>& points, const Paint& paint) {
  body_ += "<polyline" + Attribute("points", Pairs(points)) + Attributes(paint) + "/>\n";
}

void Svg::Polygon(const std::vector<Point2>& points, const Paint& paint) {
  body_ += "<polygon" + Attribute("points", Pairs(points)) + Attributes(paint) + "/>\n";
}

void Svg::Rectangle(Point2 corner, double width, double height, const Paint& paint) {
  body_ += "<rect" + Attribute("x", Number(corner.x)) + Attribute("y", Number(corner.y)) +
           Attribute("width", Number(width)) + Attribute("height", Number(height)) +
           Attributes(paint) + "/>\n";
}

void Svg::Circle(Point2 centre, double radius, const Paint& paint) {
  body_ += "<circle" + Attribute("cx", Number(centre.x)) + Attribute("cy", Number(centre.y)) +
           Attribute("r", Number(radius)) + Attributes(paint) + "/>\n";
}

void Svg::Polygons(const std::vector<std::vector<Point2>>& outlines, const Paint& paint) {
  if (outlines.empty()) return;
  std::string path;
  for (const std::vector<Point2>& outline : outlines) path += "M" + Pairs(outline) + "Z";
  body_ += "<path" + Attribute("d", path) + Attributes(paint) + "/>\n";
}

void Svg::Text(Point2 at, std::string_view text, const TextStyle& style) {
  const std::string place = Number(at.x) + "," + Number(at.y);
  body_ += "<text" + Attribute("x", Number(at.x)) + Attribute("y", Number(at.y)) +
           Attribute("font-size", Number(style.size)) + Attribute("fill", style.colour);
  if (style.anchor == Anchor::kMiddle) body_ += " text-anchor=\"middle\"";
  if (style.anchor == Anchor::kEnd) body_ += " text-anchor=\"end\"";
  if (style.bold) body_ += " font-weight=\"bold\"";
  if (style.italic) body_ += " font-style=\"italic\"";
  if (style.upward) body_ += " transform=\"rotate(-90," + place + ")\"";
  body_ += ">" + EscapeXml(text) + "</text>\n";
}

std::string Svg::Finish() const { return head_ + body_ + "</svg>\n"; }

double TextWidth(std::string_view text, double size) {
  double characters = 0;
  for (const char byte : text) {
    const bool continues = (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
    if (!continues) characters += 1;
  }
  return 0.56 * size * characters;
}

double FittingSize(std::string_view text, double size, double width) {
  constexpr double kSmallest = 9;
  if (TextWidth(text, size) <= width) return size;
  return std::max(kSmallest, width / TextWidth(text, 1.0));
}

}  // namespace demd
