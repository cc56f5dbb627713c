#include "engine/nn/layers.h"

#include <cmath>
#include <initializer_list>

#include "engine/ops/dense.h"
#include "engine/random.h"

namespace demd {
namespace {

Parameter MakeKernel(const std::string& layer, const Shape& shape, int64_t fan_in, int64_t fan_out,
                     const LayerOptions& options) {
  Parameter kernel{layer + "/kernel", Tensor(shape), Tensor(), true, options.l2};
  RandomStream random(options.seed, kernel.name);
  const double limit = std::sqrt(6.0 / static_cast<double>(fan_in + fan_out));
  const double deviation = std::sqrt(2.0 / static_cast<double>(fan_in));
  for (int64_t i = 0; i < kernel.value.size(); ++i) {
    const double value = options.initializer == Initializer::kGlorotUniform
                             ? random.Uniform(-limit, limit)
                             : deviation * random.Normal();
    kernel.value[i] = static_cast<float>(value);
  }
  return kernel;
}

Parameter MakeVector(const std::string& name, int64_t n, float value, bool trainable) {
  Parameter parameter{name, Tensor(Shape{n}), Tensor(), trainable, 0.0f};
  parameter.value.Fill(value);
  return parameter;
}

void Append(ParameterList* list, std::initializer_list<Parameter*> parameters) {
  for (Parameter* parameter : parameters) list->push_back(parameter);
}

}  // namespace

KernelLayer::KernelLayer(const std::string& name, const Shape& kernel_shape, int64_t n_out,
                         const Fan& fan, const LayerOptions& options)
    : kernel(MakeKernel(name, kernel_shape, fan.in, fan.out, options)),
      bias(MakeVector(name + "/bias", n_out, options.initial_bias, true)),
      name_(name) {}

void KernelLayer::Collect(ParameterList* list) { Append(list, {&kernel, &bias}); }

DenseLayer::DenseLayer(const std::string& name, int64_t n_in, int64_t n_out,
                       const LayerOptions& options)
    : KernelLayer(name, {n_in, n_out}, n_out, {n_in, n_out}, options) {}

Var DenseLayer::Apply(Var x) {
  Tape::Scope scope(x.tape(), name());
  return Dense(x, x.tape().Use(kernel), x.tape().Use(bias));
}

Conv2dLayer::Conv2dLayer(const std::string& name, const Window& window, int64_t in, int64_t out,
                         const LayerOptions& options)
    : KernelLayer(name, {window.height, window.width, in, out}, out,
                  {window.height * window.width * in, window.height * window.width * out}, options),
      window_(window) {}

Var Conv2dLayer::Apply(Var x) {
  Tape::Scope scope(x.tape(), name());
  return Conv2d(x, x.tape().Use(kernel), x.tape().Use(bias), window_.stride, window_.padding);
}

NeighbourConvLayer::NeighbourConvLayer(const std::string& name, const Neighbourhood& neighbourhood,
                                       int64_t in, int64_t out, const LayerOptions& options)
    : KernelLayer(name, {neighbourhood.taps, in, out}, out,
                  {neighbourhood.taps * in, neighbourhood.taps * out}, options),
      plan_(std::make_unique<const ConvolutionPlan>(neighbourhood, in, out)) {}

Var NeighbourConvLayer::Apply(Var x) {
  Tape::Scope scope(x.tape(), name());
  return NeighbourConvolution(x, x.tape().Use(kernel), x.tape().Use(bias), *plan_);
}

Conv2dTransposeLayer::Conv2dTransposeLayer(const std::string& name, const Window& window,
                                           int64_t in, int64_t out, const LayerOptions& options)
    : KernelLayer(name, {window.height, window.width, out, in}, out,
                  {window.height * window.width * in, window.height * window.width * out}, options),
      window_(window) {}

Var Conv2dTransposeLayer::Apply(Var x) {
  Tape::Scope scope(x.tape(), name());
  return Conv2dTranspose(x, x.tape().Use(kernel), x.tape().Use(bias), window_.stride,
                         window_.padding);
}

BatchNormLayer::BatchNormLayer(const std::string& name, int64_t channels,
                               const BatchNormOptions& options)
    : gamma(MakeVector(name + "/gamma", channels, 1.0f, true)),
      beta(MakeVector(name + "/beta", channels, 0.0f, true)),
      moving_mean(MakeVector(name + "/moving_mean", channels, 0.0f, false)),
      moving_variance(MakeVector(name + "/moving_variance", channels, 1.0f, false)),
      name_(name),
      options_(options) {}

void BatchNormLayer::Collect(ParameterList* list) {
  Append(list, {&gamma, &beta, &moving_mean, &moving_variance});
}

Var BatchNormLayer::Apply(Var x, bool relu) {
  Tape::Scope scope(x.tape(), name_);
  return BatchNorm(x, x.tape().Use(gamma), x.tape().Use(beta), &moving_mean.value,
                   &moving_variance.value, options_, relu);
}

void Freeze(const ParameterList& parameters) {
  for (Parameter* parameter : parameters) parameter->trainable = false;
}

int64_t CountTrainable(const ParameterList& parameters) {
  int64_t count = 0;
  for (const Parameter* parameter : parameters) {
    if (parameter->trainable) count += parameter->value.size();
  }
  return count;
}

}  // namespace demd
