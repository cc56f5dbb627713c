#ifndef DEMD_MODELS_CONCENTRATOR_CONCENTRATOR_H_
#define DEMD_MODELS_CONCENTRATOR_CONCENTRATOR_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/concentrator/concentrator_frame.h"
#include "models/wafer.h"

namespace demd {

/// What the ECON-T concentrator can send instead of an autoencoder's codes: the baselines.
/// Source: ECON-T emulator; names and numbers of cells also in rohanshenoy/Ecoder's train.py.
enum class ConcentratorAlgorithm {
  kThreshold,    ///< "threshold": every cell of at least 1.35 MIP_T (47 counts)
  kBestChoice,   ///< "bc": the 4, 6, 9, 14 largest cells for 2, 3, 4, 5 eLinks; of equal ones the
                 ///< lower indices (the chip's sorting network may pick others)
  kSuperCell4,   ///< "stc4": sums of 5, 8, 11, 12 of the twelve 2x2 groups for 2, 3, 4, 5 eLinks
  kSuperCell16,  ///< "stc16": sums of the three rhombi for any number of eLinks
};

/// How the receiver makes 48 charges of what it got.
enum class ConcentratorDecoder {
  kLargestCell,  ///< a group's sum goes to its largest cell; charge of cells not sent is forgotten
  kSpread,  ///< a group's sum goes to its cells in equal parts, and so does the rest that threshold
            ///< and best choice report to the cells not sent
};

/// Of the module; decides the bits that a cell's charge loses before it is sent: 1 or 3.
enum class ModuleDensity { kLow, kHigh };

/// Which 2x2 groups are sent when not all fit the eLinks.
enum class GroupChoice {
  /// Those of largest sum. The chip cannot say so: its frame has no field for it. We add a map of
  /// 12 bits and count it, so that for 2, 3, 4 eLinks the frame is 7, 8, 9 bits longer than the
  /// links. This is the stronger opponent, and the one that studies compare with.
  kLargest,
  /// The first ones, as the chip does it: for modules whose other cells do not exist.
  kFirst,
};

struct ConcentratorOptions {
  ConcentratorAlgorithm algorithm = ConcentratorAlgorithm::kBestChoice;
  int n_elinks = 5;  ///< 2 to 5
  ConcentratorDecoder decoder = ConcentratorDecoder::kLargestCell;
  ModuleDensity density = ModuleDensity::kLow;
  GroupChoice group_choice = GroupChoice::kLargest;
};

inline constexpr int32_t kThresholdCounts = 47;

/// The names that ConcentratorByName knows: threshold, bc, stc4, stc16.
const std::vector<std::string>& ConcentratorNames();

/// Errors: UsageError that lists the names.
ConcentratorAlgorithm ConcentratorByName(std::string_view name);

/// For people, with all that tells two rows of a table apart: "best choice (14 cells, rest
/// spread)", "super trigger cells 2x2 (largest 8 of 12)".
std::string ConcentratorTitle(const ConcentratorOptions& options);

/// The frame of one wafer.
/// Errors: UsageError when n_elinks is not 2 to 5; DataError naming the cell whose charge is
/// negative or above kMaxCharge.
LinkFrame SendWafer(const int32_t* charges, const ConcentratorOptions& options,
                    uint32_t bunch_crossing = 0);

/// The charges that the receiver makes of a frame, which is all that it looks at. A code stands for
/// the middle of its cell, but a code of 0 for no charge.
/// charges: [48] counts.  Errors: as the unpackers (models/concentrator/concentrator_frame.h).
void ReceiveWafer(const LinkFrame& frame, const ConcentratorOptions& options, float* charges);

/// What arrives of a set of wafers.
struct ConcentratorOutput {
  std::vector<float> charges;  ///< [n][48] counts; all 0 where nothing was sent
  std::vector<int32_t> bits;   ///< [n] of the frame's fields, without padding
};

/// Sends and receives n wafers. For all but threshold the bits fit 32 n_elinks, with the exception
/// that GroupChoice names. Threshold's frames vary and do not depend on n_elinks: a buffer
/// spreads them over bunch crossings, so a fair comparison needs their mean to be below
/// 32 n_elinks; the buffer's overflow, when the chip sends the sum alone, is not simulated.
/// charges: [n][48].  Errors: as SendWafer, naming the wafer too.
ConcentratorOutput RunConcentrator(const int32_t* charges, int64_t n,
                                   const ConcentratorOptions& options);

}  // namespace demd

#endif  // DEMD_MODELS_CONCENTRATOR_CONCENTRATOR_H_
