#ifndef DEMD_QUANT_DEVICE_SELF_TEST_H_
#define DEMD_QUANT_DEVICE_SELF_TEST_H_

#include <cstdint>

#include "quant/device/encoder.h"
#include "quant/device/frame.h"
#include "quant/device/registers.h"

namespace demd {
namespace device {

/// Wafers that are the same on every machine, one after the other: sizes from 1 bit to 22 bits,
/// occupancies from none to all. The generator is xorshift32 (G. Marsaglia, J. Stat. Softw. 8, 14).
class WaferGenerator {
 public:
  constexpr explicit WaferGenerator(uint32_t seed) : state_(seed | 1) {}

  /// charges: [48] uint32, each < 2^22
  constexpr void Next(uint32_t* charges) {
    const uint32_t choice = NextNumber();
    const int drop = static_cast<int>(choice >> 8) % kChargeBits;  // 0 to 21 bits
    const uint32_t threshold = choice & 0xFF;
    for (int cell = 0; cell < kCells; ++cell) {
      const uint32_t number = NextNumber();
      const uint32_t charge = (number & ((uint32_t{1} << kChargeBits) - 1)) >> drop;
      charges[cell] = (number >> 24) <= threshold ? charge : 0;
    }
  }

 private:
  constexpr uint32_t NextNumber() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

  uint32_t state_;
};

/// CRC-32 over the codes (two bytes each, low byte first) and frame words (four bytes each) of n
/// generated wafers: one number that any difference between two machines would change.
/// layout: from MakeFrameLayout, which returned kOk
template <typename Formats>
uint32_t HashOfWafers(const Formats& f, const EncoderWeights& weights, const FrameLayout& layout,
                      int32_t n) {
  WaferGenerator generator(20230611);
  uint32_t crc = 0;
  for (int32_t row = 0; row < n; ++row) {
    uint32_t charges[kCells] = {};
    uint16_t codes[kOutputs] = {};
    uint32_t words[kMaxElinks] = {};
    generator.Next(charges);
    const uint32_t sum = EncodeWafer(f, weights, charges, codes);
    PackFrame(layout, static_cast<uint32_t>(row), sum, codes, words);
    for (const uint16_t code : codes) {
      crc = Crc32Step(crc, static_cast<uint8_t>(code & 0xFF));
      crc = Crc32Step(crc, static_cast<uint8_t>(code >> 8));
    }
    for (int w = 0; w < layout.n_elinks; ++w) {
      for (int b = 0; b < 32; b += 8) {
        crc = Crc32Step(crc, static_cast<uint8_t>((words[w] >> b) & 0xFF));
      }
    }
  }
  return crc;
}

}  // namespace device
}  // namespace demd

#endif  // DEMD_QUANT_DEVICE_SELF_TEST_H_
