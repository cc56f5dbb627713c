#ifndef DEMD_EMD_LOSSES_H_
#define DEMD_EMD_LOSSES_H_

#include <vector>

#include "emd/metric.h"
#include "emd/sinkhorn.h"
#include "emd/sliced.h"
#include "engine/autograd.h"

namespace demd {

/// Exact earth mover's distance of each pair of rows, as a differentiable op:
///
///   y[r] = EMD(a[r] / sum a[r], b[r] / sum b[r])
///
/// a: [rows, cost.n()], b: [rows, cost.m()], non-negative, each row with some mass; y: [rows].
/// The gradient comes from the dual potentials and includes the normalisation:
///   d y[r] / d a[r][i] = (f_i - sum_k f_k a_k / sum a) / sum a,
/// the like for b. Where the optimal duals are not unique (ties between routes, cells without
/// mass) it is a subgradient. Rows are shared out over all threads; the bytes do not depend on how
/// many there are. Mean(ExactEmd(...)) is the usual loss. The other distances follow the same
/// rules. Errors: UsageError on shapes that do not fit and on parameters other than stated here or
/// where the distance is declared; NumericError naming a row that is negative, not finite or
/// without mass.
Var ExactEmd(const GroundCost& cost, Var a, Var b);

/// The p-Wasserstein distance, root taken, of each pair of rows, for finite p >= 1 and a ground
/// metric:
///
///   y[r] = (exact EMD with the cost metric^p)^(1/p)
///
/// Without the root it is ExactEmd(metric.Power(p), a, b). Where y = 0 the gradient given is 0.
Var WassersteinDistance(const GroundCost& metric, double p, Var a, Var b);

/// Energy mover's distance of each pair of rows, which are not normalised (emd/partial.h); the same
/// shapes. Rows of one side may be empty.
Var EnergyMoversDistance(const GroundCost& cost, double radius, Var a, Var b);

/// Sliced distance of each pair of rows (emd/sliced.h), the same shapes and errors as ExactEmd.
Var SlicedDistance(const SlicedEmd& sliced, Var a, Var b);

/// Entropic distance or Sinkhorn divergence of each pair of rows (emd/sinkhorn.h), likewise.
Var SinkhornDistance(const GroundCost& cost, const SinkhornOptions& options, Var a, Var b);

/// Distance on a line or a circle of each pair of rows (emd/one_dimensional.h), likewise.
/// positions: [n], finite, in order; circumference: finite, 0 for a line.
Var OneDimensionalDistance(const std::vector<double>& positions, double circumference, Var a,
                           Var b);

/// Distance W_p on a line to the finite power p >= 1, no root taken, of each pair of rows,
/// likewise.
Var LineWassersteinPower(double p, const std::vector<double>& positions, Var a, Var b);

}  // namespace demd

#endif  // DEMD_EMD_LOSSES_H_
