#include "engine/ops/shaping.h"

#include <algorithm>
#include <string>

#include "engine/error.h"

namespace demd {
namespace {

Shape WithExtent(const Shape& shape, int axis, int64_t extent) {
  std::vector<int64_t> extents;
  for (int i = 0; i < shape.rank(); ++i) extents.push_back(i == axis ? extent : shape[i]);
  return Shape(extents);
}

void RequireAxis(const char* name, const Shape& shape) {
  if (shape.rank() > 0) return;
  throw UsageError(std::string(name) + ": expected a shape of at least one axis, found " +
                   shape.ToString());
}

void AddRun(const float* from, int64_t n, float* to) {
  for (int64_t i = 0; i < n; ++i) to[i] += from[i];
}

// x seen as [outer][run], where a run holds the axis and all after it.
int64_t RunOf(const Shape& shape, int axis) {
  int64_t run = 1;
  for (int i = axis; i < shape.rank(); ++i) run *= shape[i];
  return run;
}

void CheckParts(const std::vector<Var>& parts, int axis) {
  if (parts.empty()) throw UsageError("concatenate: expected at least one value, found none");
  const Shape first = parts[0].shape();
  if (axis < 0 || axis >= first.rank()) {
    throw UsageError("concatenate: expected an axis of " + first.ToString() + ", found " +
                     std::to_string(axis));
  }
  for (const Var& part : parts) {
    const Shape shape = part.shape();
    if (shape.rank() != first.rank() || WithExtent(shape, axis, first[axis]) != first) {
      throw UsageError("concatenate: expected " + first.ToString() + " but for axis " +
                       std::to_string(axis) + ", found " + shape.ToString());
    }
  }
}

}  // namespace

Var Reshape(Var x, const Shape& shape) { return x.tape().Alias("reshape", x, shape); }

Var Flatten(Var x) {
  RequireAxis("flatten", x.shape());
  return x.tape().Alias("flatten", x, Shape{x.shape()[0], x.shape().row_size()});
}

Var GatherColumns(Var x, const std::vector<int32_t>& columns) {
  const Shape shape = x.shape();
  RequireAxis("gather", shape);
  const int64_t m = shape[-1];
  const int64_t n = static_cast<int64_t>(columns.size());
  for (const int32_t column : columns) {
    if (column < -1 || column >= m) {
      throw UsageError("gather: expected columns of " + shape.ToString() + " or -1, found column " +
                       std::to_string(column));
    }
  }
  const int64_t rows = m == 0 ? 0 : shape.size() / m;
  int32_t* index = x.tape().NewArray<int32_t>(n);
  std::copy(columns.begin(), columns.end(), index);
  Var y = x.tape().Record("gather", WithExtent(shape, shape.rank() - 1, n), {x});
  for (int64_t r = 0; r < rows; ++r) {
    const float* in = x.value() + r * m;  // [m]
    float* out = y.value() + r * n;       // [n]
    for (int64_t j = 0; j < n; ++j) out[j] = index[j] < 0 ? 0.0f : in[index[j]];
  }
  x.tape().OnBackward(y, [x, y, index, rows, m, n] {
    const float* d_y = y.tape().Gradient(y);
    float* d_x = x.tape().AccumulatedGradient(x);
    for (int64_t r = 0; r < rows; ++r, d_y += n, d_x += m) {
      for (int64_t j = 0; j < n; ++j) {
        if (index[j] >= 0) d_x[index[j]] += d_y[j];
      }
    }
  });
  return y;
}

Var Concatenate(const std::vector<Var>& parts, int axis) {
  CheckParts(parts, axis);
  Tape& tape = parts[0].tape();
  const int64_t n_parts = static_cast<int64_t>(parts.size());
  Var* part_list = tape.NewArray<Var>(n_parts);
  std::copy(parts.begin(), parts.end(), part_list);
  int64_t extent = 0;
  for (const Var& part : parts) extent += part.shape()[axis];
  Var y = tape.Record("concatenate", WithExtent(parts[0].shape(), axis, extent), parts);
  const int64_t run = RunOf(y.shape(), axis);
  const int64_t outer = run == 0 ? 0 : y.shape().size() / run;
  int64_t offset = 0;
  for (const Var& part : parts) {
    const int64_t part_run = RunOf(part.shape(), axis);
    for (int64_t i = 0; i < outer; ++i) {
      std::copy_n(part.value() + i * part_run, part_run, y.value() + i * run + offset);
    }
    offset += part_run;
  }
  tape.OnBackward(y, [y, part_list, n_parts, axis, outer, run] {
    const float* d_y = y.tape().Gradient(y);
    int64_t part_offset = 0;
    for (int64_t p = 0; p < n_parts; ++p) {
      const int64_t part_run = RunOf(part_list[p].shape(), axis);
      if (float* d_part = y.tape().AccumulatedGradient(part_list[p])) {
        for (int64_t i = 0; i < outer; ++i) {
          AddRun(d_y + i * run + part_offset, part_run, d_part + i * part_run);
        }
      }
      part_offset += part_run;
    }
  });
  return y;
}

Var SliceRows(Var x, int64_t begin, int64_t end) {
  RequireAxis("slice", x.shape());
  if (begin < 0 || begin > end || end > x.shape()[0]) {
    throw UsageError("slice: expected rows within " + x.shape().ToString() + ", found [" +
                     std::to_string(begin) + ", " + std::to_string(end) + ")");
  }
  const int64_t row = x.shape().row_size();
  Var y = x.tape().Record("slice", WithExtent(x.shape(), 0, end - begin), {x});
  std::copy_n(x.value() + begin * row, (end - begin) * row, y.value());
  x.tape().OnBackward(y, [x, y, begin, row] {
    float* d_x = x.tape().AccumulatedGradient(x);
    AddRun(y.tape().Gradient(y), y.shape()[0] * row, d_x + begin * row);
  });
  return y;
}

}  // namespace demd
