#ifndef DEMD_ENGINE_TENSOR_H_
#define DEMD_ENGINE_TENSOR_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace demd {

/// Extents of a dense array, outermost first, row-major. Rank 0 (a scalar) to 4.
class Shape {
 public:
  static constexpr int kMaxRank = 4;

  Shape() = default;
  /// Errors: UsageError when there are more than kMaxRank extents or one is negative.
  Shape(std::initializer_list<int64_t> extents) : Shape(extents.begin(), extents.size()) {}
  explicit Shape(const std::vector<int64_t>& extents) : Shape(extents.data(), extents.size()) {}

  int rank() const { return rank_; }
  /// Extent of axis i; negative i counts from the last axis. REQUIRES: -rank <= i < rank.
  int64_t operator[](int i) const { return extents_[i < 0 ? rank_ + i : i]; }
  /// Number of elements.
  int64_t size() const;
  /// Number of elements after the first axis: those of one sample of a batch.
  int64_t row_size() const;
  /// "[2, 3, 4]".
  std::string ToString() const;

  bool operator==(const Shape& other) const;
  bool operator!=(const Shape& other) const { return !(*this == other); }

 private:
  Shape(const int64_t* extents, size_t n);

  int64_t extents_[kMaxRank] = {0, 0, 0, 0};
  int rank_ = 0;
};

/// Dense float32 array that owns its memory, row-major, aligned to 64 bytes. Images are NHWC.
class Tensor {
 public:
  Tensor() = default;
  /// Filled with zeros.
  explicit Tensor(const Shape& shape);
  Tensor(const Shape& shape, std::vector<float> values);
  Tensor(const Tensor& other);
  Tensor& operator=(const Tensor& other);
  Tensor(Tensor&&) = default;
  Tensor& operator=(Tensor&&) = default;

  const Shape& shape() const { return shape_; }
  int64_t size() const { return shape_.size(); }
  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  float& operator[](int64_t i) { return data_[static_cast<size_t>(i)]; }
  float operator[](int64_t i) const { return data_[static_cast<size_t>(i)]; }

  void Fill(float value);

 private:
  struct AlignedDelete {
    void operator()(float* p) const;
  };

  Shape shape_;
  std::unique_ptr<float[], AlignedDelete> data_;
};

/// Bytes to which tensors are aligned: one cache line, one AVX-512 register.
inline constexpr size_t kTensorAlignment = 64;

}  // namespace demd

#endif  // DEMD_ENGINE_TENSOR_H_
