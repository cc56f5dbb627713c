#ifndef DEMD_MODELS_STUDY_STUDY_RESULTS_H_
#define DEMD_MODELS_STUDY_STUDY_RESULTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/study/study.h"

namespace demd {

/// A figure averaged over seeds. Of simulated wafers every seed has its own, held out and for
/// training, its own first weights and order, so that the spread over seeds holds all that varies.
/// Of wafers of files every seed deals out the same ones anew.
struct SeedAverage {
  double mean = 0;
  double standard_error = 0;  ///< spread over seeds / sqrt(their number); of one seed, see below
};

/// What runs that differ in nothing but the seed have in common.
struct StudyGroup {
  std::string sample;  ///< "unsuppressed", "suppressed" or "data"
  std::string profile;
  int n_elinks = 5;
  std::string decoder;
  std::string cnn;  ///< sizes and loss of the EMD CNN
};

/// One method of one group, on held-out wafers.
struct StudyRow {
  StudyGroup group;
  std::string method;  ///< "telescope", "stc4", ...
  std::string title;
  bool is_baseline = false;
  int64_t bits = 0;
  std::map<uint64_t, double> means;  ///< mean EMD by seed
  SeedAverage emd;                   ///< of one seed: the standard error over its wafers
  double median = 0;                 ///< medians and quantiles: averages over seeds
  double q05 = 0;
  double q95 = 0;
  double undefined = 0;   ///< share of the wafers of whose charge nothing was sent
  double validation = 0;  ///< mean EMD on validation wafers; NaN for baselines
  int64_t mismatches = 0;
  int64_t decoder_multiply_adds = 0;  ///< 0 for baselines
  /// Mean EMD relative to telescope with the paper's decoder on the same wafers (same sample,
  /// profile, links and seed; for baselines those of which they send something), minus 1; NaN where
  /// the study has none. The standard error is that of the ratios over seeds, NaN for one seed.
  SeedAverage to_telescope;
  double seconds = 0;  ///< to train one, wall clock, mean over seeds: differs from run to run
};

/// One EMD CNN on one kind of held-out pairs.
struct StudyCnnRow {
  StudyGroup group;
  std::string pairs;
  int64_t seeds = 0;
  SeedAverage relative_mean;  ///< (predicted - true) / true
  SeedAverage relative_std;
  SeedAverage absolute_mean;
  double validation_error = 0;  ///< TrainingResult::validation_error, mean over seeds
  double seconds = 0;
};

struct StudyResults {
  std::vector<StudyRow> rows;     ///< in the order of the runs; baselines once per links
  std::vector<StudyCnnRow> cnns;  ///< likewise
  std::vector<StudyRun> runs;
};

/// Reads the finished runs of a study. Errors: DataError.
StudyResults ResultsOf(const Study& study);

/// The rows of least mean EMD on *validation* wafers, one for each sample, profile and number of
/// links: held-out wafers choose nothing. Indices into results.rows.
std::vector<size_t> BestRows(const StudyResults& results);

/// The row of the EMD CNN of least error on *validation* pairs for each sample, profile, number of
/// links and decoder: index into results.cnns.
std::vector<size_t> BestCnnRows(const StudyResults& results);

/// For terminals, and for programs. The bytes depend on nothing but metrics: no times in them.
std::string StudyTable(const StudyResults& results);
std::string StudyCsv(const StudyResults& results);

/// A self-contained HTML report with tables and figures, and how long trainings took.
std::string StudyReport(const StudyResults& results);

/// Writes table.txt, table.csv and report.html into the study's directory.
/// REQUIRES: study.Missing() is empty.
StudyResults WriteStudyTables(const Study& study);

}  // namespace demd

#endif  // DEMD_MODELS_STUDY_STUDY_RESULTS_H_
