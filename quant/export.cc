#include "quant/export.h"

#include <algorithm>
#include <string_view>

#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/io/npy.h"
#include "quant/device/registers.h"
#include "quant/fast_encoder.h"
#include "quant/register_file.h"

namespace demd {
namespace {

constexpr int kAccumulatorBits = 32;  // of quant/device

[[noreturn]] void FailReadBack(const std::string& path) {
  throw DataError(path + ": expected to read back what was written, found something else");
}

void WriteChecked(const std::string& path, const std::string& text) {
  WriteFile(path, text);
  if (FileContents(path).bytes() != text) FailReadBack(path);
}

template <typename T>
void WriteNpyChecked(const std::string& path, std::vector<int64_t> shape,
                     const std::vector<T>& values) {
  WriteNpy(path, shape, values);
  const NpyFile file(path);
  file.view().ExpectShape(shape);
  if (file.view().Values<T>() != values) FailReadBack(path);
}

// One row a line, numbers of n_digits hexadecimal digits.
template <typename T>
std::string HexRows(const std::vector<T>& values, int64_t columns, int n_digits) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  int64_t column = 0;
  for (const T value : values) {
    const uint32_t bits = static_cast<uint32_t>(value);
    for (int i = n_digits - 1; i >= 0; --i) text += kDigits[(bits >> (4 * i)) & 15];
    column = (column + 1) % columns;
    text += column == 0 ? '\n' : ' ';
  }
  return text;
}

bool SameWeights(const device::EncoderWeights& a, const device::EncoderWeights& b) {
  for (int i = 0; i < device::kParameters; ++i) {
    if (device::ParameterAt(a, i) != device::ParameterAt(b, i)) return false;
  }
  return true;
}

bool FitRegisters(const device::EncoderWeights& weights) {
  device::RegisterWords registers = {};
  return device::StoreRegisters(weights, &registers);
}

void WriteGolden(const GoldenVectors& golden, const std::string& prefix) {
  const int64_t n = golden.n;
  WriteNpyChecked(prefix + "charges.npy", {n, device::kCells}, golden.charges);
  WriteNpyChecked(prefix + "image.npy", {n, 8, 8}, golden.image);
  WriteNpyChecked(prefix + "conv_acc.npy", {n, 4, 4, 8}, golden.conv_acc);
  WriteNpyChecked(prefix + "activation.npy", {n, 4, 4, 8}, golden.activation);
  WriteNpyChecked(prefix + "dense_acc.npy", {n, device::kOutputs}, golden.dense_acc);
  WriteNpyChecked(prefix + "codes.npy", {n, device::kOutputs}, golden.codes);
  WriteChecked(prefix + "charges.hex", HexRows(golden.charges, device::kCells, 6));
  WriteChecked(prefix + "codes.hex", HexRows(golden.codes, device::kOutputs, 4));
  if (golden.frames.empty()) return;
  WriteNpyChecked(prefix + "frames.npy", {n, golden.n_elinks}, golden.frames);
  WriteChecked(prefix + "frames.hex", HexRows(golden.frames, golden.n_elinks, 8));
}

// The files alone must give the golden outputs: weights from the header, charges from the NPY file.
void VerifyExport(const EncoderModel& model, const std::string& folder) {
  const std::string header = folder + "/encoder.h";
  const device::EncoderWeights weights =
      ParseEncoderHeader(std::string(FileContents(header).bytes()), header);
  if (!SameWeights(weights, model.weights)) FailReadBack(header);
  if (FitRegisters(weights)) {
    const std::string path = folder + "/registers.hex";
    if (!SameWeights(ParseRegisterFile(FileContents(path).bytes(), path), weights)) {
      FailReadBack(path);
    }
  }
  const NpyFile charges_file(folder + "/golden_charges.npy");
  const std::vector<int32_t> values = charges_file.view().Values<int32_t>();
  const std::vector<uint32_t> charges(values.begin(), values.end());
  const int64_t n = charges_file.view().shape()[0];
  const FastEncoder encoder(model.profile, weights, model.n_elinks);
  if (!encoder.has_frames()) return;
  std::vector<uint32_t> frames(static_cast<size_t>(n * model.n_elinks));
  encoder.Frames(charges.data(), n, 0, frames.data());
  const std::string frames_path = folder + "/golden_frames.npy";
  if (NpyFile(frames_path).view().Values<uint32_t>() != frames) FailReadBack(frames_path);
}

}  // namespace

JsonValue ExportEncoder(const EncoderModel& model, const std::vector<int32_t>& charges,
                        const std::string& folder) {
  if (static_cast<int64_t>(charges.size()) / device::kCells < kGoldenHeaderRows) {
    throw DataError("golden vectors: expected at least " + std::to_string(kGoldenHeaderRows) +
                    " wafers, found " + std::to_string(charges.size() / device::kCells));
  }
  const RangeProof proof = ProveRanges(model.profile, model.weights);
  RequireAccumulator(proof, kAccumulatorBits);
  const GoldenVectors golden = MakeGoldenVectors(model, charges);
  const JsonValue description = DescribeEncoder(model, proof, golden);
  MakeDirectories(folder);
  WriteChecked(folder + "/encoder.h", EncoderHeaderText(model));
  WriteChecked(folder + "/golden.h", GoldenHeaderText(golden));
  if (FitRegisters(model.weights)) {
    WriteChecked(folder + "/registers.hex", RegisterFileText(model.weights));
  }
  WriteGolden(golden, folder + "/golden_");
  WriteJson(folder + "/encoder.json", description);
  if (ReadJson(folder + "/encoder.json") != description) FailReadBack(folder + "/encoder.json");
  VerifyExport(model, folder);
  return description;
}

}  // namespace demd
