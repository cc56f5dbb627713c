#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "engine/error.h"
#include "engine/io/csv.h"
#include "engine/io/little_endian.h"
#include "engine/io/npy.h"
#include "quant/encode_stream.h"

namespace demd {
namespace {

constexpr int kCells = device::kCells;
constexpr int32_t kLargestCharge = (1 << device::kChargeBits) - 1;
constexpr const char* kStandardInput = "/dev/stdin";

class CsvSource : public ChargeSource {
 public:
  explicit CsvSource(const std::string& path) : reader_(path, CsvHeader::kDetect, "charges") {
    if (reader_.n_columns() < kCells) {
      throw DataError(path + ": expected at least 48 columns, found " +
                      std::to_string(reader_.n_columns()));
    }
    for (int cell = 0; cell < kCells; ++cell) {
      selection_.integer_columns.push_back(
          reader_.has_header() ? reader_.Column("CALQ_" + std::to_string(cell)) : cell);
    }
    selection_.integer_min = 0;
    selection_.integer_max = kLargestCharge;
  }

  int64_t Read(int64_t max_rows, uint32_t* charges) override {
    const int64_t n = reader_.Read(selection_, max_rows, &rows_);
    for (int64_t i = 0; i < n * kCells; ++i) {
      charges[i] = static_cast<uint32_t>(rows_.integers[static_cast<size_t>(i)]);
    }
    return n;
  }

 private:
  CsvReader reader_;
  CsvSelection selection_;
  CsvRows rows_;
};

class NpySource : public ChargeSource {
 public:
  explicit NpySource(const std::string& path) : file_(path) {
    file_.view().ExpectShape({-1, kCells});
    n_rows_ = file_.view().shape()[0];
  }

  int64_t Read(int64_t max_rows, uint32_t* charges) override {
    const int64_t n = std::min(max_rows, n_rows_ - next_row_);
    buffer_.resize(static_cast<size_t>(n * kCells));
    file_.view().Integers(next_row_ * kCells, n * kCells, 0, kLargestCharge, buffer_.data());
    for (int64_t i = 0; i < n * kCells; ++i) {
      charges[i] = static_cast<uint32_t>(buffer_[static_cast<size_t>(i)]);
    }
    next_row_ += n;
    return n;
  }

 private:
  NpyFile file_;
  int64_t n_rows_ = 0;
  int64_t next_row_ = 0;
  std::vector<int64_t> buffer_;
};

class RawSource : public ChargeSource {
 public:
  explicit RawSource(const std::string& path)
      : path_(path == kStandardInput ? "standard input" : path),
        file_(path == kStandardInput ? stdin : std::fopen(path.c_str(), "rb")) {
    if (file_ == nullptr) throw DataError(path + ": cannot open: " + std::strerror(errno));
  }
  ~RawSource() override {
    if (file_ != stdin) std::fclose(file_);
  }

  int64_t Read(int64_t max_rows, uint32_t* charges) override {
    constexpr size_t kRowBytes = sizeof(int32_t) * kCells;
    // Read where the charges will be: on a little-endian machine they are there already.
    char* bytes = reinterpret_cast<char*>(charges);
    const size_t found = std::fread(bytes, 1, static_cast<size_t>(max_rows) * kRowBytes, file_);
    if (std::ferror(file_) != 0) throw DataError(path_ + ": cannot read: " + std::strerror(errno));
    const int64_t n = static_cast<int64_t>(found / kRowBytes);
    if (found % kRowBytes != 0) {
      throw DataError(path_ + ": wafer " + std::to_string(row_ + n) +
                      ": expected 192 bytes, found " + std::to_string(found % kRowBytes));
    }
    uint32_t all_bits = 0;
    const size_t size = static_cast<size_t>(n * kCells);
    LoadLittleEndianInPlace(charges, size);
    for (size_t i = 0; i < size; ++i) all_bits |= charges[i];
    if (all_bits >> device::kChargeBits != 0) Refuse(n, charges);
    row_ += n;
    return n;
  }

 private:
  [[noreturn]] void Refuse(int64_t n, const uint32_t* charges) const {
    int64_t i = 0;
    while (i + 1 < n * kCells && charges[i] >> device::kChargeBits == 0) ++i;
    throw DataError(path_ + ": wafer " + std::to_string(row_ + i / kCells) + ", cell " +
                    std::to_string(i % kCells) + ": expected a charge from 0 to 4194303, found " +
                    std::to_string(static_cast<int32_t>(charges[i])));
  }

  std::string path_;
  std::FILE* file_;
  int64_t row_ = 0;
};

std::string FormatOf(const std::string& path, const std::string& format) {
  if (!format.empty()) return format;
  const size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(dot + 1);
}

}  // namespace

std::unique_ptr<ChargeSource> OpenCharges(const std::string& path, const std::string& format) {
  const std::string kind = FormatOf(path, format);
  const std::string file = path == "-" ? kStandardInput : path;
  if (kind == "csv") return std::make_unique<CsvSource>(file);
  if (kind == "npy") return std::make_unique<NpySource>(file);
  if (kind == "raw") return std::make_unique<RawSource>(file);
  throw UsageError(path + ": expected the format csv, npy or raw, found '" + kind + "'");
}

}  // namespace demd
