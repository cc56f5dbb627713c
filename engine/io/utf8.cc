#include "engine/io/utf8.h"

namespace demd {
namespace {

// Lead bytes [first, last] begin a character of this many bytes, whose second byte lies in
// [second_min, second_max]; all further ones in [80, BF]. (Unicode Standard, table 3-7.)
struct LeadRow {
  uint8_t first, last, bytes, second_min, second_max;
};

constexpr LeadRow kLeads[] = {
    {0x00, 0x7f, 1, 0x00, 0x00}, {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f}};

}  // namespace

size_t Utf8CharacterBytes(std::string_view text) {
  if (text.empty()) return 0;
  const uint8_t lead = static_cast<uint8_t>(text[0]);
  for (const LeadRow& row : kLeads) {
    if (lead < row.first || lead > row.last) continue;
    if (text.size() < row.bytes) return 0;
    for (size_t i = 1; i < row.bytes; ++i) {
      const uint8_t byte = static_cast<uint8_t>(text[i]);
      if (byte < (i == 1 ? row.second_min : 0x80) || byte > (i == 1 ? row.second_max : 0xbf)) {
        return 0;
      }
    }
    return row.bytes;
  }
  return 0;
}

void AppendUtf8(uint32_t code_point, std::string* out) {
  const auto append = [&](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) return append(code_point);
  int continuation_bytes = 1;
  uint32_t lead = 0xc0;
  if (code_point >= 0x800) {
    continuation_bytes = code_point < 0x10000 ? 2 : 3;
    lead = code_point < 0x10000 ? 0xe0 : 0xf0;
  }
  append(lead | code_point >> (6 * continuation_bytes));
  for (int i = continuation_bytes - 1; i >= 0; --i) append(0x80 | (code_point >> (6 * i) & 0x3f));
}

}  // namespace demd
