#include "models/study/study_figures.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "models/plots/marks.h"

namespace demd {
namespace {

constexpr double kHeight = 400;
constexpr char kEmdLabel[] = "mean EMD [cell pitches]";

// A curve with a standard error at each point.
struct Curve {
  std::string label;
  Look look;
  std::vector<Point2> points;
  std::vector<double> errors;
};

void AddPoint(double x, const StudyRow& row, Curve* curve) {
  curve->points.push_back({x, row.emd.mean});
  const double error = row.emd.standard_error;
  curve->errors.push_back(std::isnan(error) ? 0.0 : error);
}

void SortByAbscissa(Curve* curve) {
  std::vector<size_t> order(curve->points.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return curve->points[a].x < curve->points[b].x; });
  Curve sorted{curve->label, curve->look, {}, {}};
  for (const size_t i : order) {
    sorted.points.push_back(curve->points[i]);
    sorted.errors.push_back(curve->errors[i]);
  }
  *curve = sorted;
}

void DrawErrors(const Panel& panel, const Curve& curve) {
  for (size_t i = 0; i < curve.points.size(); ++i) {
    const Point2& p = curve.points[i];
    panel.svg().Line(panel.At(p.x, p.y - curve.errors[i]), panel.At(p.x, p.y + curve.errors[i]),
                     Stroked(curve.look.colour, 1.6));
  }
}

double Highest(const std::vector<Curve>& curves) {
  double high = 0.0;
  for (const Curve& curve : curves) {
    for (size_t i = 0; i < curve.points.size(); ++i) {
      high = std::max(high, curve.points[i].y + curve.errors[i]);
    }
  }
  return high;
}

Figure DrawCurves(const std::string& name, const std::string& title, const std::string& caption,
                  const Axis& x, std::vector<Curve> curves) {
  std::vector<LegendEntry> legend;
  for (Curve& curve : curves) {
    SortByAbscissa(&curve);
    legend.push_back({curve.label, curve.look});
  }
  const double width = kFigureWidth - Panel::kLeftMargin - 14;
  const double top = 14 + LegendHeight(width, legend);
  Svg svg(kFigureWidth, top + kHeight + Panel::kBottomMargin, caption);
  DrawLegend(&svg, {Panel::kLeftMargin, 8}, width, legend);
  const Panel panel(&svg, {Panel::kLeftMargin, top, width, kHeight}, x,
                    RoundAxis(kEmdLabel, 0.0, 1.05 * Highest(curves)));
  panel.DrawGrid();
  for (const Curve& curve : curves) {
    DrawErrors(panel, curve);
    DrawCurve(panel, curve.points, curve.look);
  }
  panel.DrawFrame();
  return {name, title, caption, svg.Finish()};
}

// The distinct values of something in the order of the rows.
template <typename T>
std::vector<T> ValuesOf(const StudyResults& results,
                        const std::function<T(const StudyRow&)>& value_of) {
  std::vector<T> values;
  for (const StudyRow& row : results.rows) {
    if (row.is_baseline) continue;
    const T value = value_of(row);
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }
  return values;
}

std::vector<std::string> SamplesOf(const StudyResults& results) {
  return ValuesOf<std::string>(results, [](const StudyRow& row) { return row.group.sample; });
}

// Whether the row's encoder was written down and not trained.
bool HasPatternEncoder(const StudyRow& row) {
  return !row.is_baseline && IsOfHitPatterns(DecoderByName(row.group.decoder));
}

// The first profile that a sample was studied in with several numbers of links, or none.
std::string ProfileWithLinks(const StudyResults& results, const std::string& sample) {
  std::map<std::string, std::set<int>> links;
  for (const StudyRow& row : results.rows) {
    if (row.is_baseline || row.group.sample != sample) continue;
    links[row.group.profile].insert(row.group.n_elinks);
  }
  for (const StudyRow& row : results.rows) {
    if (links[row.group.profile].size() > 1 && row.group.sample == sample) return row.group.profile;
  }
  return "";
}

void AddBaselineCurves(const StudyResults& results, const std::string& sample,
                       const std::set<int>& links, std::vector<Curve>* curves) {
  std::map<std::string, Curve> baselines;
  for (const StudyRow& row : results.rows) {
    if (!row.is_baseline || row.group.sample != sample || links.count(row.group.n_elinks) == 0) {
      continue;
    }
    Curve& curve = baselines[row.method];
    curve.label = row.method;
    AddPoint(row.group.n_elinks, row, &curve);
  }
  int next = 0;
  for (auto& [name, curve] : baselines) {
    curve.look = QuietLook(next++);
    curves->push_back(curve);
  }
}

// A row for each loss, a marker in it for each profile.
Figure DrawLosses(const std::string& sample, const std::string& caption,
                  const std::vector<std::string>& losses, const std::vector<Curve>& curves) {
  constexpr double kLeft = 200;
  constexpr double kRow = 34;
  std::vector<LegendEntry> legend;
  for (const Curve& curve : curves) legend.push_back({curve.label, curve.look});
  const double width = kFigureWidth - kLeft - 14;
  const double top = 14 + LegendHeight(width, legend);
  const double height = kRow * static_cast<double>(losses.size());
  Svg svg(kFigureWidth, top + height + Panel::kBottomMargin, caption);
  DrawLegend(&svg, {kLeft, 8}, width, legend);
  const Panel panel(&svg, {kLeft, top, width, height},
                    RoundAxis(kEmdLabel, 0.0, 1.05 * Highest(curves)),
                    {"", 0.0, static_cast<double>(losses.size()), false});
  const double n = static_cast<double>(curves.size());
  for (size_t c = 0; c < curves.size(); ++c) {
    const Curve& curve = curves[c];
    for (size_t i = 0; i < curve.points.size(); ++i) {
      const double y = static_cast<double>(losses.size()) - curve.points[i].x -
                       (static_cast<double>(c) + 1) / (n + 1);
      const double x = curve.points[i].y;
      svg.Line(panel.At(x - curve.errors[i], y), panel.At(x + curve.errors[i], y),
               Stroked(curve.look.colour, 1.6));
      DrawMarker(&svg, panel.At(x, y), 5, curve.look);
    }
  }
  TextStyle style;
  style.anchor = Anchor::kEnd;
  for (size_t i = 0; i < losses.size(); ++i) {
    const double line = top + kRow * static_cast<double>(i + 1);
    svg.Text({kLeft - 10, line - 0.5 * kRow + 5}, losses[i], style);
    if (i + 1 < losses.size()) {
      svg.Line({kLeft, line}, {kLeft + width, line}, Stroked("#d9d9d9", 1));
    }
  }
  panel.DrawFrameWithoutY();
  return {"losses-" + sample, "EMD of each loss, " + sample, caption, svg.Finish()};
}

}  // namespace

