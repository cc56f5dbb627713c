#include "engine/tensor.h"

#include <algorithm>
#include <new>

#include "engine/error.h"

namespace demd {

Shape::Shape(const int64_t* extents, size_t n) : rank_(static_cast<int>(n)) {
  if (n > static_cast<size_t>(kMaxRank)) {
    throw UsageError("shape: expected at most 4 axes, found " + std::to_string(n));
  }
  for (size_t i = 0; i < n; ++i) {
    if (extents[i] < 0) {
      throw UsageError("shape: expected extents >= 0, found " + std::to_string(extents[i]));
    }
    extents_[i] = extents[i];
  }
}

int64_t Shape::size() const {
  int64_t product = 1;
  for (int i = 0; i < rank_; ++i) product *= extents_[i];
  return product;
}

int64_t Shape::row_size() const {
  int64_t product = 1;
  for (int i = 1; i < rank_; ++i) product *= extents_[i];
  return product;
}

std::string Shape::ToString() const {
  std::string text = "[";
  for (int i = 0; i < rank_; ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(extents_[i]);
  }
  return text + "]";
}

bool Shape::operator==(const Shape& other) const {
  return rank_ == other.rank_ && std::equal(extents_, extents_ + rank_, other.extents_);
}

void Tensor::AlignedDelete::operator()(float* p) const {
  ::operator delete[](p, std::align_val_t{kTensorAlignment});
}

Tensor::Tensor(const Shape& shape)
    : shape_(shape),
      data_(static_cast<float*>(::operator new[](static_cast<size_t>(shape.size()) * sizeof(float),
                                                 std::align_val_t{kTensorAlignment}))) {
  Fill(0.0f);
}

Tensor::Tensor(const Shape& shape, std::vector<float> values) : Tensor(shape) {
  if (static_cast<int64_t>(values.size()) != shape.size()) {
    throw UsageError("tensor: expected " + std::to_string(shape.size()) + " values for shape " +
                     shape.ToString() + ", found " + std::to_string(values.size()));
  }
  std::copy(values.begin(), values.end(), data());
}

Tensor::Tensor(const Tensor& other) : Tensor() {
  if (other.data_ == nullptr) return;
  *this = Tensor(other.shape_);
  std::copy_n(other.data(), other.size(), data());
}

Tensor& Tensor::operator=(const Tensor& other) {
  if (this == &other) return *this;
  if (shape_ != other.shape_ || data_ == nullptr || other.data_ == nullptr) {
    return *this = Tensor(other);
  }
  std::copy_n(other.data(), other.size(), data());
  return *this;
}

void Tensor::Fill(float value) { std::fill_n(data(), data_ == nullptr ? 0 : size(), value); }

}  // namespace demd
