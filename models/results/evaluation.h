#ifndef DEMD_MODELS_RESULTS_EVALUATION_H_
#define DEMD_MODELS_RESULTS_EVALUATION_H_

#include <string>
#include <vector>

#include "models/networks/autoencoder.h"
#include "models/networks/emd_cnn.h"
#include "models/results/results.h"

namespace demd {

/// Exact EMD of each row of x against the same row of y, [n, 48] each, in any unit; NaN where a row
/// of y has no charge. Errors: NumericError for a row of x without charge.
std::vector<double> EmdOrNan(const Tensor& x, const Tensor& y);

/// A trained autoencoder on wafers: charges -> codes by the integer encoder -> decoder. In a
/// quantised profile the codes are also compared with those of the encoder as it was trained;
/// `mismatches` counts the codes (16 per wafer) that differ. In the float profile the float encoder
/// is used and nothing is compared.
MethodResult EvaluateAutoencoder(const std::string& name, const std::string& title,
                                 Autoencoder* model, const std::vector<Wafer>& wafers);

/// The concentrator's own algorithms at the same number of links: threshold, best choice, STC4,
/// STC16 (models/concentrator/concentrator.h).
std::vector<MethodResult> EvaluateBaselines(int n_elinks, const std::vector<Wafer>& wafers);

/// The EMD CNN on labelled pairs; its gradient on the first kGradientPairs of those with some EMD.
inline constexpr int64_t kGradientPairs = 1000;
EmdCnnResult EvaluateEmdCnn(const std::string& name, EmdCnn* network, const PairSet& pairs);

}  // namespace demd

#endif  // DEMD_MODELS_RESULTS_EVALUATION_H_
