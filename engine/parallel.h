#ifndef DEMD_ENGINE_PARALLEL_H_
#define DEMD_ENGINE_PARALLEL_H_

#include <cstdint>
#include <type_traits>

namespace demd {

/// Number of threads that ParallelFor uses, the caller included. Initially one per hardware thread.
int ThreadCount();

/// Sets the number of threads, 1 <= n <= 1024. Not to be called while a ParallelFor runs.
/// No result of this library depends on it: work is cut into blocks of a constant size.
/// Errors: UsageError when n is out of range, or more than the system gives; the number stays then.
void SetThreadCount(int n);

namespace internal {
using TaskFunction = void (*)(void* context, int64_t task);
void ParallelForImpl(int64_t n_tasks, TaskFunction function, void* context);
}  // namespace internal

/// Calls body(task) once for each task in [0, n_tasks), on all threads, and returns when all are
/// done. Tasks are handed out in increasing order; which thread runs which is not fixed, so a task
/// must write only what belongs to its index. A nested call runs on the calling thread, and so does
/// one of another thread while the threads are taken.
/// When tasks throw, the exception of the lowest task index that threw is rethrown here after the
/// running tasks have ended; tasks not yet started are skipped.
template <typename Body>
void ParallelFor(int64_t n_tasks, Body&& body) {
  using Callable = std::remove_reference_t<Body>;
  internal::ParallelForImpl(
      n_tasks, [](void* context, int64_t task) { (*static_cast<Callable*>(context))(task); },
      const_cast<void*>(static_cast<const void*>(&body)));
}

/// Calls body(begin, end) for consecutive blocks of [0, n) that hold `block` items, the last one
/// fewer. Block boundaries depend on n and block alone, so partial results per block are the same
/// for every thread count.
template <typename Body>
void ParallelForBlocks(int64_t n, int64_t block, Body&& body) {
  ParallelFor((n + block - 1) / block, [&](int64_t task) {
    const int64_t begin = task * block;
    body(begin, begin + block < n ? begin + block : n);
  });
}

}  // namespace demd

#endif  // DEMD_ENGINE_PARALLEL_H_
