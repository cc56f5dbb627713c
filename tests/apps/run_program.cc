#include "tests/apps/run_program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <sstream>

#include "engine/io/file.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

void Redirect(int descriptor, const std::string& path, int flags) {
  const int opened = ::open(path.c_str(), flags, 0600);
  if (opened < 0 || ::dup2(opened, descriptor) < 0) ::_exit(127);
  ::close(opened);
}

std::string Read(const std::string& path) { return std::string(FileContents(path).bytes()); }

}  // namespace

std::vector<std::string> BuiltPrograms() {
  std::vector<std::string> programs;
  for (const std::string& name : ListDirectory(DEMD_PROGRAM_DIR)) {
    const std::string path = std::string(DEMD_PROGRAM_DIR) + "/" + name;
    if (name.rfind("demd_", 0) == 0 && !IsDirectory(path) && ::access(path.c_str(), X_OK) == 0) {
      programs.push_back(name);
    }
  }
  return programs;
}

namespace {

// The words before a program's name when it is built for another machine, else none.
std::vector<std::string> Emulator() {
  std::istringstream words(DEMD_EMULATOR);
  return {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
}

// The process id of a program whose streams are these files.
pid_t Start(const std::string& program, const std::vector<std::string>& arguments,
            const std::string& in, const std::string& out, const std::string& err) {
  std::vector<std::string> command = Emulator();
  command.push_back(std::string(DEMD_PROGRAM_DIR) + "/" + program);
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    Redirect(STDIN_FILENO, in, O_RDONLY);
    Redirect(STDOUT_FILENO, out, O_WRONLY | O_CREAT);
    Redirect(STDERR_FILENO, err, O_WRONLY | O_CREAT);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  return child;
}

// Runs a program; `meanwhile` gets its process id.
template <typename Meanwhile>
ProgramRun Run(const std::string& program, const std::vector<std::string>& arguments,
               const std::string& input, const std::string& out_path, Meanwhile meanwhile) {
  const TemporaryDirectory directory("streams");
  const std::string in = directory.File("in"), err = directory.File("err");
  const std::string out = out_path.empty() ? directory.File("out") : out_path;
  WriteFile(in, input);
  const pid_t child = Start(program, arguments, in, out, err);
  meanwhile(child);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  ProgramRun run;
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (out_path.empty()) run.out = Read(out);
  run.err = Read(err);
  return run;
}

}  // namespace

ProgramRun RunProgram(const std::string& program, const std::vector<std::string>& arguments,
                      const std::string& input, const std::string& out_path) {
  return Run(program, arguments, input, out_path, [](pid_t) {});
}

ProgramRun RunProgramUntil(const std::string& program, const std::vector<std::string>& arguments,
                           const std::string& moment, int signal) {
  return Run(program, arguments, "", "", [&](pid_t child) {
    siginfo_t info = {};
    // Looks without reaping, so that the process id stays the child's.
    const auto ended = [&] {
      info.si_pid = 0;
      return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
             info.si_pid == child;
    };
    while (!PathExists(moment) && !ended()) ::usleep(1000);
    ::kill(child, signal);
  });
}

}  // namespace demd
