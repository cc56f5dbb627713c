#include "models/networks/hexagon_decoder.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "engine/nn/layers.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/ops/shaping.h"
#include "models/wafer.h"

namespace demd {
namespace {

// The cell itself, then those that touch it, around it.
constexpr std::array<CellAddress, 7> kTaps = {
    {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}}};

constexpr int64_t kInputs = kLatentSize + 1;

int CellAt(int32_t u, int32_t v) {
  for (int cell = 0; cell < kWaferCells; ++cell) {
    const CellAddress& address = kCellAddresses[static_cast<size_t>(cell)];
    if (address.u == u && address.v == v) return cell;
  }
  return -1;
}

LayerOptions BeforeRelu(uint64_t seed) { return {Initializer::kHeNormal, 0.0f, 0.0f, seed}; }
LayerOptions Last(uint64_t seed) { return {Initializer::kGlorotUniform, 0.0f, 0.0f, seed}; }

// What happens between two drawings of the wafer.
struct Round {
  NeighbourConvLayer first;
  NeighbourConvLayer second;
};

// Every cell has `width` channels: x = input(codes, mantissa), [n, 48, width]. In each round but
// the first x += feedback(codes - codes of the drawn wafer); in each
// x += second(relu(first(relu x))). The wafer that is drawn has the shape
// softmax(output(relu x) + plain(codes, mantissa)).
class HexagonDecoder : public Decoder {
 public:
  HexagonDecoder(const DecoderOptions& options, uint64_t seed)
      : width_(options.width),
        input_("decoder/input", kInputs, kWaferCells * width_, BeforeRelu(seed)),
        output_("decoder/output", width_, 1, Last(seed)),
        plain_("decoder/plain", kInputs, kWaferCells, Last(seed)) {
    const Neighbourhood neighbourhood = HexagonNeighbourhood();
    const auto convolution = [&](const std::string& name) {
      return NeighbourConvLayer(name, neighbourhood, width_, width_, BeforeRelu(seed));
    };
    for (int64_t r = 0; r < options.blocks; ++r) {
      const std::string name = "decoder/block" + std::to_string(r);
      rounds_.push_back({convolution(name + "/first"), convolution(name + "/second")});
      if (r == 0) continue;
      feedback_.emplace_back("decoder/feedback" + std::to_string(r), kLatentSize,
                             kWaferCells * width_, BeforeRelu(seed));
    }
  }

  Var Apply(Var latent, Var mantissa, const Encoding& encode) override {
    const Shape cells{latent.shape()[0], kWaferCells, width_};
    const Var sum = MiddleOfSum(mantissa);
    const Var inputs = CodesAndMantissa(CodesPerCharge(latent, sum), mantissa);
    const Var plain = plain_.Apply(inputs);
    Var x = Reshape(input_.Apply(inputs), cells);
    for (size_t r = 0; r < rounds_.size(); ++r) {
      if (r > 0) {
        const Var missing = MissingCodes(latent, encode(Draw(x, plain, sum)), sum);
        const Var change = feedback_[r - 1].Apply(missing);
        x = Add(x, Reshape(change, cells));
      }
      const Var hidden = Relu(rounds_[r].first.Apply(Relu(x)));
      x = Add(x, rounds_[r].second.Apply(hidden));
    }
    return Draw(x, plain, sum);
  }

  void Collect(ParameterList* list) override {
    input_.Collect(list);
    for (Round& round : rounds_) {
      round.first.Collect(list);
      round.second.Collect(list);
    }
    for (DenseLayer& layer : feedback_) layer.Collect(list);
    output_.Collect(list);
    plain_.Collect(list);
  }

 private:
  Var Draw(Var x, Var plain, Var sum) {
    const int64_t n = x.shape()[0];
    const Var learned = output_.Apply(Reshape(Relu(x), {n * kWaferCells, width_}));
    const Var logits = Add(Reshape(learned, {n, kWaferCells}), plain);
    return Multiply(Softmax(logits), sum);
  }

  int64_t width_;
  DenseLayer input_;
  std::vector<Round> rounds_;
  std::vector<DenseLayer> feedback_;
  DenseLayer output_;
  DenseLayer plain_;
};

}  // namespace

Neighbourhood HexagonNeighbourhood() {
  Neighbourhood neighbourhood{static_cast<int64_t>(kTaps.size()), {}};
  for (int cell = 0; cell < kWaferCells; ++cell) {
    const int turns = cell / kCellsPerRhombus;
    const CellAddress& at = kCellAddresses[static_cast<size_t>(RotatedCell(cell, -turns))];
    for (const CellAddress& tap : kTaps) {
      const int there = CellAt(at.u + tap.u, at.v + tap.v);
      neighbourhood.pixels.push_back(there < 0 ? -1 : RotatedCell(there, turns));
    }
  }
  return neighbourhood;
}

std::unique_ptr<Decoder> MakeHexagonDecoder(const DecoderOptions& options, uint64_t seed) {
  return std::make_unique<HexagonDecoder>(options, seed);
}

int64_t HexagonDecoderMultiplyAdds(const DecoderOptions& options) {
  const std::vector<int32_t> pixels = HexagonNeighbourhood().pixels;
  const int64_t pairs =
      std::count_if(pixels.begin(), pixels.end(), [](int32_t p) { return p >= 0; });
  const int64_t width = options.width;
  const int64_t read = kInputs * kWaferCells * (width + 1);
  const int64_t draw = kWaferCells * width;
  const int64_t feed_back = draw + kEncoderMultiplyAdds + kLatentSize * kWaferCells * width;
  return read + options.blocks * 2 * pairs * width * width + (options.blocks - 1) * feed_back +
         draw;
}

}  // namespace demd
