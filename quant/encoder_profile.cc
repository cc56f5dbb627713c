#include "quant/encoder_profile.h"

#include <algorithm>
#include <utility>

#include "engine/error.h"
#include "quant/device/frame.h"

namespace demd {
namespace {

using device::EncoderFormats;
using device::FormatStatus;
using device::Overflow;
using device::Rounding;
using device::ValueFormat;

constexpr std::pair<Rounding, const char*> kRoundingNames[] = {
    {Rounding::kFloor, "floor"},
    {Rounding::kTiesUp, "ties_up"},
    {Rounding::kTiesToEven, "ties_to_even"},
    {Rounding::kTiesAway, "ties_away"}};

constexpr std::pair<Overflow, const char*> kOverflowNames[] = {{Overflow::kSaturate, "saturate"},
                                                               {Overflow::kWrap, "wrap"}};

const char* Explain(FormatStatus status) {
  switch (status) {
    case FormatStatus::kOk:
      break;
    case FormatStatus::kBadInput:
      return "input: expected 1 to 15 bits without the sign and 0 to 8 fraction bits";
    case FormatStatus::kBadWeight:
      return "weight: expected signed, 2 to 8 bits and 0 to 15 fraction bits";
    case FormatStatus::kBadActivation:
      return "activation: expected unsigned, 1 to 15 bits and 0 to 15 fraction bits";
    case FormatStatus::kBadOutput:
      return "output: expected unsigned, 1 to 16 bits and 0 to 15 fraction bits";
    case FormatStatus::kLeftShift:
      return "fraction bits: expected input + weight >= activation and activation + weight >= "
             "output";
  }
  return "";
}

template <typename Enum, size_t kCount>
Enum ByName(const std::pair<Enum, const char*> (&names)[kCount], std::string_view name,
            std::string_view text) {
  for (const auto& entry : names) {
    if (name == entry.second) return entry.first;
  }
  throw DataError("number format: expected for example 'u8.7 floor saturate', found '" +
                  std::string(text) + "'");
}

// Takes the characters up to the separator off the front of text.
std::string_view NextField(std::string_view* text, char separator) {
  const size_t end = std::min(text->find(separator), text->size());
  const std::string_view field = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return field;
}

int SmallNumber(std::string_view digits, std::string_view text) {
  int value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') value = 1000;
    value = std::min(1000, value * 10 + (c - '0'));
  }
  if (digits.empty() || value > 30) {
    throw DataError("number format: expected at most 30 bits, found '" + std::string(text) + "'");
  }
  return value;
}

}  // namespace

const std::vector<std::string>& ProfileNames() {
  static const std::vector<std::string> names = {"econt", "paper5", "paper6", "float"};
  return names;
}

EncoderProfile ProfileByName(std::string_view name) {
  if (name == "econt") return {"econt", false, device::FormatsOf<device::Econt>()};
  if (name == "paper5") return {"paper5", false, device::FormatsOf<device::Paper5>()};
  if (name == "paper6") return {"paper6", false, device::FormatsOf<device::Paper6>()};
  if (name == "float") return {"float", true, device::FormatsOf<device::Econt>()};
  throw UsageError("profile: expected econt, paper5, paper6 or float, found '" + std::string(name) +
                   "'");
}

EncoderProfile CustomProfile(std::string name, const EncoderFormats& formats) {
  const FormatStatus status = device::CheckFormats(formats);
  if (status != FormatStatus::kOk) throw UsageError("profile " + name + ": " + Explain(status));
  return {std::move(name), false, formats};
}

std::string RoundingName(Rounding rounding) {
  for (const auto& entry : kRoundingNames) {
    if (entry.first == rounding) return entry.second;
  }
  return "";
}

std::string OverflowName(Overflow overflow) {
  for (const auto& entry : kOverflowNames) {
    if (entry.first == overflow) return entry.second;
  }
  return "";
}

std::string FormatText(const ValueFormat& format) {
  return (format.is_signed ? "s" : "u") + std::to_string(format.bits) + "." +
         std::to_string(format.fraction_bits) + " " + RoundingName(format.rounding) + " " +
         OverflowName(format.overflow);
}

ValueFormat ParseFormat(std::string_view text) {
  std::string_view rest = text;
  std::string_view width = NextField(&rest, ' ');
  const std::string_view rounding = NextField(&rest, ' ');
  if (width.empty() || (width[0] != 's' && width[0] != 'u')) {
    throw DataError("number format: expected s or u first, found '" + std::string(text) + "'");
  }
  ValueFormat format = {};
  format.is_signed = width[0] == 's';
  width.remove_prefix(1);
  format.bits = static_cast<uint8_t>(SmallNumber(NextField(&width, '.'), text));
  format.fraction_bits = static_cast<uint8_t>(SmallNumber(width, text));
  format.rounding = ByName(kRoundingNames, rounding, text);
  format.overflow = ByName(kOverflowNames, rest, text);
  if (format.bits == 0) {
    throw DataError("number format: expected at least 1 bit, found '" + std::string(text) + "'");
  }
  return format;
}

float LatentOfCode(const EncoderProfile& profile, uint32_t code) {
  return static_cast<float>(code) /
         static_cast<float>(uint32_t{1} << profile.formats.output.fraction_bits);
}

}  // namespace demd
