#ifndef DEMD_MODELS_PLOTS_MARKS_H_
#define DEMD_MODELS_PLOTS_MARKS_H_

#include <string>
#include <vector>

#include "models/plots/binning.h"
#include "models/plots/look.h"
#include "models/plots/panel.h"

namespace demd {

/// What data looks like inside a panel.

/// Points joined by a line; a NaN ordinate interrupts it. markers: draw one at each point.
void DrawCurve(const Panel& panel, const std::vector<Point2>& points, const Look& look,
               double width = 2.2, bool markers = true);

/// Medians as a curve with markers, at the centres of bins that hold at least `least` values.
void DrawMedians(const Panel& panel, const std::vector<ProfileBin>& bins, const Look& look,
                 int64_t least, double width = 2.2, bool markers = true);

/// The 16 % to 84 % range of the same bins as a band, with thin edges that survive grey print.
void DrawBand(const Panel& panel, const std::vector<ProfileBin>& bins, const Look& look,
              int64_t least);

/// A histogram as an outline over a light filling.
void DrawHistogram(const Panel& panel, const Histogram& histogram, const Look& look);

/// Counts of pairs as coloured squares, evenly coloured in log(1 + count).
void DrawPairCounts(const Panel& panel, const PairCounts& pairs);
/// The scale of these colours: a strip to the right of the panel.
void DrawCountScale(const Panel& panel, int64_t largest);

}  // namespace demd

#endif  // DEMD_MODELS_PLOTS_MARKS_H_
