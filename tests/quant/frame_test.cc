#include "quant/device/frame.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "engine/random.h"
#include "quant/device/registers.h"
#include "tests/quant/random_wafers.h"

namespace demd {
namespace device {
namespace {

// The frame as a string of bits, written down from its description.
std::string FrameBits(const KeepMask& mask, int n_elinks, uint32_t crossing, uint32_t sum,
                      const uint16_t* codes) {
  std::string bits;
  for (int b = 4; b >= 0; --b) bits += (crossing >> b & 1) != 0 ? '1' : '0';
  const uint32_t sum_code = EncodeFloat(sum, kSum5E4M);
  for (int b = 8; b >= 0; --b) bits += (sum_code >> b & 1) != 0 ? '1' : '0';
  for (int o = 0; o < kFrameOutputs; ++o) {
    for (int b = 8; b >= 0; --b) {
      if ((mask.of_output[o] >> b & 1) != 0) bits += (codes[o] >> b & 1) != 0 ? '1' : '0';
    }
  }
  bits.resize(static_cast<size_t>(32 * n_elinks), '0');
  return bits;
}

std::string WordBits(const uint32_t* words, int n_words) {
  std::string bits;
  for (int w = 0; w < n_words; ++w) {
    for (int b = 31; b >= 0; --b) bits += (words[w] >> b & 1) != 0 ? '1' : '0';
  }
  return bits;
}

// The bits that a mask keeps of each output.
enum class Kept { kTop, kRun, kAny };

// A mask that fits.
KeepMask RandomMask(RandomStream* random, int n_elinks, Kept kept) {
  KeepMask mask = TopBitsMask(KeptBits(n_elinks));
  if (kept == Kept::kTop) return mask;
  int left = PayloadBits(n_elinks);
  for (uint16_t& bits : mask.of_output) {
    if (kept == Kept::kRun) {
      const int n = std::min(static_cast<int>(random->Below(kCodeBits + 1)), left);
      const auto lowest = random->Below(static_cast<uint64_t>(kCodeBits - n + 1));
      bits = static_cast<uint16_t>(((1u << n) - 1) << lowest);
      left -= n;
      continue;
    }
    bits = 0;
    for (int b = 0; b < kCodeBits && left > 0; ++b) {
      if (random->Below(2) == 0) continue;
      bits = static_cast<uint16_t>(bits | 1u << b);
      --left;
    }
  }
  return mask;
}

TEST(Frame, IsTheDescribedBitStringAndUnpacksToWhatWasKept) {
  RandomStream random(1, "frame");
  for (int repeat = 0; repeat < 4000; ++repeat) {
    const int n_elinks = 2 + static_cast<int>(random.Below(4));
    const auto kept = static_cast<Kept>(repeat % 3);
    const KeepMask mask = RandomMask(&random, n_elinks, kept);
    FrameLayout layout = {};
    ASSERT_EQ(MakeFrameLayout(mask, n_elinks, &layout), FrameStatus::kOk);
    EXPECT_EQ(layout.runs_only, kept == Kept::kAny ? 0 : 1);
    uint16_t codes[kFrameOutputs];
    for (uint16_t& code : codes) code = static_cast<uint16_t>(random.Below(512));
    const uint32_t sum = static_cast<uint32_t>(random.Below(uint64_t{1} << random.Below(29)));
    const uint32_t crossing = static_cast<uint32_t>(random.Below(3564));
    uint32_t words[kMaxElinks + 1] = {1, 2, 3, 4, 5, 0xDEADBEEF};
    words[n_elinks] = 0xDEADBEEF;
    PackFrame(layout, crossing, sum, codes, words);
    ASSERT_EQ(words[n_elinks], 0xDEADBEEF) << "wrote beyond the frame";
    ASSERT_EQ(WordBits(words, n_elinks), FrameBits(mask, n_elinks, crossing, sum, codes));
    FrameContent content = {};
    ASSERT_EQ(UnpackFrame(layout, words, &content), FrameStatus::kOk);
    EXPECT_EQ(content.bunch_crossing, crossing % 32);
    EXPECT_EQ(content.sum_code, EncodeFloat(sum, kSum5E4M));
    for (int o = 0; o < kFrameOutputs; ++o) {
      ASSERT_EQ(content.codes[o], codes[o] & mask.of_output[o]);
    }
  }
}

TEST(Frame, HasThePublishedSizes) {
  EXPECT_EQ(PayloadBits(2), 18 + 32);
  EXPECT_EQ(PayloadBits(3), 18 + 64);
  EXPECT_EQ(PayloadBits(4), 18 + 96);
  EXPECT_EQ(PayloadBits(5), 146);
  for (int n_elinks = 2; n_elinks <= 5; ++n_elinks) {
    EXPECT_LE(16 * KeptBits(n_elinks), PayloadBits(n_elinks));
  }
}

TEST(Frame, SetUpRefusesWhatDoesNotFit) {
  FrameLayout layout = {};
  EXPECT_EQ(MakeFrameLayout(TopBitsMask(9), 1, &layout), FrameStatus::kBadElinks);
  EXPECT_EQ(MakeFrameLayout(TopBitsMask(9), 6, &layout), FrameStatus::kBadElinks);
  EXPECT_EQ(MakeFrameLayout(TopBitsMask(9), 4, &layout), FrameStatus::kTooManyKeptBits);
  EXPECT_EQ(MakeFrameLayout(TopBitsMask(4), 2, &layout), FrameStatus::kTooManyKeptBits);
  KeepMask mask = TopBitsMask(3);
  mask.of_output[15] = 0x200;
  EXPECT_EQ(MakeFrameLayout(mask, 5, &layout), FrameStatus::kBadMask);
}

TEST(Frame, ASetPaddingBitIsFoundAndEveryOtherBitIsContent) {
  for (int n_elinks = 2; n_elinks <= 5; ++n_elinks) {
    FrameLayout layout = {};
    const int kept = KeptBits(n_elinks);
    ASSERT_EQ(MakeFrameLayout(TopBitsMask(kept), n_elinks, &layout), FrameStatus::kOk);
    const int used = kHeaderBits + kSumBits + 16 * kept;
    for (int bit = 0; bit < 32 * n_elinks; ++bit) {
      uint32_t words[kMaxElinks] = {};
      words[bit / 32] = 0x80000000u >> bit % 32;
      FrameContent content = {};
      const FrameStatus status = UnpackFrame(layout, words, &content);
      EXPECT_EQ(status, bit < used ? FrameStatus::kOk : FrameStatus::kBadPadding);
      uint32_t seen = content.bunch_crossing | content.sum_code;
      for (const uint16_t code : content.codes) seen |= code;
      EXPECT_EQ(seen != 0, bit < used) << "bit " << bit;
    }
  }
}

TEST(Frame, AnyWordsCanBeUnpackedAndThePayloadComesBack) {
  RandomStream random(2, "words");
  for (int repeat = 0; repeat < 20000; ++repeat) {
    const int n_elinks = 2 + static_cast<int>(random.Below(4));
    FrameLayout layout = {};
    const KeepMask mask = RandomMask(&random, n_elinks, repeat % 3 == 0 ? Kept::kTop : Kept::kAny);
    ASSERT_EQ(MakeFrameLayout(mask, n_elinks, &layout), FrameStatus::kOk);
    uint32_t words[kMaxElinks] = {};
    for (uint32_t& word : words) word = random.NextUint32();
    FrameContent content = {};
    UnpackFrame(layout, words, &content);
    const std::string bits = WordBits(words, n_elinks);
    std::string again = FrameBits(mask, n_elinks, content.bunch_crossing, 0, content.codes);
    int used = kHeaderBits + kSumBits;
    for (const uint8_t n : layout.n_kept) used += n;
    EXPECT_EQ(bits.substr(14, static_cast<size_t>(used - 14)),
              again.substr(14, static_cast<size_t>(used - 14)));
  }
}

TEST(Registers, HoldEveryWeightAtItsPlace) {
  const EncoderWeights weights = RandomWeights(1, Econt::weight);
  RegisterWords registers = {};
  ASSERT_TRUE(StoreRegisters(weights, &registers));
  for (int i = 0; i < kParameters; ++i) {
    int32_t value = 0;
    for (int b = 0; b < 6; ++b) {
      const int bit = 6 * i + b;
      const int byte = registers.words[bit / 1072][bit % 1072 / 8];
      value += (byte >> (bit % 1072 % 8) & 1) << b;
    }
    if (value > 31) value -= 64;
    ASSERT_EQ(ParameterAt(weights, i), value);
  }
  EncoderWeights loaded = {};
  LoadRegisters(registers, &loaded);
  for (int i = 0; i < kParameters; ++i) {
    ASSERT_EQ(ParameterAt(loaded, i), ParameterAt(weights, i));
  }
}

TEST(Registers, AFlippedBitChangesOneWeightAndTheCrc) {
  const EncoderWeights weights = RandomWeights(2, Econt::weight);
  RegisterWords registers = {};
  ASSERT_TRUE(StoreRegisters(weights, &registers));
  for (int bit = 0; bit < kRegisterWords * kRegisterBits; bit += 97) {
    RegisterWords damaged = registers;
    uint8_t& byte = damaged.words[bit / kRegisterBits][bit % kRegisterBits / 8];
    byte = static_cast<uint8_t>(byte ^ 1 << bit % kRegisterBits % 8);
    EncoderWeights loaded = {};
    LoadRegisters(damaged, &loaded);
    int differing = 0;
    for (int i = 0; i < kParameters; ++i) {
      differing += ParameterAt(loaded, i) != ParameterAt(weights, i) ? 1 : 0;
    }
    EXPECT_EQ(differing, 1);
    EXPECT_NE(WeightsCrc32(loaded), WeightsCrc32(weights));
  }
}

TEST(Registers, RefuseAWeightOfMoreThanSixBits) {
  EncoderWeights weights = RandomWeights(3, Econt::weight);
  RegisterWords registers = {};
  weights.dense_bias[15] = 32;
  EXPECT_FALSE(StoreRegisters(weights, &registers));
  weights.dense_bias[15] = -33;
  EXPECT_FALSE(StoreRegisters(weights, &registers));
}

TEST(Crc32, IsTheStandardOne) {
  uint32_t crc = 0;
  for (const char c : std::string("123456789")) crc = Crc32Step(crc, static_cast<uint8_t>(c));
  EXPECT_EQ(crc, 0xCBF43926u);
}

}  // namespace
}  // namespace device
}  // namespace demd
