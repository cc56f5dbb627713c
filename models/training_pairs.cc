#include "models/training_pairs.h"

#include <algorithm>
#include <numeric>

#include "engine/error.h"
#include "engine/random.h"
#include "models/wafer.h"

namespace demd {
namespace {

float SumOf(const float* row) { return std::accumulate(row, row + kWaferCells, 0.0f); }

// y = (1 - share) y / sum(y) + share other / sum(other)
void Mix(float share, const float* other, float* y) {
  const float keep = (1.0f - share) / SumOf(y);
  const float add = share / SumOf(other);
  for (int i = 0; i < kWaferCells; ++i) y[i] = keep * y[i] + add * other[i];
}

PairSet ReconstructionPairs(const Tensor& x, Autoencoder* model, int64_t count, uint64_t seed,
                            uint64_t index) {
  RandomStream random(seed, "reconstruction pairs", index);
  const uint64_t n = static_cast<uint64_t>(x.shape()[0]);
  std::vector<int64_t> rows, others;
  for (int64_t i = 0; i < count; ++i) {
    rows.push_back(static_cast<int64_t>(random.Below(n)));
    others.push_back(static_cast<int64_t>(random.Below(n)));
  }
  const Tensor a = RowsOf(x, rows);
  const Tensor other = model->Reconstruct(RowsOf(x, others));
  Tensor b = model->Reconstruct(a);
  for (int64_t i = 0; i < count; ++i) {
    const float share = static_cast<float>(random.Uniform());
    const int64_t at = i * kWaferCells;
    if (i % 3 == 1) Mix(share, other.data() + at, b.data() + at);
    if (i % 3 == 2) Mix(share, a.data() + at, b.data() + at);
  }
  return PairsOf(a, b);
}

}  // namespace

const std::vector<std::string>& PairModeNames() {
  static const std::vector<std::string> names = {"pair", "ae", "app"};
  return names;
}

PairMode PairModeByName(std::string_view name) {
  const std::vector<std::string>& names = PairModeNames();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw UsageError("pairs: expected pair, ae or app, found '" + std::string(name) + "'");
  }
  return static_cast<PairMode>(found - names.begin());
}

PairSet MakeTrainingPairs(PairMode mode, const Tensor& x, const std::vector<Autoencoder*>& models,
                          int64_t count, uint64_t seed) {
  const int64_t random = mode == PairMode::kApp ? count / 2 : mode == PairMode::kPair ? count : 0;
  std::vector<PairSet> sets;
  if (random > 0) sets.push_back(RandomPairs(x, random, seed));
  const int64_t per_model = (count - random) / static_cast<int64_t>(models.size());
  for (size_t i = 0; i < models.size() && per_model > 0; ++i) {
    sets.push_back(ReconstructionPairs(x, models[i], per_model, seed, i));
  }
  return JoinPairs(sets);
}

}  // namespace demd
