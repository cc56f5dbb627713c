#ifndef DEMD_ENGINE_IO_NPY_H_
#define DEMD_ENGINE_IO_NPY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/file.h"
#include "engine/io/npy_header.h"

namespace demd {

// One array in NumPy's format (numpy.lib.format, versions 1.0 and 2.0; 1.0 is written):
//
//   offset  size  content
//   0       6     93 "NUMPY"
//   6       2     version: 1 0 or 2 0
//   8       2/4   length of the header, little-endian (4 bytes from version 2)
//   10/12         header: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 48), }
//                 padded with spaces, ended by a newline, so that the data begins at a multiple of
//                 64 when written here
//   then          the elements, little-endian, last index fastest
//
// Not read: big-endian, Fortran order, structures, strings, objects, float16, complex. Each is a
// DataError that names what was found and what to do.

namespace internal {
template <typename T>
struct NpyTypeOf;  // left undefined for types that NPY files here cannot hold
template <NpyType kType>
struct NpyTypeIs {
  static constexpr NpyType kValue = kType;
};
// clang-format off
template <> struct NpyTypeOf<int8_t> : NpyTypeIs<NpyType::kI1> {};
template <> struct NpyTypeOf<uint8_t> : NpyTypeIs<NpyType::kU1> {};
template <> struct NpyTypeOf<int16_t> : NpyTypeIs<NpyType::kI2> {};
template <> struct NpyTypeOf<uint16_t> : NpyTypeIs<NpyType::kU2> {};
template <> struct NpyTypeOf<int32_t> : NpyTypeIs<NpyType::kI4> {};
template <> struct NpyTypeOf<uint32_t> : NpyTypeIs<NpyType::kU4> {};
template <> struct NpyTypeOf<int64_t> : NpyTypeIs<NpyType::kI8> {};
template <> struct NpyTypeOf<uint64_t> : NpyTypeIs<NpyType::kU8> {};
template <> struct NpyTypeOf<float> : NpyTypeIs<NpyType::kF4> {};
template <> struct NpyTypeOf<double> : NpyTypeIs<NpyType::kF8> {};
// clang-format on
}  // namespace internal

/// The element type that holds the C++ type T (any of intN_t, uintN_t, float, double).
template <typename T>
constexpr NpyType kNpyTypeOf = internal::NpyTypeOf<T>::kValue;

/// An array inside bytes that somebody else owns.
class NpyView {
 public:
  /// Parses the bytes of an NPY file, exactly. `where` begins every message: a path, or a path and
  /// the entry of an archive. Error: DataError.
  NpyView(std::string_view bytes, std::string where);

  NpyType type() const { return header_.type; }
  const std::vector<int64_t>& shape() const { return header_.shape; }
  /// Product of the shape: 1 for a scalar, whose shape is empty.
  int64_t size() const { return header_.n_elements; }
  /// The elements as they lie in the file. [size()] little-endian, any alignment.
  std::string_view data() const { return data_; }
  const std::string& where() const { return where_; }

  /// All elements, which must have the type T (bool: read with Integers). Error: DataError for
  /// another type.
  template <typename T>
  std::vector<T> Values() const;

  /// Converts elements [first, first + n) of any type to out[n] without loss. Error: DataError
  /// naming the element when it is not a whole number from min to max (Integers), not finite or
  /// not a double (Reals). REQUIRES: 0 <= first, 0 <= n, first + n <= size().
  void Integers(int64_t first, int64_t n, int64_t min, int64_t max, int64_t* out) const;
  void Reals(int64_t first, int64_t n, double* out) const;

  /// DataError unless the shape is this; -1 stands for any length.
  void ExpectShape(const std::vector<int64_t>& shape) const;

 private:
  void ExpectType(NpyType wanted) const;
  [[noreturn]] void FailAt(int64_t index, const std::string& expected,
                           const std::string& found) const;

  std::string where_;
  NpyHeader header_;
  std::string_view data_;
};

/// An NPY file, memory-mapped. `view` points into the mapping: keep both together.
class NpyFile {
 public:
  explicit NpyFile(const std::string& path) : contents_(path), view_(contents_.bytes(), path) {}
  NpyFile(const NpyFile&) = delete;
  NpyFile& operator=(const NpyFile&) = delete;

  const NpyView& view() const { return view_; }

  /// Says that the first n elements will hardly be read again: see FileContents::DoneWith.
  void DoneWith(int64_t n_elements) const;

 private:
  FileContents contents_;
  NpyView view_;
};

/// Writes an array piece by piece, through AtomicFile: it appears complete, at Close(), or not at
/// all. REQUIRES: exactly the elements that `shape` promises are appended, of the type promised.
class NpyWriter {
 public:
  NpyWriter(const std::string& path, NpyType type, const std::vector<int64_t>& shape);

  /// Appends the next n elements.
  template <typename T>
  void Append(const T* values, size_t n);

  void Close();

 private:
  AtomicFile file_;
  NpyType type_;
  int64_t end_position_;
};

/// Writes a whole array atomically. REQUIRES: as many values as the shape says, row-major.
template <typename T>
void WriteNpy(const std::string& path, const std::vector<int64_t>& shape,
              const std::vector<T>& values) {
  NpyWriter writer(path, kNpyTypeOf<T>, shape);
  writer.Append(values.data(), values.size());
  writer.Close();
}

/// Elements as little-endian bytes.
template <typename T>
std::string NpyData(const T* values, size_t n);

}  // namespace demd

#endif  // DEMD_ENGINE_IO_NPY_H_
