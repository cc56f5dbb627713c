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

  void Run(int64_t n_tasks, internal::TaskFunction function, void* context) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      function_ = function;
      context_ = context;
      n_tasks_ = n_tasks;
      next_task_.store(0, std::memory_order_relaxed);
      error_ = nullptr;
      error_task_ = std::numeric_limits<int64_t>::max();
      busy_workers_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
      generation_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    DoTasks();
    WaitForWorkers();
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void DoTasks() {
    inside_parallel_for = true;
    for (;;) {
      const int64_t task = next_task_.fetch_add(1, std::memory_order_relaxed);
      if (task >= n_tasks_) break;
      try {
        function_(context_, task);
      } catch (...) {
        next_task_.store(n_tasks_, std::memory_order_relaxed);
        std::lock_guard<std::mutex> lock(mutex_);
        if (task < error_task_) {
          error_task_ = task;
          error_ = std::current_exception();
        }
      }
    }
    inside_parallel_for = false;
  }

  void WaitForWorkers() {
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
      seen = generation_.load(std::memory_order_acquire);
      if (stop_) return;
      DoTasks();
      if (busy_workers_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        std::lock_guard<std::mutex> lock(mutex_);
        done_.notify_one();
      }
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
  std::atomic<uint64_t> generation_{0};
  std::atomic<int> busy_workers_{0};
  std::atomic<int64_t> next_task_{0};
  internal::TaskFunction function_ = nullptr;
  void* context_ = nullptr;
  int64_t n_tasks_ = 0;
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
  Pool()->Run(n_tasks, function, context);
}

}  // namespace demd
