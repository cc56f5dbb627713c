#ifndef DEMD_ENGINE_PORTABLE_MATH_H_
#define DEMD_ENGINE_PORTABLE_MATH_H_

namespace demd {

// Elementary functions that give the same bits on every machine: built from + - * / and bit moves
// in IEEE-754 double precision, without the C library, whose results differ between platforms.
// sqrt, fabs, floor and nearbyint of the standard library are exact and may be used as they are.
//
// Error bounds are against the true value, in units in the last place of the result, and are
// measured by tests/engine/portable_math_test.cc. Special values follow C99 Annex F: NaN in, NaN
// out; overflow to infinity; Log(0) = -infinity, Log(x < 0) = NaN.

/// e^x. Error < 1.5 ulp for normal results, < 1.5 units of 2^-1074 for subnormal ones.
double Exp(double x);

/// Natural logarithm. Error < 2 ulp.
double Log(double x);

/// log(1 + x). Error < 4 ulp.
double Log1p(double x);

/// x^y for x >= 0: e^(y log x). Relative error < 2^-51 (1 + |y log x|). Pow(0, 0) = 1; x < 0 gives
/// NaN.
double Pow(double x, double y);

/// Hyperbolic tangent. Error < 4 ulp.
double Tanh(double x);

/// Sine and cosine of an angle in radians, |x| <= 2^20. Absolute error < 2^-52. NaN beyond.
double Sin(double x);
double Cos(double x);

/// Arc tangent of y / x in the right quadrant, in [-pi, pi], with the sign of y. Error < 3 ulp.
double Atan2(double y, double x);

/// Inverse of the standard normal distribution function, 0 < p < 1. Relative error < 1e-14.
/// Source: M. J. Wichura, Algorithm AS 241, Applied Statistics 37 (1988) 477, routine PPND16.
double NormalQuantile(double p);

// The float functions evaluate the double ones and round once. Proved for every one of the 2^32
// arguments (tests/engine/portable_math_exhaustive_test.cc with DEMD_LONG_TESTS=1, two minutes on
// two cores): Exp and Tanh are correctly rounded; the error of Log and Log1p is at most 0.500000001
// ulp, that of Sigmoid 0.500000003 ulp.
float Exp(float x);
float Log(float x);
float Log1p(float x);
float Tanh(float x);

/// 1 / (1 + e^-x).
float Sigmoid(float x);

}  // namespace demd

#endif  // DEMD_ENGINE_PORTABLE_MATH_H_