std::vector<Figure> LinkFigures(const StudyResults& results) {
  std::vector<Figure> figures;
  for (const std::string& sample : SamplesOf(results)) {
    const std::string profile = ProfileWithLinks(results, sample);
    if (profile.empty()) continue;
    std::vector<std::pair<std::string, Curve>> trained;
    std::set<int> links;
    for (const StudyRow& row : results.rows) {
      if (row.is_baseline || row.group.sample != sample || row.group.profile != profile) continue;
      const std::string label = row.title + ", decoder " + row.group.decoder;
      auto known = std::find_if(trained.begin(), trained.end(),
                                [&](const auto& entry) { return entry.first == label; });
      if (known == trained.end()) {
        trained.push_back({label, {label, {}, {}, {}}});
        known = trained.end() - 1;
      }
      AddPoint(row.group.n_elinks, row, &known->second);
      links.insert(row.group.n_elinks);
    }
    std::vector<Curve> curves;
    for (auto& [label, curve] : trained) {
      if (curve.points.size() < 2) continue;
      curve.look = MainLook(static_cast<int>(curves.size()));
      curves.push_back(curve);
    }
    AddBaselineCurves(results, sample, links, &curves);
    const std::string caption =
        "Mean EMD on held-out wafers, sample " + sample + ", profile " + profile +
        ", against the number of links (3, 5, 7, 9 bits of each of 16 codes for 2 to 5, or those "
        "that hit patterns choose), each encoder made for its links, and the concentrator's other "
        "algorithms with their real formats at the same links. Bars: standard error over seeds, or "
        "of one seed over its wafers. Smaller is better.";
    figures.push_back(DrawCurves("links-" + sample, "EMD against bandwidth, " + sample, caption,
                                 {"eLinks", 1.7, 5.3, false, true}, curves));
  }
  return figures;
}

