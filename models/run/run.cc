#include "models/run/run.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <utility>

#include "engine/error.h"
#include "engine/io/file.h"
#include "models/networks/training_pairs.h"
#include "models/report/report.h"
#include "models/report/results_json.h"
#include "models/results/evaluation.h"
#include "models/results/training_json.h"
#include "models/run/quantisation_scan.h"
#include "models/run/run_data.h"
#include "models/run/run_stages.h"
#include "quant/encoder_model.h"
#include "quant/export.h"
#include "quant/golden.h"

namespace demd {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kHeldOutPairs = 4000;
constexpr int64_t kGoldenWafers = 256;
constexpr char kEqualWafers[] = "a wafer and itself";

TrainingResult TrainingOf(const std::string& name, const std::string& path) {
  TrainingResult training = TrainingResultOf(LoadCheckpoint(path).meta.Get("training"));
  training.name = name;
  return training;
}

void MeasureEmdCnn(const std::string& directory, const Recipe& recipe, const Tensor& x,
                   RunResults* results) {
  const std::string path = ModelPath(directory, "emd_cnn");
  const std::unique_ptr<EmdCnn> cnn = LoadEmdCnn(path);
  results->emd_cnn.push_back(
      EvaluateEmdCnn("random pairs", cnn.get(), RandomPairs(x, kHeldOutPairs, recipe.seed + 1)));
  results->emd_cnn.push_back(EvaluateEmdCnn(kEqualWafers, cnn.get(), PairsOf(x, x)));
  for (const MethodResult& method : results->methods) {
    if (method.is_baseline) continue;
    results->emd_cnn.push_back(EvaluateEmdCnn(method.title, cnn.get(), PairsOf(x, method.images)));
  }
  results->trainings.push_back(TrainingOf("emd_cnn", path));
  if (!recipe.Has(LossKind::kEmdCnnRefreshed)) return;
  const std::unique_ptr<EmdCnn> refreshed = LoadEmdCnn(ModelPath(directory, kRefreshedCnn));
  for (const MethodResult& method : results->methods) {
    if (method.name != NameOf(LossKind::kEmdCnnRefreshed)) continue;
    results->emd_cnn.push_back(EvaluateEmdCnn(method.title + " (network as refreshed)",
                                              refreshed.get(), PairsOf(x, method.images)));
  }
}

// Everything about the run's models on these wafers.
RunResults Measure(const std::string& directory, const Recipe& recipe,
                   const std::vector<Wafer>& wafers) {
  RunResults results;
  results.profile = recipe.profile;
  results.n_elinks = recipe.n_elinks;
  results.seed = recipe.seed;
  results.held_out = wafers;
  for (const LossKind loss : recipe.losses) {
    const std::string path = ModelPath(directory, NameOf(loss));
    const std::unique_ptr<Autoencoder> model = LoadAutoencoder(path);
    results.methods.push_back(
        EvaluateAutoencoder(NameOf(loss), TitleOf(loss), model.get(), wafers));
    results.trainings.push_back(TrainingOf(NameOf(loss), path));
  }
  for (MethodResult& baseline : EvaluateBaselines(recipe.n_elinks, wafers)) {
    results.methods.push_back(std::move(baseline));
  }
  if (recipe.NeedsEmdCnn()) {
    MeasureEmdCnn(directory, recipe, EncoderInputs(wafers), &results);
  }
  return results;
}

JsonValue RunJson(const Recipe& recipe, const std::string& revision, const RunData& data) {
  JsonValue json = JsonValue::MakeObject();
  json.Set("format", "demd run")
      .Set("format_version", 1)
      .Set("revision", revision)
      .Set("wafers_crc32", ChecksumOf(data))
      .Set("recipe", ToJson(recipe));
  return json;
}

// What a killed process was writing (engine/io/file.h names it so).
void RemoveTemporaries(const std::string& directory) {
  std::vector<fs::path> temporaries;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.path().extension() == ".tmp") temporaries.push_back(entry.path());
  }
  for (const fs::path& path : temporaries) fs::remove(path);
}

JsonValue ReadRunJson(const std::string& directory) {
  const std::string path = RunPath(directory, "run.json");
  if (!fs::exists(path)) {
    throw DataError(directory + ": expected a run directory, found no run.json in it");
  }
  JsonValue json = ReadJson(path);
  const int64_t version = json.Get("format_version").AsInteger();
  if (version != 1) {
    throw DataError(path + ": expected format version 1, found " + std::to_string(version) +
                    "; use a newer demd");
  }
  return json;
}

// The recipe in the run.json of a directory.
Recipe RecipeIn(const JsonValue& run_json, const std::string& directory) {
  return RecipeOf(run_json.Get("recipe"), RunPath(directory, "run.json"));
}

// Says where the names of files come from that are not there.
void ExpectFiles(const Recipe& recipe, const std::string& directory) {
  for (const std::string& path : recipe.data) {
    if (fs::path(path).is_absolute() || PathExists(path)) continue;
    throw DataError(path + ": expected wafers, found no such file; it is named in " +
                    RunPath(directory, "run.json") +
                    ", relative to the directory in which the run began");
  }
}

}  // namespace

Run::Run(std::string directory, Recipe recipe, std::string revision)
    : directory_(std::move(directory)),
      recipe_(std::move(recipe)),
      revision_(std::move(revision)),
      begun_by_(revision_) {}

Run Run::Create(const std::string& directory, const Recipe& recipe, const std::string& revision) {
  if (fs::exists(RunPath(directory, "run.json"))) {
    throw UsageError(directory + ": expected a new run directory, found one with a run in it; " +
                     "go on with --resume, or name another with --out");
  }
  if (fs::exists(RunPath(directory, "study.json"))) {
    throw UsageError(directory + ": expected a new run directory, found a study; " +
                     "name another with --out");
  }
  CheckRecipe(recipe);  // refuses what cannot be made before anything is
  return Run(directory, recipe, revision);
}

