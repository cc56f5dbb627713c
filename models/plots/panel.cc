#include "models/plots/panel.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/portable_math.h"

namespace demd {
namespace {

constexpr double kTickSize = 13;
constexpr double kLabelSize = 15;
constexpr double kMajorLength = 6;
constexpr double kMinorLength = 3;
constexpr char kInk[] = "#1a1a1a";

double PowerOfTen(int exponent) {
  double power = 1.0;
  for (int i = 0; i < std::abs(exponent); ++i) power *= 10.0;
  return exponent < 0 ? 1.0 / power : power;
}

// mantissa * 10^exponent, rounded once for the exponents of everyday numbers.
double Scaled(double mantissa, int exponent) {
  return exponent < 0 ? mantissa / PowerOfTen(-exponent) : mantissa * PowerOfTen(exponent);
}

// A distance of 1, 2 or 5 times a power of ten.
struct Step {
  int mantissa;
  int exponent;
  double value() const { return Scaled(mantissa, exponent); }
};

// The smallest step of which at most `wanted` fit into the range.
Step StepFor(double range, int wanted) {
  for (int exponent = -300; exponent < 300; ++exponent) {
    for (const int mantissa : {1, 2, 5}) {
      const Step step{mantissa, exponent};
      if (step.value() * wanted >= range * 0.999) return step;
    }
  }
  return {1, 300};
}

// Multiples k * step within [low, high], up to rounding errors of the ends.
std::vector<double> Multiples(double low, double high, const Step& step) {
  const double slack = 1e-9;
  std::vector<double> multiples;
  for (double k = std::ceil(low / step.value() - slack); k <= high / step.value() + slack; ++k) {
    multiples.push_back(Scaled(k * step.mantissa, step.exponent));
  }
  return multiples;
}

// A step of which at least two multiples lie on a linear axis.
Step StepOn(const Axis& axis, int wanted) {
  Step step = StepFor(axis.high - axis.low, wanted);
  for (int more = wanted + 1; Multiples(axis.low, axis.high, step).size() < 2 && more < 10;
       ++more) {
    step = StepFor(axis.high - axis.low, more);
  }
  if (axis.whole && step.exponent < 0) step = {1, 0};
  return step;
}

std::string Superscript(int number) {
  static const char* const kDigits[] = {"\u2070", "\u00B9", "\u00B2", "\u00B3", "\u2074",
                                        "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
  std::string text = number < 0 ? "\u207B" : "";
  for (const char digit : std::to_string(std::abs(number))) text += kDigits[digit - '0'];
  return text;
}

std::string TickLabel(double mantissa, int exponent) {
  if (exponent >= -3 && exponent <= 3) {
    return FixedText(Scaled(mantissa, exponent), std::max(0, -exponent));
  }
  if (mantissa == 0.0) return "0";
  const std::string power = "10" + Superscript(exponent);
  return mantissa == 1.0 ? power : FixedText(mantissa, 0) + "\u00B7" + power;
}

// Powers of ten, and 2 and 5 times these, within the axis.
std::vector<Tick> LogTicks(const Axis& axis, bool powers_only) {
  std::vector<Tick> ticks;
  for (int exponent = -300; exponent < 300; ++exponent) {
    for (const int mantissa : {1, 2, 5}) {
      const double value = Scaled(mantissa, exponent);
      if (powers_only && mantissa != 1) continue;
      if (value < axis.low * (1 - 1e-9) || value > axis.high * (1 + 1e-9)) continue;
      ticks.push_back({value, TickLabel(mantissa, exponent)});
    }
  }
  return ticks;
}

std::vector<Tick> Thinned(std::vector<Tick> ticks, int wanted) {
  const size_t stride =
      (ticks.size() + static_cast<size_t>(wanted) - 1) / static_cast<size_t>(std::max(wanted, 1));
  std::vector<Tick> kept;
  for (size_t i = 0; i < ticks.size(); i += std::max<size_t>(stride, 1)) kept.push_back(ticks[i]);
  return kept;
}

// Where a value lies on its axis: 0 at the low end, 1 at the high end.
double Fraction(const Axis& axis, double value) {
  if (!axis.logarithmic) {
    return std::clamp((value - axis.low) / (axis.high - axis.low), 0.0, 1.0);
  }
  if (value <= axis.low) return 0.0;
  return std::min(1.0, (Log(value) - Log(axis.low)) / (Log(axis.high) - Log(axis.low)));
}

TextStyle Style(double size, Anchor anchor) {
  TextStyle style;
  style.size = size;
  style.anchor = anchor;
  return style;
}

}  // namespace

std::vector<Tick> MakeTicks(const Axis& axis, int wanted) {
  if (axis.logarithmic) {
    const std::vector<Tick> powers = LogTicks(axis, true);
    if (powers.size() > 2) return Thinned(powers, wanted);
    const std::vector<Tick> all = LogTicks(axis, false);
    if (all.size() > 1) return Thinned(all, wanted);
  }
  const Step step = StepOn(axis, wanted);
  const bool everyday = step.exponent >= -3 && step.exponent <= 3;
  std::vector<Tick> ticks;
  for (const double value : Multiples(axis.low, axis.high, step)) {
    const double mantissa = std::nearbyint(value / Scaled(1.0, step.exponent));
    ticks.push_back({value, everyday ? FixedText(value, std::max(0, -step.exponent))
                                     : TickLabel(mantissa, step.exponent)});
  }
  return ticks;
}

std::vector<double> MakeMinorTicks(const Axis& axis, int wanted) {
  std::vector<double> values;
  if (axis.logarithmic) {
    for (int exponent = -300; exponent < 300; ++exponent) {
      for (int mantissa = 1; mantissa < 10; ++mantissa) {
        const double value = Scaled(mantissa, exponent);
        if (value >= axis.low && value <= axis.high) values.push_back(value);
      }
    }
    return values.size() > 60 ? std::vector<double>() : values;
  }
  const Step step = StepOn(axis, wanted);
  Step minor = {1, step.exponent};
  if (step.mantissa == 1) minor = {2, step.exponent - 1};
  if (step.mantissa == 2) minor = {5, step.exponent - 1};
  if (axis.whole && minor.exponent < 0) minor = {1, 0};
  return Multiples(axis.low, axis.high, minor);
}

Axis RoundAxis(std::string label, double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high) || low > high) low = 0.0, high = 1.0;
  if (high - low <= 1e-9 * std::max(std::fabs(low), std::fabs(high))) {
    const double margin = low == 0.0 ? 1.0 : 0.1 * std::fabs(low);
    low -= low > 0.0 || low < 0.0 ? margin : 0.0;
    high += margin;
  }
  const Step step = StepFor(high - low, 10);
  const double slack = 1e-9;
  const double first = std::floor(low / step.value() + slack);
  const double last = std::ceil(high / step.value() - slack);
  return {std::move(label), Scaled(first * step.mantissa, step.exponent),
          Scaled(last * step.mantissa, step.exponent), false};
}

