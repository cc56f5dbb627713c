#include "quant/device/charge_formats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace demd {
namespace device {
namespace {

constexpr FloatFormat kFormats[] = {kLinkLowDensity, kLinkHighDensity, kLinkPlain, kSum5E4M,
                                    kSum5E3M};

// The published descriptions, one by one.
uint32_t Encode4E3MAsPublished(uint32_t v, int d) {
  int length = 0;
  while (v >> length != 0) ++length;
  if (length <= 3 + d) return v >> d;
  const int exponent = length - 3 - d;
  if (exponent >= 16) return 127;
  const uint32_t mantissa = (v >> (length - 4)) & 7;
  return static_cast<uint32_t>(exponent) << 3 | mantissa;
}

uint32_t Encode5E4MAsPublished(uint32_t sum) {
  if (sum < 16) return sum;
  const int m = static_cast<int>(std::floor(std::log2(static_cast<double>(sum))));
  return static_cast<uint32_t>(m - 3) << 4 | ((sum >> (m - 4)) & 15);
}

TEST(EncodeFloat, IsThePublished4E3MForEvery22BitChargeAndDensity) {
  for (uint32_t v = 0; v < 1u << 22; ++v) {
    ASSERT_EQ(EncodeFloat(v, kLinkLowDensity), Encode4E3MAsPublished(v, 1)) << v;
    ASSERT_EQ(EncodeFloat(v, kLinkHighDensity), Encode4E3MAsPublished(v, 3)) << v;
  }
}

TEST(EncodeFloat, IsThePublished5E4MForEverySumUpTo2To23) {
  for (uint32_t v = 0; v < 1u << 23; ++v) {
    ASSERT_EQ(EncodeFloat(v, kSum5E4M), Encode5E4MAsPublished(v)) << v;
  }
  for (uint32_t v = 1u << 23; v < 1u << 28; v += 9973) {
    ASSERT_EQ(EncodeFloat(v, kSum5E4M), Encode5E4MAsPublished(v)) << v;
  }
}

TEST(EncodeFloat, IsMonotoneAndDecodesToTheLowestChargeOfItsCode) {
  for (const FloatFormat& format : kFormats) {
    uint32_t previous = 0;
    for (uint32_t v = 0; v < 1u << 18; ++v) {
      const uint32_t code = EncodeFloat(v, format);
      ASSERT_GE(code, previous);
      const uint32_t lowest = DecodeFloatLowest(code, format);
      ASSERT_LE(lowest, v);
      if (code != previous || v == 0) {
        ASSERT_EQ(lowest, v) << "code " << code;
      }
      ASSERT_EQ(EncodeFloat(DecodeFloatMiddle(code, format), format), code);
      previous = code;
    }
  }
}

TEST(EncodeFloat, EveryCodeDecodesToAChargeThatHasThisCode) {
  for (const FloatFormat& format : kFormats) {
    for (uint32_t code = 0; code < 1u << CodeBits(format); ++code) {
      const uint32_t lowest = DecodeFloatLowest(code, format);
      if (lowest == 0xFFFFFFFFu) continue;  // beyond 32 bits
      EXPECT_EQ(EncodeFloat(lowest, format), code);
    }
  }
}

TEST(EncodeFloat, ChargesBeyondTheRangeBecomeTheLargestCode) {
  EXPECT_EQ(EncodeFloat(0xFFFFFFFFu, kLinkLowDensity), 127u);
  EXPECT_EQ(EncodeFloat(1u << 20, kLinkLowDensity), 127u);
  EXPECT_EQ(EncodeFloat(1u << 18, kLinkPlain), 127u);
}

TEST(DecodeFloatMiddle, IsThePublishedMidpoint) {
  for (uint32_t code = 0; code < 128; ++code) {
    const int e = static_cast<int>(code >> 3);
    const uint32_t m = code & 7;
    for (const int d : {1, 3}) {
      const uint32_t low = (e != 0 ? (8 + m) << (e - 1) : m) << d;
      const uint32_t middle = low + (1u << ((e > 1 ? e - 1 : 0) + d - 1));
      EXPECT_EQ(DecodeFloatMiddle(code, d == 1 ? kLinkLowDensity : kLinkHighDensity), middle);
    }
  }
}

TEST(DecodeFloat, DoesNotLookAtBitsAboveTheCode) {
  for (const FloatFormat& format : kFormats) {
    for (uint32_t code = 0; code < 1u << CodeBits(format); ++code) {
      for (int bit = CodeBits(format); bit < 32; ++bit) {
        for (const uint32_t stray : {1u << bit, ~0u << bit}) {
          ASSERT_EQ(DecodeFloatLowest(code | stray, format), DecodeFloatLowest(code, format));
          ASSERT_EQ(DecodeFloatMiddle(code | stray, format), DecodeFloatMiddle(code, format));
        }
      }
    }
  }
}

TEST(CalibratedCharge, MultipliesAndTruncates) {
  for (uint32_t code = 0; code < 128; ++code) {
    const uint64_t charge = DecodeFloatLowest(code, kLinkPlain);
    for (uint32_t multiplier = 0; multiplier < 4096; ++multiplier) {
      ASSERT_EQ(CalibratedCharge(code, multiplier), charge * multiplier / 2048);
    }
  }
}

}  // namespace
}  // namespace device
}  // namespace demd
