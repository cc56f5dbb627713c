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

}  // namespace demd

#endif  // DEMD_APPS_TERMINAL_H_
