#include "models/run/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <utility>

#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/parallel.h"
#include "models/run/run_data.h"
#include "models/run/run_stages.h"
#include "models/simulation/simulation.h"
#include "models/wafer_data.h"
#include "tests/case_count.h"
#include "tests/error_message.h"
#include "tests/models/stopping_observer.h"
#include "tests/models/tiny_recipe.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

namespace fs = std::filesystem;

// All but the one that holds times.
using Files = std::map<std::string, std::string>;

Files FilesOf(const std::string& directory) {
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file() || entry.path().filename() == kTimesFile) continue;
    files[fs::relative(entry.path(), directory).string()] =
        std::string(FileContents(entry.path().string()).bytes());
  }
  return files;
}

void ExpectSameFiles(const Files& expected, const Files& found) {
  ASSERT_FALSE(expected.empty());
  for (const auto& [name, bytes] : expected) {
    ASSERT_EQ(found.count(name), 1u) << name;
    EXPECT_TRUE(found.at(name) == bytes) << name << " differs";
  }
  EXPECT_EQ(found.size(), expected.size());
}

Files RunUnbroken(const Recipe& recipe) {
  const TemporaryDirectory directory;
  const std::string out = directory.File("run");
  StoppingObserver observer;
  EXPECT_TRUE(Run::Create(out, recipe, "revision").Execute(&observer).has_value());
  return FilesOf(out);
}

TEST(Run, LeavesItsFilesAndNoOthers) {
  const Files files = RunUnbroken(TinyRecipe());
  for (const char* name :
       {"run.json", "metrics.json", "report.html", "models/telescope.npz", "models/emd-cnn.npz",
        "models/emd.npz", "models/emd_cnn.npz", "models/emd-cnn-refreshed.npz",
        "models/emd_cnn_refreshed.npz", "export/emd/encoder.h"}) {
    EXPECT_EQ(files.count(name), 1u) << name;
  }
  EXPECT_EQ(files.count("state.npz"), 0u);
}

TEST(Run, TrainsByWhatTheRecipeSays) {
  Recipe recipe = TinyRecipe();
  recipe.losses = {LossKind::kTelescope};
  const auto weights_of = [&](const Recipe& of) {
    const TemporaryDirectory directory;
    StoppingObserver observer;
    fs::create_directory(RunPath(directory.path(), "models"));
    EXPECT_TRUE(TrainModels(directory.path(), of, MakeRunData(of, directory.path()), &observer));
    const std::unique_ptr<Autoencoder> trained =
        LoadAutoencoder(ModelPath(directory.path(), "telescope"));
    std::string bytes;
    for (const Parameter* parameter : trained->parameters()) {
      bytes.append(reinterpret_cast<const char*>(parameter->value.data()),
                   static_cast<size_t>(parameter->value.size()) * sizeof(float));
    }
    return bytes;
  };
  const std::string reference = weights_of(recipe);
  const std::vector<std::pair<const char*, std::function<void(Recipe*)>>> changes = {
      {"sample", [](Recipe* r) { r->sample = "suppressed"; }},
      {"profile", [](Recipe* r) { r->profile = "paper5"; }},
      {"links", [](Recipe* r) { r->n_elinks = 2; }},
      {"seed", [](Recipe* r) { r->seed = 7; }},
      {"wafers", [](Recipe* r) { r->train_wafers = 150; }},
      {"steps", [](Recipe* r) { r->autoencoder_steps = 4; }},
      {"batch", [](Recipe* r) { r->autoencoder_batch = 25; }},
      {"rate", [](Recipe* r) { r->autoencoder_rate = 1e-3; }}};
  for (const auto& [what, change] : changes) {
    Recipe changed = recipe;
    change(&changed);
    EXPECT_NE(weights_of(changed), reference) << what;
  }
}

TEST(Run, GivesTheSameFilesOnAnyNumberOfThreads) {
  Recipe recipe = TinyRecipe();
  SetDecoder("4c2", &recipe);
  SetThreadCount(1);
  const Files expected = RunUnbroken(recipe);
  for (const int threads : {2, 3}) {
    SetThreadCount(threads);
    ExpectSameFiles(expected, RunUnbroken(recipe));
  }
  SetThreadCount(1);
}

TEST(Run, StoppedAfterAnyStepEndsInTheSameFiles) {
  Recipe recipe = TinyRecipe();
  SetDecoder("paper", &recipe);  // beside which the encoder's weights settle, by the step
  const Files expected = RunUnbroken(recipe);
  std::vector<int64_t> stops = {1, 7, 8, 9, 16, 20, 31, 35, 39, 41, 44, 47};
  if (ShortTests()) stops = {8, 20, 41};
  for (const int64_t stop : stops) {
    const TemporaryDirectory directory;
    const std::string out = directory.File("run");
    StoppingObserver stopping(stop);
    EXPECT_FALSE(Run::Create(out, recipe, "revision").Execute(&stopping).has_value());
    StoppingObserver observer;
    EXPECT_TRUE(Run::Open(out, "revision").Execute(&observer).has_value());
    ExpectSameFiles(expected, FilesOf(out));
  }
}

