#include "engine/io/npy.h"

#include <cassert>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "engine/error.h"
#include "engine/io/little_endian.h"

namespace demd {
namespace {

// Calls visit with a value of the C++ type of the elements; the value itself means nothing.
template <typename Visitor>
void VisitType(NpyType type, Visitor visit) {
  switch (type) {
    case NpyType::kB1:
    case NpyType::kU1:
      return visit(uint8_t{});
    case NpyType::kI1:
      return visit(int8_t{});
    case NpyType::kI2:
      return visit(int16_t{});
    case NpyType::kU2:
      return visit(uint16_t{});
    case NpyType::kI4:
      return visit(int32_t{});
    case NpyType::kU4:
      return visit(uint32_t{});
    case NpyType::kI8:
      return visit(int64_t{});
    case NpyType::kU8:
      return visit(uint64_t{});
    case NpyType::kF4:
      return visit(float{});
    case NpyType::kF8:
      return visit(double{});
  }
}

// value as an int64_t; false if it stands for another number.
template <typename T>
bool ToInteger(T value, int64_t* out) {
  if constexpr (std::is_floating_point_v<T>) {
    // NaN fails both comparisons.
    if (!(value >= -0x1p63 && value < 0x1p63) || std::floor(value) != value) return false;
  } else if constexpr (std::is_same_v<T, uint64_t>) {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return false;
  }
  *out = static_cast<int64_t>(value);
  return true;
}

// value as a finite double; false if it stands for another number.
template <typename T>
bool ToReal(T value, double* out) {
  *out = static_cast<double>(value);
  if constexpr (std::is_floating_point_v<T>) {
    return std::isfinite(value);
  } else if constexpr (sizeof(T) < sizeof(double)) {
    return true;
  } else {
    // The largest values round to 2^63 or 2^64, which T does not hold.
    constexpr double kEnd = std::is_signed_v<T> ? 0x1p63 : 0x1p64;
    return *out < kEnd && static_cast<T>(*out) == value;
  }
}

template <typename T>
std::string NumberText(T value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

}  // namespace

NpyView::NpyView(std::string_view bytes, std::string where)
    : where_(std::move(where)), header_(ParseNpyHeader(bytes, where_)) {
  data_ = bytes.substr(header_.data_offset);
}

void NpyView::ExpectType(NpyType wanted) const {
  if (type() == wanted) return;
  throw DataError(where_ + ": expected type " + NpyTypeName(wanted) + ", found " +
                  NpyTypeName(type()));
}

void NpyView::ExpectShape(const std::vector<int64_t>& wanted) const {
  bool fits = wanted.size() == shape().size();
  for (size_t i = 0; fits && i < wanted.size(); ++i) {
    fits = wanted[i] == -1 || wanted[i] == shape()[i];
  }
  if (fits) return;
  std::string text = ShapeText(wanted);
  for (size_t at; (at = text.find("-1")) != std::string::npos;) text.replace(at, 2, "n");
  throw DataError(where_ + ": expected shape " + text + ", found " + ShapeText(shape()));
}

template <typename T>
std::vector<T> NpyView::Values() const {
  ExpectType(kNpyTypeOf<T>);
  std::vector<T> values(static_cast<size_t>(size()));
  const char* p = data_.data();
  for (T& value : values) {
    value = LoadLittleEndian<T>(p);
    p += sizeof(T);
  }
  return values;
}

void NpyView::Integers(int64_t first, int64_t n, int64_t min, int64_t max, int64_t* out) const {
  assert(first >= 0 && n >= 0 && first <= size() && n <= size() - first);
  VisitType(type(), [&](auto example) {
    using T = decltype(example);
    const char* p = data_.data() + static_cast<size_t>(first) * sizeof(T);
    for (int64_t i = 0; i < n; ++i, p += sizeof(T)) {
      const T value = LoadLittleEndian<T>(p);
      if (!ToInteger(value, &out[i]) || out[i] < min || out[i] > max) {
        FailAt(first + i,
               "a whole number from " + std::to_string(min) + " to " + std::to_string(max),
               NumberText(value));
      }
    }
  });
}

void NpyView::Reals(int64_t first, int64_t n, double* out) const {
  assert(first >= 0 && n >= 0 && first <= size() && n <= size() - first);
  VisitType(type(), [&](auto example) {
    using T = decltype(example);
    const char* p = data_.data() + static_cast<size_t>(first) * sizeof(T);
    for (int64_t i = 0; i < n; ++i, p += sizeof(T)) {
      const T value = LoadLittleEndian<T>(p);
      if (!ToReal(value, &out[i])) {
        FailAt(first + i, "a finite number that a double holds", NumberText(value));
      }
    }
  });
}

void NpyView::FailAt(int64_t index, const std::string& expected, const std::string& found) const {
  // The index of each dimension, last first.
  std::string place;
  for (size_t d = shape().size(); d > 0; --d) {
    place = std::to_string(index % shape()[d - 1]) + (place.empty() ? "" : ", ") + place;
    index /= shape()[d - 1];
  }
  throw DataError(where_ + ": element [" + place + "]: expected " + expected + ", found " + found);
}

void NpyFile::DoneWith(int64_t n_elements) const {
  if (view_.size() == 0) return;
  const size_t element = view_.data().size() / static_cast<size_t>(view_.size());
  const size_t header = contents_.bytes().size() - view_.data().size();
  contents_.DoneWith(header + static_cast<size_t>(n_elements) * element);
}

NpyWriter::NpyWriter(const std::string& path, NpyType type, const std::vector<int64_t>& shape)
    : file_(path), type_(type) {
  file_.Write(FormatNpyHeader(type, shape));
  int64_t n_elements = 1;
  for (const int64_t length : shape) n_elements *= length;
  end_position_ = file_.position() + n_elements * static_cast<int64_t>(NpyTypeBytes(type));
}

template <typename T>
void NpyWriter::Append(const T* values, size_t n) {
  if (type_ != kNpyTypeOf<T>) throw std::logic_error(file_.path() + ": elements of another type");
  file_.Write(NpyData(values, n));
}

void NpyWriter::Close() {
  if (file_.position() != end_position_) {
    throw std::logic_error(file_.path() + ": the array written does not fill its shape");
  }
  file_.Commit();
}

template <typename T>
std::string NpyData(const T* values, size_t n) {
  std::string bytes(n * sizeof(T), '\0');
  for (size_t i = 0; i < n; ++i) StoreLittleEndian(values[i], &bytes[i * sizeof(T)]);
  return bytes;
}

#define DEMD_INSTANTIATE(T)                           \
  template std::vector<T> NpyView::Values<T>() const; \
  template void NpyWriter::Append(const T*, size_t);  \
  template std::string NpyData(const T*, size_t);
DEMD_INSTANTIATE(int8_t)
DEMD_INSTANTIATE(uint8_t)
DEMD_INSTANTIATE(int16_t)
DEMD_INSTANTIATE(uint16_t)
DEMD_INSTANTIATE(int32_t)
DEMD_INSTANTIATE(uint32_t)
DEMD_INSTANTIATE(int64_t)
DEMD_INSTANTIATE(uint64_t)
DEMD_INSTANTIATE(float)
DEMD_INSTANTIATE(double)
#undef DEMD_INSTANTIATE

}  // namespace demd
