#include "quant/sent_bits.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "engine/error.h"

namespace demd {

SentBits TopBits(const EncoderProfile& profile, int n_elinks) {
  if (n_elinks < device::kMinElinks || n_elinks > device::kMaxElinks) {
    throw UsageError("eLinks: expected 2 to 5, found " + std::to_string(n_elinks));
  }
  const int bits = profile.formats.output.bits;
  const uint32_t all = (uint32_t{1} << bits) - 1;
  const uint32_t top = device::KeepTopBits(all, std::min(device::KeptBits(n_elinks), bits), bits);
  SentBits sent;
  sent.n_elinks = n_elinks;
  for (uint16_t& mask : sent.mask.of_output) mask = static_cast<uint16_t>(top);
  return sent;
}

bool AreTopBits(const SentBits& sent, const EncoderProfile& profile) {
  const device::KeepMask top = TopBits(profile, sent.n_elinks).mask;
  return std::equal(std::begin(top.of_output), std::end(top.of_output), sent.mask.of_output);
}

void CheckSentBits(const SentBits& sent, const EncoderProfile& profile) {
  TopBits(profile, sent.n_elinks);  // throws what it finds
  for (const uint32_t mask : sent.mask.of_output) {
    if (mask >> profile.formats.output.bits != 0) {
      throw UsageError("keep mask: expected the bits of " + FormatText(profile.formats.output) +
                       ", found " + std::to_string(mask));
    }
  }
  const int room = device::PayloadBits(sent.n_elinks);
  if (CountOf(sent) > room) {
    throw UsageError("keep mask: expected at most " + std::to_string(room) + " bits for " +
                     std::to_string(sent.n_elinks) + " eLinks, found " +
                     std::to_string(CountOf(sent)));
  }
}

int CountOf(const SentBits& sent) {
  int n = 0;
  for (uint32_t mask : sent.mask.of_output) {
    for (; mask != 0; mask &= mask - 1) ++n;
  }
  return n;
}

JsonValue ToJson(const device::KeepMask& mask) {
  return JsonValue(std::vector<int64_t>(std::begin(mask.of_output), std::end(mask.of_output)));
}

device::KeepMask MaskOf(const JsonValue& json) {
  const JsonValue::Array& numbers = json.AsArray();
  if (numbers.size() != device::kFrameOutputs) {
    throw DataError("keep mask: expected 16 numbers, found " + std::to_string(numbers.size()));
  }
  device::KeepMask mask = {};
  for (size_t o = 0; o < numbers.size(); ++o) {
    const int64_t bits = numbers[o].AsInteger();
    if (bits < 0 || bits > 0xFFFF) {
      throw DataError("keep mask: expected 0 to 65535, found " + std::to_string(bits));
    }
    mask.of_output[o] = static_cast<uint16_t>(bits);
  }
  return mask;
}

}  // namespace demd
