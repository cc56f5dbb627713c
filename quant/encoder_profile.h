#ifndef DEMD_QUANT_ENCODER_PROFILE_H_
#define DEMD_QUANT_ENCODER_PROFILE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quant/device/encoder_formats.h"

namespace demd {

/// How an encoder computes: a name and, unless it is the float profile, its number formats.
struct EncoderProfile {
  std::string name;      ///< "econt", "paper5", "paper6", "float" or one of your own
  bool is_float = true;  ///< no quantisation anywhere; formats are then unused
  device::EncoderFormats formats = device::FormatsOf<device::Econt>();
};

/// The four names that ProfileByName knows: econt, paper5, paper6, float.
const std::vector<std::string>& ProfileNames();

/// The profile of that name. Errors: UsageError that lists the names.
EncoderProfile ProfileByName(std::string_view name);

/// A profile of your own. Errors: UsageError that says which format is out of bounds
/// (see device::FormatStatus).
EncoderProfile CustomProfile(std::string name, const device::EncoderFormats& formats);

/// "floor", "ties_up", "ties_to_even", "ties_away" and "saturate", "wrap", as in model files.
std::string RoundingName(device::Rounding rounding);
std::string OverflowName(device::Overflow overflow);

/// A format on one line, as in model files: "u8.7 floor saturate" is 8 bits, unsigned, of them 7
/// fraction bits; "s6.5 ties_to_even saturate" is signed. Errors of the parser: DataError.
std::string FormatText(const device::ValueFormat& format);
device::ValueFormat ParseFormat(std::string_view text);

/// The real number that a code stands for: code * 2^-(output fraction bits), exact.
float LatentOfCode(const EncoderProfile& profile, uint32_t code);

}  // namespace demd

#endif  // DEMD_QUANT_ENCODER_PROFILE_H_
