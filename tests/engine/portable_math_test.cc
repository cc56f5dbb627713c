#include "engine/portable_math.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "engine/io/crc32.h"
#include "engine/io/little_endian.h"
#include "engine/random.h"
#include "tests/case_count.h"

namespace demd {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
// Arguments per function and range.
const int kDraws = static_cast<int>(CaseCount(200000, 2000000));

// The reference is the C library in long double, which must be more precise than double.
#define DEMD_NEEDS_LONG_DOUBLE() \
  if (LDBL_MANT_DIG < 64) GTEST_SKIP() << "long double is no more precise than double here"

// Unit in the last place of a double near this value.
long double UlpOf(long double value) {
  if (std::fabs(value) < 0x1p-1022L) return 0x1p-1074L;
  return std::ldexp(1.0L, std::ilogb(value) - 52);
}

using Function = std::function<double(double)>;
using Reference = std::function<long double(long double)>;
using Draw = std::function<double(RandomStream&)>;

Draw UniformIn(double low, double high) {
  return [=](RandomStream& random) { return random.Uniform(low, high); };
}

// sign * 2^e with e uniform in [low, high]; sign 0: either.
Draw PowerIn(double low, double high, double sign) {
  return [=](RandomStream& random) {
    const double x = std::exp2(random.Uniform(low, high));
    return (sign != 0.0 ? sign : random.Below(2) == 0 ? 1.0 : -1.0) * x;
  };
}

// Largest error in ulp over random arguments.
double WorstUlp(const Function& function, const Reference& reference, const Draw& draw) {
  RandomStream random(1, "portable_math_test");
  long double worst = 0.0L;
  for (int i = 0; i < kDraws; ++i) {
    const double x = draw(random);
    const long double exact = reference(static_cast<long double>(x));
    const double found = function(x);
    if (std::isinf(found) && std::fabs(exact) > 1.7976931348623157e308L) continue;
    worst = std::max(worst, std::fabs(static_cast<long double>(found) - exact) / UlpOf(exact));
  }
  return static_cast<double>(worst);
}

double ExpOf(double x) { return Exp(x); }
double LogOf(double x) { return Log(x); }
double Log1pOf(double x) { return Log1p(x); }
double TanhOf(double x) { return Tanh(x); }
long double ExpRef(long double x) { return std::exp(x); }
long double LogRef(long double x) { return std::log(x); }
long double Log1pRef(long double x) { return std::log1p(x); }
long double TanhRef(long double x) { return std::tanh(x); }

TEST(PortableMath, ExpKeepsItsBound) {
  DEMD_NEEDS_LONG_DOUBLE();
  EXPECT_LT(WorstUlp(ExpOf, ExpRef, UniformIn(-745.2, 709.8)), 1.5);
  EXPECT_LT(WorstUlp(ExpOf, ExpRef, UniformIn(-1.0, 1.0)), 1.5);
  EXPECT_LT(WorstUlp(ExpOf, ExpRef, PowerIn(-80.0, 0.0, 0.0)), 1.5);
  EXPECT_LT(WorstUlp(ExpOf, ExpRef, UniformIn(-745.2, -708.3)), 1.5);
}

TEST(PortableMath, LogKeepsItsBound) {
  DEMD_NEEDS_LONG_DOUBLE();
  EXPECT_LT(WorstUlp(LogOf, LogRef, PowerIn(-1074.0, 1023.99, 1.0)), 2.0);
  EXPECT_LT(WorstUlp(LogOf, LogRef, UniformIn(0.5, 2.0)), 2.0);
  const Draw near_one = [](RandomStream& random) {
    return 1.0 + PowerIn(-52.0, -1.0, 0.0)(random);
  };
  EXPECT_LT(WorstUlp(LogOf, LogRef, near_one), 2.0);
}

TEST(PortableMath, Log1pKeepsItsBound) {
  DEMD_NEEDS_LONG_DOUBLE();
  EXPECT_LT(WorstUlp(Log1pOf, Log1pRef, PowerIn(-1074.0, 1023.99, 1.0)), 4.0);
  EXPECT_LT(WorstUlp(Log1pOf, Log1pRef, PowerIn(-1074.0, -0.001, -1.0)), 4.0);
  EXPECT_LT(WorstUlp(Log1pOf, Log1pRef, UniformIn(-0.9999, 3.0)), 4.0);
  const Draw near_minus_one = [](RandomStream& random) {
    return PowerIn(-52.0, -1.0, 1.0)(random) - 1.0;
  };
  EXPECT_LT(WorstUlp(Log1pOf, Log1pRef, near_minus_one), 4.0);
}

TEST(PortableMath, TanhKeepsItsBound) {
  DEMD_NEEDS_LONG_DOUBLE();
  EXPECT_LT(WorstUlp(TanhOf, TanhRef, UniformIn(-25.0, 25.0)), 4.0);
  EXPECT_LT(WorstUlp(TanhOf, TanhRef, UniformIn(0.1, 0.4)), 4.0);
  EXPECT_LT(WorstUlp(TanhOf, TanhRef, PowerIn(-1074.0, 0.0, 0.0)), 4.0);
}

TEST(PortableMath, PowKeepsItsBound) {
  DEMD_NEEDS_LONG_DOUBLE();
  RandomStream random(2, "portable_math_test");
  for (int i = 0; i < kDraws; ++i) {
    const double x = i % 2 == 0 ? PowerIn(-40.0, 40.0, 1.0)(random) : random.Uniform(0.0, 2.0);
    const double y = i % 2 == 0 ? random.Uniform(-20.0, 20.0) : random.Uniform(-700.0, 700.0);
    const long double exact = std::pow(static_cast<long double>(x), static_cast<long double>(y));
    if (!(exact > 1e-300L && exact < 1e300L)) continue;
    const long double error = std::fabs(static_cast<long double>(Pow(x, y)) - exact) / exact;
    EXPECT_LT(error, 0x1p-51L * (1.0L + std::fabs(y * std::log(x)))) << x << "^" << y;
  }
}

TEST(PortableMath, SinAndCosKeepTheirBound) {
  DEMD_NEEDS_LONG_DOUBLE();
  RandomStream random(3, "portable_math_test");
  long double worst = 0.0L;
  for (int i = 0; i < kDraws; ++i) {
    const double range = std::exp2(static_cast<double>(i % 21));
    const double x = random.Uniform(-range, range);
    const long double exact = static_cast<long double>(x);
    worst = std::max(worst, std::fabs(static_cast<long double>(Sin(x)) - std::sin(exact)));
    worst = std::max(worst, std::fabs(static_cast<long double>(Cos(x)) - std::cos(exact)));
  }
  EXPECT_LT(worst, 0x1p-52L);
}

TEST(PortableMath, Atan2KeepsItsBound) {
  DEMD_NEEDS_LONG_DOUBLE();
  RandomStream random(4, "portable_math_test");
  long double worst = 0.0L;
  for (int i = 0; i < 2 * kDraws; ++i) {
    const double spread = i % 2 == 0 ? 1.0 : 30.0;
    const double y = PowerIn(-spread, spread, 0.0)(random);
    const double x = PowerIn(-spread, spread, 0.0)(random);
    const long double exact = std::atan2(static_cast<long double>(y), static_cast<long double>(x));
    const long double found = Atan2(y, x);
    worst = std::max(worst, std::fabs(found - exact) / UlpOf(exact));
  }
  EXPECT_LT(worst, 3.0L);
}

// z with (1/2) erfc(-z / sqrt 2) = p, by Newton's method from a good start.
long double RefinedQuantile(double p, double z) {
  const long double kRootTwoPi = std::sqrt(2.0L * std::acos(-1.0L));
  long double refined = z;
  for (int step = 0; step < 3; ++step) {
    const long double tail = 0.5L * std::erfc(std::fabs(refined) / std::sqrt(2.0L));
    const long double density = std::exp(-0.5L * refined * refined) / kRootTwoPi;
    const long double excess =
        refined < 0.0L ? tail - p : (1.0L - static_cast<long double>(p)) - tail;
    refined -= excess / density;
  }
  return refined;
}

TEST(PortableMath, NormalQuantileKeepsItsBound) {
  DEMD_NEEDS_LONG_DOUBLE();
  RandomStream random(5, "portable_math_test");
  for (int i = 0; i < kDraws / 4; ++i) {
    const double p = i % 3 == 0   ? random.Uniform(1e-9, 1.0)
                     : i % 3 == 1 ? PowerIn(-1000.0, -1.0, 1.0)(random)
                                  : 1.0 - PowerIn(-52.0, -1.0, 1.0)(random);
    const double found = NormalQuantile(p);
    const long double exact = RefinedQuantile(p, found);
    EXPECT_LE(std::fabs(found - exact), 1e-14L * std::fabs(exact)) << p;
    EXPECT_EQ(NormalQuantile(0.5), 0.0);
  }
}

TEST(PortableMath, SpecialValuesFollowTheStandard) {
  for (const Function& function :
       {Function(ExpOf), Function(LogOf), Function(Log1pOf), Function(TanhOf),
        Function([](double x) { return Sin(x); }), Function([](double x) { return Cos(x); }),
        Function(NormalQuantile)}) {
    EXPECT_TRUE(std::isnan(function(kNan)));
  }
  EXPECT_EQ(Exp(0.0), 1.0);
  EXPECT_EQ(Exp(kInfinity), kInfinity);
  EXPECT_EQ(Exp(-kInfinity), 0.0);
  EXPECT_EQ(Exp(709.79), kInfinity);
  EXPECT_EQ(Exp(-745.14), 0.0);
  EXPECT_EQ(Log(0.0), -kInfinity);
  EXPECT_EQ(Log(1.0), 0.0);
  EXPECT_EQ(Log(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(Log(-1.0)));
  EXPECT_EQ(Log1p(-1.0), -kInfinity);
  EXPECT_TRUE(std::isnan(Log1p(-1.5)));
  EXPECT_TRUE(std::signbit(Log1p(-0.0)));
  EXPECT_EQ(Tanh(kInfinity), 1.0);
  EXPECT_EQ(Tanh(-kInfinity), -1.0);
  EXPECT_TRUE(std::signbit(Tanh(-0.0)));
  EXPECT_TRUE(std::signbit(Sin(-0.0)));
  EXPECT_EQ(Cos(0.0), 1.0);
  EXPECT_TRUE(std::isnan(Sin(kInfinity)));
  EXPECT_TRUE(std::isnan(Cos(0x1.0000001p20)));
  EXPECT_EQ(Pow(0.0, 0.0), 1.0);
  EXPECT_EQ(Pow(kNan, 0.0), 1.0);
  EXPECT_EQ(Pow(1.0, kNan), 1.0);
  EXPECT_EQ(Pow(0.0, 2.0), 0.0);
  EXPECT_EQ(Pow(0.0, -2.0), kInfinity);
  EXPECT_EQ(Pow(kInfinity, -2.0), 0.0);
  EXPECT_TRUE(std::isnan(Pow(-1.0, 2.0)));
  EXPECT_EQ(NormalQuantile(0.0), -kInfinity);
  EXPECT_EQ(NormalQuantile(1.0), kInfinity);
  EXPECT_TRUE(std::isnan(NormalQuantile(1.5)));
  EXPECT_EQ(Sigmoid(0.0F), 0.5F);
  EXPECT_EQ(Sigmoid(HUGE_VALF), 1.0F);
  EXPECT_EQ(Sigmoid(-HUGE_VALF), 0.0F);
}

TEST(PortableMath, Atan2AgreesWithTheLibraryOnEveryAxis) {
  const double values[] = {0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 1e308, kInfinity, -kInfinity};
  for (const double y : values) {
    for (const double x : values) {
      const double found = Atan2(y, x), expected = std::atan2(y, x);
      EXPECT_DOUBLE_EQ(found, expected) << y << " " << x;
      EXPECT_EQ(std::signbit(found), std::signbit(expected)) << y << " " << x;
    }
  }
}

TEST(PortableMath, IsMonotoneWhereItsFormulaChanges) {
  // tanh changes formula at 0.175, Log1p at -0.29 and 0.41, the quantile at 0.075 and 0.925.
  const struct {
    Function function;
    double seam;
  } rows[] = {{TanhOf, 0.175},
              {Log1pOf, -0.29},
              {Log1pOf, 0.41},
              {NormalQuantile, 0.075},
              {NormalQuantile, 0.925}};
  for (const auto& row : rows) {
    for (int i = -1000; i < 1000; ++i) {
      const double x = row.seam + i * 1e-13;
      EXPECT_LT(row.function(x), row.function(x + 1e-13)) << x;
    }
  }
}

// Bits of function values over arguments of all kinds; equal on every machine. `flip` changes one
// bit of one value.
uint32_t HashOf(const std::function<double(double, double)>& function, bool flip) {
  RandomStream random(6, "portable_math_test");
  std::string bytes;
  for (int i = 0; i < 100000; ++i) {
    uint64_t bits[2] = {random.NextUint64(), random.NextUint64()};
    if (i % 2 == 0) {
      // Half of the arguments between 2^-8 and 2^8, where functions are used.
      for (uint64_t& word : bits)
        word = (word & ~(uint64_t{0x7ff} << 52)) | (1015 + (word >> 52) % 16) << 52;
    }
    double x, y;
    std::memcpy(&x, &bits[0], sizeof x);
    std::memcpy(&y, &bits[1], sizeof y);
    const double value = function(x, y);
    // Machines differ in the sign of a NaN.
    AppendLittleEndian(std::isnan(value) ? 0.0 : value, &bytes);
  }
  if (flip) bytes[400001] = static_cast<char>(bytes[400001] ^ 1);
  return Crc32(bytes);
}

TEST(PortableMath, GivesTheSameBitsOnEveryMachine) {
  const struct {
    const char* name;
    std::function<double(double, double)> function;
    uint32_t hash;
  } rows[] = {
      {"Exp", [](double x, double) { return Exp(x); }, 1889417113U},
      {"Log", [](double x, double) { return Log(x); }, 1699525047U},
      {"Log1p", [](double x, double) { return Log1p(x); }, 398281575U},
      {"Pow", [](double x, double y) { return Pow(std::fabs(x), y); }, 240995878U},
      {"Tanh", [](double x, double) { return Tanh(x); }, 2585890215U},
      {"Sin", [](double x, double) { return Sin(x); }, 1743178958U},
      {"Cos", [](double x, double) { return Cos(x); }, 2347667931U},
      {"Atan2", [](double x, double y) { return Atan2(y, x); }, 4185505481U},
      {"NormalQuantile", [](double x, double) { return NormalQuantile(std::fabs(x) * 0x1p-4); },
       819256792U},
      {"Sigmoid", [](double x, double) { return Sigmoid(static_cast<float>(x)); }, 2040908665U},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(HashOf(row.function, false), row.hash) << row.name;
    EXPECT_NE(HashOf(row.function, true), row.hash) << row.name;
  }
}

}  // namespace
}  // namespace demd
