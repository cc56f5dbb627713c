#ifndef DEMD_MODELS_RUN_RUN_DATA_H_
#define DEMD_MODELS_RUN_RUN_DATA_H_

#include <cstdint>
#include <string>
#include <vector>

#include "models/run/recipe.h"
#include "models/wafer.h"

namespace demd {

/// The wafers of a run, each in one role only.
struct RunData {
  std::string description;  ///< where they come from, in words
  std::vector<Wafer> train;
  std::vector<Wafer> validation;  ///< choose the epoch
  std::vector<Wafer> held_out;    ///< measured once, at the end
};

/// Simulates the recipe's wafers, or reads its files and deals them out at random (by the seed):
/// 20 % held out, 10 % for validation, the rest for training.
/// Errors: DataError when there are fewer than kFewestWafers.
RunData MakeRunData(const Recipe& recipe);
inline constexpr int64_t kFewestWafers = 100;

/// CRC-32 over all charges: tells whether a resumed run has the wafers it began with.
uint32_t ChecksumOf(const RunData& data);

}  // namespace demd

#endif  // DEMD_MODELS_RUN_RUN_DATA_H_
