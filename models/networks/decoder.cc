#include "models/networks/decoder.h"

#include <charconv>
#include <cmath>

#include "engine/error.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/ops/shaping.h"
#include "models/networks/block_decoder.h"
#include "models/networks/hexagon_decoder.h"
#include "models/wafer.h"

namespace demd {
namespace {

constexpr int64_t kFilters = 8;
constexpr int64_t kHalfSide = kImageSide / 2;
constexpr int64_t kHiddenSize = kHalfSide * kHalfSide * kFilters;
constexpr Window kUpWindow{3, 3, 2};
constexpr Window kFlatWindow{3, 3, 1};
constexpr int64_t kLargestWidth = 8192;
constexpr int64_t kMostBlocks = 16;

LayerOptions Layer(uint64_t seed, Initializer initializer, float initial_bias = 0.0f) {
  LayerOptions layer;
  layer.initializer = initializer;
  layer.initial_bias = initial_bias;
  layer.seed = seed;
  return layer;
}

// Source: Di Guglielmo et al., arXiv:2105.01683; Shenoy et al., arXiv:2306.04712.
class PaperDecoder : public Decoder {
 public:
  PaperDecoder(float output_bias, uint64_t seed)
      : dense_("decoder/dense", kLatentSize, kHiddenSize, Layer(seed, Initializer::kGlorotUniform)),
        convolution_("decoder/conv", kUpWindow, kFilters, kFilters,
                     Layer(seed, Initializer::kGlorotUniform)),
        output_("decoder/output", kFlatWindow, kFilters, 1,
                Layer(seed, Initializer::kGlorotUniform, output_bias)) {}

  Var Apply(Var latent, Var /*mantissa*/, const Encoding& /*encode*/) override {
    const int64_t n = latent.shape()[0];
    Var x = Relu(dense_.Apply(Affine(latent, kCodeScale, -0.5f * kCodeScale)));
    x = Reshape(x, {n, kHalfSide, kHalfSide, kFilters});
    x = Relu(convolution_.Apply(x));
    x = Reshape(output_.Apply(x), {n, kImagePixels});
    return Sigmoid(GatherColumns(x, std::vector<int32_t>(kCellPixels.begin(), kCellPixels.end())));
  }

  void Collect(ParameterList* list) override {
    dense_.Collect(list);
    convolution_.Collect(list);
    output_.Collect(list);
  }

 private:
  // Codes are about 0.6 +- 0.35. Centred, they start the units on both sides of 0; magnified, they
  // need no large weights, which take long to grow, nor codes larger than their format. It adds
  // nothing to what the decoder can compute: the first layer's weights could hold it.
  static constexpr float kCodeScale = 4.0f;

  DenseLayer dense_;
  Conv2dTransposeLayer convolution_;
  Conv2dTransposeLayer output_;
};

// Hidden layers for both kinds of residual decoder.
struct Block {
  DenseLayer first;
  DenseLayer second;
};

// x = input(latent, mantissa), then x += second(relu(first(relu x))) for each block, then
// (mantissa + 1/32) * softmax(output(relu x)): the shape of the wafer times its normalised sum.
class ResidualDecoder : public Decoder {
 public:
  ResidualDecoder(const DecoderOptions& options, uint64_t seed)
      : input_("decoder/input", kLatentSize + 1, options.width,
               Layer(seed, Initializer::kHeNormal)),
        output_("decoder/output", options.width, kWaferCells,
                Layer(seed, Initializer::kGlorotUniform)) {
    const auto dense = [&](const std::string& name) {
      return DenseLayer(name, options.width, options.width, Layer(seed, Initializer::kHeNormal));
    };
    for (int64_t b = 0; b < options.blocks; ++b) {
      const std::string name = "decoder/block" + std::to_string(b);
      blocks_.push_back({dense(name + "/first"), dense(name + "/second")});
    }
  }