// Keeps what a run says of its finished stages.
class ListeningObserver : public StoppingObserver {
 public:
  void Finish(const std::string& detail) override { details_ += detail + "\n"; }
  const std::string& details() const { return details_; }

 private:
  std::string details_;
};

TEST(Run, SaysWhenAnotherRevisionBeganIt) {
  const TemporaryDirectory directory;
  StoppingObserver stopping(8);
  Run::Create(directory.File("run"), TinyRecipe(), "first").Execute(&stopping);
  for (const char* revision : {"second", "first"}) {
    ListeningObserver observer;
    Run::Open(directory.File("run"), revision).Execute(&observer);
    const bool says_so = observer.details().find("begun by revision first") != std::string::npos;
    EXPECT_EQ(says_so, std::string(revision) == "second") << observer.details();
  }
}

TEST(Run, MeasuresTheEmdCnnOnEachKindOfPairs) {
  const JsonValue metrics = ParseJson(RunUnbroken(TinyRecipe()).at("metrics.json"), "metrics");
  const JsonValue::Array& kinds = metrics.Get("emd_cnn").AsArray();
  // Random pairs, equal wafers, four encoders, and the refreshed network.
  ASSERT_EQ(kinds.size(), 7u);
  EXPECT_EQ(kinds[1].Get("pairs").AsString(), "a wafer and itself");
  EXPECT_EQ(kinds[1].Get("absolute_largest").AsReal(), 0.0);
  EXPECT_TRUE(kinds[1].Get("gradient_cosine").IsNull());
  for (const size_t kind : {0U, 2U, 3U, 4U, 5U, 6U}) {
    EXPECT_GT(kinds[kind].Get("gradient_cosine").AsReal(), 0.0);
    EXPECT_EQ(kinds[kind].Get("calibration").AsArray().size(), 10u);
  }
}

TEST(Run, TrainsTelescopeForTheEmdCnnIfNothingElseIsAsked) {
  Recipe recipe = TinyRecipe();
  recipe.losses = {LossKind::kEmdCnn};
  const Files files = RunUnbroken(recipe);
  EXPECT_EQ(files.count("models/telescope.npz"), 1u);
  EXPECT_EQ(files.count("export/telescope/encoder.h"), 0u);
}

TEST(Run, CodesOfTheIntegerEncoderAreThoseThatTrainingSaw) {
  for (const char* profile : {"econt", "paper5", "paper6"}) {
    Recipe recipe = TinyRecipe();
    recipe.profile = profile;
    recipe.n_elinks = 3;
    recipe.losses = {LossKind::kEmd};
    const TemporaryDirectory directory;
    StoppingObserver observer;
    const auto results = Run::Create(directory.File("run"), recipe, "revision").Execute(&observer);
    EXPECT_EQ(results->methods[0].mismatches, 0) << profile;
    EXPECT_EQ(results->methods[0].bits, 16 * 5);
    for (const MethodResult& method : results->methods) {
      EXPECT_EQ(method.fits_links, method.name != "threshold") << method.name;
    }
  }
}

TEST(Run, RefusesADirectoryThatHoldsOne) {
  const TemporaryDirectory directory;
  const std::string out = directory.File("run");
  StoppingObserver stopping(1);
  Run::Create(out, TinyRecipe(), "revision").Execute(&stopping);
  EXPECT_THROW(Run::Create(out, TinyRecipe(), "revision"), UsageError);
}

// Begins and ends a training while another works on the run.
class SecondProcessObserver : public StoppingObserver {
 public:
  explicit SecondProcessObserver(std::string directory) : directory_(std::move(directory)) {}
  void Update(double done, const std::string& detail) override {
    StoppingObserver::Update(done, detail);
    if (!message_.empty()) return;
    StoppingObserver observer;
    message_ = ErrorMessage([&] { Run::Open(directory_, "revision").Execute(&observer); });
  }
  const std::string& message() const { return message_; }

 private:
  std::string directory_;
  std::string message_;
};

TEST(Run, IsWorkedOnByOneProcessAtATime) {
  const Files expected = RunUnbroken(TinyRecipe());
  const TemporaryDirectory directory;
  const std::string out = directory.File("run");
  SecondProcessObserver observer(out);
  EXPECT_TRUE(Run::Create(out, TinyRecipe(), "revision").Execute(&observer).has_value());
  EXPECT_EQ(observer.message(), out + ": another process is working on this run");
  ExpectSameFiles(expected, FilesOf(out));
}

