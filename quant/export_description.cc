#include <algorithm>
#include <cstdio>

#include "quant/device/registers.h"
#include "quant/export.h"
#include "quant/profile_json.h"

namespace demd {
namespace {

constexpr int kExportVersion = 2;
constexpr int kAccumulatorBits = 32;

// Bounds and overflows of one layer's integers on the golden wafers.
struct Seen {
  int64_t lowest = 0;
  int64_t highest = 0;
  int64_t highest_result = 0;
  int64_t overflows = 0;
};

Seen Look(const std::vector<int32_t>& acc, int acc_fraction_bits,
          const device::ValueFormat& result) {
  Seen seen;
  for (const int64_t value : acc) {
    const int64_t rounded = device::Rescale(
        std::max(value, int64_t{0}), acc_fraction_bits - result.fraction_bits, result.rounding);
    seen.lowest = std::min(seen.lowest, value);
    seen.highest = std::max(seen.highest, value);
    seen.highest_result = std::max(seen.highest_result, rounded);
    seen.overflows += rounded > device::HighestOf(result) ? 1 : 0;
  }
  return seen;
}

JsonValue Range(int64_t lowest, int64_t highest) {
  return JsonValue(std::vector<int64_t>{lowest, highest});
}

JsonValue DescribeLayer(const LayerRange& range, const std::vector<int32_t>& acc,
                        int acc_fraction_bits, const device::ValueFormat& result) {
  const Seen seen = Look(acc, acc_fraction_bits, result);
  const int needed = AccumulatorBits(range);
  JsonValue accumulator = JsonValue::MakeObject();
  accumulator.Set("bits", kAccumulatorBits)
      .Set("fraction_bits", acc_fraction_bits)
      .Set("provable", Range(range.lowest, range.highest))
      .Set("seen", Range(seen.lowest, seen.highest))
      .Set("bits_needed", needed)
      .Set("headroom_bits", kAccumulatorBits - needed);
  JsonValue rounded = JsonValue::MakeObject();
  rounded.Set("format", FormatText(result))
      .Set("highest", device::HighestOf(result))
      .Set("highest_provable", range.result_highest)
      .Set("highest_seen", seen.highest_result)
      .Set("can_overflow", range.can_overflow_result)
      .Set("overflows_seen", seen.overflows)
      .Set("of", static_cast<int64_t>(acc.size()));
  JsonValue layer = JsonValue::MakeObject();
  return layer.Set("layer", range.layer).Set("accumulator", accumulator).Set("result", rounded);
}

}  // namespace

JsonValue DescribeEncoder(const EncoderModel& model, const RangeProof& proof,
                          const GoldenVectors& golden) {
  const device::EncoderFormats& f = model.profile.formats;
  char crc[16];
  std::snprintf(crc, sizeof(crc), "%08x",
                static_cast<unsigned>(device::WeightsCrc32(model.weights)));
  JsonValue layers = JsonValue::MakeArray();
  layers.Append(DescribeLayer(proof.conv, golden.conv_acc,
                              f.input.fraction_bits + f.weight.fraction_bits, f.activation));
  layers.Append(DescribeLayer(proof.dense, golden.dense_acc,
                              f.activation.fraction_bits + f.weight.fraction_bits, f.output));
  JsonValue memory = JsonValue::MakeObject();
  memory.Set("weight_bytes", static_cast<int64_t>(sizeof(device::EncoderWeights)))
      .Set("buffer_bytes", device::kEncodeBufferBytes)
      .Set("stack_bytes", device::kEncodeStackBytes);
  JsonValue json = JsonValue::MakeObject();
  json.Set("format", "demd encoder")
      .Set("format_version", kExportVersion)
      .Set("model", model.name)
      .Set("profile", ToJson(model.profile))
      .Set("elinks", model.sent.n_elinks)
      .Set("keep_mask", ToJson(model.sent.mask))
      .Set("sent_bits", CountOf(model.sent))
      .Set("weights_crc32", crc)
      .Set("layers", layers)
      .Set("memory", memory)
      .Set("golden_wafers", golden.n);
  return json;
}

}  // namespace demd