  Var Apply(Var latent, Var mantissa, const Encoding& /*encode*/) override {
    // Codes lie between 0 and 2, mantissas between 1 and 2: centred, they start the first layer's
    // units on both sides of 0.
    Var x = Input(Affine(latent, 2.0f, -1.0f), mantissa);
    for (Block& block : blocks_) x = After(&block, x);
    return Draw(x, MiddleOfSum(mantissa));
  }

  void Collect(ParameterList* list) override {
    input_.Collect(list);
    for (Block& block : blocks_) {
      block.first.Collect(list);
      block.second.Collect(list);
    }
    output_.Collect(list);
  }

 protected:
  Var Input(Var codes, Var mantissa) { return input_.Apply(CodesAndMantissa(codes, mantissa)); }

  static Var After(Block* block, Var x) {
    const Var hidden = Relu(block->first.Apply(Relu(x)));
    return Add(x, block->second.Apply(hidden));
  }

  Var Draw(Var x, Var sum) { return Multiply(Softmax(output_.Apply(Relu(x))), sum); }

  std::vector<Block> blocks_;

 private:
  DenseLayer input_;
  DenseLayer output_;
};

// The same, of codes per unit of charge, and before each block but the first
// x += feedback(latent - encode(drawn wafer)).
class RoundsDecoder : public ResidualDecoder {
 public:
  RoundsDecoder(const DecoderOptions& options, uint64_t seed) : ResidualDecoder(options, seed) {
    for (int64_t b = 1; b < options.blocks; ++b) {
      feedback_.emplace_back("decoder/feedback" + std::to_string(b), kLatentSize, options.width,
                             Layer(seed, Initializer::kHeNormal));
    }
  }

  Var Apply(Var latent, Var mantissa, const Encoding& encode) override {
    const Var sum = MiddleOfSum(mantissa);
    Var x = Input(CodesPerCharge(latent, sum), mantissa);
    for (size_t b = 0; b < blocks_.size(); ++b) {
      if (b > 0) {
        const Var missing = MissingCodes(latent, encode(Draw(x, sum)), sum);
        x = Add(x, feedback_[b - 1].Apply(missing));
      }
      x = After(&blocks_[b], x);
    }
    return Draw(x, sum);
  }

  void Collect(ParameterList* list) override {
    ResidualDecoder::Collect(list);
    for (DenseLayer& layer : feedback_) layer.Collect(list);
  }

