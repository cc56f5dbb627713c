#include "quant/profile_json.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/error.h"

namespace demd {
namespace {

TEST(ProfileJson, EveryProfileComesBackFromItsText) {
  for (const std::string& name : ProfileNames()) {
    const EncoderProfile profile = ProfileByName(name);
    const std::string text = ToJson(profile).Text();
    const EncoderProfile back = EncoderProfileOf(ParseJson(text, "profile"));
    EXPECT_EQ(back.name, name);
    EXPECT_EQ(back.is_float, profile.is_float);
    EXPECT_EQ(ToJson(back).Text(), text);
  }
}

TEST(ProfileJson, DamageIsRefused) {
  const std::string good = ToJson(ProfileByName("econt")).Text();
  const char* const replacements[][2] = {{"u8.7 floor", "u8.9 floor"},
                                         {"u8.7 floor", "u8.7 flor"},
                                         {"\"weight\"", "\"weihgt\""},
                                         {"false", "0"},
                                         {"s6.5", "s9.5"},
                                         {"\"formats\"", "\"f\""}};
  for (const auto& replacement : replacements) {
    std::string bad = good;
    bad.replace(bad.find(replacement[0]), std::string(replacement[0]).size(), replacement[1]);
    EXPECT_THROW(EncoderProfileOf(ParseJson(bad, "profile")), DataError) << bad;
  }
}

}  // namespace
}  // namespace demd
