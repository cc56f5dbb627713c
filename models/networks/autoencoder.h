#ifndef DEMD_MODELS_NETWORKS_AUTOENCODER_H_
#define DEMD_MODELS_NETWORKS_AUTOENCODER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/io/json.h"
#include "engine/nn/checkpoint.h"
#include "engine/nn/layers.h"
#include "models/networks/decoder.h"
#include "models/wafer.h"
#include "quant/encoder_profile.h"
#include "quant/fake_quant.h"
#include "quant/integer_encoder.h"

namespace demd {

/// What an autoencoder is.
struct AutoencoderOptions {
  EncoderProfile profile;     ///< arithmetic of the encoder
  int n_elinks = 5;           ///< links of the chip, 2 to 5
  float output_bias = -3.5f;  ///< first bias of the last layer: images are nearly empty
  uint64_t seed = 0;  ///< of the first weights, the encoder's by models/networks/encoder_start.h
  DecoderOptions decoder;
};

/// Errors: UsageError when the decoder needs another encoder than these options give it: hit
/// patterns are for the profile econt at 3 to 5 links.
void CheckEncoder(const AutoencoderOptions& options);

/// The ASIC's encoder (2,144 parameters) with a decoder; with the paper's, 4,977 parameters.
///
///   encoder: 8x8x1 -> convolution 8 3x3 stride 2 -> relu -> 128 -> dense 16 -> relu
///   decoder: see models/networks/decoder.h
///
/// In a quantised profile the encoder's inputs, weights, activations and outputs are rounded to
/// their formats while training (gradients pass straight through), with exactly the values that
/// IntegerEncoder computes from charges, unless SetProgress says otherwise. With a decoder of kind
/// kBlocks the encoder is not trained: it has the weights of models/networks/hit_patterns.h.
/// Source: Di Guglielmo et al., arXiv:2105.01683; Shenoy et al., arXiv:2306.04712.
class Autoencoder {
 public:
  /// Errors: UsageError as CheckEncoder says.
  explicit Autoencoder(const AutoencoderOptions& options);
  Autoencoder(const Autoencoder&) = delete;
  Autoencoder& operator=(const Autoencoder&) = delete;

  /// x: [n, 48], charges / 2^floor(log2 sum) (NormaliseByPowerOfTwo). Result: [n, 16].
  Var Encode(Var x);
  /// latent: [n, 16]; mantissa: [n, 1], MantissaOfSum(x). Result: [n, 48], positive, in no
  /// particular unit: compare after normalising.
  Var Decode(Var latent, Var mantissa);
  Var Apply(Var x) { return Decode(Encode(x), MantissaOfSum(x)); }

  /// For the steps of a training: on tapes that train, the weights of an encoder beside the paper's
  /// decoder settle one by one (quant/fake_quant.h). Without this, and on others, they are rounded.
  void SetProgress(int64_t step, int64_t total_steps);

  /// Encode and Decode for many rows, in blocks, without gradients. x: [n, 48].
  Tensor Latents(const Tensor& x);
  Tensor Reconstruct(const Tensor& x);
  /// Decode for many rows. latents: [n, 16], of the wafers x: [n, 48], of which nothing but the
  /// mantissas of the sums is used.
  Tensor DecodeRows(const Tensor& latents, const Tensor& x);

  /// The encoder's parameters as trained, for quant/; valid as long as this model.
  FloatEncoderWeights EncoderWeights() const;
  /// The encoder in the arithmetic of the board. REQUIRES: a quantised profile.
  IntegerEncoder MakeIntegerEncoder() const;

  const ParameterList& parameters() const { return parameters_; }
  const AutoencoderOptions& options() const { return options_; }
  /// What of the codes is sent: the top bits, or those of the hit patterns.
  const SentBits& sent() const { return sent_; }

 private:
  void SetFirstWeights();
  /// Encode without rounding of inputs, activations and codes, for wafers that a decoder imagines:
  /// the weights are rounded as the chip's are.
  Var EncodeSmoothly(Var x);
  EncoderVars EncoderVarsOn(Tape* tape);
  /// Null where weights are rounded.
  const Settling* SettlingOn(const Tape& tape) const;

  AutoencoderOptions options_;
  SentBits sent_;
  Conv2dLayer encoder_convolution_;
  DenseLayer encoder_dense_;
  std::unique_ptr<Decoder> decoder_;
  ParameterList parameters_;
  Settling settling_{0, 0, 0};
};

/// A model file: parameters, options and what `meta` adds.
void SaveAutoencoder(const std::string& path, const Autoencoder& model, const JsonValue& meta);

/// The model in a file that SaveAutoencoder wrote. Errors: DataError.
std::unique_ptr<Autoencoder> LoadAutoencoder(const std::string& path);

/// Charges as the autoencoder's input: [n, 48], NormaliseByPowerOfTwo of each.
Tensor EncoderInputs(const std::vector<Wafer>& wafers);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_AUTOENCODER_H_
