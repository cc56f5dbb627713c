#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "apps/bench_device.h"
#include "apps/bench_emd.h"
#include "apps/bench_engine.h"
#include "apps/bench_large_emd.h"
#include "apps/cli.h"
#include "engine/error.h"
#include "engine/layer_profile.h"

namespace demd {
namespace {

struct Part {
  const char* name;
  JsonValue (*run)();
  void (*print)(const JsonValue& results);
};

constexpr Part kParts[] = {{"device", BenchDevice, PrintBenchDevice},
                           {"emd", BenchEmd, PrintBenchEmd},
                           {"engine", BenchEngine, PrintBenchEngine},
                           {"large_emd", BenchLargeEmd, PrintBenchLargeEmd}};

const Part& FindPart(const std::string& name) {
  for (const Part& part : kParts) {
    if (name == part.name) return part;
  }
  throw UsageError("PART: expected device, emd, engine or large_emd, found \"" + name + "\"");
}

int Bench(const std::vector<std::string>& arguments) {
  std::vector<std::string> what;
  bool json = false;
  bool profile_layers = false;
  OptionParser options("demd_bench", "Times the parts of demd on this machine.");
  options.Arguments(
      &what, "PART", 1, 1,
      "device: the integer encoder, from charges to frames; emd: the exact solver; "
      "engine: matrix kernels, training and inference; large_emd: the exact solver on "
      "256 to 65,536 points a side");
  options.Flag("--json", &json, "print the results as JSON");
  options.Flag("--profile-layers", &profile_layers,
               "engine: also print time and peak memory of each layer to standard error");
  options.Threads();
  options.Example("demd_bench device");
  if (!options.Parse(arguments)) return 0;
  const Part& part = FindPart(what[0]);
  if (what[0] != "engine")
    options.Refuse({"--profile-layers"}, "expected PART engine, found " + what[0]);
  if (profile_layers) StartLayerProfile();
  const JsonValue results = part.run();
  if (profile_layers) std::cerr << LayerProfileTable();
  if (json) {
    std::fputs(results.Text().c_str(), stdout);
  } else {
    part.print(results);
  }
  return 0;
}

}  // namespace
}  // namespace demd

int main(int argc, char** argv) { return demd::RunMain(argc, argv, demd::Bench); }
