#include "engine/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "engine/error.h"

namespace demd {
namespace {

constexpr int kMaxThreads = 1024;

// How long a thread looks for what it waits for before it goes to sleep: training calls ParallelFor
// every few microseconds, and waking a sleeping thread costs more than that.
constexpr std::chrono::microseconds kPatience{100};

thread_local bool inside_parallel_for = false;

struct Job {
  internal::TaskFunction function;
  void* context;
  int64_t n_tasks;
};

// Tells the processor that this is a loop that waits; costs no system call.
void Pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ __volatile__("yield");
#endif
}

// Whether the condition came true within kPatience.
template <typename Condition>
bool ComesTrueSoon(Condition condition) {
  using Clock = std::chrono::steady_clock;
  constexpr int kLooksPerClock = 32;
  const Clock::time_point end = Clock::now() + kPatience;
  do {
    for (int look = 0; look < kLooksPerClock; ++look) {
      if (condition()) return true;
      Pause();
    }
  } while (Clock::now() < end);
  return condition();
}

// Sleeps until the condition is true. Whoever makes it true calls Wake() afterwards, which costs
// next to nothing when nobody sleeps.
class Bed {
 public:
  template <typename Condition>
  void WaitUntil(Condition condition) {
    if (ComesTrueSoon(condition)) return;
    std::unique_lock<std::mutex> lock(mutex_);
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    wake_.wait(lock, condition);
    sleepers_.fetch_sub(1, std::memory_order_relaxed);
  }

  void Wake() {
    if (sleepers_.load(std::memory_order_seq_cst) == 0) return;
    { std::lock_guard<std::mutex> lock(mutex_); }
    wake_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<int> sleepers_{0};
};

// Workers join a job while it is open and take tasks from a shared counter. The caller works too,
// closes the job when no task is left, and waits only for workers that have joined: on a busy
// machine one that the system has not woken yet holds nobody up.
//
// All of that is one word: the job's number, whether it is open, and how many workers have joined.
class ThreadPool {
 public:
  // Errors: std::system_error when the system gives no more threads.
  explicit ThreadPool(int n_threads) {
    try {
      for (int i = 1; i < n_threads; ++i) workers_.emplace_back([this] { WorkerLoop(); });
    } catch (...) {
      StopWorkers();
      throw;
    }
  }

  ~ThreadPool() { StopWorkers(); }

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  void Run(const Job& job) {
    job_ = job;
    next_task_.store(0, std::memory_order_relaxed);
    error_ = nullptr;
    error_task_ = std::numeric_limits<int64_t>::max();
    OpenNextJob();
    DoTasks(job);
    state_.fetch_and(~kOpen, std::memory_order_acq_rel);
    finished_.WaitUntil([this] { return JoinedOf(Now()) == 0; });
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void StopWorkers() {
    stop_.store(true, std::memory_order_relaxed);
    OpenNextJob();
    for (std::thread& worker : workers_) worker.join();
  }

  static constexpr uint64_t kOpen = 1 << 12;
  static constexpr uint64_t kJoined = kOpen - 1;
  static constexpr uint64_t kNextJob = kOpen << 1;
  static_assert(kMaxThreads <= kJoined, "the number of workers needs more bits");

  static uint64_t JoinedOf(uint64_t state) { return state & kJoined; }
  static uint64_t JobOf(uint64_t state) { return state / kNextJob; }

  uint64_t Now() const { return state_.load(std::memory_order_seq_cst); }
  bool Stopping() const { return stop_.load(std::memory_order_relaxed); }

  // REQUIRES: the last job is closed and no worker has joined it any more.
  void OpenNextJob() {
    state_.store((JobOf(Now()) + 1) * kNextJob | kOpen, std::memory_order_seq_cst);
    opened_.Wake();
  }

  void DoTasks(const Job& job) {
    inside_parallel_for = true;
    for (;;) {
      const int64_t task = next_task_.fetch_add(1, std::memory_order_relaxed);
      if (task >= job.n_tasks) break;
      try {
        job.function(job.context, task);
      } catch (...) {
        next_task_.store(job.n_tasks, std::memory_order_relaxed);
        std::lock_guard<std::mutex> lock(error_mutex_);
        if (task < error_task_) {
          error_task_ = task;
          error_ = std::current_exception();
        }
      }
    }
    inside_parallel_for = false;
  }

  // Whether this worker has joined the job that is open now; sets `seen` to its number.
  bool Join(uint64_t* seen) {
    uint64_t state = Now();
    do {
      *seen = JobOf(state);
      if ((state & kOpen) == 0) return false;
    } while (!state_.compare_exchange_weak(state, state + 1, std::memory_order_acq_rel));
    return true;
  }

  void WorkerLoop() {
    uint64_t seen = 0;
    for (;;) {
      // The job that StopWorkers opens may have been joined, and seen, already.
      opened_.WaitUntil([&] { return JobOf(Now()) != seen || Stopping(); });
      if (Stopping()) return;
      if (!Join(&seen)) continue;
      DoTasks(job_);
      const uint64_t before = state_.fetch_sub(1, std::memory_order_seq_cst);
      if (JoinedOf(before) == 1) finished_.Wake();
    }
  }

  std::vector<std::thread> workers_;
  std::atomic<uint64_t> state_{0};
  Bed opened_;    // where workers wait for a job
  Bed finished_;  // where the caller waits for the workers
  std::atomic<int64_t> next_task_{0};
  Job job_{};  // written while no worker has joined
  std::atomic<bool> stop_{false};
  std::mutex error_mutex_;
  std::exception_ptr error_;
  int64_t error_task_ = 0;
};

// With a thread per processor, or fewer where the system does not give so many.
std::unique_ptr<ThreadPool> FirstPool() {
  for (int n = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxThreads);
       n > 1; n /= 2) {
    try {
      return std::make_unique<ThreadPool>(n);
    } catch (const std::system_error&) {
    }
  }
  return std::make_unique<ThreadPool>(1);
}

// Set up by the first use; replaced by SetThreadCount.
std::unique_ptr<ThreadPool>& Pool() {
  static std::unique_ptr<ThreadPool> pool = FirstPool();
  return pool;
}

// Held by the thread whose ParallelFor has the pool.
std::mutex& PoolInUse() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

int ThreadCount() { return Pool()->size(); }

void SetThreadCount(int n) {
  if (n < 1 || n > kMaxThreads) {
    throw UsageError("threads: expected 1 to " + std::to_string(kMaxThreads) + ", found " +
                     std::to_string(n));
  }
  if (n == ThreadCount()) return;
  try {
    Pool() = std::make_unique<ThreadPool>(n);
  } catch (const std::system_error& error) {
    throw UsageError("threads: expected a number that the system gives, found " +
                     std::to_string(n) + ": " + error.what());
  }
}

void internal::ParallelForImpl(int64_t n_tasks, TaskFunction function, void* context) {
  if (n_tasks <= 0) return;
  std::unique_lock<std::mutex> in_use(PoolInUse(), std::defer_lock);
  if (inside_parallel_for || n_tasks == 1 || ThreadCount() == 1 || !in_use.try_lock()) {
    for (int64_t task = 0; task < n_tasks; ++task) function(context, task);
    return;
  }
  Pool()->Run({function, context, n_tasks});
}

}  // namespace demd
