#include "engine/nn/checkpoint.h"

#include <vector>

#include "engine/error.h"
#include "engine/io/npz.h"

namespace demd {
namespace {

constexpr const char* kMetaEntry = "meta.json";
constexpr const char* kFormatName = "demd";

std::vector<int64_t> ExtentsOf(const Shape& shape) {
  std::vector<int64_t> extents;
  for (int i = 0; i < shape.rank(); ++i) extents.push_back(shape[i]);
  return extents;
}

void CheckVersion(const JsonValue& meta, const std::string& path) {
  const JsonValue* format = meta.Find("format");
  if (format == nullptr || format->AsString() != kFormatName) {
    throw DataError(path + ": expected a model written by demd, found another NPZ file");
  }
  const int64_t version = meta.Get("format_version").AsInteger();
  if (version < 1 || version > kCheckpointVersion) {
    throw DataError(path + ": expected format version 1 to " + std::to_string(kCheckpointVersion) +
                    ", found " + std::to_string(version) + "; use a newer demd");
  }
}

}  // namespace

void SaveCheckpoint(const std::string& path, const Checkpoint& checkpoint) {
  NpzWriter writer(path);
  for (const auto& [name, tensor] : checkpoint.arrays) {
    writer.AddArray(name, ExtentsOf(tensor.shape()), tensor.data());
  }
  JsonValue meta = JsonValue::MakeObject();
  meta.Set("format", kFormatName).Set("format_version", kCheckpointVersion);
  for (const JsonValue::Member& member : checkpoint.meta.AsObject()) {
    meta.Set(member.name, member.value);
  }
  writer.AddText(kMetaEntry, meta.Text());
  writer.Close();
}

Checkpoint LoadCheckpoint(const std::string& path) {
  const NpzReader reader(path);
  if (!reader.HasText(kMetaEntry)) {
    throw DataError(path + ": expected an entry " + kMetaEntry + ", found none");
  }
  Checkpoint checkpoint;
  checkpoint.meta = ParseJson(reader.Text(kMetaEntry), path + ": " + kMetaEntry);
  CheckVersion(checkpoint.meta, path);
  const std::string suffix = ".npy";
  for (const std::string& entry : reader.EntryNames()) {
    if (entry.size() <= suffix.size() ||
        entry.compare(entry.size() - suffix.size(), suffix.size(), suffix) != 0) {
      continue;
    }
    const std::string name = entry.substr(0, entry.size() - suffix.size());
    const NpyView array = reader.Array(name);
    if (array.shape().size() > static_cast<size_t>(Shape::kMaxRank)) {
      throw DataError(array.where() + ": expected at most 4 axes, found " +
                      std::to_string(array.shape().size()));
    }
    checkpoint.arrays.emplace(name, Tensor(Shape(array.shape()), array.Values<float>()));
  }
  return checkpoint;
}

void StoreParameters(const ParameterList& parameters, const std::string& prefix,
                     Checkpoint* checkpoint) {
  for (const Parameter* parameter : parameters) {
    checkpoint->arrays[prefix + parameter->name] = parameter->value;
  }
}

const Tensor& ArrayOf(const Checkpoint& checkpoint, const std::string& name, const Shape& shape,
                      const std::string& path) {
  const auto found = checkpoint.arrays.find(name);
  if (found == checkpoint.arrays.end()) {
    throw DataError(path + ": expected the array " + name + ", found none of this name");
  }
  if (found->second.shape() != shape) {
    throw DataError(path + ": " + name + ": expected shape " + shape.ToString() + ", found " +
                    found->second.shape().ToString());
  }
  return found->second;
}

void RestoreParameters(const Checkpoint& checkpoint, const std::string& prefix,
                       const std::string& path, const ParameterList& parameters) {
  for (Parameter* parameter : parameters) {
    parameter->value =
        ArrayOf(checkpoint, prefix + parameter->name, parameter->value.shape(), path);
  }
}

}  // namespace demd
