#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "engine/kernels/matrix_kernels.h"
#include "engine/portable_math.h"
#include "engine/random.h"
#include "engine/tensor.h"

namespace demd {
namespace {

std::vector<float> RandomFloats(int64_t n, uint64_t index) {
  RandomStream random(7, "kernels", index);
  std::vector<float> values(static_cast<size_t>(n));
  for (float& value : values) {
    // Magnitudes over many orders, so that a second rounding or another order would show.
    value = static_cast<float>(
        std::ldexp(random.Uniform(-1.0, 1.0), static_cast<int>(random.Below(40)) - 20));
  }
  return values;
}

class MatrixKernelsTest : public testing::TestWithParam<const MatrixKernels*> {};

// The contract to the letter: fused multiply-adds in the order of segments and k, from the bias.
TEST_P(MatrixKernelsTest, RowsTimesMatrixHasTheBitsOfTheDefinition) {
  for (const int64_t m : {1, 4, 7, 8, 12, 21}) {
    for (const int64_t n : {1, 3, 4, 6, 8, 16, 24, 27, 32, 61, 96}) {
      const std::vector<Segment> segments = {{2, 0, 3}, {9, 4, 1}, {0, 5, 6}};
      const std::vector<float> a = RandomFloats(m * 11, 1);
      const std::vector<float> b = RandomFloats(11 * n, 2);
      const std::vector<float> bias = RandomFloats(n, 3);
      std::vector<float> c = RandomFloats(m * (n + 2), 4);
      for (const bool accumulate : {false, true}) {
        std::vector<float> expected = c;
        for (int64_t i = 0; i < m; ++i) {
          for (int64_t j = 0; j < n; ++j) {
            float sum = bias[static_cast<size_t>(j)];
            for (const Segment& s : segments) {
              for (int64_t k = 0; k < s.length; ++k) {
                sum = std::fma(a[static_cast<size_t>(i * 11 + s.a_offset + k)],
                               b[static_cast<size_t>((s.b_row + k) * n + j)], sum);
              }
            }
            float& out = expected[static_cast<size_t>(i * (n + 2) + j)];
            out = accumulate ? out + sum : sum;
          }
        }
        GetParam()->rows_times_matrix({a.data(), 11, b.data(), bias.data(), c.data(), n + 2,
                                       segments.data(), 3, m, n, accumulate});
        ASSERT_EQ(std::memcmp(c.data(), expected.data(), c.size() * sizeof(float)), 0)
            << "m " << m << " n " << n << " accumulate " << accumulate;
      }
    }
  }
}

TEST_P(MatrixKernelsTest, InfiniteSumsStayInfinite) {
  const std::vector<Segment> segments = {{0, 0, 3}};
  const std::vector<float> b = {1.0f, 1.0f, 1.0f};
  const float bias = 0.0f;
  for (const float sign : {1.0f, -1.0f}) {
    const std::vector<float> a = {sign * 3e38f, sign * 3e38f, 1.0f};
    float c = 0.0f;
    GetParam()->rows_times_matrix(
        {a.data(), 3, b.data(), &bias, &c, 1, segments.data(), 1, 1, 1, false});
    EXPECT_EQ(c, sign * HUGE_VALF);
  }
}

TEST_P(MatrixKernelsTest, OuterProductsHaveTheBitsOfTheDefinition) {
  for (const int64_t k : {1, 2, 6, 8, 19}) {
    for (const int64_t n : {1, 3, 4, 6, 8, 16, 24, 27, 32, 61, 96}) {
      const int64_t rows = 13;
      const std::vector<RowPair> pairs = {{0, n}, {k, 0}};
      const std::vector<float> a = RandomFloats(rows * 2 * k, 1);
      const std::vector<float> b = RandomFloats(rows * 2 * n, 2);
      std::vector<float> c(static_cast<size_t>(k * n));
      std::vector<float> expected(c.size(), 0.0f);
      for (int64_t i = 0; i < k; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          float& sum = expected[static_cast<size_t>(i * n + j)];
          for (int64_t r = 0; r < rows; ++r) {
            for (const RowPair& p : pairs) {
              sum = std::fma(a[static_cast<size_t>(r * 2 * k + p.a_offset + i)],
                             b[static_cast<size_t>(r * 2 * n + p.b_offset + j)], sum);
            }
          }
        }
      }
      // All rows at once, and the same in two calls.
      GetParam()->outer_products(
          {a.data(), 2 * k, b.data(), 2 * n, pairs.data(), 2, c.data(), n, rows, k, n, false});
      ASSERT_EQ(std::memcmp(c.data(), expected.data(), c.size() * sizeof(float)), 0)
          << "k " << k << " n " << n;
      GetParam()->outer_products(
          {a.data(), 2 * k, b.data(), 2 * n, pairs.data(), 2, c.data(), n, 5, k, n, false});
      GetParam()->outer_products({a.data() + 10 * k, 2 * k, b.data() + 10 * n, 2 * n, pairs.data(),
                                  2, c.data(), n, rows - 5, k, n, true});
      ASSERT_EQ(std::memcmp(c.data(), expected.data(), c.size() * sizeof(float)), 0)
          << "k " << k << " n " << n;
    }
  }
}

TEST_P(MatrixKernelsTest, TransposeMovesEveryElement) {
  for (const int64_t rows : {1, 3, 4, 7, 8, 33}) {
    for (const int64_t n : {1, 2, 4, 15, 16, 21, 64}) {
      const std::vector<float> from = RandomFloats(rows * (n + 3), 1);
      std::vector<float> to = RandomFloats(n * (rows + 2), 2);
      std::vector<float> expected = to;
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t j = 0; j < n; ++j) {
          expected[static_cast<size_t>(j * (rows + 2) + r)] =
              from[static_cast<size_t>(r * (n + 3) + j)];
        }
      }
      GetParam()->vector->transpose(from.data(), n + 3, rows, n, to.data(), rows + 2);
      ASSERT_EQ(to, expected) << rows << " x " << n;
    }
  }
}

TEST_P(MatrixKernelsTest, SoftmaxHasTheBitsOfTheDefinition) {
  for (const int64_t m : {1, 5, 16, 48, 61}) {
    std::vector<float> x = RandomFloats(3 * m, 1);
    x[0] = 2000.0f;  // beside it all others vanish
    std::vector<float> y(x.size());
    GetParam()->vector->softmax(x.data(), 3, m, y.data());
    for (size_t r = 0; r < x.size(); r += static_cast<size_t>(m)) {
      const float largest = *std::max_element(&x[r], &x[r] + m);
      std::vector<float> expected;
      double sum = 0.0;
      for (int64_t j = 0; j < m; ++j) {
        expected.push_back(Exp(x[r + static_cast<size_t>(j)] - largest));
        sum += static_cast<double>(expected.back());
      }
      for (float& value : expected) {
        value = static_cast<float>(static_cast<double>(value) * (1.0 / sum));
      }
      ASSERT_EQ(std::memcmp(&y[r], expected.data(), expected.size() * sizeof(float)), 0) << m;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, MatrixKernelsTest,
                         testing::ValuesIn(RunnableKernels().begin(), RunnableKernels().end()),
                         [](const auto& instance) { return std::string(instance.param->name); });

TEST(Kernels, PortableVariantIsAlwaysThere) {
  bool found = false;
  for (const MatrixKernels* variant : RunnableKernels()) {
    found = found || std::string(variant->name) == "portable";
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace demd
