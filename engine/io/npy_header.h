#ifndef DEMD_ENGINE_IO_NPY_HEADER_H_
#define DEMD_ENGINE_IO_NPY_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace demd {

// What stands before the elements of an NPY file; the layout is in engine/io/npy.h.

/// Element types, by NumPy's names: kind (bool, int, unsigned, float) and number of bytes.
enum class NpyType { kB1, kI1, kU1, kI2, kU2, kI4, kU4, kI8, kU8, kF4, kF8 };

/// Bytes of an element, and its descr in the file, for example "<f4".
size_t NpyTypeBytes(NpyType type);
std::string NpyTypeName(NpyType type);

/// "(3, 48)", "(3,)", "()": a shape as NumPy writes it.
std::string ShapeText(const std::vector<int64_t>& shape);

/// Type and shape of an array, and where its elements begin.
struct NpyHeader {
  NpyType type = NpyType::kF4;
  std::vector<int64_t> shape;
  int64_t n_elements = 1;  // product of the shape
  size_t data_offset = 0;  // bytes before the first element
};

/// Parses the head of an NPY file and checks that exactly its elements follow. `where` begins every
/// message. Error: DataError.
NpyHeader ParseNpyHeader(std::string_view file_bytes, const std::string& where);

/// The bytes of a file before its elements. REQUIRES: lengths >= 0.
std::string FormatNpyHeader(NpyType type, const std::vector<int64_t>& shape);

}  // namespace demd

#endif  // DEMD_ENGINE_IO_NPY_HEADER_H_
