#include "apps/terminal.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace demd {
namespace {

// The wait status of a child process that runs body().
template <typename Body>
int RunInChild(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

class StopOnSignalTest : public testing::TestWithParam<int> {};

TEST_P(StopOnSignalTest, AsksAtTheFirstSignalAndEndsAtTheSecond) {
  const int signal = GetParam();
  const int once = RunInChild([&] {
    StopOnSignal();
    if (StopRequested()) ::_exit(1);
    ::raise(signal);
    ::_exit(StopRequested() ? StoppedExitCode() : 2);
  });
  EXPECT_TRUE(WIFEXITED(once));
  EXPECT_EQ(WEXITSTATUS(once), 128 + signal);
  const int twice = RunInChild([&] {
    StopOnSignal();
    ::raise(signal);
    ::raise(signal);
  });
  EXPECT_TRUE(WIFSIGNALED(twice));
  EXPECT_EQ(WTERMSIG(twice), signal);
}

INSTANTIATE_TEST_SUITE_P(Signals, StopOnSignalTest, testing::Values(SIGINT, SIGTERM));

}  // namespace
}  // namespace demd
