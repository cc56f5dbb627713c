#ifndef DEMD_ENGINE_OPS_SHAPING_H_
#define DEMD_ENGINE_OPS_SHAPING_H_

#include <cstdint>
#include <vector>

#include "engine/autograd.h"

namespace demd {

/// The same elements under another shape; nothing is copied.
/// Errors: UsageError when the sizes differ.
Var Reshape(Var x, const Shape& shape);

/// [n, ...] -> [n, product of the rest].
Var Flatten(Var x);

/// Columns of x, in a given order: y[r][j] = x[r][columns[j]], or 0 where columns[j] = -1.
///
/// x: [..., m]   y: [..., columns.size()]
/// Errors: UsageError when a column is not in [-1, m).
Var GatherColumns(Var x, const std::vector<int32_t>& columns);

/// Joins values along an axis; all other extents must agree.
/// Errors: UsageError, with both shapes, when they do not.
Var Concatenate(const std::vector<Var>& parts, int axis);

/// Rows [begin, end) of the first axis.
Var SliceRows(Var x, int64_t begin, int64_t end);

}  // namespace demd

#endif  // DEMD_ENGINE_OPS_SHAPING_H_
