#include "engine/io/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "engine/error.h"

namespace demd {
namespace {

constexpr size_t kWriteBufferBytes = size_t{1} << 18;
constexpr size_t kReadBlockBytes = size_t{1} << 18;

[[noreturn]] void Fail(const std::string& path, const char* action, int error) {
  throw DataError(path + ": " + action + ": " + std::generic_category().message(error));
}

[[noreturn]] void FailIsDirectory(const std::string& path) {
  throw DataError(path + ": expected a file, found a directory");
}

// Runs a system call again while a signal interrupts it.
template <typename Call>
auto Retry(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

// Closes a descriptor at the end of a scope.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { ::close(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }

 private:
  int value_;
};

std::string ReadToEnd(int descriptor, const std::string& path) {
  std::string bytes;
  for (;;) {
    const size_t filled = bytes.size();
    bytes.resize(filled + kReadBlockBytes);
    const ssize_t n = Retry([&] { return ::read(descriptor, &bytes[filled], kReadBlockBytes); });
    if (n < 0) Fail(path, "cannot read", errno);
    bytes.resize(filled + static_cast<size_t>(n));
    if (n == 0) return bytes;
  }
}

// Makes the rename inside a directory survive a power failure. Some file systems cannot sync a
// directory and say EINVAL; there is nothing to do about it then.
void SyncDirectoryOf(const std::string& target, const std::string& path) {
  const std::string parent = std::filesystem::path(target).parent_path().string();
  const int opened = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return;  // a directory one may write but not read
  const Descriptor directory(opened);
  if (Retry([&] { return ::fsync(directory.value()); }) != 0 && errno != EINVAL) {
    Fail(path, "cannot sync the directory", errno);
  }
}

// The file a chain of symbolic links ends at, there or not, or the path itself.
std::string FollowLinks(const std::string& path) {
  constexpr int kMostLinks = 40;
  std::error_code error;
  std::error_code not_there;
  std::filesystem::path target = path;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(target, not_there); ++i) {
    target = target.parent_path() / std::filesystem::read_symlink(target, error);
  }
  return error ? path : target.string();
}

// Creates or opens the file `name` and locks it. Errors: DataError, of `path` or, when another
// holds the lock, with the message `taken`.
int OpenLocked(const std::string& name, const std::string& path, const std::string& taken) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
  for (;;) {
    const int descriptor = Retry([&] { return ::open(name.c_str(), kFlags, 0666); });
    if (descriptor < 0) Fail(path, "cannot create", errno);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(descriptor);
      throw DataError(taken);
    }
    // Between opening and locking, the other may have renamed or removed what we opened.
    struct stat ours, named;
    if (::fstat(descriptor, &ours) == 0 && ::lstat(name.c_str(), &named) == 0 &&
        ours.st_ino == named.st_ino && ours.st_dev == named.st_dev) {
      return descriptor;
    }
    ::close(descriptor);
  }
}

}  // namespace

