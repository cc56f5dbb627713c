#include "quant/profile_json.h"

#include <string>

#include "engine/error.h"

namespace demd {

JsonValue ToJson(const EncoderProfile& profile) {
  JsonValue json = JsonValue::MakeObject();
  json.Set("name", profile.name).Set("is_float", profile.is_float);
  if (profile.is_float) return json;
  const device::EncoderFormats& f = profile.formats;
  JsonValue formats = JsonValue::MakeObject();
  formats.Set("input", FormatText(f.input))
      .Set("weight", FormatText(f.weight))
      .Set("activation", FormatText(f.activation))
      .Set("output", FormatText(f.output));
  return json.Set("formats", formats);
}

EncoderProfile EncoderProfileOf(const JsonValue& json) {
  EncoderProfile profile = ProfileByName("float");
  profile.name = json.Get("name").AsString();
  profile.is_float = json.Get("is_float").AsBool();
  if (profile.is_float) return profile;
  const JsonValue& formats = json.Get("formats");
  const auto format = [&formats](const char* name) {
    return ParseFormat(formats.Get(name).AsString());
  };
  profile.formats = {format("input"), format("weight"), format("activation"), format("output")};
  try {
    return CustomProfile(profile.name, profile.formats);
  } catch (const UsageError& error) {
    throw DataError(error.what());
  }
}

}  // namespace demd
