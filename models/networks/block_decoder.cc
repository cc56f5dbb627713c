#include "models/networks/block_decoder.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/ops/shaping.h"
#include "engine/portable_math.h"
#include "models/networks/hit_patterns.h"

namespace demd {
namespace {

// What is read of a block: its charge, the logarithm of it, four hits; and of the wafer: the
// mantissa of its sum, and the charge that no block shows.
constexpr int64_t kReadings = 8;
constexpr int64_t kLogOfCharge = 1;
constexpr int64_t kFirstHit = 2;
constexpr int64_t kMantissa = 6;
constexpr int64_t kMissing = 7;
constexpr int64_t kReadingsOfWafer = kPatternBlocks * kReadings;
constexpr float kCodeSteps = 256.0f;   // in a unit of a code
constexpr float kInputUnits = 128.0f;  // in a unit of the input
constexpr float kHitAtStart = 0.5f;    // what a hit, +-1, adds to a logit

DenseLayer Dense(const std::string& name, int64_t n_in, int64_t n_out, uint64_t seed,
                 Initializer initializer = Initializer::kHeNormal) {
  LayerOptions layer;
  layer.initializer = initializer;
  layer.seed = seed;
  return DenseLayer(name, n_in, n_out, layer);
}

// latent: [n, 16]; mantissa: [n, 1]. Result: [n * 12, 8], about -1 to 1, without gradient.
Var Readings(Var latent, Var mantissa, const BlockLevels& levels) {
  const int64_t n = latent.shape()[0];
  Var y = latent.tape().Record("readings", Shape{n * kPatternBlocks, kReadings}, {});
  float* out = y.value();
  for (int64_t r = 0; r < n; ++r) {
    const float* codes = latent.value() + r * kLatentSize;
    const float middle_of_mantissa = mantissa.value()[r] + 1.0f / 32.0f;
    const float share_of_step =
        static_cast<float>(levels.step) / (kInputUnits * middle_of_mantissa);
    const auto bits = [&](int code) { return static_cast<int32_t>(codes[code] * kCodeSteps); };
    const auto hit = [&](int code, int bit) { return bits(code) >> bit & 1; };
    float* const first = out;
    float missing = 1.0f;
    for (int block = 0; block < kPatternBlocks; ++block, out += kReadings) {
      int32_t n_hits = 0;
      for (int k = 0; k < kCellsPerBlock; ++k) {
        const int32_t is_hit = k < 3 ? hit(block, k) : hit(LastHitCode(block), LastHitBit(block));
        out[kFirstHit + k] = is_hit != 0 ? 1.0f : -1.0f;
        n_hits += is_hit;
      }
      int32_t level = bits(block) >> 3;
      if (level == 0 && n_hits > 0) level = 1 << levels.bits;
      // The middle of what has this level.
      const float share = std::max(static_cast<float>(level) - 0.5f, 0.0f) * share_of_step;
      missing -= share;
      out[0] = 2.0f * share - 0.5f;
      // What is added keeps it finite where there is nothing.
      out[kLogOfCharge] = Log(0.25f * share + 0.002f) + 3.0f;
      out[kMantissa] = 2.0f * middle_of_mantissa - 3.0f;
    }
    for (int block = 0; block < kPatternBlocks; ++block) {
      first[block * kReadings + kMissing] = 8.0f * missing;
    }
  }
  return y;
}

// The columns of 12 x 4 logits in the order of cells.
std::vector<int32_t> ColumnsOfCells() {
  std::vector<int32_t> columns(kWaferCells);
  for (int block = 0; block < kPatternBlocks; ++block) {
    for (int k = 0; k < kCellsPerBlock; ++k) {
      columns[static_cast<size_t>(PatternCell(block, k))] = block * kCellsPerBlock + k;
    }
  }
  return columns;
}

struct Hidden {
  DenseLayer first;
  DenseLayer second;
};

// context = second(relu(first(all readings))); for every block
// x = input(readings) + context, then x += second(relu(first(relu x))) for each pair of layers;
// logits = output(relu x) + plain(readings).
class BlockDecoder : public Decoder {
 public:
  BlockDecoder(const DecoderOptions& options, const BlockLevels& levels, uint64_t seed)
      : width_(options.width),
        levels_(levels),
        columns_(ColumnsOfCells()),
        context_{Dense("decoder/context/first", kReadingsOfWafer, 2 * width_, seed),
                 Dense("decoder/context/second", 2 * width_, width_, seed)},
        input_(Dense("decoder/input", kReadings, width_, seed)),
        output_(Dense("decoder/output", width_, kCellsPerBlock, seed, Initializer::kGlorotUniform)),
        plain_(
            Dense("decoder/plain", kReadings, kCellsPerBlock, seed, Initializer::kGlorotUniform)) {
    for (int64_t b = 0; b < options.blocks; ++b) {
      const std::string name = "decoder/block" + std::to_string(b);
      hidden_.push_back({Dense(name + "/first", width_, width_, seed),
                         Dense(name + "/second", width_, width_, seed)});
    }
    std::fill_n(output_.kernel.value.data(), output_.kernel.value.size(), 0.0f);
    Tensor& plain = plain_.kernel.value;
    std::fill_n(plain.data(), plain.size(), 0.0f);
    for (int64_t k = 0; k < kCellsPerBlock; ++k) {
      plain[kLogOfCharge * kCellsPerBlock + k] = 1.0f;
      plain[(kFirstHit + k) * kCellsPerBlock + k] = kHitAtStart;
    }
  }

