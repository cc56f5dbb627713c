#include "quant/sent_bits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "engine/error.h"

namespace demd {
namespace {

EncoderProfile ProfileOfOutputBits(int bits) {
  EncoderProfile profile = ProfileByName("econt");
  device::EncoderFormats formats = profile.formats;
  formats.output.bits = static_cast<uint8_t>(bits);
  return CustomProfile("custom", formats);
}

bool IsMask(const SentBits& sent, uint32_t mask) {
  return std::all_of(std::begin(sent.mask.of_output), std::end(sent.mask.of_output),
                     [mask](uint16_t bits) { return bits == mask; });
}

TEST(TopBits, AreThreeToNineOfACodeForTwoToFiveElinks) {
  const EncoderProfile profile = ProfileByName("econt");
  EXPECT_TRUE(IsMask(TopBits(profile, 2), 0x1C0));
  EXPECT_TRUE(IsMask(TopBits(profile, 3), 0x1F0));
  EXPECT_TRUE(IsMask(TopBits(profile, 4), 0x1FC));
  EXPECT_TRUE(IsMask(TopBits(profile, 5), 0x1FF));
  EXPECT_EQ(CountOf(TopBits(profile, 3)), 80);
  EXPECT_EQ(TopBits(profile, 3).n_elinks, 3);
  EXPECT_THROW(TopBits(profile, 1), UsageError);
  EXPECT_THROW(TopBits(profile, 6), UsageError);
}

TEST(TopBits, AreNeverMoreThanTheCodesHave) {
  EXPECT_TRUE(IsMask(TopBits(ProfileOfOutputBits(4), 2), 0xE));
  EXPECT_TRUE(IsMask(TopBits(ProfileOfOutputBits(4), 5), 0xF));
  EXPECT_TRUE(IsMask(TopBits(ProfileOfOutputBits(16), 5), 0xFF80));
}

TEST(SentBits, AreTheTopOnesOrNot) {
  const EncoderProfile profile = ProfileByName("econt");
  SentBits sent = TopBits(profile, 4);
  EXPECT_TRUE(AreTopBits(sent, profile));
  sent.mask.of_output[15] = 0x1F8;
  EXPECT_FALSE(AreTopBits(sent, profile));
  EXPECT_EQ(CountOf(sent), 111);
  CheckSentBits(sent, profile);
}

TEST(SentBits, AreRefusedWhereTheyDoNotFit) {
  const EncoderProfile profile = ProfileByName("econt");
  SentBits sent = TopBits(profile, 5);
  sent.n_elinks = 4;  // 114 bits
  EXPECT_THROW(CheckSentBits(sent, profile), UsageError);
  for (size_t o = 0; o < 12; ++o) sent.mask.of_output[o] = 0xFF;
  for (size_t o = 12; o < 16; ++o) sent.mask.of_output[o] = 0x7;
  CheckSentBits(sent, profile);
  sent.mask.of_output[12] = 0x1FF;  // 108 + 6: the last that fits
  CheckSentBits(sent, profile);
  sent.mask.of_output[13] = 0xF;
  EXPECT_THROW(CheckSentBits(sent, profile), UsageError);
  sent = TopBits(profile, 2);
  sent.mask.of_output[3] = 0x200;
  EXPECT_THROW(CheckSentBits(sent, profile), UsageError);
}

TEST(SentBits, SurviveTheirFilesForm) {
  device::KeepMask mask = {};
  for (int o = 0; o < 16; ++o) mask.of_output[o] = static_cast<uint16_t>(37 * o);
  const device::KeepMask read = MaskOf(ParseJson(ToJson(mask).Text(), "test"));
  EXPECT_TRUE(std::equal(std::begin(mask.of_output), std::end(mask.of_output), read.of_output));
  for (const char* bad :
       {"[1, 2]", "7", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,65536]",
        "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,-1]", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,0.5]"}) {
    EXPECT_THROW(MaskOf(ParseJson(bad, "test")), DataError) << bad;
  }
}

}  // namespace
}  // namespace demd
