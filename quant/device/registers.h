#ifndef DEMD_QUANT_DEVICE_REGISTERS_H_
#define DEMD_QUANT_DEVICE_REGISTERS_H_

#include <cstdint>

#include "quant/device/encoder.h"

namespace demd {
namespace device {

// The ASIC's weight registers: 12 words of 1,072 bits, together 2,144 parameters of 6 bits in two's
// complement, 5 of them fraction bits, in the order of EncoderWeights, least significant bit first.
// Parameter i takes the bits 6 i to 6 i + 5 of the words laid end to end. A word is stored as 134
// bytes: bit b of a word is bit b % 8 of byte b / 8.
// Source: ECON-T emulator (number and width of the words, order of the parameters).

constexpr int kRegisterWords = 12;
constexpr int kRegisterBits = 1072;
constexpr int kRegisterBytes = kRegisterBits / 8;
constexpr int kRegisterWeightBits = 6;
constexpr int kRegisterWeightFractionBits = 5;
static_assert(kRegisterWords * kRegisterBits == kParameters * kRegisterWeightBits,
              "no bit is left");

using RegisterWords = ::demd_registers;

/// Whether weights of this format are what the ASIC takes its registers for. Others may fit in by
/// their size, but would be read as other numbers.
constexpr bool IsRegisterFormat(const ValueFormat& weight) {
  return weight.is_signed && weight.bits == kRegisterWeightBits &&
         weight.fraction_bits == kRegisterWeightFractionBits;
}

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

/// CRC-32 of the 16 values of half a byte.
constexpr uint32_t kCrcOfHalfByte[16] = {
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};

/// Takes one byte into a CRC-32 (IEEE 802.3, reflected; start with 0).
constexpr uint32_t Crc32Step(uint32_t crc, uint8_t byte) {
  crc = ~crc ^ byte;
  crc = crc >> 4 ^ kCrcOfHalfByte[crc & 15];
  return ~(crc >> 4 ^ kCrcOfHalfByte[crc & 15]);
}

/// The same for n parameters.
constexpr uint32_t Crc32OfParameters(uint32_t crc, const int8_t* parameters, int n) {
  crc = ~crc;
  for (int i = 0; i < n; ++i) {
    crc ^= static_cast<uint8_t>(parameters[i]);
    crc = crc >> 4 ^ kCrcOfHalfByte[crc & 15];
    crc = crc >> 4 ^ kCrcOfHalfByte[crc & 15];
  }
  return ~crc;
}

/// CRC-32 over the 2,144 parameters, one byte each, in register order.
constexpr uint32_t WeightsCrc32(const EncoderWeights& weights) {
  uint32_t crc = 0;
  for (const auto& tap : weights.conv_kernel) crc = Crc32OfParameters(crc, tap, kFilters);
  crc = Crc32OfParameters(crc, weights.conv_bias, kFilters);
  for (const auto& row : weights.dense_kernel) crc = Crc32OfParameters(crc, row, kOutputs);
  return Crc32OfParameters(crc, weights.dense_bias, kOutputs);
}

}  // namespace device
}  // namespace demd

#endif  // DEMD_QUANT_DEVICE_REGISTERS_H_
