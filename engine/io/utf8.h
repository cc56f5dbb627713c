#ifndef DEMD_ENGINE_IO_UTF8_H_
#define DEMD_ENGINE_IO_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace demd {

/// Bytes of the well-formed UTF-8 character that text begins with, 1 to 4; 0 if there is none (a
/// stray or missing continuation byte, an overlong form, a surrogate, above U+10FFFF).
size_t Utf8CharacterBytes(std::string_view text);

/// Appends the UTF-8 form of a code point. REQUIRES: at most U+10FFFF.
void AppendUtf8(uint32_t code_point, std::string* out);

}  // namespace demd

#endif  // DEMD_ENGINE_IO_UTF8_H_
