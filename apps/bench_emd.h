#ifndef DEMD_APPS_BENCH_EMD_H_
#define DEMD_APPS_BENCH_EMD_H_

#include "engine/io/json.h"

namespace demd {

/// Times the exact solver on three kinds of pairs of wafers (emd/benchmark_pairs.h), on one thread,
/// with every kernel that this machine can run, and the sliced and Sinkhorn distances beside it;
/// then pairs per second over all threads. Microseconds a pair: median and half the distance of
/// the quartiles over repeats, and the sum over short chunks of each one's fastest run, which a
/// busy machine disturbs least.
JsonValue BenchEmd();

/// Prints what BenchEmd returned as a table to standard output.
void PrintBenchEmd(const JsonValue& results);

}  // namespace demd

#endif  // DEMD_APPS_BENCH_EMD_H_
