#ifndef DEMD_ENGINE_LAYER_PROFILE_H_
#define DEMD_ENGINE_LAYER_PROFILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace demd {

/// What an op of a layer cost so far.
struct LayerCost {
  std::string layer;  ///< name of the layer; empty for ops outside layers
  std::string op;
  int64_t calls = 0;  ///< forward
  double forward_seconds = 0.0;
  double backward_seconds = 0.0;
  size_t bytes = 0;  ///< most that one call took of the tape's memory, forward and backward
};

/// Time and memory of each layer, over all tapes of the program, from StartLayerProfile() on.
/// Times are of the threads that record: work that they hand out to others counts while they wait.
void StartLayerProfile();
bool LayerProfileRuns();

/// For tapes. Any thread.
void AddToLayerProfile(const std::string& layer, const char* op, bool backward, double seconds,
                       size_t bytes);

/// The costs in the order of first use.
std::vector<LayerCost> LayerProfile();

/// The same as a table, with each op's share of the time and the program's peak memory.
std::string LayerProfileTable();

}  // namespace demd

#endif  // DEMD_ENGINE_LAYER_PROFILE_H_
