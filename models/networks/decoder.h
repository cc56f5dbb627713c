#ifndef DEMD_MODELS_NETWORKS_DECODER_H_
#define DEMD_MODELS_NETWORKS_DECODER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/nn/layers.h"

namespace demd {

/// Number of values between encoder and decoder.
inline constexpr int64_t kLatentSize = 16;

/// Multiplications of the encoder for one wafer: its convolution, with padding, and dense layer.
inline constexpr int64_t kEncoderMultiplyAdds = 4 * 4 * 9 * 8 + 128 * kLatentSize;

/// Which network turns codes into 48 charges. It runs off the detector, so it may have any size.
struct DecoderOptions {
  enum class Kind {
    /// Codes -> dense 128, two transposed convolutions, sigmoid: 2,833 parameters.
    kPaper,
    /// Codes and the mantissa of the sum, which the frame holds too -> dense layers of one width,
    /// with a shortcut across every two -> softmax over the cells, times the sum.
    kResidual,
    /// The same, but between its pairs of layers it draws the wafer it has in mind, passes it
    /// through the encoder, and goes on with what its codes differ by from the codes received.
    kRounds,
    /// In rounds, too, with convolutions on the hexagon: models/networks/hexagon_decoder.h.
    kHexagon,
    /// For an encoder that is not trained but written down: models/networks/block_decoder.h.
    kBlocks,
  };

  Kind kind = Kind::kPaper;
  int64_t width = 512;  ///< all but kPaper: of every hidden layer; kHexagon: of a cell's
  int64_t blocks = 1;   ///< all but kPaper: pairs of hidden layers after the first, the rounds
};

/// Whether the decoder is for the encoder of models/networks/hit_patterns.h, which is not trained.
constexpr bool IsOfHitPatterns(const DecoderOptions& options) {
  return options.kind == DecoderOptions::Kind::kBlocks;
}

/// Whether the decoder trains best at a large rate: those whose layers have few weights.
constexpr bool LearnsFast(const DecoderOptions& options) {
  return options.kind != DecoderOptions::Kind::kResidual &&
         options.kind != DecoderOptions::Kind::kRounds;
}

/// "paper"; "512x3" for kResidual of width 512 with 3 hidden layers (1 + 2 blocks); "128r4" for
/// kRounds of width 128 with 4 rounds; "8c6" for kHexagon of 8 channels with 6 rounds; "64b3" for
/// kBlocks of width 64 with 3 hidden layers; as on command lines and in model files.
/// Errors of the parser: UsageError.
std::string NameOf(const DecoderOptions& options);
DecoderOptions DecoderByName(std::string_view name);

/// Multiplications (each with its addition) for one wafer; those with padding are not counted.
int64_t MultiplyAddsOf(const DecoderOptions& options);

/// What the frame's 9-bit sum word (5E4M) tells of the normalised sum: floor(16 sum(x)) / 16.
/// x: [n, 48], charges / 2^floor(log2 sum). Result: [n, 1] in [1, 2), exact, without gradient.
Var MantissaOfSum(Var x);

/// The normalised sum, from its mantissa: that is cut off after 1/16, half a step more is its
/// middle. [n, 1] -> [n, 1]
Var MiddleOfSum(Var mantissa);

/// What decoders read: codes, which the caller has centred, and the mantissa, centred. [n, 17]
Var CodesAndMantissa(Var codes, Var mantissa);

/// Codes for each unit of charge, centred: the shape alone determines them then, up to rounding and
/// biases. latent: [n, 16], sum: [n, 1]
Var CodesPerCharge(Var latent, Var sum);

/// What the codes of a drawn wafer miss of those received, for each unit of charge, magnified: it
/// is about a quarter of codes.
Var MissingCodes(Var latent, Var drawn, Var sum);

/// The encoder as a decoder uses it.
using Encoding = std::function<Var(Var)>;

/// A decoder. Parameters are named "decoder/...".
class Decoder {
 public:
  virtual ~Decoder() = default;
  /// latent: [n, 16]; mantissa: [n, 1], see MantissaOfSum; encode: [n, 48] -> [n, 16], the codes
  /// that a wafer would have. Result: [n, 48], not negative, meant to be in the unit of the
  /// encoder's input, where a wafer's sum lies in [1, 2).
  virtual Var Apply(Var latent, Var mantissa, const Encoding& encode) = 0;
  virtual void Collect(ParameterList* list) = 0;
};

/// A decoder with fresh weights.
/// n_elinks:    kBlocks: what the codes hold depends on it (LevelsFor)
/// output_bias: kPaper: first bias of the last layer, since images are nearly empty.
std::unique_ptr<Decoder> MakeDecoder(const DecoderOptions& options, int n_elinks, float output_bias,
                                     uint64_t seed);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_DECODER_H_
