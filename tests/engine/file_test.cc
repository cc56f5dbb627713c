#include "engine/io/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "engine/error.h"
#include "tests/error_message.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

std::string Read(const std::string& path) { return std::string(FileContents(path).bytes()); }

TEST(FileContents, ReadsWhatWasWrittenOfEverySize) {
  const TemporaryDirectory directory;
  for (const size_t size : {0U, 1U, 4095U, 4096U, 4097U, 1000000U}) {
    std::string bytes(size, '\0');
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 256);
    WriteFile(directory.File("f"), bytes);
    EXPECT_EQ(Read(directory.File("f")), bytes);
  }
  EXPECT_EQ(ListDirectory(directory.path()), std::vector<std::string>{"f"});
}

TEST(FileContents, StaysValidWhenMovedAndWhenTheFileIsReplaced) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("f");
  WriteFile(path, "the first");
  FileContents first(path);
  WriteFile(path, "another");
  FileContents second(path);
  EXPECT_EQ(first.bytes(), "the first");
  const FileContents moved(std::move(first));
  second = FileContents(path);
  EXPECT_EQ(moved.bytes(), "the first");
  EXPECT_EQ(second.bytes(), "another");
}

TEST(FileContents, ReadsPipesAndFilesThatSayTheyAreEmpty) {
  const TemporaryDirectory directory;
  const std::string pipe = directory.File("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(pipe);
    file.Write(std::string(300000, 'x'));
    file.Commit();
    ::_exit(0);
  }
  EXPECT_EQ(Read(pipe), std::string(300000, 'x'));
  ::waitpid(child, nullptr, 0);
  EXPECT_NE(Read("/proc/self/status"), "");
}

TEST(FileContents, NamesPathAndReason) {
  const TemporaryDirectory directory;
  const std::string missing = directory.File("missing");
  EXPECT_EQ(ErrorMessage([&] { FileContents{missing}; }),
            missing + ": cannot open: No such file or directory");
  EXPECT_EQ(ErrorMessage([&] { FileContents{directory.path()}; }),
            directory.path() + ": expected a file, found a directory");
}

TEST(AtomicFile, LeavesTheOldFileAndNoTemporaryWithoutCommit) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("f");
  WriteFile(path, "old");
  {
    AtomicFile file(path);
    file.Write(std::string(1 << 20, 'n'));
    EXPECT_EQ(Read(path), "old");
  }
  EXPECT_EQ(Read(path), "old");
  EXPECT_EQ(ListDirectory(directory.path()), std::vector<std::string>{"f"});
}

TEST(AtomicFile, KeepsTheFileBytesInOrderAcrossItsBuffer) {
  const TemporaryDirectory directory;
  AtomicFile file(directory.File("f"));
  std::string expected;
  for (size_t i = 0; i < 300; ++i) {
    const std::string piece(i * i * 11 % 300000, static_cast<char>('a' + i % 26));
    expected += piece;
    file.Write(piece);
    ASSERT_EQ(file.position(), static_cast<int64_t>(expected.size()));
  }
  file.Commit();
  EXPECT_EQ(Read(directory.File("f")), expected);
}

TEST(AtomicFile, OverwritesWhatAKilledProcessLeft) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("f");
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(path);
    file.Write(std::string(1 << 20, 'x'));
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(ListDirectory(directory.path()), std::vector<std::string>{"f.tmp"});
  WriteFile(path, "whole");
  EXPECT_EQ(Read(path), "whole");
  EXPECT_EQ(ListDirectory(directory.path()), std::vector<std::string>{"f"});
}

TEST(AtomicFile, TellsASecondWriterToTheSamePath) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("f");
  AtomicFile first(path);
  EXPECT_EQ(ErrorMessage([&] { AtomicFile second(path); }),
            path + ": another process is writing this file");
  first.Write("first");
  first.Commit();
  EXPECT_EQ(Read(path), "first");
}

TEST(FileLock, IsHeldOnceAndGoneInTheEnd) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("lock");
  for (int round = 0; round < 2; ++round) {
    const FileLock first(path, "taken");
    EXPECT_EQ(ErrorMessage([&] { FileLock second(path, "taken"); }), "taken");
    EXPECT_TRUE(PathExists(path)) << "the second has not removed it";
  }
  EXPECT_FALSE(PathExists(path));
}

TEST(FileLock, OfAKilledProcessLocksNobodyOut) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("lock");
  const pid_t child = ::fork();
  if (child == 0) {
    const FileLock lock(path, "taken");
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(PathExists(path));
  EXPECT_NO_THROW(FileLock(path, "taken"));
  EXPECT_FALSE(PathExists(path));
}

