#ifndef DEMD_APPS_BENCH_LARGE_EMD_H_
#define DEMD_APPS_BENCH_LARGE_EMD_H_

#include "engine/io/json.h"

namespace demd {

/// Times the exact solver for large problems (emd/large_transport/solver.h) on one thread: 256 to
/// 65,536 random points on either side, uniform in a square, with random masses (1 to 1000) and
/// with equal ones. Milliseconds a solve, duals included: median and half the distance of the
/// quartiles over repeats; pivots, searches over all arcs, memory, and how the time grows with n.
JsonValue BenchLargeEmd();

/// Prints what BenchLargeEmd returned as a table to standard output.
void PrintBenchLargeEmd(const JsonValue& results);

}  // namespace demd

#endif  // DEMD_APPS_BENCH_LARGE_EMD_H_
