#include "quant/device/demd_device.h"

#include "quant/device/encoder.h"
#include "quant/device/frame.h"
#include "quant/device/registers.h"

namespace device = demd::device;

uint32_t demd_encode_econt(const demd_weights* weights, const uint32_t* charges, uint16_t* codes) {
  return device::EncodeWafer(device::Econt{}, *weights, charges, codes);
}

uint32_t demd_encode_paper5(const demd_weights* weights, const uint32_t* charges, uint16_t* codes) {
  return device::EncodeWafer(device::Paper5{}, *weights, charges, codes);
}

uint32_t demd_encode_paper6(const demd_weights* weights, const uint32_t* charges, uint16_t* codes) {
  return device::EncodeWafer(device::Paper6{}, *weights, charges, codes);
}

void demd_calibrate_links(const uint8_t* link_words, const uint16_t* multipliers,
                          uint32_t* charges) {
  device::CalibrateLinks(link_words, multipliers, charges);
}

void demd_load_registers(const demd_registers* registers, demd_weights* weights) {
  device::LoadRegisters(*registers, weights);
}

uint32_t demd_weights_crc32(const demd_weights* weights) { return device::WeightsCrc32(*weights); }

demd_status demd_make_frame_layout(const uint16_t* keep_mask, int32_t n_elinks,
                                   demd_frame_layout* layout) {
  device::KeepMask mask = {};
  for (int o = 0; o < device::kFrameOutputs; ++o) mask.of_output[o] = keep_mask[o];
  return static_cast<demd_status>(
      device::MakeFrameLayout(mask, static_cast<int>(n_elinks), layout));
}

demd_status demd_make_top_bits_layout(int32_t n_elinks, demd_frame_layout* layout) {
  if (n_elinks < device::kMinElinks || n_elinks > device::kMaxElinks) return DEMD_BAD_ELINKS;
  const device::KeepMask mask = device::TopBitsMask(device::KeptBits(static_cast<int>(n_elinks)));
  return demd_make_frame_layout(mask.of_output, n_elinks, layout);
}

void demd_pack_frame(const demd_frame_layout* layout, uint32_t bunch_crossing, uint32_t sum,
                     const uint16_t* codes, uint32_t* words) {
  device::PackFrame(*layout, bunch_crossing, sum, codes, words);
}

demd_status demd_unpack_frame(const demd_frame_layout* layout, const uint32_t* words,
                              demd_frame_content* content) {
  return static_cast<demd_status>(device::UnpackFrame(*layout, words, content));
}
