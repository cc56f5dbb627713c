#include "models/run/run_stages.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <utility>

#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/version.h"
#include "models/networks/autoencoder_training.h"
#include "models/networks/training_pairs.h"
#include "models/results/training_json.h"
#include "quant/range_proof.h"

namespace demd {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr double kSecondsBetweenStates = 10.0;
constexpr int kDeviceAccumulatorBits = 32;
constexpr int64_t kFewestValidationPairs = 100;
constexpr int64_t kMostValidationPairs = 10000;

double SecondsSince(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

AutoencoderTrainOptions AutoencoderOptionsOf(const Recipe& recipe, LossKind loss, int64_t rows) {
  AutoencoderTrainOptions options;
  options.model = AutoencoderOf(recipe);
  options.loss = loss;
  options.batch_size = recipe.autoencoder_batch;
  options.learning_rate = recipe.autoencoder_rate;
  options.seed = recipe.seed;
  const int64_t steps_per_epoch = std::max<int64_t>(rows / options.batch_size, 1);
  options.epochs = std::max<int64_t>(recipe.autoencoder_steps / steps_per_epoch, 1);
  return options;
}

// Puts a trainer where its state was saved, if the file holds that of this training.
void Restore(const std::string& path, const std::string& name, Trainer* trainer,
             EmdCnnRefresh* refresh) {
  try {
    const Checkpoint state = LoadCheckpoint(path);
    if (state.meta.Find(name) == nullptr) return;
    trainer->Restore(state, path);
    if (refresh != nullptr) refresh->Restore(state, path);
  } catch (const DataError& error) {
    throw DataError(std::string(error.what()) + "; remove it to begin this training again");
  }
}

// Carries one run through its trainings. Each that has its file already is skipped. The functions
// return false when the observer stopped them.
class Stages {
 public:
  Stages(const std::string& directory, const Recipe& recipe, RunObserver* observer)
      : directory_(directory), recipe_(recipe), observer_(observer) {}

  bool TrainAll(const RunData& data);

 private:
  bool TrainAutoencoder(LossKind loss, EmdCnn* cnn);
  bool TrainEmdCnn();
  bool TrainWithEmdCnn(LossKind loss);
  bool RunTrainer(const std::string& name, const std::string& label, Trainer* trainer,
                  EmdCnnRefresh* refresh = nullptr);
  void AddSeconds(const std::string& name, double seconds) const;

  const std::string& directory_;
  const Recipe& recipe_;
  RunObserver* observer_;
  std::shared_ptr<const RowSource> train_;
  Tensor validation_;
};

void Stages::AddSeconds(const std::string& name, double seconds) const {
  const std::string path = RunPath(directory_, kTimesFile);
  JsonValue times = fs::exists(path) ? ReadJson(path) : JsonValue::MakeObject();
  const JsonValue* before = times.Find(name);
  times.Set(name, seconds + (before == nullptr ? 0.0 : before->AsReal()));
  WriteJson(path, times);
}

// `refresh` is stored and restored with the trainer, if there is one.
bool Stages::RunTrainer(const std::string& name, const std::string& label, Trainer* trainer,
                        EmdCnnRefresh* refresh) {
  const std::string state_path = RunPath(directory_, "state.npz");
  if (fs::exists(state_path)) Restore(state_path, name, trainer, refresh);
  Clock::time_point counted = Clock::now();  // seconds up to here are in times.json
  const auto count_seconds = [&] {
    AddSeconds(name, SecondsSince(counted));
    counted = Clock::now();
  };
  const auto save = [&] {
    Checkpoint state;
    trainer->Store(&state);
    if (refresh != nullptr) refresh->Store(&state);
    SaveCheckpoint(state_path, state);
    count_seconds();
  };
  const auto detail = [&] {
    std::string text = "epoch " + std::to_string(trainer->epochs_done());
    if (trainer->epochs_done() > 0) {
      text += ", validation " + std::to_string(trainer->history().back().validation_loss);
    }
    return text;
  };
  observer_->Begin(label, static_cast<double>(trainer->total_steps()),
                   static_cast<double>(trainer->steps_done()));
  while (!trainer->done()) {
    if (observer_->StopRequested()) {
      save();
      observer_->Finish("stopped at step " + std::to_string(trainer->steps_done()) + ", saved in " +
                        state_path);
      return false;
    }
    trainer->Step();
    observer_->Update(static_cast<double>(trainer->steps_done()), detail());
    if (SecondsSince(counted) > kSecondsBetweenStates) save();
  }
  count_seconds();
  observer_->Finish(
      "best validation " +
      std::to_string(
          trainer->history()[static_cast<size_t>(trainer->best_epoch())].validation_loss));
  return true;
}

bool Stages::TrainAutoencoder(LossKind loss, EmdCnn* cnn) {
  const std::string path = ModelPath(directory_, NameOf(loss));
  if (fs::exists(path)) return true;
  const AutoencoderTrainOptions options = AutoencoderOptionsOf(recipe_, loss, train_->rows());
  AutoencoderTraining training(options, *train_, validation_, cnn);
  Trainer& trainer = training.trainer();
  const std::string label = "autoencoder, " + TitleOf(loss);
  if (!RunTrainer(training.name(), label, &trainer, training.refresh())) return false;
  if (!options.model.profile.is_float) {
    const IntegerEncoder encoder = training.model().MakeIntegerEncoder();
    RequireAccumulator(ProveRanges(encoder.profile(), encoder.weights()), kDeviceAccumulatorBits);
  }
  JsonValue meta = JsonValue::MakeObject();
  meta.Set("loss", NameOf(loss))
      .Set("revision", GitRevision())
      .Set("recipe", ToJson(recipe_))
      .Set("training", ToJson(TrainingResult{NameOf(loss), "mean EMD", trainer.history(),
                                             trainer.best_epoch()}));
  // Before the encoder, whose file says that both are there.
  if (training.refresh() != nullptr) {
    SaveEmdCnn(ModelPath(directory_, kRefreshedCnn), *cnn, JsonValue::MakeObject());
  }
  SaveAutoencoder(path, training.model(), meta);
  return true;
}

bool Stages::TrainEmdCnn() {
  const std::string path = ModelPath(directory_, "emd_cnn");
  if (fs::exists(path)) return true;
  std::vector<std::unique_ptr<Autoencoder>> teachers;
  std::vector<Autoencoder*> models;
  for (const LossKind loss : TeachersOf(recipe_)) {
    teachers.push_back(LoadAutoencoder(ModelPath(directory_, NameOf(loss))));
    models.push_back(teachers.back().get());
  }
  const PairMode mode = PairModeByName(recipe_.emd_cnn_pair_mode);
  const auto pairs = [&](const RowSource& wafers, int64_t count, int64_t index) {
    return MakeTrainingPairs(mode, wafers, models, count, recipe_.seed,
                             static_cast<uint64_t>(index));
  };
  const int64_t per_epoch = recipe_.emd_cnn_pairs;
  const PairSet validation =
      pairs(TensorRows(validation_),
            std::clamp(per_epoch, kFewestValidationPairs, kMostValidationPairs), 0);
  EmdCnnTraining training(
      recipe_.emd_cnn, [&](int64_t epoch) { return pairs(*train_, per_epoch, epoch); }, per_epoch,
      validation);
  Trainer& trainer = training.trainer();
  if (!RunTrainer("emd_cnn", "EMD CNN", &trainer)) return false;
  TrainingResult result{"emd_cnn", "validation loss", trainer.history(), trainer.best_epoch()};
  const EmdCnnError error =
      ErrorOf(training.network().Predict(validation.a, validation.b), validation.emd);
  result.validation_error = std::sqrt(error.relative_mean * error.relative_mean +
                                      error.relative_std * error.relative_std);
  JsonValue meta = JsonValue::MakeObject();
  meta.Set("revision", GitRevision())
      .Set("recipe", ToJson(recipe_))
      .Set("training", ToJson(result));
  SaveEmdCnn(path, training.network(), meta);
  return true;
}

// An encoder whose loss is the EMD CNN.
bool Stages::TrainWithEmdCnn(LossKind loss) {
  if (fs::exists(ModelPath(directory_, NameOf(loss)))) return true;
  const std::unique_ptr<EmdCnn> cnn = LoadEmdCnn(ModelPath(directory_, "emd_cnn"));
  if (loss == LossKind::kEmdCnn) Freeze(cnn->parameters());
  return TrainAutoencoder(loss, cnn.get());
}

bool Stages::TrainAll(const RunData& data) {
  train_ = data.train;
  validation_ = EncoderInputs(data.validation);
  for (const LossKind loss : TeachersOf(recipe_)) {
    if (!TrainAutoencoder(loss, nullptr)) return false;
  }
  if (recipe_.NeedsEmdCnn() && !TrainEmdCnn()) return false;
  for (const LossKind loss : recipe_.losses) {
    if (IsOfEmdCnn(loss) && !TrainWithEmdCnn(loss)) return false;
  }
  fs::remove(RunPath(directory_, "state.npz"));
  return true;
}

}  // namespace

std::string RunPath(const std::string& directory, const std::string& name) {
  return (fs::path(directory) / name).string();
}

std::string ModelPath(const std::string& directory, const std::string& name) {
  return (fs::path(directory) / "models" / (name + ".npz")).string();
}

std::string TitleOf(LossKind loss) {
  switch (loss) {
    case LossKind::kMse:
      return "mean squared error";
    case LossKind::kWeightedMse:
      return "weighted MSE";
    case LossKind::kTelescope:
      return "telescope";
    case LossKind::kEmdCnn:
      return "EMD CNN";
    case LossKind::kEmd:
      return "exact EMD";
    case LossKind::kSliced:
      return "sliced EMD";
    case LossKind::kSinkhorn:
      return "Sinkhorn divergence";
    case LossKind::kEmdCnnRefreshed:
      return "EMD CNN, refreshed";
  }
  return "";
}

// The losses whose encoders are trained without an EMD CNN, and whose reconstructions it learns
// from. If only the CNN's own is asked for, telescope is trained for it.
std::vector<LossKind> TeachersOf(const Recipe& recipe) {
  std::vector<LossKind> teachers;
  for (const LossKind loss : recipe.losses) {
    if (!IsOfEmdCnn(loss)) teachers.push_back(loss);
  }
  if (teachers.empty()) teachers.push_back(LossKind::kTelescope);
  return teachers;
}

bool TrainModels(const std::string& directory, const Recipe& recipe, const RunData& data,
                 RunObserver* observer) {
  return Stages(directory, recipe, observer).TrainAll(data);
}

}  // namespace demd
