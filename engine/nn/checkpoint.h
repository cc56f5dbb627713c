#ifndef DEMD_ENGINE_NN_CHECKPOINT_H_
#define DEMD_ENGINE_NN_CHECKPOINT_H_

#include <map>
#include <string>

#include "engine/io/json.h"
#include "engine/nn/layers.h"
#include "engine/tensor.h"

namespace demd {

/// Version of the files that SaveCheckpoint writes; LoadCheckpoint reads this one and all before.
inline constexpr int kCheckpointVersion = 1;

/// A model or the state of a training as a file: named float32 arrays and a JSON object. The file
/// is an NPZ (engine/io/npz.h), one array per name, in the order of the names, and the entry
/// "meta.json", which also holds "format" = "demd" and "format_version".
struct Checkpoint {
  JsonValue meta = JsonValue::MakeObject();
  std::map<std::string, Tensor> arrays;
};

/// Writes the file whole or not at all. Equal contents give equal bytes.
void SaveCheckpoint(const std::string& path, const Checkpoint& checkpoint);

/// Errors: DataError when the file is damaged, not ours, or of a later version.
Checkpoint LoadCheckpoint(const std::string& path);

/// Copies the values into checkpoint->arrays as "<prefix><parameter name>".
void StoreParameters(const ParameterList& parameters, const std::string& prefix,
                     Checkpoint* checkpoint);

/// The way back. Errors: DataError, naming `path`, for an array that is missing or has another
/// shape.
void RestoreParameters(const Checkpoint& checkpoint, const std::string& prefix,
                       const std::string& path, const ParameterList& parameters);

/// One array by its name and shape. Errors: DataError, naming `path`.
const Tensor& ArrayOf(const Checkpoint& checkpoint, const std::string& name, const Shape& shape,
                      const std::string& path);

}  // namespace demd

#endif  // DEMD_ENGINE_NN_CHECKPOINT_H_
