#include "models/study/study.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <set>
#include <utility>

#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/parallel.h"
#include "models/run/run_data.h"
#include "models/run/run_stages.h"
#include "models/study/busy_file.h"

namespace demd {
namespace {

namespace fs = std::filesystem;

constexpr char kFormat[] = "demd study";

JsonValue StudyJson(const std::vector<StudyRun>& runs) {
  JsonValue list = JsonValue::MakeArray();
  for (const StudyRun& run : runs) {
    JsonValue json = JsonValue::MakeObject();
    json.Set("name", run.name).Set("recipe", ToJson(run.recipe));
    list.Append(std::move(json));
  }
  JsonValue json = JsonValue::MakeObject();
  json.Set("format", kFormat).Set("format_version", 1).Set("runs", std::move(list));
  return json;
}

JsonValue ReadStudyJson(const std::string& directory) {
  const std::string path = RunPath(directory, "study.json");
  if (!fs::exists(path)) {
    throw DataError(directory + ": expected a study, found no study.json in it");
  }
  return ReadJson(path);
}

void CheckIsTheStudy(const std::string& directory, const std::vector<StudyRun>& runs) {
  if (ReadStudyJson(directory) == StudyJson(runs)) return;
  throw DataError(directory + ": expected the study asked for, found another in study.json; " +
                  "name another directory");
}

void WriteStudy(const std::string& directory, const std::vector<StudyRun>& runs) {
  const std::string path = RunPath(directory, "study.json");
  WriteWhenFree([&] {
    if (!fs::exists(path)) WriteJson(path, StudyJson(runs));
  });
  CheckIsTheStudy(directory, runs);
}

bool IsDone(const std::string& run_directory) {
  return fs::exists(RunPath(run_directory, "metrics.json")) &&
         fs::exists(RunPath(run_directory, "report.html"));
}

// Puts the number of the study's run before what its stages say; ends it when another has ended.
class RunOfStudyObserver : public RunObserver {
 public:
  RunOfStudyObserver(std::string prefix, std::unique_ptr<RunObserver> inner,
                     const std::atomic<bool>* ended)
      : prefix_(std::move(prefix)), inner_(std::move(inner)), ended_(ended) {}
  void Begin(const std::string& label, double total, double done) override {
    inner_->Begin(prefix_ + label, total, done);
  }
  void Update(double done, const std::string& detail) override { inner_->Update(done, detail); }
  void Finish(const std::string& detail) override { inner_->Finish(detail); }
  bool StopRequested() override { return inner_->StopRequested() || *ended_; }

 private:
  std::string prefix_;
  std::unique_ptr<RunObserver> inner_;
  const std::atomic<bool>* ended_;
};

}  // namespace

void CheckFiles(const std::vector<StudyRun>& runs, const std::string& directory) {
  std::set<std::vector<std::string>> checked = {{}};  // simulated wafers need no files
  for (const StudyRun& run : runs) {
    if (checked.insert(run.recipe.data).second) MakeRunData(run.recipe, directory);
  }
}

Shard ShardOf(const std::string& text) {
  const size_t slash = text.find('/');
  const auto number = [](const std::string& digits) {
    const bool good = !digits.empty() && digits.size() < 7 &&
                      digits.find_first_not_of("0123456789") == std::string::npos;
    return good ? int64_t{std::stoi(digits)} : int64_t{0};
  };
  Shard shard;
  shard.index = slash == std::string::npos ? 0 : number(text.substr(0, slash));
  shard.count = slash == std::string::npos ? 0 : number(text.substr(slash + 1));
  if (shard.index < 1 || shard.index > shard.count) {
    throw UsageError("shard: expected a part like 2/8, found '" + text + "'");
  }
  return shard;
}

Study::Study(const std::string& directory, const std::vector<StudyRun>& runs,
             const std::string& revision)
    : directory_(directory), runs_(runs), revision_(revision) {
  if (fs::exists(RunPath(directory, "run.json"))) {
    throw DataError(directory + ": expected a directory for a study, found a run in it; " +
                    "name another directory");
  }
  if (!fs::exists(RunPath(directory, "study.json"))) {
    std::error_code error;
    fs::create_directories(fs::path(directory) / "runs", error);
    if (error) throw DataError(directory + ": cannot be created: " + error.message());
  }
  WriteStudy(directory, runs);
}

Study Study::Open(const std::string& directory, const std::string& revision) {
  const JsonValue json = ReadStudyJson(directory);
  std::vector<StudyRun> runs;
  for (const JsonValue& run : json.Get("runs").AsArray()) {
    const std::string& name = run.Get("name").AsString();
    const std::string where = RunPath(directory, "study.json") + ": " + name;
    runs.push_back({name, RecipeOf(run.Get("recipe"), where)});
  }
  return Study(directory, runs, revision);
}

std::string Study::RunDirectory(const StudyRun& run) const {
  return (fs::path(directory_) / "runs" / run.name).string();
}

bool Study::Execute(const Shard& shard,
                    const std::function<std::unique_ptr<RunObserver>()>& make_observer) {
  std::vector<size_t> to_do;
  for (size_t i = 0; i < runs_.size(); ++i) {
    const auto part = static_cast<int64_t>(i) % shard.count;
    if (part == shard.index - 1 && !IsDone(RunDirectory(runs_[i]))) to_do.push_back(i);
  }
  std::atomic<bool> ended{false};
  ParallelFor(static_cast<int64_t>(to_do.size()), [&](int64_t task) {
    if (ended) return;
    const size_t i = to_do[static_cast<size_t>(task)];
    const std::string number = std::to_string(i + 1) + "/" + std::to_string(runs_.size());
    RunOfStudyObserver observer(number + " " + runs_[i].name + ": ", make_observer(), &ended);
    try {
      const std::string directory = RunDirectory(runs_[i]);
      const bool begun = fs::exists(RunPath(directory, "run.json"));
      Run run = begun ? Run::Open(directory, revision_)
                      : Run::Create(directory, runs_[i].recipe, revision_);
      if (!run.Execute(&observer).has_value()) ended = true;
    } catch (...) {
      ended = true;
      throw;
    }
  });
  return !ended;
}

void Study::TakeFrom(const std::string& directory) {
  CheckIsTheStudy(directory, runs_);
  for (const StudyRun& run : runs_) {
    const std::string from = (fs::path(directory) / "runs" / run.name).string();
    const std::string to = RunDirectory(run);
    if (!IsDone(from)) continue;
    if (IsDone(to)) {
      if (ReadJson(RunPath(from, "metrics.json")) == ReadJson(RunPath(to, "metrics.json")))
        continue;
      throw DataError(from + ": expected the same metrics as in " + to + ", found others");
    }
    // A copy that was broken off has another name, and does not count as a run.
    const std::string part = to + ".part";
    std::error_code error;
    fs::remove_all(part, error);
    if (!error) fs::copy(from, part, fs::copy_options::recursive, error);
    if (!error) fs::remove_all(to, error);
    if (!error) fs::rename(part, to, error);
    if (error) throw DataError(to + ": cannot be copied: " + error.message());
  }
}

std::vector<std::string> Study::Missing() const {
  std::vector<std::string> missing;
  for (const StudyRun& run : runs_) {
    if (!IsDone(RunDirectory(run))) missing.push_back(run.name);
  }
  return missing;
}

}  // namespace demd
