#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "apps/cli.h"
#include "apps/progress.h"
#include "apps/terminal.h"
#include "engine/error.h"
#include "models/simulation/simulation.h"
#include "models/simulation/simulation_check.h"
#include "models/wafer_data.h"

namespace demd {
namespace {

constexpr int64_t kWafersPerStep = 8192;
constexpr int64_t kFewestToCheck = 1000;

// Numbers that replace those of the sample where they are not -1.
struct Changes {
  double pileup = -1.0;
  double showers = -1.0;
  int64_t zero_suppression = -1;
};

SimulationOptions OptionsOf(const std::string& sample, const Changes& changes) {
  SimulationOptions options =
      sample == "suppressed" ? ZeroSuppressedSample() : UnsuppressedSample();
  if (changes.pileup >= 0.0) options.pileup = changes.pileup;
  if (changes.showers >= 0.0) options.shower_fraction = changes.showers;
  if (changes.zero_suppression >= 0) {
    options.zero_suppression = static_cast<int32_t>(changes.zero_suppression);
  }
  return options;
}

// Refuses what is between -1, which stands for the sample's, and 0.
void ExpectNotNegative(const std::string& name, double value) {
  if (value >= 0.0 || value == -1.0) return;
  throw UsageError(name + ": expected a number of at least 0, or -1 for the sample's, found " +
                   std::to_string(value));
}

// Returns the number of wafers written: fewer than asked when a signal came.
int64_t WriteAll(const Simulation& simulation, int64_t first, int64_t n, const std::string& path) {
  WaferWriter writer(path, n);
  Progress progress("wafers", static_cast<double>(n));
  int64_t done = 0;
  while (done < n && !StopRequested()) {
    const int64_t step = std::min(kWafersPerStep, n - done);
    writer.Append(simulation.Make(first + done, step));
    done += step;
    progress.Update(static_cast<double>(done));
  }
  if (done == n) writer.Close();
  return done;
}

// Prints the comparison with published wafers; returns whether all of it agrees.
bool Check(const Simulation& simulation, const std::string& sample, int64_t first, int64_t n) {
  const std::vector<Wafer> wafers = simulation.Make(first, n);
  const std::vector<CheckRow> rows =
      sample == "suppressed" ? CheckZeroSuppressed(wafers) : CheckUnsuppressed(wafers);
  std::fputs(CheckTable(rows).c_str(), stdout);
  return std::all_of(rows.begin(), rows.end(), [](const CheckRow& row) { return row.Agrees(); });
}

int Simulate(const std::vector<std::string>& arguments) {
  std::string sample = "unsuppressed";
  std::string out = "/dev/stdout";
  int64_t n = 20000;
  int64_t first = 0;
  int64_t seed = 1;
  bool check = false;
  Changes changes;
  OptionParser options("demd_simulate",
                       "Simulates wafers: the 48 charges of an HGCAL module in bunch crossings "
                       "with 200 pileup, and their truth.");
  options.Choice("--sample", &sample, {"unsuppressed", "suppressed"},
                 "modules of layers 5 to 11 everywhere, 1.6 % with a shower; or one module at eta "
                 "2.43 with charges below 1.35 MIP_T suppressed");
  options.Integer("--wafers", &n, "N", 1, int64_t{1} << 40, "number of wafers");
  options.Integer("--first", &first, "I", 0, int64_t{1} << 40,
                  "number of the first: wafer i depends on the seed and i alone");
  options.Integer("--seed", &seed, "N", 0, INT64_MAX, "random seed");
  options.Text("--out", &out, "FILE",
               "file to write, NPY (charges alone) if it ends in .npy, else CSV");
  options.Real("--pileup", &changes.pileup, "N", -1.0, 1000.0,
               "mean number of collisions per crossing; -1: the sample's");
  options.Real("--showers", &changes.showers, "SHARE", -1.0, 1.0,
               "share of wafers with a signal shower; -1: the sample's");
  options.Integer("--zero-suppression", &changes.zero_suppression, "COUNTS", -1, kMaxCharge,
                  "charges below this are set to 0; -1: the sample's");
  options.Flag("--check", &check,
               "write no wafers, but compare them with published ones; exit code 1 if they differ");
  options.Threads();
  options.Example("demd_simulate --wafers 100000 --out wafers.csv");
  if (!options.Parse(arguments)) return 0;
  ExpectNotNegative("--pileup", changes.pileup);
  ExpectNotNegative("--showers", changes.showers);
  if (check) options.Refuse({"--out"}, "expected wafers to write, found --check");

  const Simulation simulation(OptionsOf(sample, changes), static_cast<uint64_t>(seed));
  if (check) {
    if (n < kFewestToCheck) throw UsageError("--check: expected at least 1000 wafers");
    return Check(simulation, sample, first, n) ? 0 : 1;
  }
  StopOnSignal();
  const int64_t done = WriteAll(simulation, first, n, out);
  if (done < n) {
    std::fprintf(stderr, "demd_simulate: stopped after %lld of %lld wafers, %s was not completed\n",
                 static_cast<long long>(done), static_cast<long long>(n), out.c_str());
    return StoppedExitCode();
  }
  return 0;
}

}  // namespace
}  // namespace demd

int main(int argc, char** argv) { return demd::RunMain(argc, argv, demd::Simulate); }
