#ifndef DEMD_QUANT_REGISTER_FILE_H_
#define DEMD_QUANT_REGISTER_FILE_H_

#include <string>
#include <string_view>

#include "quant/device/registers.h"

namespace demd {

// The ASIC's weight registers as text that Verilog's $readmemh reads:
//
//   // demd register words 1
//   // crc32 89abcdef
//   0123...   12 lines of 268 hexadecimal digits, most significant digit first; word 0 first
//
// The CRC is WeightsCrc32 of the weights that the words hold (see device/registers.h).

/// The text of weights of the registers' format (device::IsRegisterFormat), which is the caller's
/// to know. Errors: NumericError for a weight of more than 6 bits.
std::string RegisterFileText(const device::EncoderWeights& weights);

/// The inverse. `where` begins every message.
/// Errors: DataError for anything but exactly that form, and for a CRC that does not match.
device::EncoderWeights ParseRegisterFile(std::string_view text, const std::string& where);

}  // namespace demd

#endif  // DEMD_QUANT_REGISTER_FILE_H_
