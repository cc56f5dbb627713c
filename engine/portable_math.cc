#include "engine/portable_math.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace demd {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLog2E = 1.4426950408889634074;
// ln 2 in two parts: the first has 21 trailing zero bits, so its product with any exponent is
// exact.
constexpr double kLn2High = 0x1.62e42feep-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kPi = 3.14159265358979323846;

uint64_t BitsOf(double x) {
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

double FromBits(uint64_t bits) {
  double x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// 2^n for a normal result, -1022 <= n <= 1023.
double PowerOfTwo(int n) { return FromBits(static_cast<uint64_t>(n + 1023) << 52); }

// x * 2^n, rounded once also where the result is subnormal.
double Scale(double x, int n) {
  if (n > 1023) return x * PowerOfTwo(1023) * PowerOfTwo(n - 1023);
  if (n < -1022) return x * PowerOfTwo(n + 1000) * PowerOfTwo(-1000);
  return x * PowerOfTwo(n);
}

// e^r - 1 for |r| <= 0.35 by its Taylor series; the first term left out is below 2^-57 of r.
double Expm1Reduced(double r) {
  double sum = 1.0 / 87178291200.0;  // 1/14!
  constexpr double kInverseFactorial[] = {1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0,
                                          1.0 / 3628800.0,    1.0 / 362880.0,    1.0 / 40320.0,
                                          1.0 / 5040.0,       1.0 / 720.0,       1.0 / 120.0,
                                          1.0 / 24.0,         1.0 / 6.0,         0.5};
  for (const double coefficient : kInverseFactorial) sum = sum * r + coefficient;
  return r + r * r * sum;
}

// log((1 + s) / (1 - s)) - 2 s for |s| <= 0.1716, by the series 2 (s^3/3 + s^5/5 + ...).
double LogSeriesTail(double s) {
  const double s2 = s * s;
  double sum = 1.0 / 25.0;
  for (int k = 23; k >= 3; k -= 2) sum = sum * s2 + 1.0 / k;
  return 2.0 * s * s2 * sum;
}

// log(m) + exponent ln 2, where m = 1 + f lies in [sqrt(1/2), sqrt(2)].
double LogFromParts(double f, int exponent) {
  // log(1 + f) = f - (f^2/2 - s (f^2/2 + tail/s)), s = f / (2 + f): f itself carries no error.
  const double s = f / (2.0 + f);
  const double half_f2 = 0.5 * f * f;
  const double correction = s * (half_f2 + LogSeriesTail(s) / (s == 0.0 ? 1.0 : s));
  const double e = exponent;
  return e * kLn2High - ((half_f2 - (correction + e * kLn2Low)) - f);
}

// Splits x > 0 into m * 2^exponent, m in [sqrt(1/2), sqrt(2)).
double SplitMantissa(double x, int* exponent) {
  int e = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 0x1p54;
    e = -54;
  }
  const uint64_t bits = BitsOf(x);
  e += static_cast<int>(bits >> 52) - 1023;
  double m = FromBits((bits & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m > 1.41421356237309504880) {
    m *= 0.5;
    ++e;
  }
  *exponent = e;
  return m;
}

// Sine and cosine of |r| <= pi/4 by their Taylor series.
double SinReduced(double r) {
  const double r2 = r * r;
  double sum = -1.0 / 1307674368000.0;  // -1/15!
  constexpr double kCoefficients[] = {1.0 / 6227020800.0, -1.0 / 39916800.0, 1.0 / 362880.0,
                                      -1.0 / 5040.0,      1.0 / 120.0,       -1.0 / 6.0};
  for (const double coefficient : kCoefficients) sum = sum * r2 + coefficient;
  return r + r * r2 * sum;
}

double CosReduced(double r) {
  const double r2 = r * r;
  double sum = 1.0 / 20922789888000.0;  // 1/16!
  constexpr double kCoefficients[] = {-1.0 / 87178291200.0, 1.0 / 479001600.0, -1.0 / 3628800.0,
                                      1.0 / 40320.0,        -1.0 / 720.0,      1.0 / 24.0};
  for (const double coefficient : kCoefficients) sum = sum * r2 + coefficient;
  return 1.0 - (0.5 * r2 - r2 * r2 * sum);
}

// sin(x + quarter_turns pi/2).
double SinShifted(double x, int quarter_turns) {
  if (!(std::fabs(x) <= 0x1p20)) return kNan;
  if (x == 0.0 && quarter_turns == 0) return x;
  // pi/2 in three parts of at most 33 bits: products with |n| < 2^20 are exact.
  constexpr double kHalfPi1 = 0x1.921fb544p+0;
  constexpr double kHalfPi2 = 0x1.0b4611a6p-34;
  constexpr double kHalfPi3 = 0x1.3198a2e037073p-69;
  const double n = std::floor(x * (2.0 / kPi) + 0.5);
  const double r = ((x - n * kHalfPi1) - n * kHalfPi2) - n * kHalfPi3;
  const int quadrant = (static_cast<int>(n) + quarter_turns) & 3;
  const double value = (quadrant & 1) != 0 ? CosReduced(r) : SinReduced(r);
  return (quadrant & 2) != 0 ? -value : value;
}

// atan(u) - u for |u| <= 7/16 by its Taylor series; the first term left out is below 2^-58 of u.
double AtanSeriesTail(double u) {
  const double u2 = u * u;
  double sum = 0.0;
  for (int k = 45; k >= 3; k -= 2) sum = sum * u2 + ((k & 2) != 0 ? -1.0 : 1.0) / k;
  return u * u2 * sum;
}

// atan(t) for 0 <= t <= 1: near 1/2 and 1, atan(c) + atan((t - c) / (1 + c t)), atan(c) in two
// parts.
double AtanReduced(double t) {
  constexpr double kAtanHalfHigh = 0x1.dac670561bb4fp-2;
  constexpr double kAtanHalfLow = 0x1.a2b7f222f65e2p-56;
  constexpr double kAtanOneHigh = 0x1.921fb54442d18p-1;
  constexpr double kAtanOneLow = 0x1.1a62633145c07p-55;
  if (t < 0.4375) return t + AtanSeriesTail(t);
  if (t < 0.6875) {
    const double u = (2.0 * t - 1.0) / (2.0 + t);
    return kAtanHalfHigh + (u + (AtanSeriesTail(u) + kAtanHalfLow));
  }
  const double u = (t - 1.0) / (t + 1.0);
  return kAtanOneHigh + (u + (AtanSeriesTail(u) + kAtanOneLow));
}

double Polynomial(const double* coefficients, int degree, double x) {
  double sum = coefficients[degree];
  for (int i = degree - 1; i >= 0; --i) sum = sum * x + coefficients[i];
  return sum;
}

}  // namespace

double Exp(double x) {
  if (x != x) return x;
  if (x > 709.8) return kInfinity;
  if (x < -745.2) return 0.0;
  const double n = std::floor(x * kLog2E + 0.5);
  // The rounding error of the reduced argument is carried along: it is of the order of the
  // result's.
  const double high = x - n * kLn2High;
  const double low = n * kLn2Low;
  const double r = high - low;
  const double r_error = (high - r) - low;
  const double expm1 = Expm1Reduced(r);
  return Scale(1.0 + (expm1 + (r_error + r_error * expm1)), static_cast<int>(n));
}

double Log(double x) {
  if (x != x || x == kInfinity) return x;
  if (x < 0.0) return kNan;
  if (x == 0.0) return -kInfinity;
  int exponent;
  const double m = SplitMantissa(x, &exponent);
  return LogFromParts(m - 1.0, exponent);
}

double Log1p(double x) {
  if (x != x || x == kInfinity) return x;
  if (x < -1.0) return kNan;
  if (x == -1.0) return -kInfinity;
  if (x > -0.29 && x < 0.41) return x == 0.0 ? x : LogFromParts(x, 0);
  const double u = 1.0 + x;
  // What the sum lost, to first order.
  const double lost = x > 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
  return Log(u) + lost / u;
}

double Pow(double x, double y) {
  if (y == 0.0 || x == 1.0) return 1.0;
  if (x < 0.0) return kNan;
  return Exp(y * Log(x));
}

double Tanh(double x) {
  const double a = std::fabs(x);
  if (x != x || a < 1e-9) return x;
  if (a > 20.0) return x > 0.0 ? 1.0 : -1.0;
  // tanh(a) = e / (e + 2), e = exp(2a) - 1.
  const double e = 2.0 * a <= 0.35 ? Expm1Reduced(2.0 * a) : Exp(2.0 * a) - 1.0;
  const double t = e / (e + 2.0);
  return x > 0.0 ? t : -t;
}

double Sin(double x) { return SinShifted(x, 0); }

double Cos(double x) { return SinShifted(x, 1); }

double Atan2(double y, double x) {
  if (x != x || y != y) return kNan;
  const double ax = std::fabs(x);
  const double ay = std::fabs(y);
  double angle = 0.0;
  if (ax == kInfinity && ay == kInfinity) {
    angle = kPi / 4.0;
  } else if (ay <= ax) {
    angle = ax == 0.0 ? 0.0 : AtanReduced(ay / ax);
  } else {
    angle = kPi / 2.0 - AtanReduced(ax / ay);
  }
  if (std::signbit(x)) angle = kPi - angle;
  return std::signbit(y) ? -angle : angle;
}

double NormalQuantile(double p) {
  if (!(p > 0.0 && p < 1.0)) return p == 0.0 ? -kInfinity : p == 1.0 ? kInfinity : kNan;
  constexpr double kA[] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                           1.9715909503065514427e3, 1.3731693765509461125e4,
                           4.5921953931549871457e4, 6.7265770927008700853e4,
                           3.3430575583588128105e4, 2.5090809287301226727e3};
  constexpr double kB[] = {1.0,
                           4.2313330701600911252e1,
                           6.8718700749205790830e2,
                           5.3941960214247511077e3,
                           2.1213794301586595867e4,
                           3.9307895800092710610e4,
                           2.8729085735721942674e4,
                           5.2264952788528545610e3};
  constexpr double kC[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                           5.76949722146069140550e0,  3.64784832476320460504e0,
                           1.27045825245236838258e0,  2.41780725177450611770e-1,
                           2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr double kD[] = {1.0,
                           2.05319162663775882187e0,
                           1.67638483018380384940e0,
                           6.89767334985100004550e-1,
                           1.48103976427480074590e-1,
                           1.51986665636164571966e-2,
                           5.47593808499534494600e-4,
                           1.05075007164441684324e-9};
  constexpr double kE[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                           1.78482653991729133580e0,  2.96560571828504891230e-1,
                           2.65321895265761230930e-2, 1.24266094738807843860e-3,
                           2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr double kF[] = {1.0,
                           5.99832206555887937690e-1,
                           1.36929880922735805310e-1,
                           1.48753612908506148525e-2,
                           7.86869131145613259100e-4,
                           1.84631831751005468180e-5,
                           1.42151175831644588870e-7,
                           2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (std::fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * Polynomial(kA, 7, r) / Polynomial(kB, 7, r);
  }
  const double r = std::sqrt(-Log(q < 0.0 ? p : 1.0 - p));
  const double z = r <= 5.0 ? Polynomial(kC, 7, r - 1.6) / Polynomial(kD, 7, r - 1.6)
                            : Polynomial(kE, 7, r - 5.0) / Polynomial(kF, 7, r - 5.0);
  return q < 0.0 ? -z : z;
}

float Exp(float x) { return static_cast<float>(Exp(static_cast<double>(x))); }
float Log(float x) { return static_cast<float>(Log(static_cast<double>(x))); }
float Log1p(float x) { return static_cast<float>(Log1p(static_cast<double>(x))); }
float Tanh(float x) { return static_cast<float>(Tanh(static_cast<double>(x))); }

float Sigmoid(float x) { return static_cast<float>(1.0 / (1.0 + Exp(-static_cast<double>(x)))); }

}  // namespace demd
