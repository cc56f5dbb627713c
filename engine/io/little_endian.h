#ifndef DEMD_ENGINE_IO_LITTLE_ENDIAN_H_
#define DEMD_ENGINE_IO_LITTLE_ENDIAN_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

namespace demd {

// Numbers in files are little-endian on every machine; these are the only places that know how
// they lie in memory. On a little-endian machine the loops compile to a plain load or store.

namespace internal {
template <size_t kBytes>
using UnsignedOf = std::conditional_t<
    kBytes == 1, uint8_t,
    std::conditional_t<kBytes == 2, uint16_t, std::conditional_t<kBytes == 4, uint32_t, uint64_t>>>;
}  // namespace internal

/// The number of arithmetic type T whose little-endian bytes begin at p (any alignment).
template <typename T>
T LoadLittleEndian(const char* p) {
  using Bits = internal::UnsignedOf<sizeof(T)>;
  uint64_t bits = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    bits |= static_cast<uint64_t>(static_cast<uint8_t>(p[i])) << (8 * i);
  }
  const Bits narrow = static_cast<Bits>(bits);
  T value;
  std::memcpy(&value, &narrow, sizeof value);
  return value;
}

/// Writes the little-endian bytes of a number to p[0, sizeof(T)).
template <typename T>
void StoreLittleEndian(T value, char* p) {
  internal::UnsignedOf<sizeof(T)> bits;
  std::memcpy(&bits, &value, sizeof value);
  for (size_t i = 0; i < sizeof(T); ++i) {
    p[i] = static_cast<char>(static_cast<uint8_t>(static_cast<uint64_t>(bits) >> (8 * i)));
  }
}

/// n numbers in place, from how they lie in a file to how they lie in memory: nothing on a
/// little-endian machine.
template <typename T>
void LoadLittleEndianInPlace(T* numbers, size_t n) {
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
  for (size_t i = 0; i < n; ++i) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &numbers[i], sizeof(T));
    numbers[i] = LoadLittleEndian<T>(bytes);
  }
#else
  static_cast<void>(numbers);
  static_cast<void>(n);
#endif
}

/// The inverse: the bytes of n numbers as a file has them, at `to` (any alignment).
template <typename T>
void StoreLittleEndian(const T* numbers, size_t n, char* to) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (n > 0) std::memcpy(to, numbers, n * sizeof(T));
#else
  for (size_t i = 0; i < n; ++i) StoreLittleEndian(numbers[i], to + i * sizeof(T));
#endif
}

/// Appends the little-endian bytes of a number to a string.
template <typename T>
void AppendLittleEndian(T value, std::string* out) {
  char bytes[sizeof(T)];
  StoreLittleEndian(value, bytes);
  out->append(bytes, sizeof(T));
}

}  // namespace demd

#endif  // DEMD_ENGINE_IO_LITTLE_ENDIAN_H_
