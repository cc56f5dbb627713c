#ifndef DEMD_APPS_TERMINAL_H_
#define DEMD_APPS_TERMINAL_H_

namespace demd {

// What programs need of the operating system: the terminal and the signals that stop them.

bool StandardErrorIsTerminal();

/// From now on the first SIGINT or SIGTERM only makes StopRequested() true, so that a long loop can
/// finish its step and save; the second ends the process at once. To be called by programs that
/// poll, before their work.
void StopOnSignal();

/// Whether a signal has asked the program to stop.
bool StopRequested();

/// The exit code of a program that was stopped before its output was complete: 128 and the number
/// of the signal, 130 for SIGINT and 143 for SIGTERM, as a shell says of one that a signal ends.
/// REQUIRES: StopRequested().
int StoppedExitCode();

}  // namespace demd

#endif  // DEMD_APPS_TERMINAL_H_
