#include "quant/golden.h"

#include "engine/random.h"
#include "quant/device/frame.h"
#include "quant/device/self_test.h"

namespace demd {
namespace {

using device::kCells;

constexpr int32_t kLargestCharge = (1 << device::kChargeBits) - 1;

void FillRandomWafer(uint64_t seed, int64_t row, int32_t* charges) {
  RandomStream random(seed, "exercising wafer", static_cast<uint64_t>(row));
  const uint64_t occupancy = random.Below(kCells + 1);
  const uint64_t limit = uint64_t{1} << (1 + random.Below(device::kChargeBits));
  for (int cell = 0; cell < kCells; ++cell) {
    const bool hit = random.Below(kCells) < occupancy;
    const int32_t charge = static_cast<int32_t>(random.Below(limit));
    charges[cell] = hit ? charge : 0;
  }
}

// [9][9] to [8][8].
void AppendImage(const int16_t* padded, std::vector<int16_t>* image) {
  for (int row = 0; row < device::kImageSide; ++row) {
    const int16_t* begin = padded + row * device::kPaddedSide;
    image->insert(image->end(), begin, begin + device::kImageSide);
  }
}

template <typename T, typename U>
void Append(const T* values, int n, std::vector<U>* to) {
  to->insert(to->end(), values, values + n);
}

}  // namespace

std::vector<int32_t> ExercisingWafers(uint64_t seed, int64_t n) {
  std::vector<int32_t> charges(static_cast<size_t>(n) * kCells, 0);
  for (int64_t row = 0; row < n; ++row) {
    int32_t* wafer = &charges[static_cast<size_t>(row * kCells)];
    if (row == 1) {
      for (int cell = 0; cell < kCells; ++cell) wafer[cell] = kLargestCharge;
    } else if (row % 8 == 2 && row / 8 < kCells) {
      wafer[row / 8] = kLargestCharge >> (row / 8 % device::kChargeBits);
    } else if (row > 0) {
      FillRandomWafer(seed, row, wafer);
    }
  }
  return charges;
}

GoldenVectors MakeGoldenVectors(const EncoderModel& model, const std::vector<int32_t>& charges) {
  const IntegerEncoder encoder(model.profile, model.weights, model.sent);
  const int n_elinks = model.sent.n_elinks;
  device::FrameLayout layout = {};
  device::MakeFrameLayout(model.sent.mask, n_elinks, &layout);
  GoldenVectors golden;
  golden.n = static_cast<int64_t>(charges.size()) / kCells;
  golden.n_elinks = n_elinks;
  golden.charges = charges;
  for (int64_t row = 0; row < golden.n; ++row) {
    const EncoderTrace trace = encoder.Trace(&charges[static_cast<size_t>(row * kCells)], row);
    AppendImage(trace.image, &golden.image);
    Append(trace.conv_acc, device::kActivations, &golden.conv_acc);
    Append(trace.activation, device::kActivations, &golden.activation);
    Append(trace.dense_acc, device::kOutputs, &golden.dense_acc);
    Append(trace.codes, device::kOutputs, &golden.codes);
    if (model.profile.formats.output.bits != device::kCodeBits) continue;
    uint32_t words[device::kMaxElinks] = {};
    device::PackFrame(layout, static_cast<uint32_t>(row), trace.sum, trace.codes, words);
    Append(words, n_elinks, &golden.frames);
  }
  if (!golden.frames.empty()) {
    golden.hash = device::HashOfWafers(model.profile.formats, model.weights, layout, kHashedWafers);
  }
  return golden;
}

}  // namespace demd
