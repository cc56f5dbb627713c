#include "engine/io/npz.h"

#include <algorithm>
#include <stdexcept>

#include "engine/error.h"
#include "engine/io/crc32.h"
#include "engine/io/little_endian.h"

namespace demd {
namespace {

constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint32_t kDirectorySignature = 0x02014b50;
constexpr uint32_t kEndSignature = 0x06054b50;
constexpr size_t kLocalBytes = 30;
constexpr size_t kDirectoryBytes = 46;
constexpr size_t kEndBytes = 22;
constexpr uint32_t kZip64Marker = 0xffffffff;  // "the real number is in a zip64 record"
constexpr uint16_t kMostEntries = 0xfffe;
constexpr uint16_t kVersionNeeded = 20;
constexpr uint16_t kStored = 0;
constexpr uint16_t kDate1980 = 0x0021;  // 1 January 1980
constexpr uint16_t kEncrypted = 1;      // flag bits
constexpr uint16_t kSizesFollow = 8;
constexpr uint16_t kPaddingId = 0xde3d;
constexpr size_t kAlignment = 64;

uint16_t U16(std::string_view bytes, size_t at) { return LoadLittleEndian<uint16_t>(&bytes[at]); }
uint32_t U32(std::string_view bytes, size_t at) { return LoadLittleEndian<uint32_t>(&bytes[at]); }

// bytes[offset, offset + size), or an error naming what is cut off there.
std::string_view Slice(std::string_view bytes, uint64_t offset, uint64_t size,
                       const std::string& what) {
  if (offset > bytes.size() || size > bytes.size() - offset) {
    throw DataError(what + " lies outside of the file: it is cut off or damaged");
  }
  return bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(size));
}

// The record at the end of the archive.
std::string_view EndRecord(std::string_view file, const std::string& path) {
  if (file.size() >= 4 && U32(file, 0) != kLocalSignature && U32(file, 0) != kEndSignature) {
    throw DataError(path + ": expected an NPZ archive, found other data");
  }
  if (file.size() < kEndBytes || U32(file, file.size() - kEndBytes) != kEndSignature ||
      U16(file, file.size() - 2) != 0) {
    throw DataError(path +
                    ": expected the end record of an NPZ archive, found none: the file is "
                    "cut off or damaged");
  }
  const std::string_view end = file.substr(file.size() - kEndBytes);
  if (U32(end, 12) == kZip64Marker || U32(end, 16) == kZip64Marker || U16(end, 10) == 0xffff) {
    throw DataError(path + ": expected an archive below 4 GiB, found the zip64 format");
  }
  if (U16(end, 4) != 0 || U16(end, 6) != 0 || U16(end, 8) != U16(end, 10)) {
    throw DataError(path + ": expected an archive in one part, found a part of one");
  }
  return end;
}

// The bytes of an entry, whose directory header is `header`, after all checks.
std::string_view EntryBytes(std::string_view file, std::string_view header, std::string_view name,
                            const std::string& where) {
  if ((U16(header, 8) & kEncrypted) != 0) throw DataError(where + ": the entry is encrypted");
  if (U16(header, 10) != kStored) {
    throw DataError(where +
                    ": expected a stored entry, found a compressed one: use numpy.savez, "
                    "not savez_compressed");
  }
  const uint32_t crc = U32(header, 16), size = U32(header, 24), offset = U32(header, 42);
  if (size == kZip64Marker || offset == kZip64Marker) {
    throw DataError(where + ": expected less than 4 GiB, found a zip64 entry");
  }
  const std::string_view local = Slice(file, offset, kLocalBytes, where + ": the local header");
  const bool repeats_sizes = (U16(local, 6) & kSizesFollow) == 0 && U32(local, 22) != kZip64Marker;
  const bool agrees =
      U32(local, 0) == kLocalSignature && U16(local, 8) == kStored && U32(header, 20) == size &&
      U16(local, 26) == name.size() &&
      Slice(file, offset + uint64_t{kLocalBytes}, name.size(), where + ": the name") == name &&
      (!repeats_sizes ||
       (U32(local, 14) == crc && U32(local, 18) == size && U32(local, 22) == size));
  if (!agrees) throw DataError(where + ": the local header disagrees with the directory: damaged");
  const std::string_view bytes =
      Slice(file, offset + uint64_t{kLocalBytes} + name.size() + U16(local, 28), size,
            where + ": the data");
  if (Crc32(bytes) != crc) throw DataError(where + ": the checksum is wrong: the data is damaged");
  return bytes;
}

// What local and directory headers have in common.
std::string CommonFields(uint32_t crc, uint32_t size, size_t name_bytes, size_t extra_bytes) {
  std::string fields;
  AppendLittleEndian(kVersionNeeded, &fields);
  AppendLittleEndian(uint16_t{0}, &fields);  // flags
  AppendLittleEndian(kStored, &fields);
  AppendLittleEndian(uint16_t{0}, &fields);  // time
  AppendLittleEndian(kDate1980, &fields);
  AppendLittleEndian(crc, &fields);
  AppendLittleEndian(size, &fields);
  AppendLittleEndian(size, &fields);
  AppendLittleEndian(static_cast<uint16_t>(name_bytes), &fields);
  AppendLittleEndian(static_cast<uint16_t>(extra_bytes), &fields);
  return fields;
}

// An extra field after which the next byte falls on a multiple of the alignment.
std::string PaddingAt(int64_t position) {
  constexpr size_t kFieldHeader = 4;
  const size_t over = (static_cast<size_t>(position) + kFieldHeader) % kAlignment;
  const size_t zeros = (kAlignment - over) % kAlignment;
  std::string extra;
  AppendLittleEndian(kPaddingId, &extra);
  AppendLittleEndian(static_cast<uint16_t>(zeros), &extra);
  return extra + std::string(zeros, '\0');
}

}  // namespace