TEST(AtomicFile, KeepsPermissionsAndFollowsLinks) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("f"), link = directory.File("link");
  WriteFile(path, "old");
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  std::filesystem::create_symlink("f", link);
  WriteFile(link, "new");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(Read(path), "new");
  struct stat status;
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);

  // A link to what is not there yet.
  ASSERT_TRUE(std::filesystem::create_directory(directory.File("elsewhere")));
  const std::string early = directory.File("early");
  std::filesystem::create_symlink("elsewhere/g", early);
  WriteFile(early, "new");
  EXPECT_TRUE(std::filesystem::is_symlink(early));
  EXPECT_EQ(Read(directory.File("elsewhere/g")), "new");
}

TEST(AtomicFile, WritesToDevicesInPlaceAndReportsAFullOne) {
  WriteFile("/dev/null", "anything");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_EQ(ErrorMessage([] { WriteFile("/dev/full", "x"); }),
            "/dev/full: cannot write: No space left on device");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST(AtomicFile, AppendsToARedirectedStandardOutput) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("f");
  WriteFile(path, "before\n");
  const pid_t child = ::fork();
  if (child == 0) {
    const int redirected = ::open(path.c_str(), O_WRONLY | O_APPEND);
    ::dup2(redirected, STDOUT_FILENO);
    WriteFile("/dev/stdout", "after\n");
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(Read(path), "before\nafter\n");
}

// A limit on the size of files stands for a disk that fills up in the middle.
TEST(AtomicFile, LeavesNothingBehindWhenTheDiskFillsUp) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("f");
  WriteFile(path, "old");
  struct rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit small = before;
  small.rlim_cur = 100000;
  ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = ErrorMessage([&] { WriteFile(path, std::string(1 << 20, 'n')); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, SIG_DFL);
  EXPECT_EQ(message, path + ": cannot write: File too large");
  EXPECT_EQ(Read(path), "old");
  EXPECT_EQ(ListDirectory(directory.path()), std::vector<std::string>{"f"});
}

TEST(AtomicFile, NamesPathAndReason) {
  const TemporaryDirectory directory;
  EXPECT_EQ(ErrorMessage([&] { AtomicFile{directory.path()}; }),
            directory.path() + ": expected a file, found a directory");
  const std::string nowhere = directory.File("missing/f");
  EXPECT_EQ(ErrorMessage([&] { AtomicFile{nowhere}; }),
            nowhere + ": cannot create: No such file or directory");
  WriteFile(directory.File("f"), "");
  const std::string below_file = directory.File("f/g");
  EXPECT_EQ(ErrorMessage([&] { AtomicFile{below_file}; }),
            below_file + ": cannot create: Not a directory");
}

TEST(AtomicFile, RefusesProtectedFilesAndPlaces) {
  if (::geteuid() == 0) GTEST_SKIP() << "nothing is protected from root";
  const TemporaryDirectory directory;
  const std::string path = directory.File("f");
  WriteFile(path, "old");
  ASSERT_EQ(::chmod(path.c_str(), 0444), 0);
  EXPECT_EQ(ErrorMessage([&] { WriteFile(path, "new"); }),
            path + ": cannot write: Permission denied");
  ASSERT_EQ(::chmod(directory.path().c_str(), 0555), 0);
  const std::string other = directory.File("g");
  EXPECT_EQ(ErrorMessage([&] { WriteFile(other, "new"); }),
            other + ": cannot create: Permission denied");
  ASSERT_EQ(::chmod(directory.path().c_str(), 0755), 0);
  EXPECT_EQ(Read(path), "old");
}

TEST(RemoveFile, AcceptsAFileThatDoesNotExistAndRefusesADirectory) {
  const TemporaryDirectory directory;
  WriteFile(directory.File("f"), "x");
  RemoveFile(directory.File("f"));
  EXPECT_FALSE(PathExists(directory.File("f")));
  EXPECT_NO_THROW(RemoveFile(directory.File("f")));
  EXPECT_THROW(RemoveFile(directory.path()), DataError);
}

TEST(MakeDirectories, CreatesParentsAndAcceptsWhatExists) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("a/b/c");
  MakeDirectories(path);
  MakeDirectories(path);
  EXPECT_TRUE(IsDirectory(path));
  WriteFile(directory.File("f"), "");
  EXPECT_THROW(MakeDirectories(directory.File("f")), DataError);
  EXPECT_THROW(MakeDirectories(directory.File("f/g")), DataError);
}

TEST(ListDirectory, IsSortedAndReportsWhatIsMissing) {
  const TemporaryDirectory directory;
  for (const char* name : {"b", "a", "C"}) WriteFile(directory.File(name), "");
  EXPECT_EQ(ListDirectory(directory.path()), (std::vector<std::string>{"C", "a", "b"}));
  EXPECT_THROW(ListDirectory(directory.File("missing")), DataError);
  EXPECT_FALSE(PathExists(directory.File("missing")));
}

}  // namespace
}  // namespace demd
