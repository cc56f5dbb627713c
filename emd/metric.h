#ifndef DEMD_EMD_METRIC_H_
#define DEMD_EMD_METRIC_H_

#include <cstdint>
#include <memory>
#include <vector>

namespace demd {

/// A position in the plane.
struct Point2 {
  double x;
  double y;
};

/// Number of trigger cells of one HGCAL wafer: three rhombi of 4 x 4, rhombus = index / 16.
constexpr int kHexagonCells = 48;

/// Centres of the 48 trigger cells in centimetres, in the order of the columns CALQ_0..CALQ_47.
/// Source: the table in the code of Shenoy et al., arXiv:2306.04712 (repository
/// rohanshenoy/Ecoder), to all its digits.
const Point2* HexagonCentresCm();

/// Pitch of the low-density sensor cells in centimetres: the unit of length of the hexagon metric.
constexpr double kCellPitchCm = 1.20840075;

/// The centres of HexagonCentresCm in cell pitches.
std::vector<Point2> HexagonCentres();

/// x^p for x >= 0 and finite p >= 0, by products and square roots alone: the same bits on every
/// machine. Relative error below (p + 160) 2^-53 where nothing overflows or underflows; p = 0.5
/// exactly rounded. As quick as a product or a root for whole p and halves; other p take up to 53
/// roots.
double RaiseTo(double x, double p);

/// Tables for the solver of small problems, made once per ground cost; see transport_tables.h.
struct TransportTables;

/// What it costs to move one unit of mass from source cell i to sink cell j: an n x m matrix,
/// together with the knowledge whether it is a metric. Immutable and cheap to copy.
///
/// With a metric (n = m, zero self-distance, symmetric, triangle inequality) mass that lies in the
/// same cell on both sides need not move, which the solvers exploit; with any other cost all mass
/// takes part. Errors of the makers: std::invalid_argument.
class GroundCost {
 public:
  /// Euclidean distance of the 48 trigger cells in cell pitches: a metric; the largest is 13.757.
  static GroundCost Hexagon();

  /// Euclidean distance within one set of points in the plane: a metric.
  static GroundCost Between(const std::vector<Point2>& points);

  /// Euclidean distance from n source points to m sink points: not taken as a metric, because
  /// index i does not name the same place on both sides.
  static GroundCost Between(const std::vector<Point2>& sources, const std::vector<Point2>& sinks);

  /// Any finite cost matrix [n][m], row-major, negative entries allowed; never taken as a metric.
  static GroundCost General(int32_t n, int32_t m, std::vector<double> costs);

  /// A matrix [n][n] that the caller holds to be a metric. Checked: non-negative, zero diagonal,
  /// symmetric, and the triangle inequality up to a relative 1e-12 of the largest entry.
  static GroundCost Metric(int32_t n, std::vector<double> costs);

  /// The cost c^p, p > 0: the ground cost of the p-Wasserstein distance to the power p (no root is
  /// taken). Stays a metric for p <= 1. REQUIRES: no negative entry. See
  /// RaiseTo for rounding.
  GroundCost Power(double p) const;

  int32_t n() const { return n_; }
  int32_t m() const { return m_; }
  bool is_metric() const { return is_metric_; }
  double operator()(int32_t i, int32_t j) const {
    return (*costs_)[static_cast<size_t>(i) * static_cast<size_t>(m_) + static_cast<size_t>(j)];
  }
  /// [n][m], row-major.
  const double* data() const { return costs_->data(); }
  /// Largest absolute entry.
  double largest() const { return largest_; }

  /// Null when n or m is larger than kMaxTransportCells.
  const TransportTables* tables() const { return tables_.get(); }

 private:
  GroundCost(int32_t n, int32_t m, bool is_metric, std::vector<double> costs);

  int32_t n_;
  int32_t m_;
  bool is_metric_;
  double largest_;
  std::shared_ptr<const std::vector<double>> costs_;
  std::shared_ptr<const TransportTables> tables_;
};

}  // namespace demd

#endif  // DEMD_EMD_METRIC_H_
