#ifndef DEMD_EMD_ONE_DIMENSIONAL_H_
#define DEMD_EMD_ONE_DIMENSIONAL_H_

#include <cstdint>

namespace demd {

/// Earth mover's distance of two histograms on a line, with cost |x - y|:
///
///   integral of |A(t) - B(t)| dt,  A and B the cumulative distributions of a/sum(a) and b/sum(b)
///
/// positions: [n], finite, not decreasing; a, b: [n], non-negative, each with some mass.
/// d_a, d_b: [n], derivatives with respect to the masses before normalisation, or null; where
/// A = B on a gap between positions, one of the possible ones.
/// Errors: std::invalid_argument on positions that are not finite, too far apart for a double or
/// out of order, on masses that are negative, not finite or all zero.
double LineEmd(int32_t n, const double* positions, const double* a, const double* b,
               double* d_a = nullptr, double* d_b = nullptr);

/// The same on a circle of the given circumference, with the shorter way round as cost:
///
///   min over s of the integral of |A(t) - B(t) - s| dt
///
/// whose minimiser s is a weighted median. circumference: finite; positions: [n] in
/// [0, circumference), not decreasing. Errors: as above, and on another circumference.
/// Source: J. Delon, J. Salomon, A. Sobolevskii, SIAM J. Appl. Math. 70 (2010) 2239.
double CircleEmd(int32_t n, const double* positions, double circumference, const double* a,
                 const double* b, double* d_a = nullptr, double* d_b = nullptr);

/// Distance W_p of two histograms on a line to the finite power p >= 1 (no root is taken), by
/// matching quantiles. x: [n], y: [m], not decreasing; d_a: [n], d_b: [m] as above, or null.
/// Errors: as above, on another p, and where |x - y|^p is too large for a double.
double LineWassersteinPower(double p, int32_t n, const double* x, const double* a, int32_t m,
                            const double* y, const double* b, double* d_a = nullptr,
                            double* d_b = nullptr);

}  // namespace demd

#endif  // DEMD_EMD_ONE_DIMENSIONAL_H_
