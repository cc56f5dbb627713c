#ifndef DEMD_ENGINE_NN_LAYERS_H_
#define DEMD_ENGINE_NN_LAYERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/autograd.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/convolution.h"

namespace demd {

/// The parameters of a model, in a fixed order; names are unique. Pointers into the model.
using ParameterList = std::vector<Parameter*>;

/// Where a layer's first weights come from.
enum class Initializer {
  kGlorotUniform,  ///< uniform in +-sqrt(6 / (fan_in + fan_out)); Keras' default
  kHeNormal,       ///< normal of variance 2 / fan_in, for layers followed by relu
};

/// How a layer is made. Weights depend on seed and name alone.
struct LayerOptions {
  Initializer initializer = Initializer::kGlorotUniform;
  float l2 = 0.0f;  ///< loss term l2 * sum(w^2) on the weights, not on the bias
  float initial_bias = 0.0f;
  uint64_t seed = 0;
};

/// What layers with a kernel and a bias have in common: parameters "<name>/kernel" and
/// "<name>/bias" [n_out].
class KernelLayer {
 public:
  const std::string& name() const { return name_; }
  void Collect(ParameterList* list);

  Parameter kernel;
  Parameter bias;

 protected:
  /// Inputs and outputs that a weight connects, for the size of the first weights.
  struct Fan {
    int64_t in;
    int64_t out;
  };
  KernelLayer(const std::string& name, const Shape& kernel_shape, int64_t n_out, const Fan& fan,
              const LayerOptions& options);

 private:
  std::string name_;
};

/// y = x w + b. Kernel [n_in, n_out].
class DenseLayer : public KernelLayer {
 public:
  DenseLayer(const std::string& name, int64_t n_in, int64_t n_out, const LayerOptions& options);
  Var Apply(Var x);
};

/// The window of a convolution.
struct Window {
  int64_t height;
  int64_t width;
  int64_t stride = 1;
  Padding padding = Padding::kSame;
};

/// Kernel [height, width, in, out].
class Conv2dLayer : public KernelLayer {
 public:
  Conv2dLayer(const std::string& name, const Window& window, int64_t in, int64_t out,
              const LayerOptions& options);
  Var Apply(Var x);

 private:
  Window window_;
};

/// Over pixels in any arrangement. Kernel [taps, in, out].
class NeighbourConvLayer : public KernelLayer {
 public:
  NeighbourConvLayer(const std::string& name, const Neighbourhood& neighbourhood, int64_t in,
                     int64_t out, const LayerOptions& options);
  /// x: [n, pixels, in]
  Var Apply(Var x);

 private:
  std::unique_ptr<const ConvolutionPlan> plan_;
};

/// Kernel [height, width, out, in].
class Conv2dTransposeLayer : public KernelLayer {
 public:
  Conv2dTransposeLayer(const std::string& name, const Window& window, int64_t in, int64_t out,
                       const LayerOptions& options);
  Var Apply(Var x);

 private:
  Window window_;
};

/// Parameters "<name>/gamma", "<name>/beta" and the statistics "<name>/moving_mean",
/// "<name>/moving_variance", each [channels].
class BatchNormLayer {
 public:
  BatchNormLayer(const std::string& name, int64_t channels, const BatchNormOptions& options = {});
  Var Apply(Var x) { return Apply(x, false); }
  /// Relu(Apply(x)), in one pass over memory.
  Var ApplyRelu(Var x) { return Apply(x, true); }
  const std::string& name() const { return name_; }
  void Collect(ParameterList* list);

  Parameter gamma;
  Parameter beta;
  Parameter moving_mean;
  Parameter moving_variance;

 private:
  Var Apply(Var x, bool relu);

  std::string name_;
  BatchNormOptions options_;
};

/// Makes every parameter a constant: it gets no gradient and no optimiser changes it.
void Freeze(const ParameterList& parameters);

/// Number of elements of the trainable parameters.
int64_t CountTrainable(const ParameterList& parameters);

}  // namespace demd

#endif  // DEMD_ENGINE_NN_LAYERS_H_
