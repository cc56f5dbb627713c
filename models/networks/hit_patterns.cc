#include "models/networks/hit_patterns.h"

namespace demd {
namespace {

constexpr int kFilters = 8;
constexpr int kSumFilters = 4;
constexpr int kCodes = 16;
constexpr std::array<int, 4> kMaskedWindows = {{10, 11, 14, 15}};

constexpr float kInputUnits = 128.0f;  // of 2^floor(log2 sum)
constexpr float kHitBias = 4.0f / kInputUnits;

// What bit `bit` of a code takes of a hit's filter: that loses 4/128 where it would lose 2^bit/256.
constexpr float HitWeight(int bit) { return static_cast<float>(1 << bit) / 8.0f; }
// All three bits, which a code shows where nothing is lost.
constexpr float kAllHits = HitWeight(0) + HitWeight(1) + HitWeight(2);

}  // namespace

BlockLevels LevelsFor(int n_elinks) {
  if (n_elinks == 3) return {3, 8, 8};
  if (n_elinks == 4) return {5, 32, 4};
  return {6, 60, 2};  // 63 and seven hits would be 511, what all beyond saturate to
}

SentBits PatternBits(int n_elinks) {
  constexpr int kHits = 7;
  const int of_level = ((1 << LevelsFor(n_elinks).bits) - 1) << 3;
  SentBits sent;
  sent.n_elinks = n_elinks;
  for (int code = 0; code < kCodes; ++code) {
    sent.mask.of_output[code] =
        static_cast<uint16_t>(code < kPatternBlocks ? of_level | kHits : kHits);
  }
  if (n_elinks > kPatternMinElinks) return sent;
  for (const int block : {0, 5}) {
    uint16_t& mask = sent.mask.of_output[LastHitCode(block)];
    mask = static_cast<uint16_t>(mask & ~(1 << LastHitBit(block)));
  }
  return sent;
}

void SetHitPatterns(int n_elinks, Tensor* conv_kernel, Tensor* conv_bias, Tensor* dense_kernel,
                    Tensor* dense_bias) {
  const BlockLevels levels = LevelsFor(n_elinks);
  const float per_step = -1.0f / static_cast<float>(levels.step);
  const float sum_bias = static_cast<float>(levels.highest) / kInputUnits;
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
    (*conv_bias)[filter] = filter < kSumFilters ? sum_bias : kHitBias;
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
