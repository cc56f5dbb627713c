#ifndef DEMD_QUANT_PROFILE_JSON_H_
#define DEMD_QUANT_PROFILE_JSON_H_

#include "engine/io/json.h"
#include "quant/encoder_profile.h"

namespace demd {

/// A profile as it stands in model files:
///
///   {"name": "econt", "is_float": false,
///    "formats": {"input": "u8.7 floor saturate", "weight": ..., "activation": ..., "output": ...}}
///
/// The float profile has no formats.
JsonValue ToJson(const EncoderProfile& profile);

/// The inverse. What counts are the formats, not the name.
/// Errors: DataError for a missing member, a damaged format or formats out of bounds.
EncoderProfile EncoderProfileOf(const JsonValue& json);

}  // namespace demd

#endif  // DEMD_QUANT_PROFILE_JSON_H_
