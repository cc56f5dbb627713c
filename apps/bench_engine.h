#ifndef DEMD_APPS_BENCH_ENGINE_H_
#define DEMD_APPS_BENCH_ENGINE_H_

#include "engine/io/json.h"

namespace demd {

/// Times the engine: the matrix kernels, on one thread, at a shape of the EMD CNN, for every
/// instruction set this machine has, in GFLOP/s and as a fraction of the multiply-adds it does in
/// registers alone; then training and inference of the EMD CNN and of the autoencoder, in pairs or
/// wafers per second over all threads; then what bench_scaling.h says. Each is the fastest of
/// interleaved repeats.
JsonValue BenchEngine();

/// Prints what BenchEngine returned as tables to standard output.
void PrintBenchEngine(const JsonValue& results);

}  // namespace demd

#endif  // DEMD_APPS_BENCH_ENGINE_H_
