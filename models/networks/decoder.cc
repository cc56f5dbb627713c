#include "models/networks/decoder.h"

#include <charconv>
#include <cmath>

#include "engine/error.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/ops/shaping.h"
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

  Var Apply(Var latent, Var /*mantissa*/) override {
    const int64_t n = latent.shape()[0];
    Var x = Relu(dense_.Apply(latent));
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
  DenseLayer dense_;
  Conv2dTransposeLayer convolution_;
  Conv2dTransposeLayer output_;
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
    for (int64_t b = 0; b < options.blocks; ++b) {
      const std::string name = "decoder/block" + std::to_string(b);
      first_.emplace_back(name + "/first", options.width, options.width,
                          Layer(seed, Initializer::kHeNormal));
      second_.emplace_back(name + "/second", options.width, options.width,
                           Layer(seed, Initializer::kHeNormal));
    }
  }

  Var Apply(Var latent, Var mantissa) override {
    // Codes lie between 0 and 2, mantissas between 1 and 2: centred, they start the first layer's
    // units on both sides of 0.
    Var x =
        input_.Apply(Concatenate({Affine(latent, 2.0f, -1.0f), Affine(mantissa, 2.0f, -3.0f)}, 1));
    for (size_t b = 0; b < first_.size(); ++b) {
      x = Add(x, second_[b].Apply(Relu(first_[b].Apply(Relu(x)))));
    }
    // The mantissa is cut off after 1/16; half a step more is its middle.
    return Multiply(Softmax(output_.Apply(Relu(x))), Affine(mantissa, 1.0f, 1.0f / 32.0f));
  }

  void Collect(ParameterList* list) override {
    input_.Collect(list);
    for (size_t b = 0; b < first_.size(); ++b) {
      first_[b].Collect(list);
      second_[b].Collect(list);
    }
    output_.Collect(list);
  }

 private:
  DenseLayer input_;
  std::vector<DenseLayer> first_;
  std::vector<DenseLayer> second_;
  DenseLayer output_;
};

// A positive number that is all of the text, or 0.
int64_t NumberOf(std::string_view text) {
  int64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() ? number : 0;
}

}  // namespace

std::string NameOf(const DecoderOptions& options) {
  if (options.kind == DecoderOptions::Kind::kPaper) return "paper";
  return std::to_string(options.width) + "x" + std::to_string(1 + 2 * options.blocks);
}

DecoderOptions DecoderByName(std::string_view name) {
  DecoderOptions options;
  if (name == "paper") {
    options.kind = DecoderOptions::Kind::kPaper;
    return options;
  }
  options.kind = DecoderOptions::Kind::kResidual;
  const size_t cross = name.find('x');
  const bool has_both = cross != std::string_view::npos;
  const int64_t layers = has_both ? NumberOf(name.substr(cross + 1)) : 0;
  options.width = has_both ? NumberOf(name.substr(0, cross)) : 0;
  options.blocks = layers / 2;
  if (options.width < 1 || options.width > kLargestWidth || layers % 2 != 1 || layers < 1 ||
      options.blocks > kMostBlocks) {
    throw UsageError("decoder: expected paper, or WIDTHxLAYERS like 512x3 with an odd number of " +
                     std::string("layers, found '") + std::string(name) + "'");
  }
  return options;
}

int64_t MultiplyAddsOf(const DecoderOptions& options) {
  if (options.kind == DecoderOptions::Kind::kPaper) {
    // A 3x3 stride-2 transposed convolution of a 4x4 image meets 11 x 11 of the 12 x 12 places that
    // its taps reach, a flat one 22 x 22 of 24 x 24.
    return kLatentSize * kHiddenSize + 11 * 11 * kFilters * kFilters + 22 * 22 * kFilters;
  }
  return options.width * (kLatentSize + 1 + 2 * options.blocks * options.width + kWaferCells);
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

std::unique_ptr<Decoder> MakeDecoder(const DecoderOptions& options, float output_bias,
                                     uint64_t seed) {
  if (options.kind == DecoderOptions::Kind::kPaper) {
    return std::make_unique<PaperDecoder>(output_bias, seed);
  }
  return std::make_unique<ResidualDecoder>(options, seed);
}

}  // namespace demd
