#ifndef DEMD_QUANT_GOLDEN_H_
#define DEMD_QUANT_GOLDEN_H_

#include <cstdint>
#include <vector>

#include "quant/encoder_model.h"
#include "quant/integer_encoder.h"

namespace demd {

/// Wafers that exercise an encoder: an empty one, the largest charge in every cell, each cell
/// alone, and random ones of every size and occupancy. Returns [n][48], each 0 <= charge < 2^22.
std::vector<int32_t> ExercisingWafers(uint64_t seed, int64_t n);

/// Inputs, every layer's integers and outputs of some wafers, computed by quant/device.
struct GoldenVectors {
  int64_t n = 0;
  int n_elinks = 0;
  std::vector<int32_t> charges;     ///< [n][48]
  std::vector<int16_t> image;       ///< [n][8][8], input format
  std::vector<int32_t> conv_acc;    ///< [n][4][4][8]
  std::vector<int16_t> activation;  ///< [n][4][4][8], activation format
  std::vector<int32_t> dense_acc;   ///< [n][16]
  std::vector<uint16_t> codes;      ///< [n][16], output format, all bits
  std::vector<uint32_t> frames;     ///< [n][n_elinks], bunch crossing = row; empty if codes are not
                                    ///< of 9 bits
  uint32_t hash = 0;                ///< device::HashOfWafers of kHashedWafers, if there are frames
};

/// Generated wafers in the hash that golden vectors carry, for boards to compare.
constexpr int32_t kHashedWafers = 1000;

/// charges: [n][48]. Errors: DataError that names the row and cell of a charge out of range.
GoldenVectors MakeGoldenVectors(const EncoderModel& model, const std::vector<int32_t>& charges);

}  // namespace demd

#endif  // DEMD_QUANT_GOLDEN_H_
