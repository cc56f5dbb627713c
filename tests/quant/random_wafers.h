#ifndef DEMD_TESTS_QUANT_RANDOM_WAFERS_H_
#define DEMD_TESTS_QUANT_RANDOM_WAFERS_H_

#include <cstdint>
#include <vector>

#include "engine/random.h"
#include "quant/device/encoder.h"
#include "quant/device/registers.h"

namespace demd {

/// Wafers of very different sizes and occupancies; wafer 0 is empty, wafer 1 has the largest charge
/// in every cell. Returns [n][48].
inline std::vector<int32_t> RandomWafers(uint64_t seed, int64_t n) {
  std::vector<int32_t> charges(static_cast<size_t>(n) * device::kCells);
  constexpr int32_t kLargest = (1 << device::kChargeBits) - 1;
  for (int64_t row = 0; row < n; ++row) {
    RandomStream random(seed, "wafer", static_cast<uint64_t>(row));
    const uint64_t occupancy = random.Below(49);
    const uint64_t limit = uint64_t{1} << (1 + random.Below(device::kChargeBits));
    for (int cell = 0; cell < device::kCells; ++cell) {
      const bool hit = random.Below(48) < occupancy;
      const int32_t charge = static_cast<int32_t>(random.Below(limit));
      int32_t* out = &charges[static_cast<size_t>(row * device::kCells + cell)];
      *out = row == 0 ? 0 : row == 1 ? kLargest : hit ? charge : 0;
    }
  }
  return charges;
}

/// Weights anywhere in a format; ends is 0 for random ones, +1 or -1 for all at the highest or the
/// lowest value, 2 for each at one or the other.
inline device::EncoderWeights RandomWeights(uint64_t seed, const device::ValueFormat& format,
                                            int ends = 0) {
  device::EncoderWeights weights = {};
  RandomStream random(seed, "weights");
  const int32_t low = device::LowestOf(format);
  const int32_t high = device::HighestOf(format);
  for (int i = 0; i < device::kParameters; ++i) {
    const uint64_t span = static_cast<uint64_t>(high - low) + 1;
    int32_t value = low + static_cast<int32_t>(random.Below(span));
    if (ends == 1) value = high;
    if (ends == -1) value = low;
    if (ends == 2) value = random.Below(2) == 0 ? low : high;
    device::SetParameter(&weights, i, static_cast<int8_t>(value));
  }
  return weights;
}

}  // namespace demd

#endif  // DEMD_TESTS_QUANT_RANDOM_WAFERS_H_
