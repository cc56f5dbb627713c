// The float functions of engine/portable_math.h over all 2^32 arguments: set DEMD_LONG_TESTS=1
// (some minutes on two cores). Otherwise over those whose bits are a multiple of a prime, which
// meets all exponents and mantissas.

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "engine/parallel.h"
#include "engine/portable_math.h"
#include "tests/case_count.h"

namespace demd {
namespace {

// What engine/portable_math.h promises, in units in the last place.
constexpr long double kBound = 0.500000004L;

// The C library's double functions are off by far less than this part of their value. Where the
// values that much less and more round to the same float, so does the true one; only elsewhere,
// next to the middle between two floats, is the long double function asked.
constexpr double kDoubt = 0x1p-36;

struct Function {
  const char* name;
  float (*function)(float);
  double (*quick)(double);
  long double (*precise)(long double);
  /// Whether the true value's float is known without a computation, and what it is.
  bool (*known)(float x, float* value);
};

// A float's neighbours are at least 2^-24 of it away, so that less than 2^-25 rounds away.

// e^x = 1 + x + ...; beyond the ends it is more than the largest float, or less than half the
// smallest.
bool KnownExp(float x, float* value) {
  *value = x >= 89.0f ? HUGE_VALF : x <= -104.0f ? 0.0f : 1.0f;
  return x >= 89.0f || x <= -104.0f || std::fabs(x) <= 0x1p-26f;
}

bool KnownLog(float x, float* value) {
  *value = NAN;
  return x < 0.0f;
}

// log(1 + x) = x (1 - x/2 + ...)
bool KnownLog1p(float x, float* value) {
  *value = x < -1.0f ? NAN : x;
  return x < -1.0f || std::fabs(x) <= 0x1p-26f;
}

// tanh(x) = x (1 - x^2/3 + ...) = 1 - 2 e^-2x + ...
bool KnownTanh(float x, float* value) {
  *value = x >= 10.0f ? 1.0f : x <= -10.0f ? -1.0f : x;
  return std::fabs(x) >= 10.0f || std::fabs(x) <= 0x1p-13f;
}

// 1 / (1 + e^-x) = 1/2 + x/4 + ... = 1 - e^-x + ... = e^x - ...
bool KnownSigmoid(float x, float* value) {
  *value = x >= 18.0f ? 1.0f : x <= -105.0f ? 0.0f : 0.5f;
  return x >= 18.0f || x <= -105.0f || std::fabs(x) <= 0x1p-25f;
}

const Function kFunctions[] = {
    {"Exp", Exp, std::exp, std::exp, KnownExp},
    {"Log", Log, std::log, std::log, KnownLog},
    {"Log1p", Log1p, std::log1p, std::log1p, KnownLog1p},
    {"Tanh", Tanh, std::tanh, std::tanh, KnownTanh},
    {"Sigmoid", Sigmoid, [](double x) { return 1.0 / (1.0 + std::exp(-x)); },
     [](long double x) { return 1.0L / (1.0L + std::exp(-x)); }, KnownSigmoid},
};

float FloatOfBits(uint64_t bits) {
  const uint32_t word = static_cast<uint32_t>(bits);
  float x;
  std::memcpy(&x, &word, sizeof x);
  return x;
}

// Distance to the next float away from zero.
double UlpOf(float value) {
  const float magnitude = std::fabs(value);
  return static_cast<double>(std::nextafter(magnitude, HUGE_VALF)) - static_cast<double>(magnitude);
}

// Error of f at x in units in the last place; infinite where a special value is wrong, and 0 for
// all that are rounded correctly beyond doubt.
long double ErrorAt(const Function& f, float x) {
  const float found = f.function(x);
  float known;
  if (f.known(x, &known)) {
    return found == known || (std::isnan(known) && std::isnan(found)) ? 0.0L : HUGE_VALL;
  }
  const double quick = f.quick(static_cast<double>(x));
  if (std::isnan(quick)) return std::isnan(found) ? 0.0L : HUGE_VALL;
  if (found == static_cast<float>(quick * (1.0 - kDoubt)) &&
      found == static_cast<float>(quick * (1.0 + kDoubt))) {
    return 0.0L;
  }
  const float rounded = static_cast<float>(quick);
  if (std::isinf(rounded) || std::isinf(found)) return found == rounded ? 0.0L : HUGE_VALL;
  const long double exact = f.precise(static_cast<long double>(x));
  return std::fabs(static_cast<long double>(found) - exact) /
         static_cast<long double>(UlpOf(rounded));
}

struct Worst {
  long double error = 0.0L;
  float x = 0.0f;
};

class FloatFunctions : public testing::TestWithParam<Function> {};

TEST_P(FloatFunctions, AreRoundedCorrectlyForEveryArgument) {
  if (LDBL_MANT_DIG < 64) GTEST_SKIP() << "long double is no more precise than double here";
  const uint64_t stride = LongTests() ? 1 : ShortTests() ? 65537 : 4099;
  constexpr int64_t kBlocks = 1024;
  constexpr uint64_t kBlock = (uint64_t{1} << 32) / kBlocks;
  std::vector<Worst> worst(kBlocks);
  ParallelFor(kBlocks, [&](int64_t block) {
    Worst& here = worst[static_cast<size_t>(block)];
    const uint64_t begin = static_cast<uint64_t>(block) * kBlock;
    for (uint64_t bits = (begin + stride - 1) / stride * stride; bits < begin + kBlock;
         bits += stride) {
      const float x = FloatOfBits(bits);
      const long double error = ErrorAt(GetParam(), x);
      if (error > here.error) here = {error, x};
    }
  });
  Worst most;
  for (const Worst& one : worst) {
    if (one.error > most.error) most = one;
  }
  std::printf("%s: worst error %.9Lf ulp at %a\n", GetParam().name, most.error,
              static_cast<double>(most.x));
  EXPECT_LT(most.error, kBound) << GetParam().name << "(" << most.x << ")";
  EXPECT_GT(most.error, 0.49L) << "the test looked at nothing";
}

INSTANTIATE_TEST_SUITE_P(PortableMath, FloatFunctions, testing::ValuesIn(kFunctions),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace demd
