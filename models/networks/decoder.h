#ifndef DEMD_MODELS_NETWORKS_DECODER_H_
#define DEMD_MODELS_NETWORKS_DECODER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/nn/layers.h"

namespace demd {

/// Number of values between encoder and decoder.
inline constexpr int64_t kLatentSize = 16;

/// Which network turns codes into 48 charges. It runs off the detector, so it may have any size.
struct DecoderOptions {
  enum class Kind {
    /// Codes -> dense 128, two transposed convolutions, sigmoid: 2,833 parameters.
    kPaper,
    /// Codes and the mantissa of the sum, which the frame holds too -> dense layers of one width,
    /// with a shortcut across every two -> softmax over the cells, times the sum.
    kResidual,
  };

  Kind kind = Kind::kPaper;
  int64_t width = 512;  ///< kResidual: of every hidden layer
  int64_t blocks = 1;   ///< kResidual: pairs of hidden layers after the first
};

/// "paper", or "512x3" for width 512 and 3 hidden layers (1 + 2 blocks), as on command lines and in
/// model files. Errors of the parser: UsageError.
std::string NameOf(const DecoderOptions& options);
DecoderOptions DecoderByName(std::string_view name);

/// Multiplications (each with its addition) for one wafer; those with padding are not counted.
int64_t MultiplyAddsOf(const DecoderOptions& options);

/// What the frame's 9-bit sum word (5E4M) tells of the normalised sum: floor(16 sum(x)) / 16.
/// x: [n, 48], charges / 2^floor(log2 sum). Result: [n, 1] in [1, 2), exact, without gradient.
Var MantissaOfSum(Var x);

/// A decoder. Parameters are named "decoder/...".
class Decoder {
 public:
  virtual ~Decoder() = default;
  /// latent: [n, 16]; mantissa: [n, 1], see MantissaOfSum. Result: [n, 48], not negative, meant to
  /// be in the unit of the encoder's input, where a wafer's sum lies in [1, 2).
  virtual Var Apply(Var latent, Var mantissa) = 0;
  virtual void Collect(ParameterList* list) = 0;
};

/// A decoder with fresh weights.
/// output_bias: kPaper: first bias of the last layer, since images are nearly empty.
std::unique_ptr<Decoder> MakeDecoder(const DecoderOptions& options, float output_bias,
                                     uint64_t seed);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_DECODER_H_
