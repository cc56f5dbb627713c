#ifndef DEMD_EMD_BATCH_H_
#define DEMD_EMD_BATCH_H_

#include <cstdint>
#include <functional>

#include "emd/any_transport.h"
#include "emd/metric.h"

namespace demd {

/// A solver whose errors are those of this project: UsageError when a side has no cells or the
/// environment names a kernel that does not exist.
AnyTransportSolver MakeTransportSolver(const TransportCosts& costs);
AnyTransportSolver MakeTransportSolver(const GroundCost& cost);

/// Earth mover's distances of many pairs over all threads (engine/parallel.h). Results are the same
/// bytes for every thread count. Row type T: float, double, int32_t or int64_t; integer rows are
/// solved exactly, real ones as SolveShapes of the solvers says.
/// Errors: NumericError naming the rows (`rows a[17], b[17]: expected some mass ...`).

/// out[k] = EMD of a[k] / sum and b[k] / sum. a: [n_pairs][cost.n()], b: [n_pairs][cost.m()].
template <typename T>
void EmdOfRows(const GroundCost& cost, const T* a, const T* b, int64_t n_pairs, double* out);

/// out[r][s] = EMD of a[r] / sum and b[s] / sum, without copies of the rows.
/// a: [n_a][cost.n()], b: [n_b][cost.m()], out: [n_a][n_b]. Where a == b under a metric, only one
/// half is computed and mirrored.
/// progress: called now and then, from any thread but one at a time, with the number of pairs done;
/// may be empty.
template <typename T>
void EmdPairwise(const GroundCost& cost, const T* a, int64_t n_a, const T* b, int64_t n_b,
                 double* out, const std::function<void(int64_t)>& progress = {});

}  // namespace demd

#endif  // DEMD_EMD_BATCH_H_