NpzReader::NpzReader(const std::string& path) : contents_(path) {
  const std::string_view file = contents_.bytes();
  const std::string_view end = EndRecord(file, path);
  const uint64_t directory_end = uint64_t{U32(end, 16)} + U32(end, 12);
  if (directory_end != file.size() - kEndBytes) {
    throw DataError(path + ": the directory does not end where its size says: the file is damaged");
  }
  const std::string_view directory = file.substr(U32(end, 16), U32(end, 12));
  uint64_t at = 0;
  for (uint16_t i = 0; i < U16(end, 10); ++i) {
    const std::string what = path + ": header " + std::to_string(i) + " of the directory";
    const std::string_view header = Slice(directory, at, kDirectoryBytes, what);
    if (U32(header, 0) != kDirectorySignature) throw DataError(what + " is damaged");
    const std::string name(Slice(directory, at + kDirectoryBytes, U16(header, 28), what));
    if (Find(name) != nullptr) throw DataError(path + ": two entries have the name " + name);
    entries_.push_back({name, EntryBytes(file, header, name, path + ": " + name)});
    at += kDirectoryBytes + name.size() + U16(header, 30) + U16(header, 32);
  }
  if (at != directory.size()) throw DataError(path + ": the directory is damaged");
}

std::vector<std::string> NpzReader::EntryNames() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.name);
  return names;
}

const NpzReader::Entry* NpzReader::Find(std::string_view entry_name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.name == entry_name; });
  return found == entries_.end() ? nullptr : &*found;
}

const NpzReader::Entry& NpzReader::Get(std::string_view entry_name) const {
  const Entry* entry = Find(entry_name);
  if (entry == nullptr) {
    throw DataError(path() + ": expected an entry " + std::string(entry_name) + ", found none");
  }
  return *entry;
}

NpyView NpzReader::Array(std::string_view name) const {
  const Entry& entry = Get(std::string(name) + ".npy");
  return {entry.bytes, path() + ": " + entry.name};
}

std::string_view NpzReader::Text(std::string_view name) const { return Get(name).bytes; }

NpzWriter::NpzWriter(const std::string& path) : file_(path) {}

void NpzWriter::AddEntry(const std::string& name, std::string_view head, std::string_view body) {
  if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
    throw std::logic_error(file_.path() + ": two entries named " + name);
  }
  names_.push_back(name);
  const int64_t offset = file_.position();
  const uint64_t size = uint64_t{head.size()} + body.size();
  const std::string extra =
      PaddingAt(offset + static_cast<int64_t>(kLocalBytes) + static_cast<int64_t>(name.size()));
  if (static_cast<uint64_t>(offset) + size + kLocalBytes + name.size() + extra.size() >=
          kZip64Marker ||
      names_.size() > kMostEntries) {
    throw DataError(file_.path() + ": " + name +
                    ": the archive would exceed 4 GiB or 65,534 entries");
  }
  const uint32_t crc = Crc32(body, Crc32(head));
  std::string local;
  AppendLittleEndian(kLocalSignature, &local);
  local += CommonFields(crc, static_cast<uint32_t>(size), name.size(), extra.size());
  file_.Write(local + name + extra);
  file_.Write(head);
  file_.Write(body);
  AppendLittleEndian(kDirectorySignature, &directory_);
  AppendLittleEndian(kVersionNeeded, &directory_);  // made by
  directory_ += CommonFields(crc, static_cast<uint32_t>(size), name.size(), 0);
  directory_ += std::string(10, '\0');  // comment, disk, attributes
  AppendLittleEndian(static_cast<uint32_t>(offset), &directory_);
  directory_ += name;
}

void NpzWriter::Close() {
  const uint64_t offset = static_cast<uint64_t>(file_.position());
  if (offset + directory_.size() >= kZip64Marker) {
    throw DataError(file_.path() + ": the archive would exceed 4 GiB");
  }
  std::string end;
  AppendLittleEndian(kEndSignature, &end);
  AppendLittleEndian(uint32_t{0}, &end);  // disks
  AppendLittleEndian(static_cast<uint16_t>(names_.size()), &end);
  AppendLittleEndian(static_cast<uint16_t>(names_.size()), &end);
  AppendLittleEndian(static_cast<uint32_t>(directory_.size()), &end);
  AppendLittleEndian(static_cast<uint32_t>(offset), &end);
  AppendLittleEndian(uint16_t{0}, &end);  // comment
  file_.Write(directory_);
  file_.Write(end);
  file_.Commit();
}

}  // namespace demd
