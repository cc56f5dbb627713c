#ifndef DEMD_TESTS_TEMPORARY_DIRECTORY_H_
#define DEMD_TESTS_TEMPORARY_DIRECTORY_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace demd {

/// A directory of the running test's own, removed with all it holds at the end of the scope. A test
/// that needs several at a time gives each a name.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::string& own_name = "") {
    const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string(test->test_suite_name()) + "." + test->name() + own_name;
    for (char& c : name) c = c == '/' ? '_' : c;
    path_ = testing::TempDir() + "demd_" + name + "_" + std::to_string(::getpid());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace demd

#endif  // DEMD_TESTS_TEMPORARY_DIRECTORY_H_
