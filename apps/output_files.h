#ifndef DEMD_APPS_OUTPUT_FILES_H_
#define DEMD_APPS_OUTPUT_FILES_H_

#include <string>
#include <vector>

namespace demd {

/// A file that a program is going to write, and the option that names it.
struct OutputFile {
  std::string option;
  std::string path;  // empty: none is written
};

/// Refuses an output that is the same file as one before it, or as an input, under whatever names:
/// UsageError "--plan: expected another file than that of --out, found x.csv". To be called before
/// anything is written. What has no bytes of its own (/dev/null, a pipe) may be named twice, but
/// not the standard output.
void CheckOutputs(const std::vector<OutputFile>& outputs, const std::vector<std::string>& inputs);

}  // namespace demd

#endif  // DEMD_APPS_OUTPUT_FILES_H_
