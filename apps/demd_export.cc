#include <cstdio>
#include <string>
#include <vector>

#include "apps/cli.h"
#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/nn/checkpoint.h"
#include "models/run/run.h"
#include "quant/calibration.h"
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

// How to bring a trained encoder to integers.
struct Quantisation {
  std::string profile;  // empty: the model's own
  int64_t weight_bits = 6;
  int64_t activation_bits = 8;
  int64_t output_bits = 9;
  std::vector<int32_t> wafers = {};  // to calibrate on

  bool calibrates() const { return profile == "calibrated"; }
};

EncoderModel QuantisedModel(const std::string& file, const Quantisation& quantisation) {
  if (!quantisation.calibrates()) return LoadEncoderModel(file, quantisation.profile);
  const TrainedEncoder trained = LoadTrainedEncoder(file);
  const FormatWidths widths{static_cast<int>(quantisation.weight_bits),
                            static_cast<int>(quantisation.activation_bits),
                            static_cast<int>(quantisation.output_bits)};
  return QuantizeEncoder(
      trained, CalibrateProfile(trained.profile, trained.weights(), quantisation.wafers, widths));
}

// Wafers to calibrate on: those of --data, else those that chose the epoch of the run's trainings.
std::vector<int32_t> CalibrationWafers(const std::string& data, const std::string& run) {
  constexpr int64_t kWafers = 1000;
  if (!data.empty()) return GoldenCharges(data, kWafers, 0);
  if (!IsDirectory(run)) {
    throw UsageError("--profile calibrated: expected --data with wafers to see the ranges on (a " +
                     std::string("model file alone has none), found none"));
  }
  std::vector<int32_t> charges;
  for (const Wafer& wafer : ValidationWafers(run, kWafers)) {
    charges.insert(charges.end(), wafer.charges.begin(), wafer.charges.end());
  }
  return charges;
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

struct Options {
  std::string path;  // a run's directory, or a model file
  std::vector<std::string> models;
  std::string out;
  Quantisation quantisation;
  std::string data;
  int64_t n_golden = 256;
  int64_t accumulator_bits = 32;
  int64_t seed = 1;
  bool json = false;
};

void DeclareQuantisation(OptionParser* parser, Quantisation* quantisation) {
  parser->Text("--profile", &quantisation->profile, "NAME",
               "quantise to this profile: econt, paper5, paper6, or calibrated: formats of the "
               "following widths, chosen from the values seen; by default the model's own");
  parser->Integer("--weight-bits", &quantisation->weight_bits, "N", 2, 8,
                  "of a calibrated profile");
  parser->Integer("--activation-bits", &quantisation->activation_bits, "N", 1, 15,
                  "of a calibrated profile");
  parser->Integer("--output-bits", &quantisation->output_bits, "N", 1, 16,
                  "of a calibrated profile; frames need 9");
}

bool ParseOptions(const std::vector<std::string>& arguments, Options* o) {
  std::vector<std::string> paths;
  OptionParser parser("demd_export",
                      "Writes the encoders of a run for the board: C++ header, register words, "
                      "golden vectors and a description, with the proof that nothing overflows.");
  parser.Arguments(&paths, "RUN", 1, 1, "a run's directory, or one model file (.npz)");
  parser.TextList("--model", &o->models, "NAME", "models of the run to export; by default all");
  parser.Text("--out", &o->out, "DIR",
              "where to write, a folder for each model; by default export in the run's directory");
  DeclareQuantisation(&parser, &o->quantisation);
  parser.Text("--data", &o->data, "FILE",
              "wafers (.csv, .npy, .raw) for the golden vectors, by default made to exercise the "
              "encoder; and to calibrate on, by default the run's validation wafers");
  parser.Integer("--accumulator-bits", &o->accumulator_bits, "N", 2, 32,
                 "refuse unless sums of this width are proved to be enough, as for hardware of "
                 "one's own");
  parser.Integer("--golden", &o->n_golden, "N", kGoldenHeaderRows, 1000000, "golden wafers");
  parser.Integer("--seed", &o->seed, "N", 0, INT64_MAX, "random seed of the golden wafers");
  parser.Flag("--json", &o->json, "print the descriptions as JSON");
  parser.Example("demd_export run --profile calibrated --weight-bits 5 --out run/five_bits");
  if (!parser.Parse(arguments)) return false;
  o->path = paths[0];
  if (!o->quantisation.calibrates()) {
    parser.Refuse({"--weight-bits", "--activation-bits", "--output-bits"},
                  "expected --profile calibrated with it, found none");
  }
  if (!IsDirectory(o->path)) {
    parser.Refuse({"--model"}, "expected a run's directory to choose from, found " + o->path);
  }
  if (!o->data.empty()) {
    parser.Refuse({"--seed"}, "expected golden wafers that are made, found --data");
  }
  return true;
}

std::vector<std::string> ModelFiles(const Options& o) {
  if (!IsDirectory(o.path)) return {o.path};
  const std::string folder = o.path + "/models";
  std::vector<std::string> files;
  for (const std::string& name : o.models.empty() ? EncodersIn(folder) : o.models) {
    files.push_back(folder + "/" + name + ".npz");
  }
  if (files.empty()) throw DataError(folder + ": expected an autoencoder, found none");
  return files;
}

int Export(const std::vector<std::string>& arguments) {
  Options o;
  if (!ParseOptions(arguments, &o)) return 0;
  const std::vector<std::string> files = ModelFiles(o);
  if (o.out.empty()) o.out = IsDirectory(o.path) ? o.path + "/export" : "export";
  if (o.quantisation.calibrates()) o.quantisation.wafers = CalibrationWafers(o.data, o.path);
  const std::vector<int32_t> charges =
      GoldenCharges(o.data, o.n_golden, static_cast<uint64_t>(o.seed));
  JsonValue all = JsonValue::MakeArray();
  for (const std::string& file : files) {
    const EncoderModel model = QuantisedModel(file, o.quantisation);
    RequireAccumulator(ProveRanges(model.profile, model.weights),
                       static_cast<int>(o.accumulator_bits));
    const std::string folder = o.out + "/" + model.name;
    const JsonValue description = ExportEncoder(model, charges, folder);
    if (!o.json) PrintSummary(description, folder);
    all.Append(description);
  }
  if (o.json) std::fputs(all.Text().c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace demd

int main(int argc, char** argv) { return demd::RunMain(argc, argv, demd::Export); }
