#include "models/networks/hit_patterns.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace demd {
namespace {

constexpr int kFilters = 8;
constexpr int kSumFilters = 4;
constexpr int kCodes = 16;
constexpr std::array<int, 4> kMaskedWindows = {{10, 11, 14, 15}};

// 31/32 is the largest weight and 1/32 the least: the filters' constants, 124 and 4 of 1/128.
constexpr float kSumBias = 31.0f / 32.0f;
constexpr float kHitBias = 1.0f / 32.0f;

constexpr float kInputUnits = 128.0f;  // of 2^floor(log2 sum)
constexpr float kReachOfStep2 = 126.0f;
constexpr int64_t kRowsLookedAt = 4096;
constexpr double kShareBeyond = 5e-3;

// What bit `bit` of a code takes of a hit's filter: that loses 4/128 where it would lose 2^bit/256.
constexpr float HitWeight(int bit) { return static_cast<float>(1 << bit) / 8.0f; }
// All three bits, which a code shows where nothing is lost.
constexpr float kAllHits = HitWeight(0) + HitWeight(1) + HitWeight(2);

}  // namespace

int PatternStepFor(const RowSource& x) {
  const int64_t n = std::min(x.rows(), kRowsLookedAt);
  std::vector<int64_t> rows(static_cast<size_t>(n));
  std::iota(rows.begin(), rows.end(), 0);
  std::vector<float> wafers(static_cast<size_t>(n * kWaferCells));
  x.Read(rows.data(), n, wafers.data());
  int64_t n_beyond = 0;
  for (int64_t r = 0; r < n; ++r) {
    const float* wafer = wafers.data() + r * kWaferCells;
    for (int block = 0; block < kPatternBlocks; ++block) {
      float sum = 0.0f;
      for (int k = 0; k < kCellsPerBlock; ++k) sum += wafer[PatternCell(block, k)];
      if (kInputUnits * sum > kReachOfStep2) ++n_beyond;
    }
  }
  const auto n_blocks = static_cast<double>(n * kPatternBlocks);
  return static_cast<double>(n_beyond) > kShareBeyond * n_blocks ? 4 : 2;
}

void SetHitPatterns(int step, Tensor* conv_kernel, Tensor* conv_bias, Tensor* dense_kernel,
                    Tensor* dense_bias) {
  const float per_step = -1.0f / static_cast<float>(step);
  for (int tap = 0; tap < 9; ++tap) {
    const bool in_block = tap / 3 < 2 && tap % 3 < 2;
    const int cell = tap / 3 * 2 + tap % 3;
    for (int filter = 0; filter < kFilters; ++filter) {
      const bool is_sum = filter < kSumFilters;
      const float weight = is_sum ? per_step : filter - kSumFilters == cell ? -1.0f : 0.0f;
      (*conv_kernel)[tap * kFilters + filter] = in_block ? weight : 0.0f;
    }
  }
  for (int filter = 0; filter < kFilters; ++filter) {
    (*conv_bias)[filter] = filter < kSumFilters ? kSumBias : kHitBias;
  }
  for (int64_t i = 0; i < dense_kernel->size(); ++i) (*dense_kernel)[i] = 0.0f;
  for (int64_t i = 0; i < dense_bias->size(); ++i) (*dense_bias)[i] = 0.0f;

  const auto dense = [&](int window, int filter, int code) -> float& {
    return (*dense_kernel)[(window * kFilters + filter) * kCodes + code];
  };
  for (int block = 0; block < kPatternBlocks; ++block) {
    const int window = kPatternWindows[static_cast<size_t>(block)];
    for (int filter = 0; filter < kSumFilters; ++filter) dense(window, filter, block) = -1.0f;
    for (int bit = 0; bit < 3; ++bit) dense(window, kSumFilters + bit, block) = -HitWeight(bit);
    dense(window, kFilters - 1, LastHitCode(block)) = -HitWeight(LastHitBit(block));
    // As much as four filters lose at most, in sixteen parts.
    for (const int masked : kMaskedWindows) {
      for (int filter = 0; filter < kSumFilters; ++filter) dense(masked, filter, block) = 0.25f;
    }
  }
  for (int code = 0; code < kCodes; ++code) {
    dense(kMaskedWindows[0], kFilters - 1, code) = kAllHits;
  }
}

}  // namespace demd
