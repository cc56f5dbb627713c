#include "models/concentrator/concentrator_frame.h"

#include <cstddef>
#include <string>

#include "engine/error.h"
#include "quant/device/charge_formats.h"
#include "quant/device/frame.h"

namespace demd {
namespace {

constexpr int kChargeBits = device::CodeBits(device::kLinkPlain);
constexpr int kRestBits = device::CodeBits(device::kSum5E3M);
constexpr int kGroupSumBits = device::CodeBits(device::kSum5E4M);
constexpr int kAddressBits = 6;
constexpr int kHalfMap = kWaferCells / 2;
constexpr int32_t kMapFrom = 8;  // cells from which a map is sent rather than addresses
constexpr uint32_t kNoCells = 0;
constexpr uint32_t kCellList = 2;
constexpr uint32_t kCellMap = 4;

// A frame being written, with its length.
class FrameWriter {
 public:
  FrameWriter() : writer_(frame_.words.data()) {}
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  void Put(uint32_t value, int n) {
    writer_.Put(value, n);
    frame_.bits += n;
  }

  LinkFrame Finished() {
    writer_.FinishAt(frame_.words.data() + frame_.words.size());
    return frame_;
  }

 private:
  LinkFrame frame_;
  device::BitWriter writer_;
};

uint32_t ShortHeader(uint32_t bunch_crossing) {
  return (bunch_crossing >> 4 & 1) << 3 | (bunch_crossing & 7);
}

void PutCells(const SentCells& sent, FrameWriter* writer) {
  const size_t n = static_cast<size_t>(sent.n);
  if (sent.n < kMapFrom) {
    for (size_t i = 0; i < n; ++i) writer->Put(static_cast<uint32_t>(sent.cell[i]), kAddressBits);
  } else {
    uint64_t map = 0;
    for (size_t i = 0; i < n; ++i) map |= uint64_t{1} << (kWaferCells - 1 - sent.cell[i]);
    writer->Put(static_cast<uint32_t>(map >> kHalfMap), kHalfMap);
    writer->Put(static_cast<uint32_t>(map & ((uint64_t{1} << kHalfMap) - 1)), kHalfMap);
  }
  for (size_t i = 0; i < n; ++i) writer->Put(sent.code[i], kChargeBits);
}

[[noreturn]] void ThrowBadFrame(const std::string& what) {
  throw DataError("concentrator frame: expected " + what);
}

// Addresses of sent->n cells.
void TakeAddresses(device::BitReader* reader, SentCells* sent) {
  int32_t last = -1;
  for (size_t i = 0; i < static_cast<size_t>(sent->n); ++i) {
    const int32_t cell = static_cast<int32_t>(reader->Take(kAddressBits));
    if (cell <= last || cell >= kWaferCells) {
      ThrowBadFrame("ascending addresses below 48, found " + std::to_string(cell) + " after " +
                    std::to_string(last));
    }
    sent->cell[i] = last = cell;
  }
}

// A map, which also says how many cells there are.
void TakeMap(device::BitReader* reader, SentCells* sent) {
  sent->n = 0;
  for (int32_t cell = 0; cell < kWaferCells; ++cell) {
    if (reader->Take(1) != 0) sent->cell[static_cast<size_t>(sent->n++)] = cell;
  }
}

void TakeCodes(device::BitReader* reader, SentCells* sent) {
  for (size_t i = 0; i < static_cast<size_t>(sent->n); ++i) {
    sent->code[i] = reader->Take(kChargeBits);
  }
}

}  // namespace

LinkFrame PackThreshold(const SentCells& sent, uint32_t bunch_crossing) {
  const uint32_t type = sent.n == 0 ? kNoCells : sent.n < kMapFrom ? kCellList : kCellMap;
  FrameWriter writer;
  writer.Put(bunch_crossing & 0x1F, device::kHeaderBits);
  writer.Put(type, 3);
  writer.Put(sent.rest_code, kRestBits);
  if (type == kCellList) writer.Put(static_cast<uint32_t>(sent.n), 3);
  PutCells(sent, &writer);
  return writer.Finished();
}

SentCells UnpackThreshold(const LinkFrame& frame) {
  device::BitReader reader(frame.words.data());
  reader.Take(device::kHeaderBits);
  const uint32_t type = reader.Take(3);
  SentCells sent;
  sent.rest_code = reader.Take(kRestBits);
  if (type == kCellList) {
    sent.n = static_cast<int32_t>(reader.Take(3));
    if (sent.n == 0) ThrowBadFrame("a list of 1 to 7 cells, found none");
    TakeAddresses(&reader, &sent);
  } else if (type == kCellMap) {
    TakeMap(&reader, &sent);
    if (sent.n < kMapFrom) {
      ThrowBadFrame("a map of 8 or more cells, found " + std::to_string(sent.n));
    }
  } else if (type != kNoCells) {
    ThrowBadFrame("type 0, 2 or 4, found " + std::to_string(type));
  }
  TakeCodes(&reader, &sent);
  return sent;
}

LinkFrame PackBestChoice(const SentCells& sent, uint32_t bunch_crossing) {
  FrameWriter writer;
  writer.Put(ShortHeader(bunch_crossing), 4);
  writer.Put(sent.rest_code, kRestBits);
  PutCells(sent, &writer);
  return writer.Finished();
}

SentCells UnpackBestChoice(const LinkFrame& frame, int32_t n_cells) {
  device::BitReader reader(frame.words.data());
  reader.Take(4);
  SentCells sent;
  sent.rest_code = reader.Take(kRestBits);
  sent.n = n_cells;
  if (n_cells < kMapFrom) {
    TakeAddresses(&reader, &sent);
  } else {
    TakeMap(&reader, &sent);
    if (sent.n != n_cells) {
      ThrowBadFrame("a map of " + std::to_string(n_cells) + " cells, found " +
                    std::to_string(sent.n));
    }
  }
  TakeCodes(&reader, &sent);
  return sent;
}

LinkFrame PackGroups(const SentGroups& sent, const GroupLayout& layout, uint32_t bunch_crossing) {
  const size_t n = static_cast<size_t>(layout.n_sent);
  FrameWriter writer;
  writer.Put(ShortHeader(bunch_crossing), 4);
  if (layout.has_map) {
    uint32_t map = 0;
    for (size_t i = 0; i < n; ++i) map |= uint32_t{1} << (layout.n_groups - 1 - sent.group[i]);
    writer.Put(map, layout.n_groups);
  }
  for (size_t i = 0; i < n; ++i) {
    writer.Put(static_cast<uint32_t>(sent.largest[i]), layout.address_bits);
  }
  for (size_t i = 0; i < n; ++i) writer.Put(sent.code[i], kGroupSumBits);
  return writer.Finished();
}

SentGroups UnpackGroups(const LinkFrame& frame, const GroupLayout& layout) {
  device::BitReader reader(frame.words.data());
  reader.Take(4);
  SentGroups sent;
  int32_t n = 0;
  for (int32_t group = 0; group < layout.n_groups; ++group) {
    const bool is_sent = layout.has_map ? reader.Take(1) != 0 : group < layout.n_sent;
    if (is_sent) sent.group[static_cast<size_t>(n++)] = group;
  }
  if (n != layout.n_sent) {
    ThrowBadFrame("a map of " + std::to_string(layout.n_sent) + " groups, found " +
                  std::to_string(n));
  }
  for (size_t i = 0; i < static_cast<size_t>(n); ++i) {
    sent.largest[i] = static_cast<int32_t>(reader.Take(layout.address_bits));
  }
  for (size_t i = 0; i < static_cast<size_t>(n); ++i) sent.code[i] = reader.Take(kGroupSumBits);
  return sent;
}

}  // namespace demd
