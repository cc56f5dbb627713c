#ifndef DEMD_MODELS_RUN_RUN_DATA_H_
#define DEMD_MODELS_RUN_RUN_DATA_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/run/recipe.h"
#include "models/wafer.h"
#include "models/wafer_store.h"

namespace demd {

/// The wafers of a run, each in one role only.
struct RunData {
  std::string description;  ///< where they come from, in words
  std::shared_ptr<const EncoderInputRows> train;
  std::vector<Wafer> validation;  ///< choose the epoch
  std::vector<Wafer> held_out;    ///< measured once, at the end
};

/// Simulates the recipe's wafers, or reads its files and deals them out at random (by the seed):
/// 20 % held out (kMostHeldOut at most), 10 % for validation (kMostValidation at most), the rest
/// for training. More wafers than WaferStore holds in memory lie in a file without a name in
/// `directory`; memory then holds four bytes of each.
/// Errors: DataError when there are fewer than kFewestWafers.
RunData MakeRunData(const Recipe& recipe, const std::string& directory);
inline constexpr int64_t kFewestWafers = 100;
inline constexpr int64_t kMostHeldOut = 100000;
inline constexpr int64_t kMostValidation = 20000;

/// Whether the recipe's wafers are zero-suppressed: its sample, or, of files, whether none of their
/// first wafers has a charge between 0 and kCountsPerMipT (thresholds are above, noise is below).
/// Errors: DataError.
bool IsZeroSuppressed(const Recipe& recipe);

/// CRC-32 over all charges: tells whether a resumed run has the wafers it began with.
uint32_t ChecksumOf(const RunData& data);

}  // namespace demd

#endif  // DEMD_MODELS_RUN_RUN_DATA_H_
