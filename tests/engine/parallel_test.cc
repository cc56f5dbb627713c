#include "engine/parallel.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "engine/error.h"

namespace demd {
namespace {

class ParallelFor : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { SetThreadCount(GetParam()); }
  void TearDown() override { SetThreadCount(1); }
};

TEST_P(ParallelFor, RunsEveryTaskOnce) {
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::vector<int> calls(static_cast<size_t>(repeat), 0);
    demd::ParallelFor(repeat, [&](int64_t task) { ++calls[static_cast<size_t>(task)]; });
    EXPECT_EQ(calls, std::vector<int>(static_cast<size_t>(repeat), 1));
  }
}

TEST_P(ParallelFor, RunsNestedCallsToo) {
  std::vector<int> sums(20, 0);
  demd::ParallelFor(20, [&](int64_t outer) {
    demd::ParallelFor(10, [&](int64_t) { ++sums[static_cast<size_t>(outer)]; });
  });
  EXPECT_EQ(sums, std::vector<int>(20, 10));
}

TEST_P(ParallelFor, RethrowsAndStaysUsable) {
  for (int repeat = 0; repeat < 50; ++repeat) {
    try {
      demd::ParallelFor(100, [](int64_t task) {
        if (task == 0) throw std::runtime_error("task " + std::to_string(task));
      });
      FAIL() << "expected an exception";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "task 0");
    }
  }
  int calls = 0;
  demd::ParallelFor(1, [&](int64_t) { ++calls; });
  EXPECT_EQ(calls, 1);
}

TEST_P(ParallelFor, RunsEveryTaskOnceWhereWorkersWereBusyWaitingOrAsleep) {
  for (const int pause_us : {0, 20, 90, 110, 400, 3000}) {
    for (int repeat = 0; repeat < 10; ++repeat) {
      std::vector<int> calls(37, 0);
      demd::ParallelFor(37, [&](int64_t task) { ++calls[static_cast<size_t>(task)]; });
      EXPECT_EQ(calls, std::vector<int>(37, 1));
      std::this_thread::sleep_for(std::chrono::microseconds(pause_us));
    }
  }
}

TEST_P(ParallelFor, BlocksDoNotDependOnTheThreadCount) {
  std::vector<int64_t> ends(4, 0);
  ParallelForBlocks(
      10, 3, [&](int64_t begin, int64_t end) { ends[static_cast<size_t>(begin / 3)] = end; });
  EXPECT_EQ(ends, (std::vector<int64_t>{3, 6, 9, 10}));
}

TEST_P(ParallelFor, RunsEveryTaskOnceForSeveralCallers) {
  std::vector<int> wrong(3, 0);
  std::vector<std::thread> callers;
  for (int& count : wrong) {
    callers.emplace_back([&count] {
      for (int repeat = 0; repeat < 3000; ++repeat) {
        std::vector<int> calls(8, 0);
        demd::ParallelFor(8, [&](int64_t task) { ++calls[static_cast<size_t>(task)]; });
        count += calls == std::vector<int>(8, 1) ? 0 : 1;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, std::vector<int>(3, 0));
}

INSTANTIATE_TEST_SUITE_P(Threads, ParallelFor, testing::Values(1, 2, 3, 7));

TEST(SetThreadCount, EndsThreadsThatAreJustWakingUp) {
  for (int repeat = 0; repeat < 300; ++repeat) {
    SetThreadCount(2 + repeat % 2);
    for (int calls = 0; calls <= repeat % 3; ++calls) demd::ParallelFor(2, [](int64_t) {});
  }
  SetThreadCount(1);
}

TEST(SetThreadCount, RejectsWhatIsOutOfRange) {
  EXPECT_THROW(SetThreadCount(0), UsageError);
  EXPECT_THROW(SetThreadCount(-1), UsageError);
  EXPECT_THROW(SetThreadCount(100000), UsageError);
}

}  // namespace
}  // namespace demd
