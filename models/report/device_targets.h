#ifndef DEMD_MODELS_REPORT_DEVICE_TARGETS_H_
#define DEMD_MODELS_REPORT_DEVICE_TARGETS_H_

#include <string>

namespace demd {

/// What the encoder of profile econt needs on each Cortex-M board, as an element of XHTML: flash,
/// RAM and stack in bytes, and instructions a wafer. The numbers are those that
/// quant/device/firmware/targets.sh measured (targets.csv there); formats decide them, not weights.
std::string DeviceTargetTable();

/// The same from the text of a targets.csv; lines without sizes are left out.
/// Errors: DataError for a line with another number of columns than the header's.
std::string DeviceTargetTable(const std::string& csv);

}  // namespace demd

#endif  // DEMD_MODELS_REPORT_DEVICE_TARGETS_H_
