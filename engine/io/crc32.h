#ifndef DEMD_ENGINE_IO_CRC32_H_
#define DEMD_ENGINE_IO_CRC32_H_

#include <cstdint>
#include <string_view>

namespace demd {

/// CRC-32 as in ZIP, PNG and Ethernet (reflected polynomial 0xEDB88320). The checksum of a
/// concatenation: Crc32(b, Crc32(a)). Crc32("123456789") = 0xCBF43926.
uint32_t Crc32(std::string_view bytes, uint32_t crc_so_far = 0);

}  // namespace demd

#endif  // DEMD_ENGINE_IO_CRC32_H_
