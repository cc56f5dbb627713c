#include "models/wafer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <set>

#include "engine/error.h"

namespace demd {
namespace {

// Centre of a cell in cell pitches, from its address; constants per rhombus.
struct Point {
  double x;
  double y;
};

Point CentreOf(int cell) {
  constexpr Point kOrigins[] = {{-6.9282, -10.0}, {-6.9282, -10.5}, {-6.4952, -10.25}};
  const CellAddress address = kCellAddresses[static_cast<uint32_t>(cell)];
  const Point origin = kOrigins[cell / kCellsPerRhombus];
  return {1.7320 * address.v + origin.x, 2.0 * address.u - address.v + origin.y};
}

double Distance(int a, int b) {
  const Point p = CentreOf(a);
  const Point q = CentreOf(b);
  return std::sqrt((p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y));
}

Charges Ramp() {
  Charges charges{};
  std::iota(charges.begin(), charges.end(), 0);
  return charges;
}

TEST(CellAddresses, AreAllDifferent) {
  std::set<int32_t> seen;
  for (const CellAddress& address : kCellAddresses) seen.insert(address.u * 100 + address.v);
  EXPECT_EQ(seen.size(), 48u);
}

TEST(Neighbours, AreThePairsCloserThanTwoPointThreePitches) {
  int inside = 0;
  int across = 0;
  for (int a = 0; a < kWaferCells; ++a) {
    for (int b = 0; b < kWaferCells; ++b) {
      EXPECT_EQ(AreNeighbours(a, b), a != b && Distance(a, b) < 2.3) << a << ' ' << b;
      if (a < b && AreNeighbours(a, b)) ++(a / 16 == b / 16 ? inside : across);
    }
  }
  EXPECT_EQ(inside, 99);
  EXPECT_EQ(across, 21);
}

TEST(Rotation, KeepsAllDistances) {
  constexpr double kRoundingOfTheCoordinates = 1e-3;
  for (int a = 0; a < kWaferCells; ++a) {
    for (int b = 0; b < kWaferCells; ++b) {
      for (int turns = 1; turns <= 2; ++turns) {
        EXPECT_NEAR(Distance(a, b), Distance(RotatedCell(a, turns), RotatedCell(b, turns)),
                    kRoundingOfTheCoordinates);
      }
    }
  }
}

TEST(Rotation, ThreeTurnsAreNoneAndNegativeOnesTurnBack) {
  const Charges charges = Ramp();
  EXPECT_EQ(Rotated(charges, 3), charges);
  EXPECT_EQ(Rotated(Rotated(charges, 1), -1), charges);
  EXPECT_EQ(Rotated(charges, 1)[16], 0);
  EXPECT_NE(Rotated(charges, 1), charges);
}

TEST(Image, ShowsEveryCellOnceAndMasksAQuarter) {
  std::set<int32_t> cells;
  for (uint32_t pixel = 0; pixel < kImagePixels; ++pixel) {
    const bool masked = pixel / 8 >= 4 && pixel % 8 >= 4;
    EXPECT_EQ(kImageCells[pixel] < 0, masked) << pixel;
    if (!masked) cells.insert(kImageCells[pixel]);
  }
  EXPECT_EQ(cells.size(), 48u);
  EXPECT_EQ(*cells.rbegin(), 47);
}

TEST(Image, GoesThereAndBack) {
  float cells[48], image[64], back[48];
  for (int i = 0; i < 48; ++i) cells[i] = static_cast<float>(i + 1);
  CellsToImage(cells, image);
  EXPECT_EQ(image[0], 29.0f);
  EXPECT_EQ(image[36], 0.0f);
  ImageToCells(image, back);
  for (int i = 0; i < 48; ++i) EXPECT_EQ(back[i], cells[i]);
}

TEST(RhombusImage, HasTheRhombusAsChannelAndGoesThereAndBack) {
  float cells[48], image[48], back[48];
  for (int i = 0; i < 48; ++i) cells[i] = static_cast<float>(i);
  CellsToRhombusImage(cells, image);
  for (int pixel = 0; pixel < 16; ++pixel) {
    for (int channel = 0; channel < 3; ++channel) {
      EXPECT_EQ(image[3 * pixel + channel], static_cast<float>(pixel + 16 * channel));
    }
  }
  RhombusImageToCells(image, back);
  for (int i = 0; i < 48; ++i) EXPECT_EQ(back[i], cells[i]);
}

TEST(Charges, AreSummedAndCounted) {
  EXPECT_EQ(ChargeSum(Ramp()), 47 * 24);
  EXPECT_EQ(LargestCharge(Ramp()), 47);
  EXPECT_EQ(Occupancy(Ramp(), kCountsPerMipT), 12);
  EXPECT_EQ(Occupancy(Ramp(), 0), 47);
}

TEST(NormaliseByPowerOfTwo, IsExactAndLeavesASumFromOneToTwo) {
  for (const int32_t largest : {1, 2, 3, 255, 256, 1000, kMaxCharge}) {
    Charges charges{};
    charges[5] = largest;
    charges[7] = largest / 3;
    float x[48];
    NormaliseByPowerOfTwo(charges.data(), x);
    const double sum = static_cast<double>(x[5]) + static_cast<double>(x[7]);
    EXPECT_GE(sum, 1.0);
    EXPECT_LT(sum, 2.0);
    EXPECT_EQ(static_cast<double>(x[5]) * (largest / 3), static_cast<double>(x[7]) * largest);
  }
}

TEST(NormaliseBySum, LeavesASumOfOne) {
  constexpr double kOneRoundingPerCell = 48 * 0x1p-25;
  float x[48];
  NormaliseBySum(Ramp().data(), x);
  EXPECT_NEAR(std::accumulate(x, x + 48, 0.0), 1.0, kOneRoundingPerCell);
  EXPECT_EQ(x[0], 0.0f);
}

TEST(Normalisations, RefuseAnEmptyWafer) {
  float x[48];
  EXPECT_THROW(NormaliseByPowerOfTwo(Charges{}.data(), x), NumericError);
  EXPECT_THROW(NormaliseBySum(Charges{}.data(), x), NumericError);
}

}  // namespace
}  // namespace demd
