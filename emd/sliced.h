#ifndef DEMD_EMD_SLICED_H_
#define DEMD_EMD_SLICED_H_

#include <cstdint>
#include <vector>

#include "emd/metric.h"

namespace demd {

/// Sliced 1-Wasserstein distance: the mean over directions of the exact distance of the histograms
/// projected on a line,
///
///   (1 / K) sum over k of W_1(projection on angle pi (k + 1/2) / K)
///
/// A lower bound of the earth mover's distance with the Euclidean ground metric, at a fraction of
/// its cost: |cos| averages to 2/pi, so that values are smaller by about that factor. Directions
/// are fixed, not random: the same value every time, on every machine.
/// Source: N. Bonneel et al., J. Math. Imaging Vis. 51 (2015) 22.
class SlicedEmd {
 public:
  /// Errors: std::invalid_argument without points or directions, on coordinates that are not finite
  /// or too far apart for a double.
  SlicedEmd(const std::vector<Point2>& points, int32_t n_directions);

  int32_t n() const { return n_; }

  /// a, b: [n], non-negative with some mass; normalised inside. d_a, d_b: [n], derivatives with
  /// respect to the masses before normalisation (a subgradient where projected distributions
  /// agree), or null. Can be called from several threads.
  /// Errors: std::invalid_argument on masses that are negative, not finite or all zero.
  double Distance(const double* a, const double* b, double* d_a, double* d_b) const;

 private:
  int32_t n_;
  int32_t n_directions_;
  std::vector<int32_t> order_;   // [n_directions][n] cells by position along the direction
  std::vector<double> lengths_;  // [n_directions][n] to the next cell in order; 0 for the last
};

}  // namespace demd

#endif  // DEMD_EMD_SLICED_H_
