#ifndef DEMD_MODELS_REPORT_REPORT_FIGURES_H_
#define DEMD_MODELS_REPORT_REPORT_FIGURES_H_

#include <string>
#include <vector>

#include "models/report/report_methods.h"
#include "models/results/results.h"

namespace demd {

/// A picture of a report. The drawing is well-formed SVG that can also stand in a file of its own.
struct Figure {
  std::string name;     ///< for a file or an anchor: "occupancy"
  std::string title;    ///< plain text
  std::string caption;  ///< plain text: what is plotted
  std::string svg;
};

/// Wafers before and after: the best, the median and the worst case of the best encoder, at the
/// 5 %, 50 % and 95 % quantile of its EMD. Empty without a defined EMD.
std::vector<Figure> WaferFigures(const RunResults& results,
                                 const std::vector<ReportMethod>& methods);

/// The distribution of the EMD, a row for each method.
Figure DistributionFigure(const std::vector<ReportMethod>& methods);

/// Median EMD and its 16 % to 84 % range against occupancy, that is, trigger cells with more than
/// one transverse MIP, in bins of four: the trained encoders with their bands, then all methods.
std::vector<Figure> OccupancyFigures(const RunResults& results,
                                     const std::vector<ReportMethod>& methods);

/// The same against |eta|, in the paper's bins of 0.14 between 1.6 and 3. Empty when the wafers
/// for which it is known fill fewer than two bins.
std::vector<Figure> EtaFigures(const RunResults& results, const std::vector<ReportMethod>& methods);

/// The same against the layer, and against the energy of the signal shower in the wafer, in bins of
/// half a power of ten of GeV. Empty likewise.
std::vector<Figure> LayerFigures(const RunResults& results,
                                 const std::vector<ReportMethod>& methods);
std::vector<Figure> ShowerEnergyFigures(const RunResults& results,
                                        const std::vector<ReportMethod>& methods);

/// Prediction of the EMD CNN against the exact EMD and their relative difference, a figure for
/// each kind of pairs; then mean and spread of that difference against the EMD, for all kinds.
std::vector<Figure> EmdCnnFigures(const RunResults& results);

/// Validation quantity and training loss against the epoch. Empty without a training.
std::vector<Figure> TrainingFigures(const RunResults& results,
                                    const std::vector<ReportMethod>& methods);

/// All of the above in the order of a report.
std::vector<Figure> ReportFigures(const RunResults& results,
                                  const std::vector<ReportMethod>& methods);

/// Width of every figure, in pixels.
inline constexpr double kFigureWidth = 960;

}  // namespace demd

#endif  // DEMD_MODELS_REPORT_REPORT_FIGURES_H_
