#ifndef DEMD_QUANT_SENT_BITS_H_
#define DEMD_QUANT_SENT_BITS_H_

#include <cstdint>

#include "engine/io/json.h"
#include "quant/device/frame.h"
#include "quant/encoder_profile.h"

namespace demd {

/// What of the 16 codes is sent: some of their bits, in the frames of a number of links.
struct SentBits {
  int n_elinks = device::kMaxElinks;
  device::KeepMask mask = device::TopBitsMask(device::kCodeBits);  ///< bit 0: the least of a code
};

/// The usual choice: of each code the top 3, 5, 7, 9 bits for 2, 3, 4, 5 links, and never more than
/// the profile's codes have. Errors: UsageError when n_elinks is not 2 to 5.
SentBits TopBits(const EncoderProfile& profile, int n_elinks);

/// Whether that is what `sent` is.
bool AreTopBits(const SentBits& sent, const EncoderProfile& profile);

/// Errors: UsageError when n_elinks is not 2 to 5, a mask has bits that the profile's codes do not
/// have, or there are more of them than a frame has room for.
void CheckSentBits(const SentBits& sent, const EncoderProfile& profile);

/// How many bits are sent.
int CountOf(const SentBits& sent);

/// A mask as it stands in model files, 16 numbers, and back. Errors of the parser: DataError unless
/// there are 16 from 0 to 65535.
JsonValue ToJson(const device::KeepMask& mask);
device::KeepMask MaskOf(const JsonValue& json);

}  // namespace demd

#endif  // DEMD_QUANT_SENT_BITS_H_
