#ifndef DEMD_APPS_BENCH_SCALING_H_
#define DEMD_APPS_BENCH_SCALING_H_

#include <cstdint>
#include <string>

#include "engine/io/json.h"
#include "engine/tensor.h"

namespace demd {

/// Some input for measurements: [rows, 48], uniform in [0, 1), by the name alone.
Tensor RandomRows(const std::string& name, int64_t rows);

/// Times what should not depend on sizes, and the ways of data into a training:
///   batches    ns per sample for batches of 32 to 4096
///   data_sets  ns per sample for training on 10^4 to 10^6 wafers
///   data       simulation on one thread, wafers/s, and reading of CSV, MB/s and wafers/s
JsonValue BenchScaling();

/// Prints what BenchScaling returned as tables to standard output.
void PrintBenchScaling(const JsonValue& results);

}  // namespace demd

#endif  // DEMD_APPS_BENCH_SCALING_H_
