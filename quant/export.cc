#include "quant/export.h"

#include <algorithm>
#include <string_view>

#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/io/npy.h"
#include "engine/io/npy_header.h"
#include "quant/device/registers.h"
#include "quant/fast_encoder.h"
#include "quant/register_file.h"

namespace demd {
namespace {

constexpr int kAccumulatorBits = 32;  // of quant/device
constexpr char kDescriptionFile[] = "encoder.json";

[[noreturn]] void FailReadBack(const std::string& path) {
  throw DataError(path + ": expected to read back what was exported, found something else");
}

// A file of an export.
struct NamedBytes {
  std::string name;
  std::string bytes;
};

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

template <typename T>
void AddGolden(const std::string& name, const std::vector<T>& values, std::vector<int64_t> shape,
               std::vector<NamedBytes>* files) {
  const int64_t columns = static_cast<int64_t>(values.size()) / shape[0];
  const std::string npy = FormatNpyHeader(kNpyTypeOf<T>, shape);
  files->push_back({"golden_" + name + ".npy", npy + NpyData(values.data(), values.size())});
  files->push_back({"golden_" + name + ".hex", HexRows(values, columns, 2 * sizeof(T))});
}

std::vector<NamedBytes> GoldenFiles(const GoldenVectors& golden) {
  const int64_t n = golden.n;
  std::vector<NamedBytes> files;
  AddGolden("charges", golden.charges, {n, device::kCells}, &files);
  AddGolden("image", golden.image, {n, 8, 8}, &files);
  AddGolden("conv_acc", golden.conv_acc, {n, 4, 4, 8}, &files);
  AddGolden("activation", golden.activation, {n, 4, 4, 8}, &files);
  AddGolden("dense_acc", golden.dense_acc, {n, device::kOutputs}, &files);
  AddGolden("codes", golden.codes, {n, device::kOutputs}, &files);
  if (!golden.frames.empty()) AddGolden("frames", golden.frames, {n, golden.n_elinks}, &files);
  return files;
}

// The files that an export has for some models only.
constexpr const char* kOptionalFiles[] = {"registers.hex", "golden_frames.npy",
                                          "golden_frames.hex"};

// Those that this one does not have.
std::vector<std::string> AbsentFiles(const std::vector<NamedBytes>& files) {
  std::vector<std::string> absent;
  for (const char* name : kOptionalFiles) {
    const bool present = std::any_of(files.begin(), files.end(),
                                     [&](const NamedBytes& file) { return file.name == name; });
    if (!present) absent.push_back(name);
  }
  return absent;
}

// Every file of an export, the description last.
std::vector<NamedBytes> ExportFiles(const EncoderModel& model, const GoldenVectors& golden,
                                    const JsonValue& description) {
  std::vector<NamedBytes> files = GoldenFiles(golden);
  files.push_back({"encoder.h", EncoderHeaderText(model)});
  files.push_back({"golden.h", GoldenHeaderText(golden)});
  if (device::IsRegisterFormat(model.profile.formats.weight)) {
    files.push_back({"registers.hex", RegisterFileText(model.weights)});
  }
  files.push_back({kDescriptionFile, description.Text()});
  return files;
}

// The files alone must give the golden outputs: weights from the header and from the registers,
// charges from the NPY file, through the fast encoder, which the golden vectors were not made by.
void VerifyMeaning(const EncoderModel& model, const std::string& folder) {
  const std::string header = folder + "/encoder.h";
  const device::EncoderWeights weights =
      ParseEncoderHeader(std::string(FileContents(header).bytes()), header);
  if (!SameWeights(weights, model.weights)) FailReadBack(header);
  if (device::IsRegisterFormat(model.profile.formats.weight)) {
    const std::string path = folder + "/registers.hex";
    if (!SameWeights(ParseRegisterFile(FileContents(path).bytes(), path), weights)) {
      FailReadBack(path);
    }
  }
  const NpyFile charges_file(folder + "/golden_charges.npy");
  const std::vector<int32_t> values = charges_file.view().Values<int32_t>();
  const std::vector<uint32_t> charges(values.begin(), values.end());
  const int64_t n = charges_file.view().shape()[0];
  const FastEncoder encoder(model.profile, weights);
  std::vector<uint16_t> codes(static_cast<size_t>(n * device::kOutputs));
  encoder.Encode(charges.data(), n, codes.data());
  const std::string codes_path = folder + "/golden_codes.npy";
  if (NpyFile(codes_path).view().Values<uint16_t>() != codes) FailReadBack(codes_path);
  if (!encoder.has_frames()) return;
  std::vector<uint32_t> frames(static_cast<size_t>(n * model.sent.n_elinks));
  FastEncoder(model.profile, weights, model.sent).Frames(charges.data(), n, 0, frames.data());
  const std::string frames_path = folder + "/golden_frames.npy";
  if (NpyFile(frames_path).view().Values<uint32_t>() != frames) FailReadBack(frames_path);
}

// What an export consists of, before anything is written.
struct Prepared {
  JsonValue description;
  std::vector<NamedBytes> files;
};

Prepared Prepare(const EncoderModel& model, const std::vector<int32_t>& charges) {
  if (static_cast<int64_t>(charges.size()) / device::kCells < kGoldenHeaderRows) {
    throw DataError("golden vectors: expected at least " + std::to_string(kGoldenHeaderRows) +
                    " wafers, found " + std::to_string(charges.size() / device::kCells));
  }
  const RangeProof proof = ProveRanges(model.profile, model.weights);
  RequireAccumulator(proof, kAccumulatorBits);
  const GoldenVectors golden = MakeGoldenVectors(model, charges);
  Prepared prepared;
  prepared.description = DescribeEncoder(model, proof, golden);
  prepared.files = ExportFiles(model, golden, prepared.description);
  return prepared;
}

void Verify(const EncoderModel& model, const Prepared& prepared, const std::string& folder) {
  for (const NamedBytes& file : prepared.files) {
    const std::string path = folder + "/" + file.name;
    if (FileContents(path).bytes() != file.bytes) FailReadBack(path);
  }
  for (const std::string& name : AbsentFiles(prepared.files)) {
    if (PathExists(folder + "/" + name)) {
      throw DataError(folder + "/" + name +
                      ": expected no such file with this encoder, found one of another export");
    }
  }
  VerifyMeaning(model, folder);
}

}  // namespace

JsonValue ExportEncoder(const EncoderModel& model, const std::vector<int32_t>& charges,
                        const std::string& folder) {
  const Prepared prepared = Prepare(model, charges);
  MakeDirectories(folder);
  // From here until its description is written, the folder does not pass for an export.
  RemoveFile(folder + "/" + kDescriptionFile);
  for (const std::string& name : AbsentFiles(prepared.files)) RemoveFile(folder + "/" + name);
  for (const NamedBytes& file : prepared.files) WriteFile(folder + "/" + file.name, file.bytes);
  Verify(model, prepared, folder);
  return prepared.description;
}

void VerifyExport(const EncoderModel& model, const std::vector<int32_t>& charges,
                  const std::string& folder) {
  Verify(model, Prepare(model, charges), folder);
}

}  // namespace demd
