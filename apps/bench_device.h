#ifndef DEMD_APPS_BENCH_DEVICE_H_
#define DEMD_APPS_BENCH_DEVICE_H_

#include "engine/io/json.h"

namespace demd {

/// Times the integer encoder, all steps from charges to frame, on one thread: each profile with
/// each variant, in batches and one wafer at a time, interleaved and repeated; minimum and median
/// over the repeats; and streams of wafers from files to frames, on all threads. Units: nanoseconds
/// a wafer.
JsonValue BenchDevice();

/// Prints what BenchDevice returned as a table to standard output.
void PrintBenchDevice(const JsonValue& results);

}  // namespace demd

#endif  // DEMD_APPS_BENCH_DEVICE_H_
