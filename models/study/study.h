#ifndef DEMD_MODELS_STUDY_STUDY_H_
#define DEMD_MODELS_STUDY_STUDY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/run/recipe.h"
#include "models/run/run.h"

namespace demd {

/// One run of a study: a name, unique in the study and good for a folder, and what to run.
struct StudyRun {
  std::string name;
  Recipe recipe;
};

/// Runs for all combinations of these lists. What is equal for all of them stands in `base`.
/// Losses of one combination share a run: the same wafers, first weights, order and steps.
struct StudyGrid {
  Recipe base;
  std::vector<std::string> samples;   ///< "unsuppressed", "suppressed"; not used with base.data
  std::vector<std::string> profiles;  ///< see ProfileNames
  std::vector<int64_t> elinks;
  std::vector<std::string> decoders;  ///< see DecoderByName
  std::vector<std::string> losses;    ///< see LossNames
  std::vector<std::string> cnns;      ///< see EmdCnnSizesOf; empty: base.emd_cnn alone
  std::vector<std::string> cnn_losses;
  int64_t seeds = 3;  ///< seeds base.seed, base.seed + 1, ...
};

/// The runs of several grids, in order; runs of the same name are joined with all their losses.
/// Errors: UsageError for words that are not known and for joined runs that differ otherwise.
std::vector<StudyRun> RunsOf(const std::vector<StudyGrid>& grids);

/// Studies by name: "quick", "paper", "cnn"; see models/README.md for what they hold.
/// Errors: UsageError that lists the names.
const std::vector<std::string>& StudyNames();
std::vector<StudyGrid> StudyByName(const std::string& name);

/// Reads the files of wafers that the runs name: a study whose runs cannot begin should not be
/// begun, either. Errors: DataError as MakeRunData says. `directory` as there.
void CheckFiles(const std::vector<StudyRun>& runs, const std::string& directory);

/// Part `index` of `count`, 1 <= index <= count: the runs whose number (from 0) leaves index - 1
/// when divided by count. "2/8" in text. Errors of the parser: UsageError.
struct Shard {
  int64_t index = 1;
  int64_t count = 1;
};
Shard ShardOf(const std::string& text);

/// A study in a directory:
///
///   study.json          the runs and their recipes
///   runs/<name>/        a run directory each (models/run/run.h)
///   table.txt, table.csv, report.html    when all runs are done: models/study/study_results.h
///
/// Shards may work in one directory at the same time, or in several that MergeStudies joins.
/// Whoever finishes last writes the tables; their bytes do not depend on how the work was split,
/// stopped and resumed.
class Study {
 public:
  /// A new study, or the one in the directory if its runs are the same.
  /// Errors: DataError when the directory holds another study, or a run.
  Study(const std::string& directory, const std::vector<StudyRun>& runs,
        const std::string& revision);
  /// The study in the directory. Errors: DataError when there is none.
  static Study Open(const std::string& directory, const std::string& revision);

  /// Executes the runs of one shard that are not done, side by side with a thread each, since a
  /// training gains little from a second one; a single run has all threads. Each run has an
  /// observer of its own, used by one thread at a time. Returns false when an observer stopped its
  /// run, which stops the others, too; so does an error in one of them, and a run that another
  /// process is working on is one.
  bool Execute(const Shard& shard,
               const std::function<std::unique_ptr<RunObserver>()>& make_observer);

  /// Copies finished runs from other directories of the same study.
  /// Errors: DataError when one holds another study, or the same run with other results.
  void TakeFrom(const std::string& directory);

  /// Names of the runs that are not done.
  std::vector<std::string> Missing() const;

  const std::string& directory() const { return directory_; }
  const std::vector<StudyRun>& runs() const { return runs_; }
  std::string RunDirectory(const StudyRun& run) const;

 private:
  std::string directory_;
  std::vector<StudyRun> runs_;
  std::string revision_;
};

}  // namespace demd

#endif  // DEMD_MODELS_STUDY_STUDY_H_
