#ifndef DEMD_MODELS_EMD_CNN_H_
#define DEMD_MODELS_EMD_CNN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/io/json.h"
#include "engine/nn/layers.h"

namespace demd {

/// Size of the network. The defaults are those of the paper's text, [32, 5, 256, 1, 4].
struct EmdCnnOptions {
  int64_t filters = 32;       ///< of every convolution
  int64_t kernel = 5;         ///< side of the convolutions' window, in pixels
  int64_t dense_width = 256;  ///< of every hidden dense layer
  int64_t n_dense = 1;        ///< hidden dense layers
  int64_t n_conv = 4;         ///< convolutions
  float l2 = 1e-4f;           ///< loss term l2 * sum(w^2) on every kernel but the last
  uint64_t seed = 0;          ///< of the first weights
};

/// Convolutional network that predicts the earth mover's distance of two wafers.
///
///   f(a, b): the 4x4x3 images of a/sum(a) and b/sum(b), stacked to 4x4x6
///            -> n_conv x [convolution, batch norm, relu] -> n_dense x [dense, batch norm, relu]
///            -> dense 1
///   EMD(a, b) = (f(a, b) + f(b, a)) / 2
///
/// Source: Shenoy et al., arXiv:2306.04712, section 3, and the repository rohanshenoy/Ecoder.
class EmdCnn {
 public:
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
  Var Score(Var images);

  EmdCnnOptions options_;
  std::vector<Conv2dLayer> convolutions_;
  std::vector<BatchNormLayer> convolution_norms_;
  std::vector<DenseLayer> dense_;
  std::vector<BatchNormLayer> dense_norms_;
  std::vector<DenseLayer> output_;  // one
  ParameterList parameters_;
};

/// A model file: parameters, options and what `meta` adds.
void SaveEmdCnn(const std::string& path, const EmdCnn& network, const JsonValue& meta);

/// The network in a file that SaveEmdCnn wrote. Errors: DataError.
std::unique_ptr<EmdCnn> LoadEmdCnn(const std::string& path);

/// The options as a JSON object, as in model files, and back. Errors: DataError.
JsonValue ToJson(const EmdCnnOptions& options);
EmdCnnOptions EmdCnnOptionsOf(const JsonValue& json);

}  // namespace demd

#endif  // DEMD_MODELS_EMD_CNN_H_