Axis RoundLogAxis(std::string label, double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high) || low <= 0.0 || low > high) {
    return {std::move(label), 0.1, 10.0, true};
  }
  double round_low = 0.0;
  double round_high = 0.0;
  for (int exponent = -300; exponent < 300 && round_high == 0.0; ++exponent) {
    for (int mantissa = 1; mantissa < 10; ++mantissa) {
      const double value = Scaled(mantissa, exponent);
      if (value <= low * (1 + 1e-9)) round_low = value;
      if (value >= high * (1 - 1e-9) && value > round_low && round_high == 0.0) round_high = value;
    }
  }
  if (round_low == 0.0 || round_high == 0.0) return {std::move(label), low, 2 * high, true};
  return {std::move(label), round_low, round_high, true};
}

Panel::Panel(Svg* svg, const Box& box, Axis x, Axis y)
    : svg_(svg), box_(box), x_(std::move(x)), y_(std::move(y)) {}

double Panel::X(double value) const { return box_.left + box_.width * Fraction(x_, value); }

double Panel::Y(double value) const { return box_.top + box_.height * (1 - Fraction(y_, value)); }

int Panel::WantedX() const { return std::clamp(static_cast<int>(box_.width / 55), 2, 10); }

int Panel::WantedY() const { return std::clamp(static_cast<int>(box_.height / 38), 2, 10); }

void Panel::DrawGrid() const {
  for (const Tick& tick : MakeTicks(y_, WantedY())) {
    const double y = Y(tick.value);
    svg_->Line({box_.left, y}, {box_.left + box_.width, y}, Stroked("#e6e6e6", 1));
  }
}

void Panel::DrawXTicks() const {
  const double bottom = box_.top + box_.height;
  const Paint ink = Stroked(kInk, 1);
  for (const double value : MakeMinorTicks(x_, WantedX())) {
    svg_->Line({X(value), bottom}, {X(value), bottom - kMinorLength}, ink);
    svg_->Line({X(value), box_.top}, {X(value), box_.top + kMinorLength}, ink);
  }
  for (const Tick& tick : MakeTicks(x_, WantedX())) {
    const double x = X(tick.value);
    svg_->Line({x, bottom}, {x, bottom - kMajorLength}, ink);
    svg_->Line({x, box_.top}, {x, box_.top + kMajorLength}, ink);
    svg_->Text({x, bottom + 17}, tick.label, Style(kTickSize, Anchor::kMiddle));
  }
  svg_->Text({box_.left + box_.width, bottom + 38}, x_.label, Style(kLabelSize, Anchor::kEnd));
}

void Panel::DrawYTicks() const {
  const double right = box_.left + box_.width;
  const Paint ink = Stroked(kInk, 1);
  for (const double value : MakeMinorTicks(y_, WantedY())) {
    svg_->Line({box_.left, Y(value)}, {box_.left + kMinorLength, Y(value)}, ink);
    svg_->Line({right, Y(value)}, {right - kMinorLength, Y(value)}, ink);
  }
  double widest = 0;
  for (const Tick& tick : MakeTicks(y_, WantedY())) {
    const double y = Y(tick.value);
    svg_->Line({box_.left, y}, {box_.left + kMajorLength, y}, ink);
    svg_->Line({right, y}, {right - kMajorLength, y}, ink);
    svg_->Text({box_.left - 6, y + 0.35 * kTickSize}, tick.label, Style(kTickSize, Anchor::kEnd));
    widest = std::max(widest, TextWidth(tick.label, kTickSize));
  }
  TextStyle style = Style(kLabelSize, Anchor::kEnd);
  style.upward = true;
  svg_->Text({box_.left - std::min(widest + 16, kLeftMargin - 14), box_.top}, y_.label, style);
}

void Panel::DrawFrameWithoutY() const {
  DrawXTicks();
  svg_->Rectangle({box_.left, box_.top}, box_.width, box_.height, Stroked(kInk, 1.2));
}

void Panel::DrawFrame() const {
  DrawYTicks();
  DrawFrameWithoutY();
}

void Panel::DrawHeading(const std::string& text) const {
  TextStyle style = Style(FittingSize(text, 14, box_.width - 24), Anchor::kStart);
  style.bold = true;
  svg_->Text({box_.left + 12, box_.top + 22}, text, style);
}

}  // namespace demd