std::vector<Figure> DecoderCostFigures(const StudyResults& results) {
  std::vector<Figure> figures;
  for (const std::string& sample : SamplesOf(results)) {
    // The combination of profile and loss with most decoders at some number of links.
    std::map<std::pair<std::string, std::string>, std::set<std::string>> decoders;
    std::pair<std::string, std::string> most;
    for (const StudyRow& row : results.rows) {
      if (row.is_baseline || row.group.sample != sample) continue;
      const auto key = std::make_pair(row.group.profile, row.method);
      decoders[key].insert(row.group.decoder);
      if (decoders[key].size() >= decoders[most].size()) most = key;
    }
    if (decoders[most].size() < 2) continue;
    std::map<std::pair<int, bool>, Curve> by_links;  // and whether the encoder is not trained
    double low = INFINITY;
    double high = 0.0;
    for (const StudyRow& row : results.rows) {
      if (row.is_baseline || row.group.sample != sample || row.group.profile != most.first ||
          row.method != most.second) {
        continue;
      }
      const auto cost = static_cast<double>(row.decoder_multiply_adds);
      AddPoint(cost, row, &by_links[{row.group.n_elinks, HasPatternEncoder(row)}]);
      low = std::min(low, cost);
      high = std::max(high, cost);
    }
    std::vector<Curve> curves;
    std::set<int> drawn;
    for (auto& [key, curve] : by_links) {
      const auto& [links, has_patterns] = key;
      if (curve.points.size() < 2 && !has_patterns) continue;
      curve.label = std::to_string(links) + (has_patterns ? " eLinks, hit patterns" : " eLinks");
      curve.look = MainLook(static_cast<int>(curves.size()));
      curves.push_back(curve);
      drawn.insert(links);
    }
    int number = 0;
    for (const int links : drawn) {
      Curve stc{"stc4, " + std::to_string(links) + " eLinks", QuietLook(number++), {}, {}};
      for (const StudyRow& row : results.rows) {
        if (!row.is_baseline || row.method != "stc4" || row.group.sample != sample ||
            row.group.n_elinks != links) {
          continue;
        }
        AddPoint(low, row, &stc);
        AddPoint(high, row, &stc);
      }
      curves.push_back(stc);
    }
    const std::string caption =
        "Mean EMD on held-out wafers, sample " + sample + ", profile " + most.first + ", loss " +
        most.second +
        ", against the multiply-adds that the decoder needs for one wafer; the encoder on the chip "
        "takes " +
        CountText(3200) +
        " everywhere. Hit patterns: an encoder that is not trained. Grey: 2x2 super trigger cells "
        "at the same links. Bars: standard error over seeds, or of one seed over its wafers. "
        "Smaller is better.";
    figures.push_back(DrawCurves("decoders-" + sample, "EMD against the decoder's cost, " + sample,
                                 caption, RoundLogAxis("multiply-adds of the decoder", low, high),
                                 curves));
  }
  return figures;
}

std::vector<Figure> LossFigures(const StudyResults& results) {
  std::vector<Figure> figures;
  for (const std::string& sample : SamplesOf(results)) {
    std::vector<std::string> losses;
    std::vector<Curve> curves;
    for (const StudyRow& row : results.rows) {
      const StudyGroup& group = row.group;
      if (row.is_baseline || group.sample != sample || group.n_elinks != 5 ||
          group.decoder != "paper") {
        continue;
      }
      if (std::find(losses.begin(), losses.end(), row.title) == losses.end()) {
        losses.push_back(row.title);
      }
      auto curve = std::find_if(curves.begin(), curves.end(),
                                [&](const Curve& c) { return c.label == group.profile; });
      if (curve == curves.end()) {
        curves.push_back({group.profile, MainLook(static_cast<int>(curves.size())), {}, {}});
        curve = curves.end() - 1;
      }
      const auto place = std::find(losses.begin(), losses.end(), row.title) - losses.begin();
      AddPoint(static_cast<double>(place), row, &*curve);
    }
    if (losses.size() < 2) continue;
    const std::string caption =
        "Mean EMD on held-out wafers, sample " + sample +
        ", 5 eLinks, the paper's decoder, of encoders trained with each loss in each arithmetic. "
        "Bars: standard error over seeds, or of one seed over its wafers. Smaller is better.";
    figures.push_back(DrawLosses(sample, caption, losses, curves));
  }
  return figures;
}

std::vector<Figure> StudyFigures(const StudyResults& results) {
  std::vector<Figure> figures;
  for (const auto& part :
       {LossFigures(results), LinkFigures(results), DecoderCostFigures(results)}) {
    figures.insert(figures.end(), part.begin(), part.end());
  }
  return figures;
}

}  // namespace demd
