#include "engine/parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/error.h"

namespace demd {
namespace {

constexpr int kMaxThreads = 1024;

// How often a worker looks for the next job before it goes to sleep: training calls ParallelFor
// every few microseconds, and waking a sleeping thread costs more than that.
constexpr int kSpinsBeforeSleep = 2000;

thread_local bool inside_parallel_for = false;

struct Job {
  internal::TaskFunction function;
  void* context;
  int64_t n_tasks;
};

// Workers join a job while it is open and take tasks from a shared counter. The caller works too,
// closes the job when no task is left, and waits only for workers that have joined: on a busy
// machine one that the system has not woken yet holds nobody up.
class ThreadPool {
 public:
  explicit ThreadPool(int n_threads) {
    for (int i = 1; i < n_threads; ++i) workers_.emplace_back([this] { WorkerLoop(); });
  }

  ~ThreadPool() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
      generation_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  void Run(const Job& job) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      job_ = job;
      open_ = true;
      next_task_.store(0, std::memory_order_relaxed);
      error_ = nullptr;
      error_task_ = std::numeric_limits<int64_t>::max();
      generation_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    DoTasks(job);
    CloseJob();
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void DoTasks(const Job& job) {
    inside_parallel_for = true;
    for (;;) {
      const int64_t task = next_task_.fetch_add(1, std::memory_order_relaxed);
      if (task >= job.n_tasks) break;
      try {
        job.function(job.context, task);
      } catch (...) {
        next_task_.store(job.n_tasks, std::memory_order_relaxed);
        std::lock_guard<std::mutex> lock(mutex_);
        if (task < error_task_) {
          error_task_ = task;
          error_ = std::current_exception();
        }
      }
    }
    inside_parallel_for = false;
  }

  void CloseJob() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      open_ = false;
    }
    for (int spin = 0; spin < kSpinsBeforeSleep; ++spin) {
      if (busy_workers_.load(std::memory_order_acquire) == 0) return;
      std::this_thread::yield();
    }
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return busy_workers_.load(std::memory_order_acquire) == 0; });
  }

  void WorkerLoop() {
    uint64_t seen = 0;
    for (;;) {
      WaitForGenerationAfter(seen);
      Job job;
      {
        std::lock_guard<std::mutex> lock(mutex_);
        seen = generation_.load(std::memory_order_acquire);
        if (stop_) return;
        if (!open_) continue;
        job = job_;
        busy_workers_.fetch_add(1, std::memory_order_acq_rel);
      }
      DoTasks(job);
      std::lock_guard<std::mutex> lock(mutex_);
      if (busy_workers_.fetch_sub(1, std::memory_order_acq_rel) == 1) done_.notify_one();
    }
  }

  void WaitForGenerationAfter(uint64_t seen) {
    for (int spin = 0; spin < kSpinsBeforeSleep; ++spin) {
      if (generation_.load(std::memory_order_acquire) != seen) return;
      std::this_thread::yield();
    }
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait(lock, [&] { return generation_.load(std::memory_order_acquire) != seen; });
  }

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::atomic<uint64_t> generation_{0};  // of jobs; changes under the mutex
  std::atomic<int> busy_workers_{0};     // that have joined the job; changes under the mutex
  std::atomic<int64_t> next_task_{0};
  Job job_{};
  bool open_ = false;
  bool stop_ = false;
  std::exception_ptr error_;
  int64_t error_task_ = 0;
};

// Set up by the first use; replaced by SetThreadCount.
std::unique_ptr<ThreadPool>& Pool() {
  static std::unique_ptr<ThreadPool> pool = std::make_unique<ThreadPool>(
      std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxThreads));
  return pool;
}

}  // namespace

int ThreadCount() { return Pool()->size(); }

void SetThreadCount(int n) {
  if (n < 1 || n > kMaxThreads) {
    throw UsageError("threads: expected 1 to " + std::to_string(kMaxThreads) + ", found " +
                     std::to_string(n));
  }
  if (n == ThreadCount()) return;
  Pool().reset();
  Pool() = std::make_unique<ThreadPool>(n);
}

void internal::ParallelForImpl(int64_t n_tasks, TaskFunction function, void* context) {
  if (n_tasks <= 0) return;
  if (inside_parallel_for || n_tasks == 1 || ThreadCount() == 1) {
    for (int64_t task = 0; task < n_tasks; ++task) function(context, task);
    return;
  }
  Pool()->Run({function, context, n_tasks});
}

}  // namespace demd
