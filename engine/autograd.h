#ifndef DEMD_ENGINE_AUTOGRAD_H_
#define DEMD_ENGINE_AUTOGRAD_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/row_source.h"
#include "engine/tensor.h"

namespace demd {

class Tape;

/// A named array of a model: a weight that an optimiser changes, or a statistic that the model
/// itself keeps (trainable = false).
struct Parameter {
  std::string name;
  Tensor value;
  Tensor gradient;        ///< d loss / d value, overwritten by Tape::Backward
  bool trainable = true;  ///< false: no gradient is computed, no optimiser touches it
  float l2 = 0.0f;        ///< the training loss has the extra term l2 * sum(value^2)
  float rate = 1.0f;      ///< factor of the optimiser's learning rate
};

/// A value on a tape: a handle, to be copied freely, valid until the tape is cleared.
class Var {
 public:
  Var() = default;

  /// By value: recording further ops may move what the tape holds.
  Shape shape() const;
  /// Elements, row-major. Ops write them while they are being recorded.
  float* value() const;
  /// The only element. REQUIRES: size 1.
  float scalar() const { return value()[0]; }
  bool needs_gradient() const;
  Tape& tape() const { return *tape_; }

 private:
  friend class Tape;
  Var(Tape* tape, int32_t index) : tape_(tape), index_(index) {}

  Tape* tape_ = nullptr;
  int32_t index_ = -1;
};

/// Reverse-mode automatic differentiation. Ops compute their value at once and leave on the tape
/// how to propagate the gradient; Backward walks the tape from the end. All memory comes from an
/// arena that Clear() rewinds, so a training loop allocates nothing once its largest step is done.
///
///   Tape tape(Tape::Mode::kTraining);
///   for (...) {
///     tape.Clear();
///     Var loss = MeanSquaredError(network.Apply(tape.Input(x)), tape.Input(t));
///     tape.Backward(loss);              // fills Parameter::gradient
///     optimizer.Step();
///   }
///
/// An op is a function of this form (engine/ops/elementwise.cc has complete ones):
///
///   Var Relu(Var x) {
///     Var y = x.tape().Record("relu", x.shape(), {x});
///     ... fill y.value() from x.value() ...
///     x.tape().OnBackward(y, [x, y] {
///       const float* d_y = y.tape().Gradient(y);
///       float* d_x = x.tape().AccumulatedGradient(x);   // null: not needed
///       ... d_x[i] += ...
///     });
///     return y;
///   }
class Tape {
 public:
  enum class Mode {
    kTraining,   ///< batch norm uses the batch's statistics and updates its running ones
    kInference,  ///< batch norm uses its running statistics
  };

  explicit Tape(Mode mode = Mode::kInference) : mode_(mode) {}
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  bool training() const { return mode_ == Mode::kTraining; }
  void set_mode(Mode mode) { mode_ = mode; }

  ~Tape() { StopTiming(); }

  /// Forgets all values; keeps the memory for the next recording.
  void Clear();

  /// A constant or an input. The data is copied.
  Var Input(const Tensor& value) { return Input(value.shape(), value.data()); }
  Var Input(const Shape& shape, const float* data);
  /// The given rows of the first axis of `data`, as one batch.
  Var InputRows(const Tensor& data, const int64_t* rows, int64_t n);
  /// The same of a source: [n, columns].
  Var InputRows(const RowSource& source, const int64_t* rows, int64_t n);
  /// An input whose gradient is wanted after Backward: see Gradient.
  Var DifferentiableInput(const Shape& shape, const float* data);
  /// A parameter; the same one used twice gives the same Var. It must outlive the recording.
  Var Use(Parameter& parameter);

  /// Backward from `loss` with seed 1 (every element of a loss that is not a scalar).
  void Backward(Var loss);

  /// d loss / d var after or during Backward; null when no gradient reached it.
  const float* Gradient(Var var) const;

  /// Name of the first op recorded whose value holds a NaN or infinity, with the layer it stands
  /// in: "cnn/conv2: conv2d"; empty when all are finite.
  std::string FirstNonFinite() const;

  /// The same for gradients, in the order of the last Backward: the op whose result has one that
  /// is not finite though the gradients of all that follows are.
  std::string FirstNonFiniteGradient() const;

