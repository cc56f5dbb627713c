#include "apps/output_files.h"

#include <filesystem>
#include <system_error>

#include "engine/error.h"

namespace demd {
namespace {

namespace fs = std::filesystem;

bool AreTheSame(const std::string& a, const std::string& b) {
  constexpr char kStandardOutput[] = "/dev/stdout";
  if (a == kStandardOutput && b == kStandardOutput) return true;
  std::error_code error;
  if (fs::exists(a, error) && fs::exists(b, error)) {
    return fs::is_regular_file(a, error) && fs::equivalent(a, b, error);
  }
  return fs::weakly_canonical(fs::absolute(a), error) ==
         fs::weakly_canonical(fs::absolute(b), error);
}

}  // namespace

void CheckOutputs(const std::vector<OutputFile>& outputs, const std::vector<std::string>& inputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto& [option, path] = outputs[i];
    if (path.empty()) continue;
    for (size_t before = 0; before < i; ++before) {
      if (outputs[before].path.empty() || !AreTheSame(path, outputs[before].path)) continue;
      throw UsageError(option + ": expected another file than that of " + outputs[before].option +
                       ", found " + path);
    }
    for (const std::string& input : inputs) {
      if (!AreTheSame(path, input)) continue;
      throw UsageError(option + ": expected a file that is not an input, found " + path);
    }
  }
}

}  // namespace demd
