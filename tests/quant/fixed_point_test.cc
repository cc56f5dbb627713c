#include "quant/device/fixed_point.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace demd {
namespace device {
namespace {

constexpr Rounding kModes[] = {Rounding::kFloor, Rounding::kTiesUp, Rounding::kTiesToEven,
                               Rounding::kTiesAway};

// The definition in words, on exact doubles (x is small, so x / 2^s has no rounding error).
double RoundByDefinition(double exact, Rounding mode) {
  const double below = std::floor(exact);
  if (mode == Rounding::kFloor) return below;
  if (exact - below != 0.5) return exact - below < 0.5 ? below : below + 1;
  switch (mode) {
    case Rounding::kTiesUp:
      return below + 1;
    case Rounding::kTiesToEven:
      return std::fmod(below, 2.0) == 0.0 ? below : below + 1;
    default:
      return exact < 0 ? below : below + 1;
  }
}

TEST(RoundShift, MatchesTheDefinitionForEveryInt16ShiftAndMode) {
  for (const Rounding mode : kModes) {
    for (int shift = 0; shift <= 20; ++shift) {
      for (int32_t x = -32768; x <= 32767; ++x) {
        const double expected = RoundByDefinition(std::ldexp(x, -shift), mode);
        ASSERT_EQ(RoundShift<int32_t>(x, shift, mode), expected) << x << " >> " << shift;
        ASSERT_EQ(RoundShift<int64_t>(x, shift, mode), expected) << x << " >> " << shift;
      }
    }
  }
}

TEST(RoundShift, NeverOverflowsAtTheEndsOfItsType) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  constexpr int32_t kMost32 = std::numeric_limits<int32_t>::max();
  constexpr int32_t kLeast32 = std::numeric_limits<int32_t>::min();
  for (const Rounding mode : kModes) {
    const int64_t up = mode == Rounding::kFloor ? 0 : 1;
    for (int shift = 1; shift <= 62; ++shift) {
      EXPECT_EQ(RoundShift(kMost, shift, mode), (kMost >> shift) + up);
      EXPECT_EQ(RoundShift(kLeast, shift, mode), -(int64_t{1} << (63 - shift)));
    }
    for (int shift = 1; shift <= 30; ++shift) {
      EXPECT_EQ(RoundShift(kMost32, shift, mode), (kMost32 >> shift) + up);
      EXPECT_EQ(RoundShift(kLeast32, shift, mode), -(int32_t{1} << (31 - shift)));
    }
  }
}

TEST(RoundShift, IsNotTwoRoundingsInARow) {
  int differing = 0;
  for (int32_t x = 0; x < 65536; ++x) {
    const int32_t once = RoundShift(x, 4, Rounding::kTiesToEven);
    const int32_t twice =
        RoundShift(RoundShift(x, 2, Rounding::kTiesToEven), 2, Rounding::kTiesToEven);
    differing += once != twice ? 1 : 0;
  }
  EXPECT_GT(differing, 0);
}

TEST(RoundShift, IsAConstantExpression) {
  static_assert(RoundShift<int32_t>(-3, 1, Rounding::kFloor) == -2, "");
  static_assert(RoundShift<int32_t>(-3, 1, Rounding::kTiesUp) == -1, "");
  static_assert(RoundShift<int32_t>(-3, 1, Rounding::kTiesToEven) == -2, "");
  static_assert(RoundShift<int32_t>(-3, 1, Rounding::kTiesAway) == -2, "");
  static_assert(RoundShift<int32_t>(5, 1, Rounding::kTiesToEven) == 2, "");
}

TEST(Rescale, MultipliesExactlyForANegativeShift) {
  for (int32_t x = -1000; x <= 1000; ++x) {
    EXPECT_EQ(Rescale(x, -5, Rounding::kTiesToEven), x * 32);
    EXPECT_EQ(Rescale(int64_t{x}, 3, Rounding::kFloor), RoundShift(x, 3, Rounding::kFloor));
  }
}

TEST(Fit, SaturatesOrWrapsEveryInt16IntoEveryWidth) {
  for (uint8_t bits = 1; bits <= 17; ++bits) {
    for (const bool is_signed : {false, true}) {
      const ValueFormat clip = {bits, 0, is_signed, Rounding::kFloor, Overflow::kSaturate};
      const ValueFormat wrap = {bits, 0, is_signed, Rounding::kFloor, Overflow::kWrap};
      const int32_t span = 1 << bits;
      const int32_t low = is_signed ? -span / 2 : 0;
      for (int32_t x = -32768; x <= 32767; ++x) {
        const int32_t clipped = x < low ? low : x > low + span - 1 ? low + span - 1 : x;
        ASSERT_EQ(Fit(x, clip), clipped);
        const int32_t modulo = ((x - low) % span + span) % span + low;
        ASSERT_EQ(Fit(x, wrap), modulo) << x << " in " << int{bits} << " bits";
        ASSERT_EQ(Fit(int64_t{x}, wrap), modulo);
      }
    }
  }
}

TEST(BitLength, CountsBitsForEvery16BitNumberAndEveryPowerOfTwo) {
  for (uint32_t v = 0; v < 65536; ++v) {
    int length = 0;
    while (v >> length != 0) ++length;
    ASSERT_EQ(BitLength(v), length);
  }
  for (int bit = 0; bit < 32; ++bit) {
    EXPECT_EQ(BitLength(uint32_t{1} << bit), bit + 1);
    EXPECT_EQ(BitLength(0xFFFFFFFFu >> (31 - bit)), bit + 1);
    EXPECT_EQ(FloorLog2(0xFFFFFFFFu >> (31 - bit)), bit);
  }
  EXPECT_EQ(FloorLog2(0), 0);
}

}  // namespace
}  // namespace device
}  // namespace demd
