#include "models/concentrator/concentrator_frame.h"

#include <gtest/gtest.h>

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "engine/error.h"
#include "engine/random.h"

namespace demd {
namespace {

constexpr uint32_t kBunchCrossing = 0b10110;
constexpr GroupLayout kAllGroups = {12, 12, 2, false};

// n cells, ascending, spread over the module, with codes that use all 7 bits.
SentCells SomeCells(int32_t n, uint64_t seed = 0) {
  RandomStream random(seed, "cells");
  SentCells sent;
  for (int32_t cell = 0; cell < kWaferCells; ++cell) {
    const uint64_t cells_left = static_cast<uint64_t>(kWaferCells - cell);
    if (random.Below(cells_left) >= static_cast<uint64_t>(n - sent.n)) continue;
    const size_t i = static_cast<size_t>(sent.n++);
    sent.cell[i] = cell;
    sent.code[i] = static_cast<uint32_t>(random.Below(128));
  }
  sent.rest_code = static_cast<uint32_t>(random.Below(256));
  return sent;
}

SentGroups SomeGroups(const GroupLayout& layout, uint64_t seed = 0) {
  RandomStream random(seed, "groups");
  SentGroups sent;
  int32_t n = 0;
  for (int32_t group = 0; group < layout.n_groups && n < layout.n_sent; ++group) {
    const uint64_t left = static_cast<uint64_t>(layout.n_groups - group);
    const bool skip = random.Below(left) >= static_cast<uint64_t>(layout.n_sent - n);
    if (layout.has_map && skip) continue;
    const size_t i = static_cast<size_t>(n++);
    sent.group[i] = group;
    sent.largest[i] = static_cast<int32_t>(random.Below(uint64_t{1} << layout.address_bits));
    sent.code[i] = static_cast<uint32_t>(random.Below(512));
  }
  return sent;
}

void ExpectEqual(const SentCells& a, const SentCells& b) {
  ASSERT_EQ(a.n, b.n);
  EXPECT_EQ(a.rest_code, b.rest_code);
  for (size_t i = 0; i < static_cast<size_t>(a.n); ++i) {
    EXPECT_EQ(a.cell[i], b.cell[i]);
    EXPECT_EQ(a.code[i], b.code[i]);
  }
}

std::string Bits(uint32_t value, size_t n) {
  return std::bitset<32>(value).to_string().substr(32 - n);
}

std::string BitsOf(const LinkFrame& frame) {
  std::string bits;
  for (const uint32_t word : frame.words) bits += Bits(word, 32);
  return bits;
}

// The frame as text of zeros and ones, the way the emulator builds it.
std::string CellText(const SentCells& sent) {
  std::string addresses;
  std::string map(48, '0');
  std::string codes;
  for (size_t i = 0; i < static_cast<size_t>(sent.n); ++i) {
    addresses += Bits(static_cast<uint32_t>(sent.cell[i]), 6);
    map[static_cast<size_t>(sent.cell[i])] = '1';
    codes += Bits(sent.code[i], 7);
  }
  return (sent.n < 8 ? addresses : map) + codes;
}

std::string ThresholdText(const SentCells& sent) {
  const std::string header = "10110";
  if (sent.n == 0) return header + "000" + Bits(sent.rest_code, 8);
  const std::string count = sent.n < 8 ? Bits(static_cast<uint32_t>(sent.n), 3) : "";
  return header + (sent.n < 8 ? "010" : "100") + Bits(sent.rest_code, 8) + count + CellText(sent);
}

std::string BestChoiceText(const SentCells& sent) {
  return "1110" + Bits(sent.rest_code, 8) + CellText(sent);
}

void ExpectText(const LinkFrame& frame, const std::string& text) {
  EXPECT_EQ(frame.bits, static_cast<int32_t>(text.size()));
  EXPECT_EQ(BitsOf(frame), text + std::string(32 * kMaxFrameWords - text.size(), '0'));
}

TEST(ThresholdFrame, IsTheEmulatorsTextAndComesBackForEveryNumberOfCells) {
  for (int32_t n = 0; n <= kWaferCells; ++n) {
    for (uint64_t seed = 0; seed < 5; ++seed) {
      const SentCells sent = SomeCells(n, seed);
      const LinkFrame frame = PackThreshold(sent, kBunchCrossing);
      ExpectText(frame, ThresholdText(sent));
      ExpectEqual(UnpackThreshold(frame), sent);
    }
  }
}

TEST(ThresholdFrame, HasTheBitsOfItsFields) {
  EXPECT_EQ(PackThreshold(SomeCells(0), 0).bits, 16);
  EXPECT_EQ(PackThreshold(SomeCells(1), 0).bits, 16 + 3 + 6 + 7);
  EXPECT_EQ(PackThreshold(SomeCells(7), 0).bits, 16 + 3 + 7 * 13);
  EXPECT_EQ(PackThreshold(SomeCells(8), 0).bits, 16 + 48 + 8 * 7);
  EXPECT_EQ(PackThreshold(SomeCells(48), 0).bits, 400);
}

TEST(BestChoiceFrame, IsTheEmulatorsTextAndComesBack) {
  for (int32_t n = 1; n <= kWaferCells; ++n) {
    for (uint64_t seed = 0; seed < 5; ++seed) {
      const SentCells sent = SomeCells(n, seed);
      const LinkFrame frame = PackBestChoice(sent, kBunchCrossing);
      ExpectText(frame, BestChoiceText(sent));
      ExpectEqual(UnpackBestChoice(frame, n), sent);
    }
  }
}

TEST(BestChoiceFrame, FillsItsElinksAndNoMore) {
  EXPECT_EQ(PackBestChoice(SomeCells(4), 0).bits, 64);
  EXPECT_EQ(PackBestChoice(SomeCells(6), 0).bits, 90);
  EXPECT_EQ(PackBestChoice(SomeCells(9), 0).bits, 123);
  EXPECT_EQ(PackBestChoice(SomeCells(14), 0).bits, 158);
}

TEST(GroupFrame, IsTheEmulatorsTextAndComesBack) {
  for (int32_t n = 1; n <= 12; ++n) {
    for (const bool has_map : {false, true}) {
      const GroupLayout layout = {12, n, 2, has_map};
      const SentGroups sent = SomeGroups(layout, static_cast<uint64_t>(n));
      std::string map(12, '0');
      std::string addresses;
      std::string codes;
      for (size_t i = 0; i < static_cast<size_t>(n); ++i) {
        map[static_cast<size_t>(sent.group[i])] = '1';
        addresses += Bits(static_cast<uint32_t>(sent.largest[i]), 2);
        codes += Bits(sent.code[i], 9);
      }
      const LinkFrame frame = PackGroups(sent, layout, kBunchCrossing);
      ExpectText(frame, "1110" + (has_map ? map : "") + addresses + codes);
      const SentGroups back = UnpackGroups(frame, layout);
      EXPECT_EQ(back.group, sent.group);
      EXPECT_EQ(back.largest, sent.largest);
      EXPECT_EQ(back.code, sent.code);
    }
  }
}

TEST(GroupFrame, HasTheBitsOfItsFields) {
  EXPECT_EQ(PackGroups(SomeGroups(kAllGroups), kAllGroups, 0).bits, 136);
  for (const int32_t n : {5, 8, 11}) {
    const GroupLayout first = {12, n, 2, false};
    const GroupLayout largest = {12, n, 2, true};
    EXPECT_EQ(PackGroups(SomeGroups(first), first, 0).bits, 4 + 11 * n);
    EXPECT_EQ(PackGroups(SomeGroups(largest), largest, 0).bits, 16 + 11 * n);
  }
  const GroupLayout rhombi = {3, 3, 4, false};
  EXPECT_EQ(PackGroups(SomeGroups(rhombi), rhombi, 0).bits, 43);
}

// Written down from the tables of the emulator's formatter: two cells of threshold.
TEST(ThresholdFrame, HasTheGoldenWordsOfTwoCells) {
  SentCells sent;
  sent.n = 2;
  sent.cell = {5, 47};
  sent.code = {0x41, 0x7F};
  sent.rest_code = 0x9C;
  // 10110 010 10011100 010 000101 101111 1000001 1111111
  const LinkFrame frame = PackThreshold(sent, kBunchCrossing);
  EXPECT_EQ(frame.bits, 45);
  EXPECT_EQ(frame.words[0], 0xB29C42DFu);
  EXPECT_EQ(frame.words[1], 0x07F80000u);
  sent.code[1] ^= 1;
  EXPECT_NE(PackThreshold(sent, kBunchCrossing).words[1], 0x07F80000u);
}

TEST(Frames, WithAFlippedBitAreAnotherContentOrRefused) {
  const SentCells sent = SomeCells(9, 3);
  const LinkFrame frame = PackBestChoice(sent, kBunchCrossing);
  int refused = 0;
  for (int32_t bit = 4; bit < frame.bits; ++bit) {
    LinkFrame damaged = frame;
    damaged.words[static_cast<size_t>(bit / 32)] ^= 0x80000000u >> (bit % 32);
    try {
      const SentCells back = UnpackBestChoice(damaged, 9);
      EXPECT_TRUE(back.rest_code != sent.rest_code || back.code != sent.code);
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_EQ(refused, 48);  // every bit of the map changes the number of cells
}

TEST(Frames, OfRandomBitsAreReadOrRefusedWithoutHarm) {
  RandomStream random(1, "noise");
  for (int k = 0; k < 20000; ++k) {
    LinkFrame frame;
    for (uint32_t& word : frame.words) word = random.NextUint32();
    for (const int32_t n : {4, 6, 9, 14}) {
      try {
        const SentCells sent = UnpackBestChoice(frame, n);
        EXPECT_EQ(sent.n, n);
        EXPECT_LT(sent.cell[static_cast<size_t>(n - 1)], kWaferCells);
      } catch (const DataError&) {
      }
    }
    try {
      EXPECT_LE(UnpackThreshold(frame).n, kWaferCells);
    } catch (const DataError&) {
    }
    EXPECT_EQ(UnpackGroups(frame, kAllGroups).group[11], 11);
  }
}

TEST(Frames, ThatNoPackerMakesAreRefused) {
  LinkFrame unknown_type;
  unknown_type.words[0] = 0x07000000u;
  EXPECT_THROW(UnpackThreshold(unknown_type), DataError);
  LinkFrame empty_list;
  empty_list.words[0] = 0x02000000u;
  EXPECT_THROW(UnpackThreshold(empty_list), DataError);
  LinkFrame empty_map;
  empty_map.words[0] = 0x04000000u;
  EXPECT_THROW(UnpackThreshold(empty_map), DataError);
  SentCells descending = SomeCells(2);
  std::swap(descending.cell[0], descending.cell[1]);
  EXPECT_THROW(UnpackBestChoice(PackBestChoice(descending, 0), 2), DataError);
  const GroupLayout five = {12, 5, 2, true};
  const GroupLayout six = {12, 6, 2, true};
  EXPECT_THROW(UnpackGroups(PackGroups(SomeGroups(six), six, 0), five), DataError);
}

}  // namespace
}  // namespace demd
