#ifndef DEMD_QUANT_DEVICE_REGISTERS_H_
#define DEMD_QUANT_DEVICE_REGISTERS_H_

#include <cstdint>

#include "quant/device/encoder.h"

namespace demd {
namespace device {

// The ASIC's weight registers: 12 words of 1,072 bits, together 2,144 parameters of 6 bits in two's
// complement, in the order of EncoderWeights, least significant bit first. Parameter i takes the
// bits 6 i to 6 i + 5 of the words laid end to end. A word is stored as 134 bytes: bit b of a word
// is bit b % 8 of byte b / 8.
// Source: ECON-T emulator (number and width of the words, order of the parameters).

constexpr int kRegisterWords = 12;
constexpr int kRegisterBits = 1072;
constexpr int kRegisterBytes = kRegisterBits / 8;
constexpr int kRegisterWeightBits = 6;
static_assert(kRegisterWords * kRegisterBits == kParameters * kRegisterWeightBits,
              "no bit is left");

using RegisterWords = ::demd_registers;

/// Parameter i of the weights, 0 <= i < 2144, in register order.
constexpr int8_t ParameterAt(const EncoderWeights& weights, int i) {
  constexpr int kConvBias = kTaps * kFilters;
  constexpr int kDense = kConvBias + kFilters;
  constexpr int kDenseBias = kDense + kActivations * kOutputs;
  if (i < kConvBias) return weights.conv_kernel[i / kFilters][i % kFilters];
  if (i < kDense) return weights.conv_bias[i - kConvBias];
  if (i < kDenseBias) {
    return weights.dense_kernel[(i - kDense) / kOutputs][(i - kDense) % kOutputs];
  }
  return weights.dense_bias[i - kDenseBias];
}

/// Sets parameter i.
constexpr void SetParameter(EncoderWeights* weights, int i, int8_t value) {
  constexpr int kConvBias = kTaps * kFilters;
  constexpr int kDense = kConvBias + kFilters;
  constexpr int kDenseBias = kDense + kActivations * kOutputs;
  if (i < kConvBias) {
    weights->conv_kernel[i / kFilters][i % kFilters] = value;
  } else if (i < kDense) {
    weights->conv_bias[i - kConvBias] = value;
  } else if (i < kDenseBias) {
    weights->dense_kernel[(i - kDense) / kOutputs][(i - kDense) % kOutputs] = value;
  } else {
    weights->dense_bias[i - kDenseBias] = value;
  }
}

/// Register words to weights. Every bit pattern is a valid set of weights: compare WeightsCrc32
/// with the exporter's to know that they are the right ones.
constexpr void LoadRegisters(const RegisterWords& registers, EncoderWeights* weights) {
  for (int i = 0; i < kParameters; ++i) {
    uint32_t value = 0;
    for (int b = 0; b < kRegisterWeightBits; ++b) {
      const int bit = i * kRegisterWeightBits + b;
      const int in_word = bit % kRegisterBits;
      const uint32_t byte = registers.words[bit / kRegisterBits][in_word / 8];
      value |= ((byte >> (in_word % 8)) & 1) << b;
    }
    SetParameter(weights, i, static_cast<int8_t>(Wrap(value, kRegisterWeightBits, true)));
  }
}

/// Weights to register words. Returns false, and stores nothing, if a weight needs more than 6
/// bits.
constexpr bool StoreRegisters(const EncoderWeights& weights, RegisterWords* registers) {
  for (int i = 0; i < kParameters; ++i) {
    if (ParameterAt(weights, i) < -32 || ParameterAt(weights, i) > 31) return false;
  }
  *registers = RegisterWords{};
  for (int i = 0; i < kParameters; ++i) {
    const uint32_t value = static_cast<uint32_t>(ParameterAt(weights, i));
    for (int b = 0; b < kRegisterWeightBits; ++b) {
      const int bit = i * kRegisterWeightBits + b;
      const int in_word = bit % kRegisterBits;
      uint8_t& byte = registers->words[bit / kRegisterBits][in_word / 8];
      byte = static_cast<uint8_t>(byte | ((value >> b) & 1) << (in_word % 8));
    }
  }
  return true;
}

/// Takes one byte into a CRC-32 (IEEE 802.3, reflected; start with 0).
constexpr uint32_t Crc32Step(uint32_t crc, uint8_t byte) {
  crc = ~crc ^ byte;
  for (int b = 0; b < 8; ++b) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
  return ~crc;
}

/// CRC-32 over the 2,144 parameters, one byte each, in register order.
constexpr uint32_t WeightsCrc32(const EncoderWeights& weights) {
  uint32_t crc = 0;
  for (int i = 0; i < kParameters; ++i) {
    crc = Crc32Step(crc, static_cast<uint8_t>(ParameterAt(weights, i)));
  }
  return crc;
}

}  // namespace device
}  // namespace demd

#endif  // DEMD_QUANT_DEVICE_REGISTERS_H_
