#ifndef DEMD_ENGINE_IO_FILE_H_
#define DEMD_ENGINE_IO_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace demd {

// The only file of this folder that calls the operating system. Every failure is a DataError
// "path: what could not be done: the system's reason".

/// The bytes of a whole file, for as long as the object lives. Regular files are memory-mapped, so
/// they may be larger than memory; pipes and devices (/dev/stdin) are read to their end.
/// Another process must not shorten the file meanwhile.
class FileContents {
 public:
  explicit FileContents(const std::string& path);
  ~FileContents();
  FileContents(FileContents&& other) noexcept;
  FileContents& operator=(FileContents&& other) noexcept;

  const std::string& path() const { return path_; }
  std::string_view bytes() const { return mapped_ != nullptr ? MappedBytes() : buffer_; }

  /// Says that the first n bytes will hardly be read again: the system may take back the memory
  /// that holds them. They can still be read, from the disk.
  void DoneWith(size_t n) const;

 private:
  std::string_view MappedBytes() const { return {static_cast<const char*>(mapped_), size_}; }

  std::string path_;
  std::string buffer_;
  void* mapped_ = nullptr;
  size_t size_ = 0;
};

/// A file that appears under its name complete, or not at all. Bytes go to "<path>.tmp" in the same
/// folder; Commit() brings them to the disk, renames, and brings the rename to the disk. Without
/// Commit(), for example when an exception passes, the destructor removes the temporary and the
/// file that was there before stays. A temporary left by a killed process is overwritten; a second
/// writer to the same path at the same time gets an error. A symbolic link is followed; pipes,
/// devices and the outputs /dev/stdout and /dev/stderr are written in place, as they stand.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void Write(std::string_view bytes);
  void Commit();

  const std::string& path() const { return path_; }
  /// Number of bytes written so far.
  int64_t position() const { return position_; }

 private:
  void OpenTemporary();
  void OpenInPlace();
  void Flush();
  void WriteThrough(std::string_view bytes);
  void Discard();

  std::string path_;       // as the user named it, for messages
  std::string target_;     // path_ with links followed
  std::string temporary_;  // empty when written in place
  std::string buffer_;
  int descriptor_ = -1;
  int64_t position_ = 0;
};

/// Held by one process at a time, and within a process once: a locked file of that name, which is
/// removed in the end. One that a killed process left behind locks nobody out.
class FileLock {
 public:
  /// `taken` is the whole message of the DataError when another holds it.
  FileLock(const std::string& path, const std::string& taken);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::string path_;
  int descriptor_ = -1;
};

/// A file of its own for bytes that do not fit into memory. It has no name, so that it vanishes
/// with this object or with the process, however that ends.
class ScratchFile {
 public:
  /// In the directory, or the nearest folder above it that exists.
  explicit ScratchFile(const std::string& directory);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  void Append(std::string_view bytes);
  /// Copies n bytes from the offset on. Any thread. REQUIRES: they have been appended.
  void Read(int64_t offset, size_t n, void* out) const;

 private:
  std::string name_;  // for messages
  int descriptor_ = -1;
};

/// Writes a whole file through AtomicFile.
void WriteFile(const std::string& path, std::string_view bytes);

/// Removes a file; one that does not exist is fine.
void RemoveFile(const std::string& path);

/// Creates a directory with its parents; one that exists is fine.
void MakeDirectories(const std::string& path);

/// Names (without the directory) of the entries of a directory, in byte order.
std::vector<std::string> ListDirectory(const std::string& path);

/// Whether something exists under this name.
bool PathExists(const std::string& path);

/// Whether this is a directory.
bool IsDirectory(const std::string& path);

}  // namespace demd

#endif  // DEMD_ENGINE_IO_FILE_H_
