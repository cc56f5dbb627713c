#include "models/results/training_json.h"

#include <cmath>
#include <utility>

namespace demd {

JsonValue ToJson(const TrainingResult& training) {
  JsonValue history = JsonValue::MakeArray();
  for (const EpochRecord& record : training.history) {
    JsonValue epoch = JsonValue::MakeObject();
    epoch.Set("train", record.train_loss).Set("validation", record.validation_loss);
    history.Append(std::move(epoch));
  }
  JsonValue json = JsonValue::MakeObject();
  json.Set("name", training.name)
      .Set("quantity", training.quantity)
      .Set("best_epoch", training.best_epoch)
      .Set("history", std::move(history));
  if (!std::isnan(training.validation_error)) {
    json.Set("validation_error", training.validation_error);
  }
  return json;
}

TrainingResult TrainingResultOf(const JsonValue& json) {
  TrainingResult training;
  // Files without a name are of before it was stored; their readers know it.
  const JsonValue* name = json.Find("name");
  if (name != nullptr) training.name = name->AsString();
  training.quantity = json.Get("quantity").AsString();
  training.best_epoch = json.Get("best_epoch").AsInteger();
  const JsonValue* error = json.Find("validation_error");
  if (error != nullptr) training.validation_error = error->AsReal();
  for (const JsonValue& record : json.Get("history").AsArray()) {
    training.history.push_back({record.Get("train").AsReal(), record.Get("validation").AsReal()});
  }
  return training;
}

}  // namespace demd
