#ifndef DEMD_MODELS_RESULTS_METRICS_H_
#define DEMD_MODELS_RESULTS_METRICS_H_

#include <cstdint>
#include <vector>

namespace demd {

/// How reconstructions differ from their wafers, entry by entry of a set. All but the zero
/// fractions and `empty` compare shapes: neither the unit nor the sum of either side matters. They
/// are undefined (NaN) where the wafer or its reconstruction has no charge at all; the peers' code
/// returns -1 and -0.5 there, which then enter its means.
///
/// With w = charge / sum of charges, r = centre of a cell in cell pitches, <.> = sum over w:
///   emd                   exact transport cost between the two w, in cell pitches
///   mean_shift            |<r>_after - <r>_before|, in cell pitches
///   rms_difference        |R_after - R_before|, R = sqrt(<(r - <r>)^2>), in cell pitches
///   peers_rms_difference  the same as the peers compute it:
///                         R = sqrt(sum w^2 ((x - <x>)^2 / s_x^2 + (y - <y>)^2 / s_y^2)), s the
///                         standard deviation of the 48 centres; note the squared weights, which
///                         make it depend on how many cells are hit
///   cross_correlation     Pearson correlation of the 48 charges; 0 where one side has no spread
///   zero_fraction_*       fraction of the 48 cells whose charge is exactly 0
///   empty                 1 where the reconstruction has no charge, else 0: its mean is the peers'
///                         "zero fraction"
/// Source: utils/metrics.py of the ECON-T autoencoder, as used by rohanshenoy/Ecoder's train.py
/// (emd, d_weighted_mean, d_abs_weighted_rms, cross_corr, zero_frac); rms_difference is ours.
struct WaferMetrics {
  std::vector<double> emd;
  std::vector<double> mean_shift;
  std::vector<double> rms_difference;
  std::vector<double> peers_rms_difference;
  std::vector<double> cross_correlation;
  std::vector<double> zero_fraction_before;
  std::vector<double> zero_fraction_after;
  std::vector<double> empty;
};

/// Compares n wafers with their reconstructions over all threads; the same bytes for any number of
/// them. Means over the set: Summarise (models/statistics.h) of a member.
/// before: [n][48] counts;  after: [n][48] in any unit.
/// Errors: NumericError naming side, row and cell of a charge that is negative or not finite.
WaferMetrics CompareWafers(const int32_t* before, const float* after, int64_t n);

/// The same without solving for the EMD, which is left undefined: for those who have it already.
WaferMetrics CompareShapes(const int32_t* before, const float* after, int64_t n);

}  // namespace demd

#endif  // DEMD_MODELS_RESULTS_METRICS_H_
