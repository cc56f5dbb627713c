#include "models/networks/hexagon_decoder.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "emd/metric.h"
#include "models/wafer.h"

namespace demd {
namespace {

constexpr int kTaps = 7;

TEST(HexagonNeighbourhood, IsEachCellAndThoseThatTouchIt) {
  const Neighbourhood neighbourhood = HexagonNeighbourhood();
  ASSERT_EQ(neighbourhood.taps, kTaps);
  ASSERT_EQ(neighbourhood.pixels.size(), static_cast<size_t>(kWaferCells * kTaps));
  for (int cell = 0; cell < kWaferCells; ++cell) {
    std::set<int> expected = {cell};
    for (int other = 0; other < kWaferCells; ++other) {
      if (AreNeighbours(cell, other)) expected.insert(other);
    }
    const int32_t* taps = &neighbourhood.pixels[static_cast<size_t>(cell * kTaps)];
    std::set<int> found(taps, taps + kTaps);
    found.erase(-1);
    EXPECT_EQ(found, expected) << "cell " << cell;
    EXPECT_EQ(taps[0], cell);
  }
}

TEST(HexagonNeighbourhood, TurnsWithTheModule) {
  const Neighbourhood neighbourhood = HexagonNeighbourhood();
  const auto under = [&](int cell, int tap) {
    return neighbourhood.pixels[static_cast<size_t>(cell * kTaps + tap)];
  };
  for (int cell = 0; cell < kWaferCells; ++cell) {
    for (int tap = 0; tap < kTaps; ++tap) {
      const int32_t there = under(cell, tap);
      EXPECT_EQ(under(RotatedCell(cell), tap), there < 0 ? -1 : RotatedCell(there));
    }
  }
}

// Within a rhombus a tap is one direction in the plane, and opposite taps are opposite directions.
TEST(HexagonNeighbourhood, HasOneDirectionForEachTapOfARhombus) {
  const Neighbourhood neighbourhood = HexagonNeighbourhood();
  const std::vector<Point2> centres = HexagonCentres();
  for (int tap = 1; tap < kTaps; ++tap) {
    const int opposite = (tap + 2) % 6 + 1;
    for (int rhombus = 0; rhombus < 3; ++rhombus) {
      std::vector<Point2> steps;
      for (int k = 0; k < kCellsPerRhombus; ++k) {
        const int cell = rhombus * kCellsPerRhombus + k;
        const int32_t there = neighbourhood.pixels[static_cast<size_t>(cell * kTaps + tap)];
        if (there < 0 || there / kCellsPerRhombus != rhombus) continue;
        EXPECT_EQ(neighbourhood.pixels[static_cast<size_t>(there * kTaps + opposite)], cell);
        const Point2 from = centres[static_cast<size_t>(cell)];
        const Point2 to = centres[static_cast<size_t>(there)];
        steps.push_back({to.x - from.x, to.y - from.y});
        EXPECT_NEAR(steps.back().x, steps[0].x, 1e-3) << "cell " << cell << ", tap " << tap;
        EXPECT_NEAR(steps.back().y, steps[0].y, 1e-3) << "cell " << cell << ", tap " << tap;
      }
      EXPECT_GE(steps.size(), 9u) << "tap " << tap;
    }
  }
}

}  // namespace
}  // namespace demd
