#ifndef DEMD_MODELS_RESULTS_TRAINING_JSON_H_
#define DEMD_MODELS_RESULTS_TRAINING_JSON_H_

#include "engine/io/json.h"
#include "models/results/results.h"

namespace demd {

/// How a training went, as model files and metrics.json hold it, and back:
///   {"name": ..., "quantity": ..., "best_epoch": 3, "history": [{"train": ..., "validation":
///   ...}]}
/// Errors: DataError.
JsonValue ToJson(const TrainingResult& training);
TrainingResult TrainingResultOf(const JsonValue& json);

}  // namespace demd

#endif  // DEMD_MODELS_RESULTS_TRAINING_JSON_H_
