#include "models/wafer_store.h"

#include <string_view>
#include <type_traits>
#include <utility>

namespace demd {
namespace {

constexpr int64_t kWafersPerWrite = 4096;

static_assert(std::is_trivially_copyable_v<Wafer>, "wafers are stored as their bytes");

}  // namespace

WaferStore::WaferStore(std::string directory, int64_t most_in_memory)
    : directory_(std::move(directory)), most_in_memory_(most_in_memory) {}

void WaferStore::Append(const Wafer& wafer) {
  if (file_ == nullptr && size_ == most_in_memory_) {
    file_ = std::make_unique<ScratchFile>(directory_);
    Flush();
    memory_.shrink_to_fit();
  }
  memory_.push_back(wafer);
  ++size_;
  if (file_ != nullptr && static_cast<int64_t>(memory_.size()) == kWafersPerWrite) Flush();
}

void WaferStore::Flush() {
  file_->Append({reinterpret_cast<const char*>(memory_.data()), memory_.size() * sizeof(Wafer)});
  memory_.clear();
}

Wafer WaferStore::At(int64_t i) const {
  const int64_t in_file = size_ - static_cast<int64_t>(memory_.size());
  if (i >= in_file) return memory_[static_cast<size_t>(i - in_file)];
  Wafer wafer;
  file_->Read(i * static_cast<int64_t>(sizeof(Wafer)), sizeof(Wafer), &wafer);
  return wafer;
}

void EncoderInputRows::Read(const int64_t* rows, int64_t n, float* out) const {
  for (int64_t i = 0; i < n; ++i) {
    NormaliseByPowerOfTwo(WaferOf(rows[i]).charges.data(), out + i * kWaferCells);
  }
}

}  // namespace demd
