// The encoder's layers as functions of their own, for vectorised.cmake to look at: there the
// compiler cannot mix them, and each has to have its vector instructions.

#include <cstdint>

#include "quant/device/encoder.h"

extern "C" {

void demd_convolution(const demd_weights& weights, const int16_t* image, int16_t* activation) {
  demd::device::ConvLayer(demd::device::Econt{}, weights, image, activation);
}

void demd_dense_layer(const demd_weights& weights, const int16_t* activation, uint16_t* codes) {
  demd::device::DenseLayer(demd::device::Econt{}, weights, activation, codes);
}

}  // extern "C"
