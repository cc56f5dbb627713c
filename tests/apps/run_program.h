#ifndef DEMD_TESTS_APPS_RUN_PROGRAM_H_
#define DEMD_TESTS_APPS_RUN_PROGRAM_H_

#include <string>
#include <vector>

namespace demd {

/// What a program did.
struct ProgramRun {
  int exit_code = -1;  // 128 + the signal that ended it
  std::string out;     // standard output
  std::string err;     // standard error
};

/// Names of the programs of this build, in byte order.
std::vector<std::string> BuiltPrograms();

/// Runs a program of this build with these arguments, `input` on its standard input, to its end.
/// Standard output goes to the file `out_path` instead if that is given.
ProgramRun RunProgram(const std::string& program, const std::vector<std::string>& arguments,
                      const std::string& input = "", const std::string& out_path = "");

/// The same, but the program is sent a signal as soon as the file `moment` exists. It may have
/// ended before.
ProgramRun RunProgramUntil(const std::string& program, const std::vector<std::string>& arguments,
                           const std::string& moment, int signal);

}  // namespace demd

#endif  // DEMD_TESTS_APPS_RUN_PROGRAM_H_
