#ifndef DEMD_MODELS_STUDY_STUDY_FIGURES_H_
#define DEMD_MODELS_STUDY_STUDY_FIGURES_H_

#include <vector>

#include "models/report/report_figures.h"
#include "models/study/study_results.h"

namespace demd {

// Each of these gives no figure where a study has nothing to compare.

/// Mean EMD against the number of links, for each sample in its first profile with several: every
/// loss and decoder, and the concentrator's other algorithms.
std::vector<Figure> LinkFigures(const StudyResults& results);

/// Mean EMD against the multiply-adds of the decoder, a curve for each number of links, for the
/// loss (the last) of which there are most decoders; beside it the super trigger cells at the same
/// links.
std::vector<Figure> DecoderCostFigures(const StudyResults& results);

/// Mean EMD of each loss in each profile, at the largest number of links and with one decoder.
std::vector<Figure> LossFigures(const StudyResults& results);

/// All of the above in the order of a report.
std::vector<Figure> StudyFigures(const StudyResults& results);

}  // namespace demd

#endif  // DEMD_MODELS_STUDY_STUDY_FIGURES_H_
