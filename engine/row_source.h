#ifndef DEMD_ENGINE_ROW_SOURCE_H_
#define DEMD_ENGINE_ROW_SOURCE_H_

#include <algorithm>
#include <cstdint>

#include "engine/tensor.h"

namespace demd {

/// Rows of numbers to learn from, wherever they lie: in memory, or in a file larger than memory.
class RowSource {
 public:
  virtual ~RowSource() = default;

  virtual int64_t rows() const = 0;
  virtual int64_t columns() const = 0;
  /// Copies n rows by their indices to out[n][columns]. Any thread, several at a time.
  virtual void Read(const int64_t* rows, int64_t n, float* out) const = 0;
};

/// The rows of a tensor [n, ...], which must outlive this.
class TensorRows : public RowSource {
 public:
  explicit TensorRows(const Tensor& tensor) : tensor_(tensor) {}

  int64_t rows() const override { return tensor_.shape()[0]; }
  int64_t columns() const override { return tensor_.shape().row_size(); }
  void Read(const int64_t* rows, int64_t n, float* out) const override {
    const int64_t size = columns();
    for (int64_t i = 0; i < n; ++i) {
      std::copy_n(tensor_.data() + rows[i] * size, size, out + i * size);
    }
  }

 private:
  const Tensor& tensor_;
};

}  // namespace demd

#endif  // DEMD_ENGINE_ROW_SOURCE_H_
