#include "engine/autograd.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

#include "engine/error.h"
#include "engine/layer_profile.h"

namespace demd {
namespace {

constexpr size_t kFirstChunkBytes = size_t{1} << 20;

size_t RoundUp(size_t bytes) {
  return (bytes + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
}

bool AllFinite(const float* x, int64_t n) {
  return std::all_of(x, x + n, [](float v) { return std::isfinite(v); });
}

std::string NameOf(const std::string* layer, const char* op) {
  return (layer != nullptr ? *layer + ": " : "") + op;
}

}  // namespace

void Tape::StartTiming(const Node& node, bool backward) {
  StopTiming();
  timing_.op = node.op;
  timing_.layer = node.scope != nullptr ? *node.scope : "";
  timing_.backward = backward;
  timing_.start = std::chrono::steady_clock::now();
}

void Tape::StopTiming() {
  if (timing_.op == nullptr) return;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - timing_.start;
  AddToLayerProfile(timing_.layer, timing_.op, timing_.backward, seconds.count(),
                    bytes_used_ - timing_.bytes_before);
  timing_.op = nullptr;
  timing_.bytes_before = bytes_used_;
}

void Tape::Clear() {
  StopTiming();
  bytes_used_ = 0;
  nodes_.clear();
  chunk_ = 0;
  chunk_used_ = 0;
}

Var Tape::Push(const char* op, const Shape& shape, float* value, bool needs_gradient) {
  nodes_.push_back(
      Node{op, scope_, shape, value, nullptr, nullptr, -1, needs_gradient, nullptr, nullptr});
  if (nodes_.size() == 1) timing_.bytes_before = 0;
  // What follows a parameter, but for another one, is an op that prepares itself.
  const bool is_op = std::strcmp(op, "parameter") != 0;
  if (LayerProfileRuns()) is_op ? StartTiming(nodes_.back(), false) : StopTiming();
  return Var(this, static_cast<int32_t>(nodes_.size()) - 1);
}

Var Tape::Input(const Shape& shape, const float* data) {
  StopTiming();
  Var x = Push("input", shape, NewArray<float>(shape.size()), false);
  std::copy_n(data, shape.size(), x.value());
  return x;
}

Var Tape::InputRows(const Tensor& data, const int64_t* rows, int64_t n) {
  const Var flat = InputRows(TensorRows(data), rows, n);
  if (data.shape().rank() == 2) return flat;
  std::vector<int64_t> extents{n};
  for (int i = 1; i < data.shape().rank(); ++i) extents.push_back(data.shape()[i]);
  NodeOf(flat).shape = Shape(extents);
  return flat;
}

Var Tape::InputRows(const RowSource& source, const int64_t* rows, int64_t n) {
  StopTiming();
  const Shape shape{n, source.columns()};
  Var x = Push("input", shape, NewArray<float>(shape.size()), false);
  source.Read(rows, n, x.value());
  return x;
}

Var Tape::DifferentiableInput(const Shape& shape, const float* data) {
  Var x = Input(shape, data);
  NodeOf(x).needs_gradient = true;
  return x;
}

Var Tape::Use(Parameter& parameter) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].parameter == &parameter) return Var(this, static_cast<int32_t>(i));
  }
  Var x = Push("parameter", parameter.value.shape(), parameter.value.data(), parameter.trainable);
  NodeOf(x).parameter = &parameter;
  return x;
}

Var Tape::Record(const char* op, const Shape& shape, std::initializer_list<Var> inputs) {
  const bool needs_gradient =
      std::any_of(inputs.begin(), inputs.end(), [](Var x) { return x.needs_gradient(); });
  StopTiming();
  return Push(op, shape, NewArray<float>(shape.size()), needs_gradient);
}

Var Tape::Record(const char* op, const Shape& shape, const std::vector<Var>& inputs) {
  const bool needs_gradient =
      std::any_of(inputs.begin(), inputs.end(), [](Var x) { return x.needs_gradient(); });
  StopTiming();
  return Push(op, shape, NewArray<float>(shape.size()), needs_gradient);
}

