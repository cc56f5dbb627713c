#ifndef DEMD_QUANT_DEVICE_FRAME_H_
#define DEMD_QUANT_DEVICE_FRAME_H_

#include <cstdint>

#include "quant/device/charge_formats.h"
#include "quant/device/demd_device.h"

namespace demd {
namespace device {

// The output frame: n_elinks words of 32 bits, most significant bit first.
//
//   5 bits   header: bunch crossing modulo 32
//   9 bits   sum of the charges, 5E4M
//   kept     of output 0 the bits under its mask, from the most significant down; then output 1...
//   rest     zero
//
// Source: ECON-T emulator (fields and their widths; 144-bit keep mask; 3, 5, 7, 9 bits an output
// for 2, 3, 4, 5 eLinks).

constexpr int kFrameOutputs = 16;
constexpr int kCodeBits = 9;
constexpr int kHeaderBits = 5;
constexpr int kSumBits = 9;
constexpr int kMinElinks = 2;
constexpr int kMaxElinks = 5;
constexpr int kBitsPerElink = 32;

/// Bits for the outputs in a frame: 50, 82, 114, 146.
constexpr int PayloadBits(int n_elinks) {
  return kBitsPerElink * n_elinks - kHeaderBits - kSumBits;
}

/// Bits of each 9-bit output that are kept: 3, 5, 7, 9 for 2, 3, 4, 5 eLinks.
constexpr int KeptBits(int n_elinks) { return 2 * n_elinks - 1; }

/// The code cut to its top `kept` of `bits` bits, the dropped ones zero: floor.
constexpr uint32_t KeepTopBits(uint32_t code, int kept, int bits = kCodeBits) {
  return code >> (bits - kept) << (bits - kept);
}

/// The 144-bit keep mask: 9 bits an output, bit 8 for the most significant bit of the code.
struct KeepMask {
  uint16_t of_output[kFrameOutputs];
};

/// The mask that keeps the top `kept` bits of each output, 0 <= kept <= 9.
constexpr KeepMask TopBitsMask(int kept) {
  KeepMask mask = {};
  for (int o = 0; o < kFrameOutputs; ++o) {
    mask.of_output[o] = static_cast<uint16_t>(KeepTopBits(0x1FF, kept));
  }
  return mask;
}

enum class FrameStatus : uint8_t {
  kOk = 0,
  kBadElinks,        ///< expected 2 to 5 eLinks
  kBadMask,          ///< a mask has bits above the 9 of a code
  kTooManyKeptBits,  ///< the mask keeps more bits than the frame has room for
  kBadPadding,       ///< a bit after the payload is set: not a frame of this layout
};

/// A mask made ready: set up once, checked there, used for every frame.
using FrameLayout = ::demd_frame_layout;

/// Checks a mask and the number of eLinks and prepares the layout.
constexpr FrameStatus MakeFrameLayout(const KeepMask& mask, int n_elinks, FrameLayout* layout) {
  if (n_elinks < kMinElinks || n_elinks > kMaxElinks) return FrameStatus::kBadElinks;
  layout->n_elinks = static_cast<uint8_t>(n_elinks);
  layout->runs_only = 1;
  int total = 0;
  for (int o = 0; o < kFrameOutputs; ++o) {
    const uint32_t bits = mask.of_output[o];
    if (bits >> kCodeBits != 0) return FrameStatus::kBadMask;
    int n = 0;
    int lowest = 0;
    for (int b = kCodeBits - 1; b >= 0; --b) {
      if (((bits >> b) & 1) == 0) continue;
      lowest = b;
      ++n;
    }
    if (bits >> lowest != (uint32_t{1} << n) - 1) layout->runs_only = 0;
    layout->n_kept[o] = static_cast<uint8_t>(n);
    layout->lowest[o] = static_cast<uint8_t>(lowest);
    layout->of_output[o] = mask.of_output[o];
    total += n;
  }
  return total <= PayloadBits(n_elinks) ? FrameStatus::kOk : FrameStatus::kTooManyKeptBits;
}

/// Writes bits into 32-bit words, most significant first.
class BitWriter {
 public:
  constexpr explicit BitWriter(uint32_t* words) : words_(words) {}

  /// Appends the low n bits of value, n <= 32. REQUIRES: value < 2^n.
  constexpr void Put(uint32_t value, int n) {
    pending_ = pending_ << n | value;
    n_pending_ += n;
    if (n_pending_ >= 32) {
      n_pending_ -= 32;
      *words_++ = static_cast<uint32_t>(pending_ >> n_pending_);
    }
  }