 private:
  std::vector<DenseLayer> feedback_;
};

// A positive number that is all of the text, or 0.
int64_t NumberOf(std::string_view text) {
  int64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() ? number : 0;
}

}  // namespace

std::string NameOf(const DecoderOptions& options) {
  switch (options.kind) {
    case DecoderOptions::Kind::kPaper:
      return "paper";
    case DecoderOptions::Kind::kResidual:
      return std::to_string(options.width) + "x" + std::to_string(1 + 2 * options.blocks);
    case DecoderOptions::Kind::kRounds:
      return std::to_string(options.width) + "r" + std::to_string(options.blocks);
    case DecoderOptions::Kind::kHexagon:
      return std::to_string(options.width) + "c" + std::to_string(options.blocks);
    case DecoderOptions::Kind::kBlocks:
      return std::to_string(options.width) + "b" + std::to_string(1 + 2 * options.blocks);
  }
  return "";
}

DecoderOptions DecoderByName(std::string_view name) {
  DecoderOptions options;
  if (name == "paper") {
    options.kind = DecoderOptions::Kind::kPaper;
    return options;
  }
  const size_t letter = name.find_first_of("xrcb");
  const bool has_both = letter != std::string_view::npos;
  const char kind = has_both ? name[letter] : 'x';
  const bool has_rounds = kind == 'r' || kind == 'c';
  const int64_t number = has_both ? NumberOf(name.substr(letter + 1)) : 0;
  options.kind = kind == 'r'   ? DecoderOptions::Kind::kRounds
                 : kind == 'c' ? DecoderOptions::Kind::kHexagon
                 : kind == 'b' ? DecoderOptions::Kind::kBlocks
                               : DecoderOptions::Kind::kResidual;
  options.width = has_both ? NumberOf(name.substr(0, letter)) : 0;
  options.blocks = has_rounds ? number : number / 2;
  if (options.width < 1 || options.width > kLargestWidth || number < 1 ||
      (!has_rounds && number % 2 != 1) || options.blocks > kMostBlocks) {
    throw UsageError(
        "decoder: expected paper, WIDTHrROUNDS or CHANNELScROUNDS like 128r4 or 8c6, or "
        "WIDTHxLAYERS or WIDTHbLAYERS like 256x3 with an odd number of layers, found '" +
        std::string(name) + "'");
  }
  return options;
}

int64_t MultiplyAddsOf(const DecoderOptions& options) {
  const int64_t width = options.width;
  const int64_t plain = width * (kLatentSize + 1 + 2 * options.blocks * width + kWaferCells);
  switch (options.kind) {
    case DecoderOptions::Kind::kPaper:
      // A 3x3 stride-2 transposed convolution of a 4x4 image meets 11 x 11 of the 12 x 12 places
      // that its taps reach, a flat one 22 x 22 of 24 x 24.
      return kLatentSize * kHiddenSize + 11 * 11 * kFilters * kFilters + 22 * 22 * kFilters;
    case DecoderOptions::Kind::kResidual:
      return plain;
    case DecoderOptions::Kind::kRounds:
      return plain +
             (options.blocks - 1) * (width * (kWaferCells + kLatentSize) + kEncoderMultiplyAdds);
    case DecoderOptions::Kind::kHexagon:
      return HexagonDecoderMultiplyAdds(options);
    case DecoderOptions::Kind::kBlocks:
      return BlockDecoderMultiplyAdds(options);
  }
  return plain;
}

Var MantissaOfSum(Var x) {
  constexpr double kSteps = 16.0;
  const int64_t n = x.shape()[0];
  Var mantissa = x.tape().Record("mantissa_of_sum", Shape{n, 1}, {});
  for (int64_t r = 0; r < n; ++r) {
    double sum = 0.0;
    for (int64_t i = 0; i < kWaferCells; ++i) {
      sum += static_cast<double>(x.value()[r * kWaferCells + i]);
    }
    mantissa.value()[r] = static_cast<float>(std::floor(kSteps * sum) / kSteps);
  }
  return mantissa;
}

Var MiddleOfSum(Var mantissa) { return Affine(mantissa, 1.0f, 1.0f / 32.0f); }

Var CodesAndMantissa(Var codes, Var mantissa) {
  const Var centred = Affine(mantissa, 2.0f, -3.0f);
  return Concatenate({codes, centred}, 1);
}

Var CodesPerCharge(Var latent, Var sum) { return Affine(Divide(latent, sum), 2.0f, -0.7f); }

Var MissingCodes(Var latent, Var drawn, Var sum) {
  const Var missing = Divide(Subtract(latent, drawn), sum);
  return Affine(missing, 4.0f, 0.0f);
}

std::unique_ptr<Decoder> MakeDecoder(const DecoderOptions& options, int n_elinks, float output_bias,
                                     uint64_t seed) {
  switch (options.kind) {
    case DecoderOptions::Kind::kPaper:
      return std::make_unique<PaperDecoder>(output_bias, seed);
    case DecoderOptions::Kind::kResidual:
      return std::make_unique<ResidualDecoder>(options, seed);
    case DecoderOptions::Kind::kRounds:
      return std::make_unique<RoundsDecoder>(options, seed);
    case DecoderOptions::Kind::kHexagon:
      return MakeHexagonDecoder(options, seed);
    case DecoderOptions::Kind::kBlocks:
      return MakeBlockDecoder(options, n_elinks, seed);
  }
  return nullptr;
}

}  // namespace demd
