#ifndef DEMD_MODELS_REPORT_REPORT_TABLES_H_
#define DEMD_MODELS_REPORT_REPORT_TABLES_H_

#include <string>
#include <vector>

#include "models/report/report_methods.h"
#include "models/results/results.h"

namespace demd {

// The tables of a report, as elements of XHTML that the style of MakeReport lays out.

/// The main table: a row for each method, the baselines last.
std::string MainTable(const RunResults& results, const std::vector<ReportMethod>& methods);

/// Mean difference of the EMD on the same wafers, row minus column, with its standard error and how
/// many of these it is from zero. Of more than ten methods, the trained encoders alone.
std::string DifferenceTable(const std::vector<ReportMethod>& methods);

/// The peers' other metrics; empty where no method has its images.
std::string OtherMetricsTable(const RunResults& results, const std::vector<ReportMethod>& methods);

/// In a sentence or two: which encoder is best, and by how much.
std::string Headline(const RunResults& results, const std::vector<ReportMethod>& methods);

}  // namespace demd

#endif  // DEMD_MODELS_REPORT_REPORT_TABLES_H_