TEST(Run, RefusesADirectoryThatHoldsAStudy) {
  const TemporaryDirectory directory;
  WriteFile(directory.File("study.json"), "{}");
  EXPECT_THROW(Run::Create(directory.path(), TinyRecipe(), "revision"), UsageError);
}

TEST(Run, SaysHowToGoOnWithADamagedState) {
  const Files expected = RunUnbroken(TinyRecipe());
  const TemporaryDirectory directory;
  const std::string out = directory.File("run");
  StoppingObserver stopping(12);
  EXPECT_FALSE(Run::Create(out, TinyRecipe(), "revision").Execute(&stopping).has_value());
  const std::string state = RunPath(out, "state.npz");
  WriteFile(state, std::string(FileContents(state).bytes().substr(0, 1000)));
  StoppingObserver observer;
  const std::string message = ErrorMessage([&] { Run::Open(out, "revision").Execute(&observer); });
  EXPECT_EQ(message.rfind(state + ": ", 0), 0u) << message;
  const std::string end = "; remove it to begin this training again";
  ASSERT_GT(message.size(), end.size());
  EXPECT_EQ(message.substr(message.size() - end.size()), end);
  fs::remove(state);
  EXPECT_TRUE(Run::Open(out, "revision").Execute(&observer).has_value());
  ExpectSameFiles(expected, FilesOf(out));
}

TEST(Run, SaysWhereTheNameOfAMissingFileComesFrom) {
  const TemporaryDirectory directory;
  const std::string out = directory.File("run");
  MakeDirectories(out);
  Recipe recipe = TinyRecipe();
  recipe.data = {"no_such_wafers.csv"};
  JsonValue json = JsonValue::MakeObject();
  json.Set("format_version", 1).Set("revision", "revision").Set("recipe", ToJson(recipe));
  WriteJson(RunPath(out, "run.json"), json);
  StoppingObserver observer;
  EXPECT_EQ(ErrorMessage([&] { Run::Open(out, "revision").Execute(&observer); }),
            "no_such_wafers.csv: expected wafers, found no such file; it is named in " + out +
                "/run.json, relative to the directory in which the run began");
}

TEST(Run, LeavesNoDirectoryBehindWhenItsWafersCannotBeRead) {
  const TemporaryDirectory directory;
  Recipe recipe = TinyRecipe();
  recipe.data = {directory.File("nothing.csv")};
  StoppingObserver observer;
  EXPECT_THROW(Run::Create(directory.File("run"), recipe, "revision").Execute(&observer),
               DataError);
  EXPECT_FALSE(fs::exists(directory.File("run")));
}

TEST(Run, RefusesToGoOnWithNothingOrWithOtherWafers) {
  const TemporaryDirectory directory;
  EXPECT_THROW(Run::Open(directory.File("nothing"), "revision"), DataError);

  const std::string data = directory.File("wafers.csv");
  const Simulation simulation(ZeroSuppressedSample(), 5);
  WriteWafers(data, simulation.Make(0, 300));
  Recipe recipe = TinyRecipe();
  recipe.data = {data};
  const std::string out = directory.File("run");
  StoppingObserver stopping(3);
  EXPECT_FALSE(Run::Create(out, recipe, "revision").Execute(&stopping).has_value());
  WriteWafers(data, simulation.Make(1, 300));
  StoppingObserver observer;
  EXPECT_THROW(Run::Open(out, "revision").Execute(&observer), DataError);
}

TEST(Run, OfTheFewestWafersCanBeRun) {
  Recipe recipe = TinyRecipe();
  recipe.train_wafers = recipe.validation_wafers = recipe.held_out_wafers = 2;
  recipe.autoencoder_steps = 1;
  recipe.emd_cnn_pairs = 1;
  EXPECT_FALSE(RunUnbroken(recipe).empty());
}

TEST(EvaluateRun, MeasuresItsModelsOnOtherWafers) {
  const TemporaryDirectory directory;
  const std::string out = directory.File("run");
  StoppingObserver observer;
  const auto own = Run::Create(out, TinyRecipe(), "revision").Execute(&observer);
  const RunResults same = EvaluateRun(out, own->held_out, "again");
  ASSERT_EQ(same.methods.size(), own->methods.size());
  for (size_t i = 0; i < same.methods.size(); ++i) {
    EXPECT_EQ(same.methods[i].name, own->methods[i].name);
    EXPECT_EQ(same.methods[i].images.size(), own->methods[i].images.size());
  }
  EXPECT_EQ(same.methods[0].emd, own->methods[0].emd);
  fs::remove(RunPath(out, "metrics.json"));
  EXPECT_THROW(EvaluateRun(out, own->held_out, "again"), DataError);
}

}  // namespace
}  // namespace demd