  Var Apply(Var latent, Var mantissa, const Encoding& /*encode*/) override {
    const int64_t n = latent.shape()[0];
    const Var sum = MiddleOfSum(mantissa);
    const Var readings = Readings(latent, mantissa, levels_);
    const Var all = Reshape(readings, {n, kReadingsOfWafer});
    const Var context = context_.second.Apply(Relu(context_.first.Apply(all)));
    const Var for_each = Concatenate(std::vector<Var>(kPatternBlocks, context), 1);

    Var x = input_.Apply(readings);
    x = Add(x, Reshape(for_each, {n * kPatternBlocks, width_}));
    for (Hidden& hidden : hidden_) {
      const Var more = hidden.second.Apply(Relu(hidden.first.Apply(Relu(x))));
      x = Add(x, more);
    }
    const Var learned = output_.Apply(Relu(x));
    const Var logits = Add(learned, plain_.Apply(readings));
    const Var in_order = GatherColumns(Reshape(logits, {n, kWaferCells}), columns_);
    return Multiply(Softmax(in_order), sum);
  }

  void Collect(ParameterList* list) override {
    context_.first.Collect(list);
    context_.second.Collect(list);
    input_.Collect(list);
    for (Hidden& hidden : hidden_) {
      hidden.first.Collect(list);
      hidden.second.Collect(list);
    }
    output_.Collect(list);
    plain_.Collect(list);
  }

 private:
  int64_t width_;
  BlockLevels levels_;
  std::vector<int32_t> columns_;
  Hidden context_;
  DenseLayer input_;
  std::vector<Hidden> hidden_;
  DenseLayer output_;
  DenseLayer plain_;
};

}  // namespace

std::unique_ptr<Decoder> MakeBlockDecoder(const DecoderOptions& options, int n_elinks,
                                          uint64_t seed) {
  return std::make_unique<BlockDecoder>(options, LevelsFor(n_elinks), seed);
}

int64_t BlockDecoderMultiplyAdds(const DecoderOptions& options) {
  const int64_t width = options.width;
  const int64_t context = kReadingsOfWafer * 2 * width + 2 * width * width;
  const int64_t block = kReadings * width + 2 * options.blocks * width * width +
                        width * kCellsPerBlock + kReadings * kCellsPerBlock;
  return context + kPatternBlocks * block;
}

}  // namespace demd
