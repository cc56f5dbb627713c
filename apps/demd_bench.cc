#include <cstdio>
#include <string>
#include <vector>

#include "apps/bench_device.h"
#include "apps/bench_emd.h"
#include "apps/cli.h"
#include "engine/error.h"

namespace demd {
namespace {

int Bench(const std::vector<std::string>& arguments) {
  std::vector<std::string> what;
  bool json = false;
  OptionParser options("demd_bench", "Times the parts of demd on this machine.");
  options.Arguments(&what, "PART", 1, 1,
                    "device: the integer encoder, from charges to frames; emd: the exact solver");
  options.Flag("--json", &json, "print the results as JSON");
  options.Threads();
  options.Example("demd_bench device");
  if (!options.Parse(arguments)) return 0;
  if (what[0] != "device" && what[0] != "emd") {
    throw UsageError("PART: expected device or emd, found \"" + what[0] + "\"");
  }
  const bool device = what[0] == "device";
  const JsonValue results = device ? BenchDevice() : BenchEmd();
  if (json) {
    std::fputs(results.Text().c_str(), stdout);
  } else {
    device ? PrintBenchDevice(results) : PrintBenchEmd(results);
  }
  return 0;
}

}  // namespace
}  // namespace demd

int main(int argc, char** argv) { return demd::RunMain(argc, argv, demd::Bench); }
