#include "engine/io/crc32.h"

#include <array>
#include <cstddef>

#include "engine/io/little_endian.h"

namespace demd {
namespace {

constexpr size_t kSlices = 8;
using SliceTables = std::array<std::array<uint32_t, 256>, kSlices>;

// tables[k][b]: the effect of byte b followed by k zero bytes.
constexpr SliceTables MakeTables() {
  SliceTables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < kSlices; ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t crc = tables[k - 1][byte];
      tables[k][byte] = (crc >> 8) ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}

constexpr SliceTables kTables = MakeTables();

}  // namespace

uint32_t Crc32(std::string_view bytes, uint32_t crc_so_far) {
  uint32_t crc = ~crc_so_far;
  const char* p = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, p += 8) {
    const uint64_t word = LoadLittleEndian<uint64_t>(p) ^ crc;
    crc = 0;
    for (size_t k = 0; k < kSlices; ++k) {
      crc ^= kTables[kSlices - 1 - k][(word >> (8 * k)) & 0xff];
    }
  }
  for (; left > 0; --left, ++p) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<uint8_t>(*p)) & 0xff];
  }
  return ~crc;
}

}  // namespace demd
