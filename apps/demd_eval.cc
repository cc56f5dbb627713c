// A trained run on other wafers: the same table and report, without training.

#include <cmath>
#include <iostream>
#include <string>
#include <vector>

#include "apps/cli.h"
#include "apps/output_files.h"
#include "engine/error.h"
#include "engine/io/file.h"
#include "models/report/report.h"
#include "models/report/results_json.h"
#include "models/run/quantisation_scan.h"
#include "models/run/run.h"
#include "models/wafer_data.h"

namespace demd {
namespace {

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

int Evaluate(const std::vector<std::string>& arguments) {
  std::vector<std::string> run;
  std::vector<std::string> data;
  std::string report;
  int64_t max_wafers = 0;
  bool scan_bits = false;
  bool json = false;
  OptionParser options("demd_eval",
                       "Measures the models of a finished run on other wafers, beside the "
                       "concentrator's own algorithms.");
  options.Arguments(&run, "RUN", 1, 1, "directory of a run of demd_train");
  options.TextList("--data", &data, "FILE|DIR", "wafers: CSV or NPY files, or folders of them");
  options.Integer("--max", &max_wafers, "N", 0, INT64_MAX, "read at most N wafers (0: all)");
  options.Text("--report", &report, "FILE", "also write a report (HTML) to this file");
  options.Flag("--scan-bits", &scan_bits,
               "also quantise each encoder anew to weights of 3 to 8 bits and outputs of 3 to 9, "
               "and measure each; shown in the report and in JSON");
  options.Threads();
  options.Flag("--json", &json, "print metrics as JSON instead of a table");
  options.Example("demd_eval demd_run --data wafers.csv --report other.html");
  if (!options.Parse(arguments)) return 0;
  if (scan_bits && report.empty() && !json) {
    throw UsageError("--scan-bits: expected --report or --json to show it in, found neither");
  }
  if (data.empty()) throw UsageError("--data: expected wafers to measure on, found none");
  std::vector<std::string> inputs = data;
  // What the run wrote about itself is not to be replaced, either.
  for (const char* name : {"run.json", "metrics.json", "report.html"}) {
    inputs.push_back(run[0] + "/" + name);
  }
  CheckOutputs({{"--report", report}}, inputs);
  const WaferSet wafers = ReadWafers(data, max_wafers > 0 ? max_wafers : INT64_MAX);
  const double trained_on = ShareTrainedOn(run[0], wafers.wafers);
  if (trained_on > 0.5) {
    std::cerr << "demd_eval: warning: the run was trained on " << std::lround(100 * trained_on)
              << " % of these wafers; take others, such as of another seed\n";
  }
  RunResults results = EvaluateRun(
      run[0], wafers.wafers, std::to_string(wafers.wafers.size()) + " wafers of " + Join(data));
  if (scan_bits) ScanEncoders(run[0], ValidationWafers(run[0], kCalibrationWafers), &results);
  if (!report.empty()) WriteFile(report, MakeReport(results));
  std::cout << (json ? ToJson(results).Text() : ResultTable(results));
  return CountMismatches(results) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace demd

int main(int argc, char** argv) { return demd::RunMain(argc, argv, demd::Evaluate); }