FileContents::FileContents(const std::string& path) : path_(path) {
  const int opened = Retry([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  if (opened < 0) Fail(path, "cannot open", errno);
  const Descriptor descriptor(opened);
  struct stat status;
  if (::fstat(descriptor.value(), &status) != 0) Fail(path, "cannot examine", errno);
  if (S_ISDIR(status.st_mode)) FailIsDirectory(path);
  // Files of /proc and the like say they are regular and empty, but can be read.
  if (!S_ISREG(status.st_mode) || status.st_size == 0) {
    buffer_ = ReadToEnd(descriptor.value(), path);
    return;
  }
  if (static_cast<uintmax_t>(status.st_size) > std::numeric_limits<size_t>::max()) {
    Fail(path, "cannot map", EFBIG);
  }
  size_ = static_cast<size_t>(status.st_size);
  void* address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor.value(), 0);
  if (address == MAP_FAILED) Fail(path, "cannot map", errno);
  mapped_ = address;
  ::madvise(mapped_, size_, MADV_SEQUENTIAL);
}

FileContents::~FileContents() {
  if (mapped_ != nullptr) ::munmap(mapped_, size_);
}

void FileContents::DoneWith(size_t n) const {
  const size_t page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  if (mapped_ != nullptr) ::madvise(mapped_, std::min(n, size_) / page * page, MADV_DONTNEED);
}

FileContents::FileContents(FileContents&& other) noexcept
    : path_(std::move(other.path_)),
      buffer_(std::move(other.buffer_)),
      mapped_(std::exchange(other.mapped_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

FileContents& FileContents::operator=(FileContents&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(buffer_, other.buffer_);
  std::swap(mapped_, other.mapped_);
  std::swap(size_, other.size_);
  return *this;
}

AtomicFile::AtomicFile(const std::string& path) : path_(path), target_(FollowLinks(path)) {
  buffer_.reserve(kWriteBufferBytes);
  // Opened by name, a redirected output would be overwritten from its start, or replaced.
  if (path == "/dev/stdout" || path == "/dev/stderr") {
    descriptor_ = ::dup(path == "/dev/stdout" ? STDOUT_FILENO : STDERR_FILENO);
    if (descriptor_ < 0) Fail(path_, "cannot write", errno);
    return;
  }
  struct stat status;
  const bool exists = ::stat(path_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) FailIsDirectory(path_);
  // Renaming would replace a file that its owner has protected, so ask first.
  if (exists && ::access(path_.c_str(), W_OK) != 0) Fail(path_, "cannot write", errno);
  if (exists && !S_ISREG(status.st_mode)) {
    OpenInPlace();
  } else {
    OpenTemporary();
    if (exists) ::fchmod(descriptor_, status.st_mode & 07777);
  }
}

AtomicFile::~AtomicFile() { Discard(); }

void AtomicFile::OpenInPlace() {
  descriptor_ = Retry([&] { return ::open(path_.c_str(), O_WRONLY | O_CLOEXEC); });
  if (descriptor_ < 0) Fail(path_, "cannot write", errno);
}

void AtomicFile::OpenTemporary() {
  const std::string name = target_ + ".tmp";
  descriptor_ = OpenLocked(name, path_, path_ + ": another process is writing this file");
  temporary_ = name;
  if (::ftruncate(descriptor_, 0) != 0) {
    const int error = errno;
    Discard();
    Fail(path_, "cannot write", error);
  }
}

void AtomicFile::Write(std::string_view bytes) {
  position_ += static_cast<int64_t>(bytes.size());
  if (buffer_.size() + bytes.size() > kWriteBufferBytes) Flush();
  if (bytes.size() > kWriteBufferBytes) {
    WriteThrough(bytes);
  } else {
    buffer_.append(bytes);
  }
}

void AtomicFile::Flush() {
  WriteThrough(buffer_);
  buffer_.clear();
}

void AtomicFile::WriteThrough(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = Retry([&] { return ::write(descriptor_, bytes.data(), bytes.size()); });
    if (n < 0) {
      const int error = errno;
      Discard();
      Fail(path_, "cannot write", error);
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void AtomicFile::Commit() {
  Flush();
  const bool in_place = temporary_.empty();
  int error = 0;
  if (Retry([&] { return ::fsync(descriptor_); }) != 0 && !(in_place && errno == EINVAL)) {
    error = errno;
  }
  // The rename comes before closing, which gives up the lock on the temporary name.
  if (error == 0 && !in_place && ::rename(temporary_.c_str(), target_.c_str()) != 0) error = errno;
  if (error != 0) {
    Discard();
    Fail(path_, "cannot write", error);
  }
  temporary_.clear();
  if (::close(std::exchange(descriptor_, -1)) != 0) Fail(path_, "cannot close", errno);
  if (!in_place) SyncDirectoryOf(target_, path_);
}

void AtomicFile::Discard() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

FileLock::FileLock(const std::string& path, const std::string& taken)
    : path_(path), descriptor_(OpenLocked(path, path, taken)) {}

FileLock::~FileLock() {
  // The name goes before the lock, so that nobody locks a file that is about to lose its name.
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

ScratchFile::ScratchFile(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::path folder =
      std::filesystem::absolute(directory.empty() ? "." : directory, ignored);
  while (!std::filesystem::is_directory(folder, ignored) && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  name_ = (folder / ".demd_scratch_XXXXXX").string();
  descriptor_ = ::mkostemp(name_.data(), O_CLOEXEC);
  if (descriptor_ < 0) Fail(folder.string(), "cannot create a scratch file", errno);
  ::unlink(name_.c_str());
}

ScratchFile::~ScratchFile() { ::close(descriptor_); }

void ScratchFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = Retry([&] { return ::write(descriptor_, bytes.data(), bytes.size()); });
    if (n < 0) Fail(name_, "cannot write", errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void ScratchFile::Read(int64_t offset, size_t n, void* out) const {
  char* to = static_cast<char*>(out);
  while (n > 0) {
    const ssize_t got = Retry([&] { return ::pread(descriptor_, to, n, offset); });
    if (got <= 0) Fail(name_, "cannot read", got < 0 ? errno : EIO);
    to += got;
    offset += got;
    n -= static_cast<size_t>(got);
  }
}

void WriteFile(const std::string& path, std::string_view bytes) {
  AtomicFile file(path);
  file.Write(bytes);
  file.Commit();
}

void RemoveFile(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) Fail(path, "cannot remove", errno);
}

void MakeDirectories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw DataError(path + ": cannot create the directory: " + error.message());
  if (!IsDirectory(path)) throw DataError(path + ": expected a directory, found a file");
}

std::vector<std::string> ListDirectory(const std::string& path) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) throw DataError(path + ": cannot list the directory: " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

bool PathExists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

bool IsDirectory(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

}  // namespace demd
