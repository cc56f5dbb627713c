#ifndef DEMD_QUANT_FAST_ENCODER_H_
#define DEMD_QUANT_FAST_ENCODER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "quant/device/encoder.h"
#include "quant/device/frame.h"
#include "quant/encoder_profile.h"
#include "quant/fast_kernels.h"
#include "quant/sent_bits.h"

namespace demd {

/// The integer encoder at the speed of a workstation: the same codes and frames as quant/device,
/// bit for bit, by vector instructions where the machine has them. Wafers that see none of the
/// image's masked quarter are all there is, so its four convolution outputs are constants and
/// become part of the dense layer's bias.
///
/// The environment variable DEMD_KERNELS forces a variant (see Variants).
class FastEncoder {
 public:
  /// Errors: as IntegerEncoder; UsageError when DEMD_KERNELS names a variant that is not there.
  FastEncoder(const EncoderProfile& profile, const device::EncoderWeights& weights,
              const SentBits& sent);
  /// With TopBits.
  FastEncoder(const EncoderProfile& profile, const device::EncoderWeights& weights,
              int n_elinks = device::kMaxElinks)
      : FastEncoder(profile, weights, TopBits(profile, n_elinks)) {}

  /// Charges to codes; bits that are not sent are zero.
  ///
  /// charges: [n][48] uint32, each < 2^22: not checked
  /// codes:   [n][16] uint16, output format
  void Encode(const uint32_t* charges, int64_t n, uint16_t* codes) const;

  /// Charges to the frames of consecutive bunch crossings: charges[i] belongs to first_crossing +
  /// i.
  ///
  /// frames: [n][n_elinks] uint32, see device/frame.h
  /// REQUIRES: has_frames().
  void Frames(const uint32_t* charges, int64_t n, uint32_t first_crossing, uint32_t* frames) const;

  /// Whether the outputs have the 9 bits that frames carry.
  bool has_frames() const { return profile_.formats.output.bits == device::kCodeBits; }

  /// The variants that this machine can run, the fastest first: "avx512" (with its 16-bit dot
  /// products), "avx2", and always "portable", the device's own code.
  static std::vector<std::string> Variants();
  /// The one in use.
  const char* variant() const { return kernels_ == nullptr ? "portable" : kernels_->name; }
  const EncoderProfile& profile() const { return profile_; }
  int n_elinks() const { return sent_.n_elinks; }

 private:
  using DeviceEncode = uint32_t (*)(const device::EncoderFormats& formats,
                                    const device::EncoderWeights& weights, const uint32_t* charges,
                                    uint16_t* codes);

  void UseKernels();

  EncoderProfile profile_;
  device::EncoderWeights weights_;
  SentBits sent_;
  device::FrameLayout layout_ = {};
  bool sends_top_bits_;
  DeviceEncode device_encode_;
  const FastKernels* kernels_ = nullptr;  // null: the device's code
  FastRounding rounding_ = kFastFloor;
  FastFormats fast_formats_ = {};
  FastWeights fast_weights_ = {};
};

}  // namespace demd

#endif  // DEMD_QUANT_FAST_ENCODER_H_
