#ifndef DEMD_MODELS_REPORT_QUANTISATION_FIGURE_H_
#define DEMD_MODELS_REPORT_QUANTISATION_FIGURE_H_

#include <string>
#include <vector>

#include "models/report/report_figures.h"
#include "models/results/results.h"

namespace demd {

/// EMD against the bits of the weights, a panel for each encoder and a line for
/// each number of output bits. REQUIRES: scans not empty.
Figure QuantisationFigure(const std::vector<QuantisationScan>& scans);

/// The same in numbers, as an element of XHTML.
std::string QuantisationTable(const std::vector<QuantisationScan>& scans);

}  // namespace demd

#endif  // DEMD_MODELS_REPORT_QUANTISATION_FIGURE_H_
