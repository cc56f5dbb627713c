// How the trainings went.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "models/plots/marks.h"
#include "models/report/report_figures.h"

namespace demd {
namespace {

using Value = double EpochRecord::*;
using Group = std::vector<const TrainingResult*>;  // with the same validation quantity

std::vector<Point2> HistoryPoints(const TrainingResult& training, Value value) {
  std::vector<Point2> points;
  double epoch = 0;
  for (const EpochRecord& record : training.history) {
    const double loss = record.*value;
    points.push_back({++epoch, std::isfinite(loss) ? loss : NAN});
  }
  return points;
}

// An axis for losses: logarithmic where that shows more.
Axis LossAxis(const std::string& label, const Group& trainings, Value value) {
  double low = INFINITY;
  double high = -INFINITY;
  for (const TrainingResult* training : trainings) {
    for (const EpochRecord& record : training->history) {
      if (!std::isfinite(record.*value)) continue;
      low = std::min(low, record.*value);
      high = std::max(high, record.*value);
    }
  }
  if (low > 0.0 && high > 4 * low) return RoundLogAxis(label, low, high);
  return RoundAxis(label, low, high);
}

Axis EpochAxis(const Group& trainings) {
  size_t epochs = 1;
  for (const TrainingResult* training : trainings) {
    epochs = std::max(epochs, training->history.size());
  }
  return {"epoch", 0.0, static_cast<double>(epochs) + 0.5, false};
}

// A ring around the epoch whose weights were kept.
void MarkBestEpoch(const Panel& panel, const TrainingResult& training, const Look& look) {
  const auto best = static_cast<size_t>(training.best_epoch);
  if (training.best_epoch < 0 || best >= training.history.size()) return;
  const double value = training.history[best].validation_loss;
  if (!std::isfinite(value)) return;
  const Point2 at = panel.At(static_cast<double>(best) + 1, value);
  panel.svg().Circle(at, 7.5, Stroked("#1a1a1a", 1.4));
  DrawMarker(&panel.svg(), at, 4, look);
}

std::string TitleOf(const TrainingResult& training, const std::vector<ReportMethod>& methods) {
  if (training.name == "emd_cnn") return "the EMD CNN";
  for (const ReportMethod& method : methods) {
    if (method.result->name == training.name) return method.result->title;
  }
  return training.name;
}

void DrawHistories(const Panel& panel, const Group& trainings, Value value,
                   const std::vector<ReportMethod>& methods) {
  panel.DrawGrid();
  for (const TrainingResult* training : trainings) {
    DrawCurve(panel, HistoryPoints(*training, value), LookOfTraining(training->name, methods), 2,
              training->history.size() <= 15);
  }
  if (value == &EpochRecord::validation_loss) {
    for (const TrainingResult* training : trainings) {
      MarkBestEpoch(panel, *training, LookOfTraining(training->name, methods));
    }
  }
  panel.DrawFrame();
}

// Trainings with the same validation quantity, in order of appearance.
std::vector<Group> GroupsOf(const RunResults& results) {
  std::vector<Group> groups;
  for (const TrainingResult& training : results.trainings) {
    if (training.history.empty()) continue;
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      return group[0]->quantity == training.quantity;
    });
    if (same == groups.end()) {
      groups.push_back({&training});
    } else {
      same->push_back(&training);
    }
  }
  return groups;
}

Panel LossPanel(Svg* svg, const Box& box, const TrainingResult& training) {
  return Panel(svg, box, EpochAxis({&training}),
               LossAxis("training loss", {&training}, &EpochRecord::train_loss));
}

Panel ValidationPanel(Svg* svg, const Box& box, const Group& group) {
  return Panel(svg, box, EpochAxis(group),
               LossAxis(group[0]->quantity, group, &EpochRecord::validation_loss));
}

// One training: training loss and validation quantity side by side.
std::string DrawTraining(const Group& group, const std::vector<ReportMethod>& methods,
                         const std::string& description) {
  constexpr double kHeight = 240;
  const double pitch = kFigureWidth / 2;
  Svg svg(kFigureWidth, 10 + kHeight + Panel::kBottomMargin, description);
  DrawHistories(ValidationPanel(&svg, {66, 10, pitch - 86, kHeight}, group), group,
                &EpochRecord::validation_loss, methods);
  DrawHistories(LossPanel(&svg, {pitch + 66, 10, pitch - 80, kHeight}, *group[0]), group,
                &EpochRecord::train_loss, methods);
  return svg.Finish();
}

// The validation quantity of a group above, each training's loss in a small panel below.
std::string DrawTrainings(const Group& group, const std::vector<ReportMethod>& methods,
                          const std::string& description) {
  constexpr int kColumns = 3;
  constexpr double kTop = 300;
  constexpr double kSmall = 150;
  constexpr double kSmallRow = kSmall + 62;
  std::vector<LegendEntry> legend;
  for (const TrainingResult* training : group) {
    legend.push_back({TitleOf(*training, methods), LookOfTraining(training->name, methods)});
  }
  const double width = kFigureWidth - Panel::kLeftMargin - 14;
  const double legend_height = LegendHeight(width, legend);
  const double below = legend_height + 8 + kTop + Panel::kBottomMargin + 12;
  const int rows = (static_cast<int>(group.size()) + kColumns - 1) / kColumns;
  Svg svg(kFigureWidth, below + rows * kSmallRow, description);
  DrawLegend(&svg, {Panel::kLeftMargin, 0}, width, legend);
  DrawHistories(ValidationPanel(&svg, {Panel::kLeftMargin, legend_height + 8, width, kTop}, group),
                group, &EpochRecord::validation_loss, methods);
  const double pitch = kFigureWidth / kColumns;
  for (size_t i = 0; i < group.size(); ++i) {
    const double column = static_cast<double>(i % kColumns);
    const double row = static_cast<double>(i / kColumns);
    const Box box{column * pitch + 62, below + row * kSmallRow, pitch - 76, kSmall};
    const Panel panel = LossPanel(&svg, box, *group[i]);
    DrawHistories(panel, {group[i]}, &EpochRecord::train_loss, methods);
    TextStyle title;
    title.bold = true;
    title.anchor = Anchor::kEnd;
    svg.Text({box.left + box.width - 10, box.top + 22}, TitleOf(*group[i], methods), title);
  }
  return svg.Finish();
}

Figure TrainingFigure(const Group& group, size_t number, const std::vector<ReportMethod>& methods) {
  const bool alone = group.size() == 1;
  const std::string caption =
      std::string(alone ? "Left: " : "Above: ") + group[0]->quantity +
      " on the validation set after each epoch; a ring marks the epoch whose weights were kept. " +
      (alone ? "Right: the training loss, averaged over the epoch while the weights moved."
             : "Below: the training loss of each network, averaged over the epoch while its "
               "weights moved; each loss has its own unit.");
  return {"training-" + std::to_string(number),
          alone ? "Training of " + TitleOf(*group[0], methods) : "Training of the encoders",
          caption,
          alone ? DrawTraining(group, methods, caption) : DrawTrainings(group, methods, caption)};
}

}  // namespace

std::vector<Figure> TrainingFigures(const RunResults& results,
                                    const std::vector<ReportMethod>& methods) {
  std::vector<Figure> figures;
  for (const Group& group : GroupsOf(results)) {
    figures.push_back(TrainingFigure(group, figures.size() + 1, methods));
  }
  return figures;
}

}  // namespace demd
