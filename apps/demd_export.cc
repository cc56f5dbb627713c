#include <cstdio>
#include <string>
#include <vector>

#include "apps/cli.h"
#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/nn/checkpoint.h"
#include "quant/encode_stream.h"
#include "quant/export.h"

namespace demd {
namespace {

// Names of the autoencoders in a run's folder of models.
std::vector<std::string> EncodersIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const std::string& file : ListDirectory(folder)) {
    const size_t end = file.rfind(".npz");
    if (end == std::string::npos || end + 4 != file.size()) continue;
    const JsonValue meta = LoadCheckpoint(folder + "/" + file).meta;
    const JsonValue* architecture = meta.Find("architecture");
    if (architecture == nullptr || architecture->AsString() != "autoencoder") continue;
    names.push_back(file.substr(0, end));
  }
  return names;
}

std::vector<int32_t> GoldenCharges(const std::string& data, int64_t n, uint64_t seed) {
  if (data.empty()) return ExercisingWafers(seed, n);
  std::vector<uint32_t> charges(static_cast<size_t>(n) * device::kCells);
  const int64_t found = OpenCharges(data, "")->Read(n, charges.data());
  charges.resize(static_cast<size_t>(found) * device::kCells);
  return {charges.begin(), charges.end()};
}

std::string RangeText(const JsonValue& range) {
  return "[" + std::to_string(range.AsArray()[0].AsInteger()) + ", " +
         std::to_string(range.AsArray()[1].AsInteger()) + "]";
}

void PrintSummary(const JsonValue& description, const std::string& folder) {
  std::printf("%s (%s, %d eLinks, weights %s) -> %s\n", description.Get("model").AsString().c_str(),
              description.Get("profile").Get("name").AsString().c_str(),
              static_cast<int>(description.Get("elinks").AsInteger()),
              description.Get("weights_crc32").AsString().c_str(), folder.c_str());
  for (const JsonValue& layer : description.Get("layers").AsArray()) {
    const JsonValue& accumulator = layer.Get("accumulator");
    const JsonValue& result = layer.Get("result");
    std::printf(
        "  %-5s accumulator provable %s, seen %s, %d of 32 bits; %lld of %lld results "
        "saturated\n",
        layer.Get("layer").AsString().c_str(), RangeText(accumulator.Get("provable")).c_str(),
        RangeText(accumulator.Get("seen")).c_str(),
        static_cast<int>(accumulator.Get("bits_needed").AsInteger()),
        static_cast<long long>(result.Get("overflows_seen").AsInteger()),
        static_cast<long long>(result.Get("of").AsInteger()));
  }
  std::printf("  every file read back and verified on %d wafers\n",
              static_cast<int>(description.Get("golden_wafers").AsInteger()));
}

int Export(const std::vector<std::string>& arguments) {
  std::vector<std::string> paths;
  std::vector<std::string> wanted;
  std::string out;
  std::string profile;
  std::string data;
  int64_t n_golden = 256;
  int64_t seed = 1;
  bool json = false;
  OptionParser options("demd_export",
                       "Writes the encoders of a run for the board: C++ header, register words, "
                       "golden vectors and a description, with the proof that nothing overflows.");
  options.Arguments(&paths, "RUN", 1, 1, "a run's directory, or one model file (.npz)");
  options.TextList("--model", &wanted, "NAME", "models of the run to export; by default all");
  options.Text("--out", &out, "DIR",
               "where to write, a folder for each model; by default export in the run's directory");
  options.Text("--profile", &profile, "NAME",
               "quantise to this profile: econt, paper5 or paper6; by default the model's own");
  options.Text("--data", &data, "FILE",
               "wafers (.csv, .npy, .raw) for the golden vectors; by default made to exercise the "
               "encoder");
  options.Integer("--golden", &n_golden, "N", kGoldenHeaderRows, 1000000, "golden wafers");
  options.Integer("--seed", &seed, "N", 0, INT64_MAX, "random seed of the golden wafers");
  options.Flag("--json", &json, "print the descriptions as JSON");
  options.Example("demd_export run");
  if (!options.Parse(arguments)) return 0;

  const bool is_run = IsDirectory(paths[0]);
  const std::string models = paths[0] + "/models";
  std::vector<std::string> files;
  for (const std::string& name : is_run&& wanted.empty() ? EncodersIn(models) : wanted) {
    files.push_back(models + "/" + name + ".npz");
  }
  if (!is_run) files = {paths[0]};
  if (files.empty()) throw DataError(models + ": expected an autoencoder, found none");
  if (out.empty()) out = is_run ? paths[0] + "/export" : "export";
  const std::vector<int32_t> charges = GoldenCharges(data, n_golden, static_cast<uint64_t>(seed));
  JsonValue all = JsonValue::MakeArray();
  for (const std::string& file : files) {
    const EncoderModel model = LoadEncoderModel(file, profile);
    const std::string folder = out + "/" + model.name;
    const JsonValue description = ExportEncoder(model, charges, folder);
    if (!json) PrintSummary(description, folder);
    all.Append(description);
  }
  if (json) std::fputs(all.Text().c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace demd

int main(int argc, char** argv) { return demd::RunMain(argc, argv, demd::Export); }
