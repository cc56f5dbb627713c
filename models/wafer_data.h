#ifndef DEMD_MODELS_WAFER_DATA_H_
#define DEMD_MODELS_WAFER_DATA_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/io/csv.h"
#include "engine/io/npy.h"
#include "models/wafer.h"

namespace demd {

// Files of wafers:
//
//   *.npy       one array [n][48] of any integer or float type, whole numbers
//   any other   CSV, one wafer a row, in one of these layouts:
//     with a header      columns CALQ_0 .. CALQ_47 anywhere, and of the truth whatever there is:
//                        entry, zside, layer, waferu, waferv, simenergy (or SimEnergyTotal),
//                        subdet, tc_eta, tc_phi; other columns are skipped
//     without, 57 wide   the layout written here, see below
//     without, other     the first 48 columns are the charges, the rest is skipped
//
// Written are CSV files with a header: CALQ_0 .. CALQ_47, entry, zside, layer, waferu, waferv,
// simenergy, subdet, tc_eta, tc_phi, where what is not known is as in WaferTruth.
// Source of the layouts: the data sets of rohanshenoy/Ecoder.

/// Wafers read from files, in the files' order.
struct WaferSet {
  std::vector<Wafer> wafers;
  /// Rows whose charges are all zero: they have no shape and are left out, as the peers do.
  int64_t n_empty = 0;
};

/// Reads the wafers of all files; a folder stands for its *.csv and *.npy files in byte order of
/// their names. Stops after max_wafers. A charge must be a whole number from 0 to kMaxCharge.
/// Errors: DataError "path:line: column CALQ_5: expected X, found Y" (for NPY the element's index)
/// for the first fault; also when a folder holds no such file or the files no wafer with charge.
WaferSet ReadWafers(const std::vector<std::string>& paths, int64_t max_wafers = INT64_MAX);

/// The same, one by one and in bounded memory: calls keep(wafer) for each with charge and returns
/// the number of empty ones.
int64_t ForEachWafer(const std::vector<std::string>& paths,
                     const std::function<void(const Wafer&)>& keep);

/// Whether a file of this name holds an NPY array.
bool IsNpyName(const std::string& path);

/// Writes wafers to a file, NPY (charges alone) or CSV by its name, which appears complete at
/// Close() or not at all.
class WaferWriter {
 public:
  /// n_wafers: how many will be appended. Error: DataError.
  WaferWriter(const std::string& path, int64_t n_wafers);

  void Append(const std::vector<Wafer>& wafers);

  /// REQUIRES: n_wafers wafers were appended.
  void Close();

 private:
  void AppendRow(const Wafer& wafer);

  std::unique_ptr<NpyWriter> npy_;
  std::unique_ptr<CsvWriter> csv_;
};

/// Writes a whole file.
void WriteWafers(const std::string& path, const std::vector<Wafer>& wafers);

}  // namespace demd

#endif  // DEMD_MODELS_WAFER_DATA_H_