Run Run::Open(const std::string& directory, const std::string& revision) {
  const JsonValue json = ReadRunJson(directory);
  Run run(directory, RecipeIn(json, directory), revision);
  run.begun_by_ = json.Get("revision").AsString();
  run.is_new_ = false;
  return run;
}

std::unique_ptr<FileLock> Run::Lock() const {
  return std::make_unique<FileLock>(RunPath(directory_, "run.lock"),
                                    directory_ + ": another process is working on this run");
}

RunData Run::ReadData(RunObserver* observer) const {
  if (!is_new_) ExpectFiles(recipe_, directory_);
  observer->Begin(recipe_.data.empty() ? "simulating wafers" : "reading wafers", 1.0, 0.0);
  RunData data = MakeRunData(recipe_, directory_);
  observer->Finish(std::to_string(data.train->rows()) + " to train, " +
                   std::to_string(data.validation.size()) + " to validate, " +
                   std::to_string(data.held_out.size()) + " held out");
  return data;
}

std::optional<RunResults> Run::Execute(RunObserver* observer) {
  std::unique_ptr<FileLock> lock;
  if (!is_new_) {
    lock = Lock();
    RemoveTemporaries(directory_);
  }
  const RunData data = ReadData(observer);
  if (is_new_) {
    // Not before there is something to write into it.
    MakeDirectories(RunPath(directory_, "models"));
    lock = Lock();
  }
  Begin(data);
  if (begun_by_ != revision_) {
    observer->Begin("going on", 1.0, 0.0);
    observer->Finish("begun by revision " + begun_by_ + ", this is " + revision_ +
                     ", which may train otherwise what is left");
  }
  if (!TrainModels(directory_, recipe_, data, observer)) return std::nullopt;
  observer->Begin("measuring on held-out wafers", 1.0, 0.0);
  RunResults results = Measure(directory_, recipe_, data.held_out);
  ScanEncoders(directory_, data.validation, &results);
  results.data = data.description;
  results.revision = revision_;
  results.train_wafers = data.train->rows();
  results.validation_wafers = static_cast<int64_t>(data.validation.size());
  ExportEncoders();
  WriteJson(RunPath(directory_, "metrics.json"), ToJson(results));
  WriteFile(RunPath(directory_, "report.html"), MakeReport(results));
  observer->Finish("report in " + RunPath(directory_, "report.html"));
  return results;
}

void Run::ExportEncoders() const {
  if (ProfileByName(recipe_.profile).is_float) return;
  const std::vector<int32_t> charges = ExercisingWafers(recipe_.seed, kGoldenWafers);
  for (const LossKind loss : recipe_.losses) {
    ExportEncoder(LoadEncoderModel(ModelPath(directory_, NameOf(loss))), charges,
                  RunPath(directory_, "export/" + NameOf(loss)));
  }
}

void Run::Begin(const RunData& data) const {
  const std::string path = RunPath(directory_, "run.json");
  if (!fs::exists(path)) {
    WriteJson(path, RunJson(recipe_, revision_, data));
    return;
  }
  const JsonValue run_json = ReadRunJson(directory_);
  if (is_new_ && run_json.Get("recipe") != ToJson(recipe_)) {
    throw DataError(directory_ + ": expected the recipe that was asked for, found another in " +
                    "run.json, which another process has begun meanwhile");
  }
  const int64_t known = run_json.Get("wafers_crc32").AsInteger();
  if (known != ChecksumOf(data)) {
    throw DataError(directory_ + ": expected the wafers that the run began with, found others (" +
                    "checksum " + std::to_string(ChecksumOf(data)) + ", not " +
                    std::to_string(known) + "); start a new run");
  }
}

RunResults EvaluateRun(const std::string& directory, const std::vector<Wafer>& wafers,
                       const std::string& data_description) {
  const JsonValue json = ReadRunJson(directory);
  const Recipe recipe = RecipeIn(json, directory);
  if (!fs::exists(RunPath(directory, "metrics.json"))) {
    throw DataError(directory + ": expected a finished run, found no metrics.json in it; go on " +
                    "with demd_train --resume --out " + directory);
  }
  RunResults results = Measure(directory, recipe, wafers);
  results.data = data_description;
  results.revision = json.Get("revision").AsString();
  return results;
}

double ShareTrainedOn(const std::string& directory, const std::vector<Wafer>& wafers) {
  const Recipe recipe = RecipeIn(ReadRunJson(directory), directory);
  std::map<Charges, int64_t> unseen;
  for (const Wafer& wafer : wafers) ++unseen[wafer.charges];
  int64_t seen = 0;
  try {
    const RunData data = MakeRunData(recipe, directory);
    for (int64_t row = 0; row < data.train->rows() && !unseen.empty(); ++row) {
      const auto found = unseen.find(data.train->WaferOf(row).charges);
      if (found == unseen.end()) continue;
      seen += found->second;
      unseen.erase(found);
    }
  } catch (const DataError&) {
    return NAN;
  }
  return static_cast<double>(seen) / static_cast<double>(wafers.size());
}

std::vector<Wafer> ValidationWafers(const std::string& directory, int64_t most) {
  RunData data = MakeRunData(RecipeIn(ReadRunJson(directory), directory), directory);
  if (static_cast<int64_t>(data.validation.size()) > most) {
    data.validation.resize(static_cast<size_t>(most));
  }
  return std::move(data.validation);
}

}  // namespace demd
