#include "models/training_pairs.h"

#include <numeric>

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

PairSet MakeTrainingPairs(const Tensor& x, const std::vector<Autoencoder*>& models, int64_t count,
                          uint64_t seed) {
  std::vector<PairSet> sets;
  sets.push_back(RandomPairs(x, count / 2, seed));
  const int64_t per_model = count / 2 / static_cast<int64_t>(models.size());
  for (size_t i = 0; i < models.size(); ++i) {
    sets.push_back(ReconstructionPairs(x, models[i], per_model, seed, i));
  }
  return JoinPairs(sets);
}

}  // namespace demd