  /// Fills the last word with zeros, then whole words up to `end`.
  constexpr void FinishAt(uint32_t* end) {
    if (n_pending_ > 0) *words_++ = static_cast<uint32_t>(pending_ << (32 - n_pending_));
    while (words_ < end) *words_++ = 0;
    n_pending_ = 0;
  }

 private:
  uint32_t* words_;
  uint64_t pending_ = 0;
  int n_pending_ = 0;
};

/// Reads what BitWriter wrote.
class BitReader {
 public:
  constexpr explicit BitReader(const uint32_t* words) : words_(words) {}

  /// The next n bits, n <= 32. Reads no word before it is needed.
  constexpr uint32_t Take(int n) {
    if (n_pending_ < n) {
      pending_ = pending_ << 32 | *words_++;
      n_pending_ += 32;
    }
    n_pending_ -= n;
    return static_cast<uint32_t>((pending_ >> n_pending_) & ((uint64_t{1} << n) - 1));
  }

 private:
  const uint32_t* words_;
  uint64_t pending_ = 0;
  int n_pending_ = 0;
};

/// The bits of a code under a mask, moved together. Branch-free.
constexpr uint32_t GatherBits(uint32_t code, uint32_t mask) {
  uint32_t kept = 0;
  for (int b = kCodeBits - 1; b >= 0; --b) {
    const uint32_t keep = (mask >> b) & 1;
    kept = kept << keep | ((code >> b) & keep);
  }
  return kept;
}

/// The inverse: kept bits back under the mask, zeros elsewhere.
constexpr uint32_t ScatterBits(uint32_t kept, uint32_t mask) {
  uint32_t code = 0;
  for (int b = 0; b < kCodeBits; ++b) {
    const uint32_t keep = (mask >> b) & 1;
    code |= (kept & keep) << b;
    kept >>= keep;
  }
  return code;
}

/// Builds a frame.
///
/// layout:         from MakeFrameLayout, which returned kOk
/// bunch_crossing: its low 5 bits become the header
/// sum:            of the charges
/// codes:          [16] uint16, each < 2^9
/// words:          [layout.n_elinks] uint32
constexpr void PackFrame(const FrameLayout& layout, uint32_t bunch_crossing, uint32_t sum,
                         const uint16_t* codes, uint32_t* words) {
  BitWriter writer(words);
  writer.Put((bunch_crossing & 0x1F) << kSumBits | EncodeFloat(sum, kSum5E4M),
             kHeaderBits + kSumBits);
  if (layout.runs_only != 0) {
    for (int o = 0; o < kFrameOutputs; ++o) {
      const uint32_t kept = static_cast<uint32_t>(codes[o]) & layout.of_output[o];
      writer.Put(kept >> layout.lowest[o], layout.n_kept[o]);
    }
  } else {
    for (int o = 0; o < kFrameOutputs; ++o) {
      writer.Put(GatherBits(codes[o], layout.of_output[o]), layout.n_kept[o]);
    }
  }
  writer.FinishAt(words + layout.n_elinks);
}

/// What a frame carries; DecodeFloatMiddle(sum_code, kSum5E4M) is the sum.
using FrameContent = ::demd_frame_content;

/// Takes a frame apart: the receiving side. Any words are safe to pass.
/// Returns kOk, or kBadPadding (content is then filled all the same).
///
/// words: [layout.n_elinks] uint32
constexpr FrameStatus UnpackFrame(const FrameLayout& layout, const uint32_t* words,
                                  FrameContent* content) {
  BitReader reader(words);
  content->bunch_crossing = static_cast<uint8_t>(reader.Take(kHeaderBits));
  content->sum_code = static_cast<uint16_t>(reader.Take(kSumBits));
  int left = PayloadBits(layout.n_elinks);
  for (int o = 0; o < kFrameOutputs; ++o) {
    const uint32_t kept = reader.Take(layout.n_kept[o]);
    content->codes[o] = static_cast<uint16_t>(ScatterBits(kept, layout.of_output[o]));
    left -= layout.n_kept[o];
  }
  uint32_t padding = 0;
  for (; left > 32; left -= 32) padding |= reader.Take(32);
  padding |= reader.Take(left);
  return padding == 0 ? FrameStatus::kOk : FrameStatus::kBadPadding;
}

}  // namespace device
}  // namespace demd

#endif  // DEMD_QUANT_DEVICE_FRAME_H_
