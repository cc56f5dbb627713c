#ifndef DEMD_MODELS_WAFER_STORE_H_
#define DEMD_MODELS_WAFER_STORE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/io/file.h"
#include "engine/row_source.h"
#include "models/wafer.h"

namespace demd {

/// Wafers in the order in which they were added. The first lie in memory; when they become more
/// than that may hold, all move to a file without a name, which vanishes with this object or the
/// process. Memory is bounded then, and the system keeps as much of the file at hand as it has room
/// for.
class WaferStore {
 public:
  /// About 140 MB.
  static constexpr int64_t kMostInMemory = int64_t{1} << 19;

  /// directory: where the file would be; the nearest folder above it that exists is taken.
  explicit WaferStore(std::string directory, int64_t most_in_memory = kMostInMemory);

  void Append(const Wafer& wafer);

  int64_t size() const { return size_; }
  bool in_memory() const { return file_ == nullptr; }

  /// REQUIRES: 0 <= i < size(). Any thread, while nothing is appended.
  Wafer At(int64_t i) const;

 private:
  void Flush();

  std::string directory_;
  int64_t most_in_memory_;
  int64_t size_ = 0;
  std::vector<Wafer> memory_;  // all, or those not yet in the file
  std::unique_ptr<ScratchFile> file_;
};

/// Some wafers of a store as rows of encoder inputs: NormaliseByPowerOfTwo of their charges.
class EncoderInputRows : public RowSource {
 public:
  /// wafers: indices in the store, of the rows in their order.
  EncoderInputRows(std::shared_ptr<const WaferStore> store, std::vector<uint32_t> wafers)
      : store_(std::move(store)), wafers_(std::move(wafers)) {}

  int64_t rows() const override { return static_cast<int64_t>(wafers_.size()); }
  int64_t columns() const override { return kWaferCells; }
  void Read(const int64_t* rows, int64_t n, float* out) const override;

  Wafer WaferOf(int64_t row) const { return store_->At(wafers_[static_cast<size_t>(row)]); }

 private:
  std::shared_ptr<const WaferStore> store_;
  std::vector<uint32_t> wafers_;
};

}  // namespace demd

#endif  // DEMD_MODELS_WAFER_STORE_H_
