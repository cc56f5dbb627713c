// Fuzz target for the unpacker of output frames: no bytes may make it read or write where it should
// not, and a frame that it accepts is the one that packing its content gives.
//
// With clang: cmake --preset fuzz && cmake --build --preset fuzz &&
// build/fuzz/tests/quant/demd_unpack_fuzz Elsewhere fuzz_driver.cc feeds it bytes of its own, as an
// ordinary test.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "quant/device/frame.h"

namespace device = demd::device;

namespace {

// Takes bytes off the front; zeros after the end.
class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), left_(size) {}

  uint32_t Next() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckPackedAgain(const device::FrameLayout& layout, const device::FrameContent& content,
                      const uint32_t* words) {
  const uint32_t sum = device::DecodeFloatLowest(content.sum_code, device::kSum5E4M);
  if (sum == 0xFFFFFFFFu) return;  // beyond every sum of a wafer
  uint32_t again[device::kMaxElinks] = {};
  device::PackFrame(layout, content.bunch_crossing, sum, content.codes, again);
  for (int w = 0; w < layout.n_elinks; ++w) Require(again[w] == words[w]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes bytes(data, size);
  const int n_elinks = static_cast<int>(bytes.Next() % 8);
  const bool tops = bytes.Next() % 2 == 0;
  device::KeepMask mask = device::TopBitsMask(tops ? static_cast<int>(bytes.Next() % 10) : 0);
  for (uint16_t& bits : mask.of_output) {
    if (!tops) bits = static_cast<uint16_t>(bytes.Next() | (bytes.Next() & 3) << 8);
  }
  device::FrameLayout layout = {};
  if (device::MakeFrameLayout(mask, n_elinks, &layout) != device::FrameStatus::kOk) return 0;
  uint32_t words[device::kMaxElinks] = {};
  for (int w = 0; w < n_elinks; ++w) {
    for (int b = 0; b < 4; ++b) words[w] = words[w] << 8 | bytes.Next();
  }
  device::FrameContent content = {};
  const device::FrameStatus status = device::UnpackFrame(layout, words, &content);
  Require(content.bunch_crossing < 32 && content.sum_code < 512);
  for (int o = 0; o < device::kFrameOutputs; ++o) {
    Require((content.codes[o] & ~uint32_t{layout.of_output[o]}) == 0);
  }
  if (status == device::FrameStatus::kOk) CheckPackedAgain(layout, content, words);
  return 0;
}
