#ifndef DEMD_MODELS_SIMULATION_QUANTILE_TABLE_H_
#define DEMD_MODELS_SIMULATION_QUANTILE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/random.h"

namespace demd {

/// A distribution cut into 1024 equally likely values, for quick draws where the exact tail does
/// not matter: the outermost values stand at the quantiles 1/2048 and 1 - 1/2048.
class QuantileTable {
 public:
  static constexpr uint32_t kSize = 1024;

  /// quantile(p) is called for p = (i + 1/2) / 1024.
  template <typename Quantile>
  explicit QuantileTable(Quantile quantile) : values_(kSize) {
    for (uint32_t i = 0; i < kSize; ++i) values_[i] = quantile((i + 0.5) / kSize);
  }

  /// The value that the lowest ten bits choose.
  double At(uint32_t bits) const { return values_[bits % kSize]; }

  double Draw(RandomStream* random) const { return At(random->NextUint32()); }

 private:
  std::vector<double> values_;
};

}  // namespace demd

#endif  // DEMD_MODELS_SIMULATION_QUANTILE_TABLE_H_
