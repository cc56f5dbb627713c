#include "emd/batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "emd/transport.h"
#include "engine/error.h"
#include "engine/parallel.h"
#include "engine/random.h"

namespace demd {
namespace {

template <typename T>
std::vector<T> RandomRows(int64_t n, uint64_t seed) {
  RandomStream random(seed, "rows");
  std::vector<T> rows(static_cast<size_t>(n) * 48);
  for (T& x : rows) x = static_cast<T>(random.Below(3) == 0 ? random.Below(1000) : 0);
  for (size_t k = 0; k < rows.size(); k += 48) rows[k] = 1;
  return rows;
}

TEST(Batch, GivesTheSameBytesForEveryThreadCount) {
  const GroundCost cost = GroundCost::Hexagon();
  constexpr int64_t kRows = 200;
  const std::vector<float> a = RandomRows<float>(kRows, 1);
  const std::vector<float> b = RandomRows<float>(kRows, 2);
  std::vector<double> first(kRows);
  std::vector<double> first_square(70 * 70);
  for (int threads = 1; threads <= 3; ++threads) {
    SetThreadCount(threads);
    std::vector<double> out(kRows);
    std::vector<double> square(70 * 70);
    EmdOfRows(cost, a.data(), b.data(), kRows, out.data());
    EmdPairwise(cost, a.data(), 70, a.data(), 70, square.data());
    if (threads == 1) {
      first = out;
      first_square = square;
    }
    EXPECT_EQ(out, first);
    EXPECT_EQ(square, first_square);
  }
  SetThreadCount(1);
}

TEST(Batch, PairwiseEqualsOnePairAtATime) {
  const GroundCost cost = GroundCost::Hexagon();
  const std::vector<int32_t> a = RandomRows<int32_t>(9, 3);
  const std::vector<int32_t> b = RandomRows<int32_t>(130, 4);
  std::vector<double> table(9 * 130);
  int64_t last = 0;
  EmdPairwise<int32_t>(cost, a.data(), 9, b.data(), 130, table.data(),
                       [&](int64_t done) { last = std::max(last, done); });
  EXPECT_EQ(last, 9 * 130);
  for (int64_t r = 0; r < 9; ++r) {
    for (int64_t s = 0; s < 130; ++s) {
      double single = 0;
      EmdOfRows(cost, a.data() + r * 48, b.data() + s * 48, 1, &single);
      EXPECT_EQ(table[static_cast<size_t>(r * 130 + s)], single);
    }
  }
}

TEST(Batch, OneHalfOfASymmetricTableIsMirrored) {
  const GroundCost cost = GroundCost::Hexagon();
  const std::vector<int64_t> a = RandomRows<int64_t>(100, 5);
  const std::vector<int64_t> copy = a;
  std::vector<double> mirrored(100 * 100);
  std::vector<double> full(100 * 100);
  EmdPairwise(cost, a.data(), 100, a.data(), 100, mirrored.data());
  EmdPairwise(cost, a.data(), 100, copy.data(), 100, full.data());
  for (size_t k = 0; k < full.size(); ++k) EXPECT_NEAR(mirrored[k], full[k], 1e-13);
}

TEST(Batch, NamesTheRowThatHasNoMass) {
  const GroundCost cost = GroundCost::Hexagon();
  std::vector<int32_t> a = RandomRows<int32_t>(100, 6);
  std::fill(a.begin() + 17 * 48, a.begin() + 18 * 48, 0);
  const std::vector<int32_t> b = RandomRows<int32_t>(100, 7);
  std::vector<double> out(100);
  try {
    EmdOfRows(cost, a.data(), b.data(), 100, out.data());
    FAIL() << "expected an exception";
  } catch (const NumericError& error) {
    EXPECT_EQ(std::string(error.what()),
              "rows a[17], b[17]: expected some mass on both sides, found none");
  }
}

}  // namespace
}  // namespace demd
