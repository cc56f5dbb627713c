#ifndef DEMD_ENGINE_IO_NPZ_H_
#define DEMD_ENGINE_IO_NPZ_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/file.h"
#include "engine/io/npy.h"

namespace demd {

// Named arrays and texts in one file: a ZIP archive whose entries are stored, not compressed, so
// that numpy.load opens it and bytes can be read where they lie. The array "w" is the entry
// "w.npy"; a text keeps its name, for example "meta.json". All numbers little-endian:
//
//   per entry   local header (30 bytes + name), then the entry's bytes
//     0 u32 04034b50   4 u16 version needed   6 u16 flags   8 u16 method = 0 (stored)
//     10 u16 time  12 u16 date  14 u32 CRC-32  18 u32 size  22 u32 size  26 u16 name length
//     28 u16 extra length, then name and extra
//   directory   one header per entry (46 bytes + name)
//     0 u32 02014b50   4 u16 made by  6 u16 version needed   8 u16 flags   10 u16 method
//     12 u16 time  14 u16 date  16 u32 CRC-32  20 u32 size  24 u32 size  28 u16 name length
//     30 u16 extra length  32 u16 comment length  34 u16 disk  36 u16, 38 u32 attributes
//     42 u32 offset of the local header
//   end         22 bytes
//     0 u32 06054b50   4 u16 disk  6 u16 disk   8 u16 entries  10 u16 entries
//     12 u32 directory bytes   16 u32 directory offset   20 u16 comment length = 0
//
// Every entry is dated 1980-01-01 00:00, so equal contents give equal bytes. Local headers are
// padded (extra field 0xDE3D) so that the bytes of each entry begin at a multiple of 64. Archives
// of other programs are read if stored; beyond 4 GiB or 65,534 entries nothing is read or written.

/// A whole archive, memory-mapped. The constructor checks every bound and every CRC, so what the
/// accessors give is what was written. Errors: DataError "path: entry: ...".
class NpzReader {
 public:
  explicit NpzReader(const std::string& path);

  const std::string& path() const { return contents_.path(); }
  /// Names of all entries, in file order; arrays end in ".npy".
  std::vector<std::string> EntryNames() const;
  bool HasArray(std::string_view name) const { return Find(std::string(name) + ".npy") != nullptr; }
  bool HasText(std::string_view name) const { return Find(name) != nullptr; }

  /// The array "name" (entry "name.npy"), valid while the reader lives.
  NpyView Array(std::string_view name) const;
  /// The bytes of the entry of this name, valid while the reader lives.
  std::string_view Text(std::string_view name) const;

 private:
  struct Entry {
    std::string name;
    std::string_view bytes;
  };

  const Entry* Find(std::string_view entry_name) const;
  const Entry& Get(std::string_view entry_name) const;

  FileContents contents_;
  std::vector<Entry> entries_;
};

/// Writes an archive through AtomicFile: it appears complete, at Close(), or not at all.
/// Errors: DataError for I/O and for more than 4 GiB.
class NpzWriter {
 public:
  explicit NpzWriter(const std::string& path);

  /// Adds row-major values[n], n = product of shape. REQUIRES: no other entry has this name.
  template <typename T>
  void AddArray(const std::string& name, const std::vector<int64_t>& shape, const T* values) {
    size_t n = 1;
    for (const int64_t length : shape) n *= static_cast<size_t>(length);
    AddEntry(name + ".npy", FormatNpyHeader(kNpyTypeOf<T>, shape), NpyData(values, n));
  }
  template <typename T>
  void AddArray(const std::string& name, const std::vector<int64_t>& shape,
                const std::vector<T>& values);

  /// Adds an entry of raw bytes, for example "meta.json".
  void AddText(const std::string& name, std::string_view bytes) { AddEntry(name, {}, bytes); }

  void Close();

 private:
  // The entry's bytes are head followed by body.
  void AddEntry(const std::string& name, std::string_view head, std::string_view body);

  AtomicFile file_;
  std::string directory_;
  std::vector<std::string> names_;
};

template <typename T>
void NpzWriter::AddArray(const std::string& name, const std::vector<int64_t>& shape,
                         const std::vector<T>& values) {
  AddArray(name, shape, values.data());
}

}  // namespace demd

#endif  // DEMD_ENGINE_IO_NPZ_H_