Var Tape::Alias(const char* op, Var x, const Shape& shape) {
  if (shape.size() != x.shape().size()) {
    throw UsageError(std::string(op) + ": expected a shape of " + std::to_string(x.shape().size()) +
                     " elements like " + x.shape().ToString() + ", found " + shape.ToString());
  }
  Var y = Push(op, shape, x.value(), x.needs_gradient());
  const int32_t owner = NodeOf(x).alias_of;
  NodeOf(y).alias_of = owner >= 0 ? owner : x.index_;
  return y;
}

Tape::Node& Tape::Owner(Var var) {
  Node& node = NodeOf(var);
  return node.alias_of >= 0 ? nodes_[static_cast<size_t>(node.alias_of)] : node;
}

void Tape::Backward(Var loss) {
  assert(loss.tape_ == this);
  for (Node& node : nodes_) node.gradient = nullptr;
  if (!loss.needs_gradient()) {
    throw UsageError("backward: expected a loss that depends on a parameter or input, found none");
  }
  bool fresh;
  float* seed = WritableGradient(loss, &fresh);
  std::fill_n(seed, loss.shape().size(), 1.0f);
  for (size_t i = nodes_.size(); i > 0; --i) {
    Node& node = nodes_[i - 1];
    if (node.backward == nullptr || node.gradient == nullptr) continue;
    if (LayerProfileRuns()) StartTiming(node, true);
    node.backward(node.context);
  }
  StopTiming();
  for (Node& node : nodes_) {
    if (node.parameter != nullptr && node.needs_gradient && node.gradient == nullptr) {
      node.parameter->gradient = Tensor(node.shape);
    }
  }
}

const float* Tape::Gradient(Var var) const { return Owner(var).gradient; }

float* Tape::WritableGradient(Var x, bool* fresh) {
  *fresh = false;
  if (!x.needs_gradient()) return nullptr;
  Node& node = Owner(x);
  if (node.gradient == nullptr) {
    *fresh = true;
    if (node.parameter != nullptr) {
      Tensor& gradient = node.parameter->gradient;
      if (gradient.shape() != node.shape || gradient.data() == nullptr) {
        gradient = Tensor(node.shape);
      }
      node.gradient = gradient.data();
    } else {
      const int64_t size = node.shape.size();
      node.gradient = NewArray<float>(size);
    }
  }
  return node.gradient;
}

float* Tape::AccumulatedGradient(Var x) {
  bool fresh;
  float* gradient = WritableGradient(x, &fresh);
  if (fresh) std::fill_n(gradient, x.shape().size(), 0.0f);
  return gradient;
}

std::string Tape::FirstNonFinite() const {
  for (const Node& node : nodes_) {
    if (!AllFinite(node.value, node.shape.size())) return NameOf(node.scope, node.op);
  }
  return "";
}

std::string Tape::FirstNonFiniteGradient() const {
  for (size_t i = nodes_.size(); i > 0; --i) {
    const Node& node = nodes_[i - 1];
    if (node.gradient == nullptr || AllFinite(node.gradient, node.shape.size())) continue;
    return NameOf(node.scope, node.op);
  }
  return "";
}

size_t Tape::memory_bytes() const {
  size_t bytes = 0;
  for (const Chunk& chunk : chunks_) bytes += chunk.size;
  return bytes;
}

void* Tape::Allocate(size_t bytes) {
  bytes = RoundUp(std::max<size_t>(bytes, 1));
  while (chunk_ < chunks_.size() && chunk_used_ + bytes > chunks_[chunk_].size) {
    ++chunk_;
    chunk_used_ = 0;
  }
  if (chunk_ == chunks_.size()) {
    const size_t size = std::max(bytes, std::max(kFirstChunkBytes, memory_bytes()));
    auto* memory =
        static_cast<std::byte*>(::operator new[](size, std::align_val_t{kTensorAlignment}));
    chunks_.push_back(Chunk{std::unique_ptr<std::byte[], AlignedDelete>(memory), size});
  }
  void* result = chunks_[chunk_].memory.get() + chunk_used_;
  chunk_used_ += bytes;
  bytes_used_ += bytes;
  return result;
}

}  // namespace demd
