#ifndef DEMD_TESTS_QUANT_EXAMPLE_MODEL_H_
#define DEMD_TESTS_QUANT_EXAMPLE_MODEL_H_

#include "engine/random.h"
#include "quant/device/registers.h"
#include "quant/encoder_model.h"
#include "quant/integer_encoder.h"

namespace demd {

/// The model of the example firmware: normal weights of deviation 1/4.
inline EncoderModel ExampleModel() {
  EncoderModel model;
  model.name = "example";
  model.profile = ProfileByName("econt");
  RandomStream random(1, "example weights");
  for (int i = 0; i < device::kParameters; ++i) {
    const float weight = static_cast<float>(random.Normal() * 0.25);
    const int32_t q = QuantizeValue(weight, model.profile.formats.weight);
    device::SetParameter(&model.weights, i, static_cast<int8_t>(q));
  }
  return model;
}

}  // namespace demd

#endif  // DEMD_TESTS_QUANT_EXAMPLE_MODEL_H_
