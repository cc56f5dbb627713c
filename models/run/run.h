#ifndef DEMD_MODELS_RUN_RUN_H_
#define DEMD_MODELS_RUN_RUN_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/io/file.h"
#include "models/results/results.h"
#include "models/run/recipe.h"
#include "models/run/run_data.h"

namespace demd {

/// Hears how a run goes on, and may stop it.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// A piece of work of `total` units begins, of which an earlier run has done `done`.
  virtual void Begin(const std::string& label, double total, double done) = 0;
  virtual void Update(double done, const std::string& detail) = 0;
  virtual void Finish(const std::string& detail) = 0;
  /// Asked between steps: true saves the state and ends the run.
  virtual bool StopRequested() = 0;
};

/// The main job in a run directory: wafers -> autoencoders -> labelled pairs -> EMD CNN ->
/// autoencoder trained by it -> integer encoders compared code by code -> measurements on held-out
/// wafers. Files:
///
///   run.json                  the recipe, the revision of demd, a checksum of the wafers
///   models/<loss>.npz         autoencoders (SaveAutoencoder)
///   models/emd_cnn.npz        the EMD CNN; models/emd_cnn_refreshed.npz: as the loss of that name
///                             leaves it
///   state.npz                 the training under way; removed when it is done
///   times.json                seconds that each training took, wall clock
///   export/<loss>/            each encoder for the board (quant/export.h), unless it is float
///   metrics.json, report.html what came out
///   run.lock                  locked by the process that works on the run, removed in the end
///
/// A run that was stopped or killed at any moment and is run again with the same recipe ends in the
/// same bytes in every file but times.json.
class Run {
 public:
  /// A new run; the directory is made when its wafers have been read. Errors: UsageError as
  /// CheckRecipe says, and when the directory holds a run already, or a study.
  static Run Create(const std::string& directory, const Recipe& recipe,
                    const std::string& revision);
  /// Goes on with the run in the directory; Execute tells the observer if another revision of demd
  /// began it. Errors: DataError when there is none, or it is damaged.
  static Run Open(const std::string& directory, const std::string& revision);

  /// Runs to the end and writes the files; nothing when the observer stopped it.
  /// Errors: DataError when another process works on the run; when wafers cannot be read, or are
  /// not those that the run began with; when the directory cannot be written; NumericError when the
  /// proof of an encoder's ranges fails or a training diverges.
  std::optional<RunResults> Execute(RunObserver* observer);

  const std::string& directory() const { return directory_; }
  const Recipe& recipe() const { return recipe_; }

 private:
  Run(std::string directory, Recipe recipe, std::string revision);

  // Keeps other processes out for as long as the result lives.
  std::unique_ptr<FileLock> Lock() const;
  RunData ReadData(RunObserver* observer) const;
  // Writes run.json, with a checksum of the wafers; if it is there, compares the checksums.
  void Begin(const RunData& data) const;
  void ExportEncoders() const;

  std::string directory_;
  Recipe recipe_;
  std::string revision_;
  std::string begun_by_;  // revision
  bool is_new_ = true;    // no run.json was there
};

/// The models of a finished run on other wafers: none that it was trained on (ShareTrainedOn).
/// Errors: DataError when the directory holds no finished run.
RunResults EvaluateRun(const std::string& directory, const std::vector<Wafer>& wafers,
                       const std::string& data_description);

/// Share of these wafers that the run in a directory was trained on; NaN when its wafers cannot be
/// read any more. Wafers of little charge can be equal by chance. Errors: DataError when there is
/// no run.
double ShareTrainedOn(const std::string& directory, const std::vector<Wafer>& wafers);

/// The first of the validation wafers of the run in a directory, which chose its models' epochs.
/// Errors: DataError when there is no run, or its wafers cannot be read any more.
std::vector<Wafer> ValidationWafers(const std::string& directory, int64_t most);

}  // namespace demd

#endif  // DEMD_MODELS_RUN_RUN_H_
