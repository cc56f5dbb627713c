#include "apps/terminal.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace demd {
namespace {

std::atomic<int> stop_signal{0};  // the one that came
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler must not wait for a lock");

extern "C" void RequestStop(int signal) { stop_signal.store(signal, std::memory_order_relaxed); }

}  // namespace

bool StandardErrorIsTerminal() { return ::isatty(STDERR_FILENO) == 1; }

void StopOnSignal() {
  struct sigaction action = {};
  action.sa_handler = RequestStop;
  // One shot each; system calls in progress go on.
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool StopRequested() { return stop_signal.load(std::memory_order_relaxed) != 0; }

int StoppedExitCode() { return 128 + stop_signal.load(std::memory_order_relaxed); }

}  // namespace demd
