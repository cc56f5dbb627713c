#ifndef DEMD_APPS_STOPWATCH_H_
#define DEMD_APPS_STOPWATCH_H_

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace demd {

/// Something to be timed.
struct Work {
  std::string name;
  double amount;  ///< done per run
  std::function<void()> run;
  double best_seconds = 1e300;

  double per_second() const { return amount / best_seconds; }
};

/// Runs all works `repeats` times and once before that, and keeps the best time of each: round by
/// round, so that a slow moment of the machine hits them alike.
inline void Measure(int repeats, std::vector<Work>* works) {
  using Clock = std::chrono::steady_clock;
  for (int repeat = 0; repeat <= repeats; ++repeat) {
    for (Work& work : *works) {
      const Clock::time_point start = Clock::now();
      work.run();
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      if (repeat > 0) work.best_seconds = std::min(work.best_seconds, seconds);
    }
  }
}

}  // namespace demd

#endif  // DEMD_APPS_STOPWATCH_H_
