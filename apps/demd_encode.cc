#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <vector>

#include "apps/cli.h"
#include "engine/error.h"
#include "engine/io/file.h"
#include "quant/encode_stream.h"
#include "quant/encoder_model.h"
#include "quant/register_file.h"

namespace demd {
namespace {

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

EncoderModel ReadModel(const std::string& path, const std::string& profile) {
  if (!EndsWith(path, ".hex")) {
    const TrainedEncoder trained = LoadTrainedEncoder(path);
    if (trained.profile.is_float && profile.empty()) {
      throw UsageError(path +
                       ": expected --profile econt, paper5 or paper6 with this float model, " +
                       "found none");
    }
    return QuantizeEncoder(trained, profile.empty() ? trained.profile : ProfileByName(profile));
  }
  EncoderModel model;
  model.profile = ProfileByName(profile.empty() ? "econt" : profile);
  model.weights = ParseRegisterFile(FileContents(path).bytes(), path);
  return model;
}

// What is sent over n_elinks, or over the model's own if 0.
SentBits SentOver(int n_elinks, const EncoderModel& model, const std::string& path) {
  if (n_elinks == 0 || n_elinks == model.sent.n_elinks) return model.sent;
  if (AreTopBits(model.sent, model.profile)) return TopBits(model.profile, n_elinks);
  throw UsageError(path + ": --elinks: expected " + std::to_string(model.sent.n_elinks) +
                   ", for which this model chose the bits that it sends, found " +
                   std::to_string(n_elinks));
}

EncodeOutput OutputOf(const std::string& what, const std::string& format) {
  if (what == "codes") {
    return format == "csv" ? EncodeOutput::kCodesCsv : EncodeOutput::kCodesRaw;
  }
  return format == "csv" ? EncodeOutput::kFramesCsv : EncodeOutput::kFramesRaw;
}

void WriteToStandardOutput(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size()) {
    throw DataError("standard output: cannot write: " + std::generic_category().message(errno));
  }
}

int Encode(const std::vector<std::string>& arguments) {
  std::vector<std::string> files;
  std::string input_format;
  std::string what = "codes";
  std::string output_format = "csv";
  std::string profile;
  int64_t n_elinks = 0;
  OptionParser options("demd_encode",
                       "Encodes wafers of 48 charges with the integer encoder of a trained model, "
                       "as the board does.");
  options.Arguments(&files, "MODEL [WAFERS]", 1, 2,
                    "a model file (.npz) or register words (.hex); wafers, or - for standard "
                    "input, which is the default");
  options.Choice("--from", &input_format, {"csv", "npy", "raw"},
                 "format of the wafers; by default that of the file's ending, csv for standard "
                 "input; raw is 48 int32 a wafer");
  options.Choice("--output", &what, {"codes", "frames"},
                 "16 codes a wafer, or the output frame's 32-bit words");
  options.Choice("--to", &output_format, {"csv", "raw"},
                 "text, or little-endian 16-bit codes or 32-bit words");
  options.Choice("--profile", &profile, {"econt", "paper5", "paper6"},
                 "quantise to this profile; by default the model's own, econt for register words");
  options.Integer(
      "--elinks", &n_elinks, "N", 0, 5,
      "eLinks that carry the output, 2 to 5; 0: the model's, which is all that one takes that "
      "chose the bits it sends; 5 for register words");
  options.Threads();
  options.Example("demd_encode run/models/emd.npz wafers.csv > codes.csv");
  if (!options.Parse(arguments)) return 0;

  const EncoderModel model = ReadModel(files[0], profile);
  const std::string wafers = files.size() > 1 ? files[1] : "-";
  if (IsDirectory(wafers)) throw DataError(wafers + ": expected a file, found a directory");
  if (wafers == "-" && input_format.empty()) input_format = "csv";
  const FastEncoder encoder(model.profile, model.weights,
                            SentOver(static_cast<int>(n_elinks), model, files[0]));
  const auto source = OpenCharges(wafers, input_format);
  EncodeStream(encoder, source.get(), OutputOf(what, output_format), WriteToStandardOutput);
  return 0;
}

}  // namespace
}  // namespace demd

int main(int argc, char** argv) { return demd::RunMain(argc, argv, demd::Encode); }
