#include "models/networks/telescope.h"

#include <vector>

#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/ops/shaping.h"
#include "models/wafer.h"

namespace demd {
namespace {

std::array<TelescopeGroup, kTelescopeGroups> MakeGroups() {
  // Groups of one rhombus, repeated for the other two. Weights are those of the source, over 4.
  constexpr TelescopeGroup kRhombusGroups[] = {
      {{0, 1, 4, 5}, 1.5f},    {{2, 3, 6, 7}, 1.0f + 1.0f / 3.0f},
      {{8, 9, 12, 13}, 2.25f}, {{10, 11, 14, 15}, 1.5f},
      {{4, 5, 8, 9}, 1.5f},    {{6, 7, 10, 11}, 1.0f},
      {{1, 2, 5, 6}, 1.0f},    {{9, 10, 13, 14}, 1.5f},
      {{5, 6, 9, 10}, 1.0f}};
  constexpr float kNearCentre = 1.0f + 2.0f / 3.0f;
  constexpr TelescopeGroup kSeamGroups[] = {
      {{0, 1, 27, 31}, 1.5f},        {{1, 2, 23, 27}, 1.0f},   {{2, 3, 19, 23}, kNearCentre},
      {{3, 7, 34, 35}, kNearCentre}, {{7, 11, 33, 34}, 1.0f},  {{11, 15, 32, 33}, 1.5f},
      {{16, 17, 47, 43}, 1.5f},      {{17, 18, 43, 39}, 1.0f}, {{18, 19, 39, 35}, kNearCentre}};
  std::array<TelescopeGroup, kTelescopeGroups> groups{};
  size_t n = 0;
  for (int32_t rhombus = 0; rhombus < 3; ++rhombus) {
    for (TelescopeGroup group : kRhombusGroups) {
      for (int32_t& cell : group.cells) cell += rhombus * kCellsPerRhombus;
      groups[n++] = group;
    }
  }
  for (const TelescopeGroup& group : kSeamGroups) groups[n++] = group;
  for (TelescopeGroup& group : groups) group.weight /= 4.0f;
  return groups;
}

std::vector<int32_t> GroupColumns() {
  std::vector<int32_t> columns;
  for (const TelescopeGroup& group : TelescopeGroups()) {
    columns.insert(columns.end(), group.cells.begin(), group.cells.end());
  }
  return columns;
}

Tensor GroupWeights() {
  Tensor weights(Shape{kTelescopeGroups});
  for (int64_t i = 0; i < kTelescopeGroups; ++i) {
    weights[i] = TelescopeGroups()[static_cast<size_t>(i)].weight;
  }
  return weights;
}

// (t - p)^2 max(t, p), element by element. In two statements: the order in which they are recorded
// is the order in which p's gradient is summed, and compilers differ in that of arguments.
Var WeightedSquares(Var prediction, Var target) {
  const Var larger = Maximum(target, prediction);
  const Var squares = Square(Subtract(target, prediction));
  return Multiply(squares, larger);
}

// Sums over consecutive runs of columns: [n, groups * run] -> [n, groups].
Var SumRuns(Var x, int64_t groups) {
  const int64_t n = x.shape()[0];
  return Reshape(SumColumns(Reshape(x, {n, groups, x.shape()[1] / groups})), {n, groups});
}

}  // namespace

const std::array<TelescopeGroup, kTelescopeGroups>& TelescopeGroups() {
  static const std::array<TelescopeGroup, kTelescopeGroups> groups = MakeGroups();
  return groups;
}

Var WeightedMeanSquaredError(Var prediction, Var target) {
  return Mean(WeightedSquares(prediction, target));
}

Var TelescopeLoss(Var prediction, Var target) {
  static const std::vector<int32_t> columns = GroupColumns();
  static const Tensor weights = GroupWeights();
  const Var prediction36 = SumRuns(GatherColumns(prediction, columns), kTelescopeGroups);
  const Var target36 = SumRuns(GatherColumns(target, columns), kTelescopeGroups);
  const Var loss48 = Mean(WeightedSquares(prediction, target));
  const Var loss36 =
      Mean(Multiply(WeightedSquares(prediction36, target36), prediction.tape().Input(weights)));
  const Var loss3 = Mean(WeightedSquares(SumRuns(prediction, 3), SumRuns(target, 3)));
  return Add(Add(Affine(loss48, 4.0f, 0.0f), Affine(loss36, 2.0f, 0.0f)), loss3);
}

}  // namespace demd
