#include "models/networks/training_pairs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numeric>

#include "emd/metric.h"
#include "engine/error.h"
#include "engine/portable_math.h"
#include "engine/random.h"
#include "models/wafer.h"

namespace demd {
namespace {

// Pairs that share two disturbed teachers.
constexpr int64_t kGroupSize = 2048;
// Disturbances of weights, relative to their root mean square; half of the teachers stay as they
// are.
constexpr std::array<double, 8> kDisturbances = {0.0, 0.0, 0.0, 0.0, 0.1, 0.2, 0.4, 0.8};
constexpr double kNoiseOfCells = 1.0;  // up to so much in the logarithm
constexpr float kFewestCharge = 1e-30f;
// Spreads of charge: e-folding lengths, cell pitches.
constexpr int kSpreads = 8;
constexpr double kShortestSpread = 0.35;
constexpr double kLongestSpread = 3.0;

float SumOf(const float* row) { return std::accumulate(row, row + kWaferCells, 0.0f); }

// y = (1 - share) y / sum(y) + share other / sum(other)
void Mix(float share, const float* other, float* y) {
  const float keep = (1.0f - share) / SumOf(y);
  const float add = share / SumOf(other);
  for (int i = 0; i < kWaferCells; ++i) y[i] = keep * y[i] + add * other[i];
}

void ScaleCells(double noise, RandomStream* random, float* y) {
  for (int i = 0; i < kWaferCells; ++i) {
    y[i] *= static_cast<float>(Exp(noise * random->Normal()));
  }
}

Tensor DrawnRows(const RowSource& x, int64_t count, RandomStream* random) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  for (int64_t& row : rows) {
    row = static_cast<int64_t>(random->Below(static_cast<uint64_t>(x.rows())));
  }
  return RowsOf(x, rows);
}

double RootMeanSquare(const Tensor& x) {
  double squares = 0.0;
  for (int64_t i = 0; i < x.size(); ++i) {
    squares += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  }
  return std::sqrt(squares / static_cast<double>(x.size()));
}

// One of the teachers, its weights disturbed.
std::unique_ptr<Autoencoder> DrawnTeacher(const std::vector<Autoencoder*>& teachers,
                                          RandomStream* random) {
  const Autoencoder& teacher = *teachers[static_cast<size_t>(random->Below(teachers.size()))];
  const double disturbance =
      kDisturbances[static_cast<size_t>(random->Below(kDisturbances.size()))];
  auto copy = std::make_unique<Autoencoder>(teacher.options());
  for (size_t p = 0; p < copy->parameters().size(); ++p) {
    Tensor& values = copy->parameters()[p]->value;
    values = teacher.parameters()[p]->value;
    const bool is_kernel = values.shape().rank() > 1;
    if (disturbance == 0.0 || !is_kernel) continue;
    const double size = disturbance * RootMeanSquare(values);
    for (int64_t i = 0; i < values.size(); ++i) {
      values[i] += static_cast<float>(size * random->Normal());
    }
  }
  return copy;
}

// Wafers and reconstructions of them, as two teachers make them.
void ReconstructionRows(const RowSource& x, const std::vector<Autoencoder*>& teachers,
                        RandomStream* random, Tensor* a, Tensor* b) {
  const Tensor others = DrawnRows(x, a->shape()[0], random);
  *b = DrawnTeacher(teachers, random)->Reconstruct(*a);
  const Tensor second = DrawnTeacher(teachers, random)->Reconstruct(*a);
  for (int64_t i = 0; i < a->shape()[0]; ++i) {
    const int64_t at = i * kWaferCells;
    float* y = b->data() + at;
    const uint64_t kind = random->Below(4);
    const float share = static_cast<float>(random->Uniform());
    if (SumOf(y) < kFewestCharge || SumOf(second.data() + at) < kFewestCharge) {
      std::copy_n(others.data() + at, kWaferCells, y);
    } else if (kind == 1) {
      Mix(share, second.data() + at, y);
    } else if (kind == 2) {
      Mix(share * share, others.data() + at, y);
    } else if (kind == 3) {
      ScaleCells(kNoiseOfCells * static_cast<double>(share), random, y);
    }
  }
}

// How much of a cell's charge goes where, for each spread: [kSpreads][48][48], rows of sum 1.
const std::vector<float>& SpreadShares() {
  static const std::vector<float> shares = [] {
    std::vector<float> all;
    const GroundCost metric = GroundCost::Hexagon();
    for (int k = 0; k < kSpreads; ++k) {
      const double step = static_cast<double>(k) / (kSpreads - 1);
      const double length = kShortestSpread * Pow(kLongestSpread / kShortestSpread, step);
      for (int32_t i = 0; i < kWaferCells; ++i) {
        double row[kWaferCells];
        double sum = 0.0;
        for (int32_t j = 0; j < kWaferCells; ++j) sum += row[j] = Exp(-metric(i, j) / length);
        for (const double value : row) all.push_back(static_cast<float>(value / sum));
      }
    }
    return all;
  }();
  return shares;
}

// Each wafer with its charge spread over the surroundings and scaled at random.
void SpreadRows(RandomStream* random, const Tensor& a, Tensor* b) {
  for (int64_t r = 0; r < a.shape()[0]; ++r) {
    const float* shares =
        SpreadShares().data() + random->Below(kSpreads) * kWaferCells * kWaferCells;
    const float* x = a.data() + r * kWaferCells;
    float* y = b->data() + r * kWaferCells;
    for (int i = 0; i < kWaferCells; ++i) {
      for (int j = 0; j < kWaferCells && x[i] > 0.0f; ++j) y[j] += x[i] * shares[48 * i + j];
    }
    ScaleCells(kNoiseOfCells * random->Uniform(), random, y);
  }
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

PairSet MakeTrainingPairs(PairMode mode, const RowSource& x,
                          const std::vector<Autoencoder*>& teachers, int64_t count, uint64_t seed,
                          uint64_t index) {
  RandomStream random(seed, "training pairs", index);
  const int64_t unlike = mode == PairMode::kApp ? count / 3 : mode == PairMode::kPair ? count : 0;
  const int64_t spread = (count - unlike) / 5;
  std::vector<PairSet> sets;
  if (unlike > 0) sets.push_back(RandomPairs(x, unlike, random.NextUint64()));
  if (spread > 0) {
    const Tensor a = DrawnRows(x, spread, &random);
    Tensor b(a.shape());
    SpreadRows(&random, a, &b);
    sets.push_back(PairsOf(a, b));
  }
  for (int64_t left = count - unlike - spread; left > 0; left -= kGroupSize) {
    Tensor a = DrawnRows(x, std::min(left, kGroupSize), &random);
    Tensor b;
    ReconstructionRows(x, teachers, &random, &a, &b);
    sets.push_back(PairsOf(a, b));
  }
  return JoinPairs(sets);
}

}  // namespace demd
