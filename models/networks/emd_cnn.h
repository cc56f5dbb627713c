#ifndef DEMD_MODELS_NETWORKS_EMD_CNN_H_
#define DEMD_MODELS_NETWORKS_EMD_CNN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/io/json.h"
#include "engine/nn/layers.h"

namespace demd {

/// Which network predicts the EMD.
enum class EmdCnnForm {
  kRegions,  ///< "regions": of the difference of the two wafers, through net charges of regions
  kPaper,    ///< "paper": convolutions over the two wafers' images
};

/// Size of the network.
struct EmdCnnOptions {
  EmdCnnForm form = EmdCnnForm::kRegions;
  int64_t dense_width = 256;  ///< of every hidden dense layer
  int64_t n_dense = 2;        ///< hidden dense layers
  int64_t regions = 512;      ///< kRegions: regions whose net charges are taken
  int64_t filters = 32;       ///< kPaper: of every convolution
  int64_t kernel = 5;         ///< kPaper: side of the convolutions' window, in pixels
  int64_t n_conv = 4;         ///< kPaper: convolutions
  float l2 = 0.0f;            ///< loss term l2 * sum(w^2) on every kernel but the last
  uint64_t seed = 0;          ///< of the first weights
};

/// The network of the paper's text, [32, 5, 256, 1, 4], with its l2 of 1e-4.
EmdCnnOptions PaperEmdCnn();

/// A network that predicts the earth mover's distance of two wafers, in one of two forms.
///
/// kRegions. The EMD under a metric depends on d = a/sum(a) - b/sum(b) alone, is even in d and
/// proportional to its size. Hence with t = |d|_1 / 2, the charge that has to move, and u = d / t:
///
///   EMD(a, b) = t * g(u),   shortest distance <= g <= longest distance between two cells
///   g: 48 -> |W u|, the net charges of `regions` regions (W is trained; emd_regions.h)
///      -> n_dense x [dense, relu] -> dense 1 -> sigmoid between the two distances
///
/// Equal wafers give exactly 0, others more, EMD(a, b) = EMD(b, a) to the bit, and relative errors
/// do not grow for wafers that are nearly equal.
///
/// kPaper. Shenoy et al., arXiv:2306.04712, section 3, and the repository rohanshenoy/Ecoder:
///
///   f(a, b): the 4x4x3 images of a/sum(a) and b/sum(b), stacked to 4x4x6
///            -> n_conv x [convolution, batch norm, relu] -> n_dense x [dense, batch norm, relu]
///            -> dense 1
///   EMD(a, b) = (f(a, b) + f(b, a)) / 2
class EmdCnn {
 public:
  /// Errors: UsageError, as CheckEmdCnn says.
  explicit EmdCnn(const EmdCnnOptions& options);
  EmdCnn(const EmdCnn&) = delete;
  EmdCnn& operator=(const EmdCnn&) = delete;

  /// a, b: [n, 48] charges in any unit, not negative, sums positive; normalised here, so gradients
  /// pass through the normalisation. Result: [n, 1] in cell pitches.
  Var Apply(Var a, Var b);

  /// Predictions for rows of a against the same rows of b, [n][48] each, in blocks; no gradient.
  std::vector<float> Predict(const Tensor& a, const Tensor& b);

  const ParameterList& parameters() const { return parameters_; }
  const EmdCnnOptions& options() const { return options_; }

 private:
  void MakeRegionsForm(const LayerOptions& layer);
  void MakePaperForm(const LayerOptions& layer);
  Var ApplyRegions(Var a, Var b);
  Var DistancePerCharge(Var u);
  Var ApplyPaper(Var a, Var b);
  Var Score(Var images);

  EmdCnnOptions options_;
  Parameter regions_;  // [48, regions]
  float shortest_ = 0.0f;
  float longest_ = 0.0f;
  std::vector<Conv2dLayer> convolutions_;
  std::vector<BatchNormLayer> convolution_norms_;
  std::vector<DenseLayer> dense_;  // hidden
  std::vector<BatchNormLayer> dense_norms_;
  std::vector<DenseLayer> output_;  // one
  ParameterList parameters_;
};

/// Errors: UsageError for sizes that a network cannot have.
void CheckEmdCnn(const EmdCnnOptions& options);

/// A model file: parameters, options and what `meta` adds.
void SaveEmdCnn(const std::string& path, const EmdCnn& network, const JsonValue& meta);

/// The network in a file that SaveEmdCnn wrote. Errors: DataError.
std::unique_ptr<EmdCnn> LoadEmdCnn(const std::string& path);

/// The options as a JSON object, as in model files, and back. Errors: DataError; UsageError for a
/// form that is unknown. Sizes are not checked.
JsonValue ToJson(const EmdCnnOptions& options);
EmdCnnOptions EmdCnnOptionsOf(const JsonValue& json);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_EMD_CNN_H_