  /// Bytes held by the arena.
  size_t memory_bytes() const;

  // --- For ops. ---

  /// A new value with unspecified elements, made by `op` (a string literal) from `inputs`. It needs
  /// a gradient if any input does.
  Var Record(const char* op, const Shape& shape, std::initializer_list<Var> inputs);
  Var Record(const char* op, const Shape& shape, const std::vector<Var>& inputs);

  /// A new value that shares the elements and gradient of x under another shape of the same size.
  Var Alias(const char* op, Var x, const Shape& shape);

  /// Sets how y's gradient is propagated; dropped when y needs none. Captures are copied into the
  /// arena and never destroyed, so they must be trivially destructible.
  template <typename F>
  void OnBackward(Var y, F backward) {
    static_assert(std::is_trivially_destructible<F>::value, "capture handles and pointers only");
    Node& node = nodes_[static_cast<size_t>(y.index_)];
    if (!node.needs_gradient) return;
    node.context = new (Allocate(sizeof(F))) F(backward);
    node.backward = [](void* context) { (*static_cast<F*>(context))(); };
  }

  /// Where to add d loss / d x: zeros at first. Null when x needs no gradient.
  float* AccumulatedGradient(Var x);

  /// The same without the zeros, for ops that can write as well as add: *fresh tells that nothing
  /// has been added yet and every element must be written.
  float* WritableGradient(Var x, bool* fresh);

  /// Scratch memory until Clear(), aligned to 64 bytes, not initialised.
  template <typename T>
  T* NewArray(int64_t n) {
    static_assert(std::is_trivially_destructible<T>::value, "never destroyed");
    return static_cast<T*>(Allocate(static_cast<size_t>(n) * sizeof(T)));
  }

  /// Names the layer for messages: ops recorded while a Scope lives carry its name.
  class Scope {
   public:
    Scope(Tape& tape, const std::string& name) : tape_(tape), outer_(tape.scope_) {
      tape.scope_ = &name;
    }
    ~Scope() { tape_.scope_ = outer_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Tape& tape_;
    const std::string* outer_;
  };

 private:
  friend class Var;

  struct Node {
    const char* op;
    const std::string* scope;
    Shape shape;
    float* value;
    float* gradient;  // null until something is added; aliases share their source's
    Parameter* parameter;
    int32_t alias_of;  // index of the node whose value and gradient this one shares, or -1
    bool needs_gradient;
    void (*backward)(void* context);
    void* context;
  };
  struct AlignedDelete {
    void operator()(std::byte* p) const {
      ::operator delete[](p, std::align_val_t{kTensorAlignment});
    }
  };
  struct Chunk {
    std::unique_ptr<std::byte[], AlignedDelete> memory;
    size_t size;
  };

  Var Push(const char* op, const Shape& shape, float* value, bool needs_gradient);
  Node& NodeOf(Var var) { return nodes_[static_cast<size_t>(var.index_)]; }
  /// The node that owns var's value and gradient.
  Node& Owner(Var var);
  const Node& Owner(Var var) const { return const_cast<Tape*>(this)->Owner(var); }
  void* Allocate(size_t bytes);

  // For the layer profile: what happens from StartTiming on is the cost of this op, until the next
  // one starts or StopTiming.
  void StartTiming(const Node& node, bool backward);
  void StopTiming();

  Mode mode_;
  std::vector<Node> nodes_;
  std::vector<Chunk> chunks_;
  size_t chunk_ = 0;       // the chunk that is being filled
  size_t chunk_used_ = 0;  // bytes of it in use
  const std::string* scope_ = nullptr;

  struct Timing {
    const char* op = nullptr;  // null: nothing is being timed
    std::string layer;
    bool backward;
    std::chrono::steady_clock::time_point start;
    size_t bytes_before;
  };
  Timing timing_;
  size_t bytes_used_ = 0;  // since Clear()
};

inline Shape Var::shape() const { return tape_->NodeOf(*this).shape; }
inline float* Var::value() const { return tape_->NodeOf(*this).value; }
inline bool Var::needs_gradient() const { return tape_->NodeOf(*this).needs_gradient; }

}  // namespace demd

#endif  // DEMD_ENGINE_AUTOGRAD_H_
