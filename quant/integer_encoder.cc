#include "quant/integer_encoder.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/error.h"
#include "quant/device/registers.h"

namespace demd {
namespace {

constexpr int kCells = device::kCells;
constexpr int kOutputs = device::kOutputs;

int32_t QuantizeNamed(float x, const device::ValueFormat& format, const char* name, int i) {
  if (std::isnan(x)) {
    throw NumericError(std::string(name) + "[" + std::to_string(i) +
                       "]: expected a number, found NaN");
  }
  return QuantizeValue(x, format);
}

[[noreturn]] void ThrowNan() { throw NumericError("quantisation: expected a number, found NaN"); }

// The formats of which QuantizeNarrow takes many values at once.
constexpr int kNarrowBits = 12;

bool IsNarrow(const device::ValueFormat& format) {
  return format.bits <= kNarrowBits && format.overflow == device::Overflow::kSaturate;
}

// QuantizeValue in 32 bits, without branches, for values that are not NaN in a narrow format.
template <device::Rounding kMode>
void QuantizeNarrow(const float* x, int64_t n, const device::ValueFormat& format, int32_t* q) {
  constexpr int kExtraBits = 16;  // and one that tells of bits below
  constexpr float kLimit = static_cast<float>(1 << (kNarrowBits + 1 + kExtraBits));
  const float scale =
      static_cast<float>(uint32_t{1} << format.fraction_bits) * static_cast<float>(1 << kExtraBits);
  const int32_t lowest = device::LowestOf(format);
  const int32_t highest = device::HighestOf(format);
  for (int64_t i = 0; i < n; ++i) {
    const float scaled = std::min(std::max(x[i] * scale, -kLimit), kLimit);
    const int32_t towards_zero = static_cast<int32_t>(scaled);
    const float whole = static_cast<float>(towards_zero);
    const int32_t below = towards_zero - (whole > scaled ? 1 : 0);
    const int32_t fixed = below * 2 + (whole != scaled ? 1 : 0);
    q[i] = device::Clip(device::RoundShift(fixed, kExtraBits + 1, kMode), lowest, highest);
  }
}

}  // namespace

void TakeCharges(const int32_t* charges, int64_t row, uint32_t* taken) {
  for (int cell = 0; cell < kCells; ++cell) {
    if (charges[cell] < 0 || charges[cell] >> device::kChargeBits != 0) {
      throw DataError("wafer " + std::to_string(row) + ", cell " + std::to_string(cell) +
                      ": expected a charge from 0 to 4194303, found " +
                      std::to_string(charges[cell]));
    }
    taken[cell] = static_cast<uint32_t>(charges[cell]);
  }
}

int32_t QuantizeValue(float x, const device::ValueFormat& format) {
  if (std::isnan(x)) ThrowNan();
  // Steps with 32 fraction bits. The lowest of them is set when x has bits below: it keeps such an
  // x off a tie and on its side of an integer.
  constexpr int kExtraBits = 32;
  constexpr double kLimit = 0x1p29;
  const double steps = static_cast<double>(x) * static_cast<double>(1u << format.fraction_bits);
  const double scaled = std::min(std::max(steps, -kLimit), kLimit) * 0x1p30;
  const double below = std::floor(scaled);
  const int64_t fixed = static_cast<int64_t>(below) * 4 + (below == scaled ? 0 : 1);
  return device::Fit(device::RoundShift(fixed, kExtraBits, format.rounding), format);
}

void QuantizeValues(const float* x, int64_t n, const device::ValueFormat& format, int32_t* q) {
  using device::Rounding;
  if (!IsNarrow(format)) {
    for (int64_t i = 0; i < n; ++i) q[i] = QuantizeValue(x[i], format);
    return;
  }
  int32_t nans = 0;
  for (int64_t i = 0; i < n; ++i) nans |= x[i] != x[i] ? 1 : 0;
  if (nans != 0) ThrowNan();
  switch (format.rounding) {
    case Rounding::kFloor:
      return QuantizeNarrow<Rounding::kFloor>(x, n, format, q);
    case Rounding::kTiesUp:
      return QuantizeNarrow<Rounding::kTiesUp>(x, n, format, q);
    case Rounding::kTiesToEven:
      return QuantizeNarrow<Rounding::kTiesToEven>(x, n, format, q);
    case Rounding::kTiesAway:
      return QuantizeNarrow<Rounding::kTiesAway>(x, n, format, q);
  }
}

device::EncoderWeights QuantizeWeights(const EncoderProfile& profile,
                                       const FloatEncoderWeights& weights) {
  if (profile.is_float) throw UsageError("profile float: expected a profile with integer weights");
  const device::ValueFormat& format = profile.formats.weight;
  // One row of an array: q[i] = values[begin + i] for i < count.
  const auto quantize = [&](const float* values, int begin, int count, const char* name,
                            int8_t* q) {
    for (int i = 0; i < count; ++i) {
      q[i] = static_cast<int8_t>(QuantizeNamed(values[begin + i], format, name, begin + i));
    }
  };
  device::EncoderWeights q = {};
  for (int tap = 0; tap < device::kTaps; ++tap) {
    quantize(weights.conv_kernel, tap * device::kFilters, device::kFilters, "conv kernel",
             q.conv_kernel[tap]);
  }
  quantize(weights.conv_bias, 0, device::kFilters, "conv bias", q.conv_bias);
  for (int i = 0; i < device::kActivations; ++i) {
    quantize(weights.dense_kernel, i * kOutputs, kOutputs, "dense kernel", q.dense_kernel[i]);
  }
  quantize(weights.dense_bias, 0, kOutputs, "dense bias", q.dense_bias);
  return q;
}

IntegerEncoder::IntegerEncoder(const EncoderProfile& profile, const device::EncoderWeights& weights,
                               const SentBits& sent)
    : profile_(profile), weights_(weights), sent_(sent) {
  if (profile.is_float) throw UsageError("profile float: expected a profile with integer weights");
  CustomProfile(profile.name, profile.formats);  // throws if a format is out of bounds
  CheckSentBits(sent, profile);
  const device::ValueFormat& format = profile.formats.weight;
  for (int i = 0; i < device::kParameters; ++i) {
    const int value = device::ParameterAt(weights, i);
    if (value < device::LowestOf(format) || value > device::HighestOf(format)) {
      throw NumericError("encoder parameter " + std::to_string(i) + ": expected " +
                         FormatText(format) + ", found " + std::to_string(value));
    }
  }
}

void IntegerEncoder::Encode(const int32_t* charges, int64_t n, uint16_t* codes) const {
  for (int64_t row = 0; row < n; ++row) {
    uint32_t taken[kCells];
    TakeCharges(charges + row * kCells, row, taken);
    uint16_t* out = codes + row * kOutputs;
    device::EncodeWafer(profile_.formats, weights_, taken, out);
    for (int o = 0; o < kOutputs; ++o) {
      out[o] = static_cast<uint16_t>(out[o] & sent_.mask.of_output[o]);
    }
  }
}

void IntegerEncoder::EncodeToLatent(const int32_t* charges, int64_t n, float* latent) const {
  std::vector<uint16_t> codes(static_cast<size_t>(n * kOutputs));
  Encode(charges, n, codes.data());
  std::transform(codes.begin(), codes.end(), latent,
                 [this](uint16_t code) { return LatentOfCode(profile_, code); });
}

EncoderTrace IntegerEncoder::Trace(const int32_t* charges, int64_t row) const {
  EncoderTrace trace = {};
  uint32_t taken[kCells];
  TakeCharges(charges, row, taken);
  const device::EncoderFormats& f = profile_.formats;
  trace.sum = device::SumOfCharges(taken);
  device::MakeImage(f, taken, trace.sum, trace.image);
  for (int p = 0; p < device::kActivations / device::kFilters; ++p) {
    device::ConvAccumulate(f, weights_, trace.image, p, trace.conv_acc + p * device::kFilters);
  }
  device::ConvLayer(f, weights_, trace.image, trace.activation);
  device::DenseAccumulate(f, weights_, trace.activation, trace.dense_acc);
  device::DenseLayer(f, weights_, trace.activation, trace.codes);
  return trace;
}

}  // namespace demd
