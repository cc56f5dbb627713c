// Compiled once for every instruction set, each time into a namespace of its own. Everything else
// here has internal linkage and calls no function of the standard library, so that no code for one
// machine can be linked into another's path. No sum depends on the width of a vector.

#include "emd/kernels/sinkhorn_kernels.h"

#include "emd/kernels/double_lanes.h"

#ifndef DEMD_VARIANT
#error "DEMD_VARIANT must name the namespace of the instruction set"
#endif
#define DEMD_STRING_OF(x) #x
#define DEMD_NAME_OF(x) DEMD_STRING_OF(x)

namespace demd {
namespace {

void RunSoftMin(const double* const* table, int32_t rows, int32_t n, const double* potential,
                const double* log_mass, double epsilon, double* out) {
  const double inverse = 1 / epsilon;
  for (int32_t k = 0; k < n; k += kDoubles) {
    Doubles largest = SplatDouble(-1e300);
    for (int32_t r = 0; r < rows; ++r) {
      const Doubles x = (potential[r] - LoadDoubles(table[r] + k)) * inverse + log_mass[r];
      largest = Higher(largest, x);
    }
    Doubles sum = {};
    for (int32_t r = 0; r < rows; ++r) {
      const Doubles x = (potential[r] - LoadDoubles(table[r] + k)) * inverse + log_mass[r];
      sum += ExpLanes(x - largest);
    }
    StoreDoubles(out + k, (largest + LogLanes(sum)) * -epsilon);
  }
}

void RunGibbs(const SinkhornPlan& plan, const double* f, const double* g, double epsilon,
              double* value) {
  const double inverse = 1 / epsilon;
  for (int32_t r = 0; r < plan.rows; ++r) {
    const double* cost = plan.cost + r * plan.stride;
    for (int32_t q = 0; q < plan.stride; q += kDoubles) {
      const Doubles x = ((LoadDoubles(g + q) - LoadDoubles(cost + q)) + f[r]) * inverse;
      const Doubles mass = LoadDoubles(plan.column_mass + q) * plan.row_mass[r];
      StoreDoubles(value + r * plan.stride + q, ExpLanes(x) * mass);
    }
  }
}

void RunHalveEpsilon(const SinkhornPlan& plan, double* value) {
  for (int32_t q = 0; q < plan.stride; q += kDoubles) {
    const Doubles mass = LoadDoubles(plan.column_mass + q);
    const Doubles inverse = mass > 0.0 ? 1.0 / mass : Doubles{};
    for (int32_t r = 0; r < plan.rows; ++r) {
      double* p = value + r * plan.stride + q;
      const Doubles v = LoadDoubles(p);
      const Doubles squared = v * (v * (inverse * plan.inverse_row_mass[r]));
      StoreDoubles(p, squared < 1e-280 ? Doubles{} : squared);
    }
  }
}

void RunScale(const SinkhornPlan& plan, const double* from, const double* w, double* to,
              double* factor, double* column_sum) {
  const int32_t stride = plan.stride;
  for (int32_t r = 0; r < plan.rows; ++r) {
    GroupSum sum;
    for (int32_t q = 0; q < stride; q += kDoubleGroup) {
      for (int32_t v = 0; v < kVectorsPerGroup; ++v) {
        const int32_t k = q + v * kDoubles;
        const Doubles x = LoadDoubles(from + r * stride + k) * LoadDoubles(w + k);
        StoreDoubles(to + r * stride + k, x);
        sum.part[v] += x;
      }
    }
    factor[r] = plan.row_mass[r] / sum.Total();
  }
  for (int32_t q = 0; q < stride; q += kDoubles) {
    Doubles sum = {};
    for (int32_t r = 0; r < plan.rows; ++r) {
      double* p = to + r * stride + q;
      const Doubles x = LoadDoubles(p) * factor[r];
      StoreDoubles(p, x);
      sum += x;
    }
    StoreDoubles(column_sum + q, sum);
  }
}

// The plan is symmetric: the sums of its columns are those of its rows.
void RunScaleSymmetric(const SinkhornPlan& plan, const double* w, double* value, double* row_sum) {
  for (int32_t q = 0; q < plan.stride; q += kDoubles) {
    const Doubles column = LoadDoubles(w + q);
    Doubles sum = {};
    for (int32_t r = 0; r < plan.rows; ++r) {
      double* p = value + r * plan.stride + q;
      const Doubles x = LoadDoubles(p) * (column * w[r]);
      StoreDoubles(p, x);
      sum += x;
    }
    StoreDoubles(row_sum + q, sum);
  }
}

// Rows p .. p + kRows of the matrix, from the group of the diagonal on.
template <int32_t kRows>
void NormalRows(const SinkhornPlan& plan, const double* value, const double* column_sum, int32_t p,
                double* matrix) {
  constexpr double kRegular = 1e-12;  // keeps it definite where the plan falls into parts
  constexpr int32_t kVectors = kDoubles == 8 ? 2 : kVectorsPerGroup;
  constexpr int32_t kTile = kVectors * kDoubles;
  const int32_t stride = plan.stride;
  for (int32_t q = p / kDoubleGroup * kDoubleGroup; q < stride; q += kTile) {
    const int32_t used = q + kTile <= stride ? kVectors : (stride - q) / kDoubles;
    Doubles sum[kRows][kVectors] = {};
    for (int32_t r = 0; r < plan.rows; ++r) {
      const double* row = value + r * stride;
      const double inverse = plan.inverse_row_mass[r];
      for (int32_t i = 0; i < kRows; ++i) {
        const double x = row[p + i] * inverse;
        for (int32_t v = 0; v < kVectors; ++v) {
          if (v < used) sum[i][v] += LoadDoubles(row + q + v * kDoubles) * x;
        }
      }
    }
    for (int32_t i = 0; i < kRows; ++i) {
      for (int32_t v = 0; v < used; ++v) {
        StoreDoubles(matrix + (p + i) * stride + q + v * kDoubles, -sum[i][v]);
      }
    }
  }
  for (int32_t i = p; i < p + kRows; ++i) {
    matrix[i * stride + i] += column_sum[i] * (1 + kRegular);
  }
}

// matrix = U^T U from its upper triangle, in place; each row also divided by its diagonal element.
// Returns false if the matrix is not positive definite.
bool Factorise(int32_t n, int32_t stride, double* matrix) {
  for (int32_t i = 0; i < n; ++i) {
    double* row = matrix + i * stride;
    for (int32_t q = i / kDoubleGroup * kDoubleGroup; q < stride; q += kDoubleGroup) {
      Doubles sum[kVectorsPerGroup];
      for (int32_t v = 0; v < kVectorsPerGroup; ++v) sum[v] = LoadDoubles(row + q + v * kDoubles);
      for (int32_t k = 0; k < i; ++k) {
        const double* above = matrix + k * stride;
        const double x = above[i];
        for (int32_t v = 0; v < kVectorsPerGroup; ++v) {
          sum[v] -= LoadDoubles(above + q + v * kDoubles) * x;
        }
      }
      for (int32_t v = 0; v < kVectorsPerGroup; ++v) StoreDoubles(row + q + v * kDoubles, sum[v]);
    }
    if (!(row[i] > 0)) return false;
    const double inverse = 1 / __builtin_sqrt(row[i]);
    for (int32_t q = i / kDoubleGroup * kDoubleGroup; q < stride; q += kDoubles) {
      StoreDoubles(row + q, LoadDoubles(row + q) * inverse);
    }
    for (int32_t q = i / kDoubleGroup * kDoubleGroup; q < i; ++q) row[q] = 0;
  }
  return true;
}

// Solves U^T U x = b in place. Entries of b before and after those that count are 0.
void Substitute(int32_t n, int32_t stride, const double* matrix, double* b) {
  for (int32_t i = 0; i < n; ++i) {
    const double* row = matrix + i * stride;
    const double y = b[i] / row[i];
    for (int32_t q = i / kDoubleGroup * kDoubleGroup; q < stride; q += kDoubles) {
      StoreDoubles(b + q, LoadDoubles(b + q) - LoadDoubles(row + q) * y);
    }
    b[i] = y;
  }
  for (int32_t i = n - 1; i >= 0; --i) {
    const double* row = matrix + i * stride;
    const double y = b[i];
    b[i] = 0;
    GroupSum sum;
    for (int32_t q = i / kDoubleGroup * kDoubleGroup; q < stride; q += kDoubleGroup) {
      for (int32_t v = 0; v < kVectorsPerGroup; ++v) {
        const int32_t k = q + v * kDoubles;
        sum.part[v] += LoadDoubles(row + k) * LoadDoubles(b + k);
      }
    }
    b[i] = (y - sum.Total()) / row[i];
  }
}

bool RunNewtonStep(const SinkhornPlan& plan, const double* value, const double* column_sum,
                   double* matrix, double* residual) {
  const int32_t n = plan.columns;
  int32_t p = 0;
  for (; p + 4 <= n; p += 4) NormalRows<4>(plan, value, column_sum, p, matrix);
  for (; p < n; ++p) NormalRows<1>(plan, value, column_sum, p, matrix);
  for (int32_t q = 0; q < plan.stride; ++q) matrix[q] = q == 0 ? 1 : 0;
  residual[0] = 0;
  if (!Factorise(n, plan.stride, matrix)) return false;
  Substitute(n, plan.stride, matrix, residual);
  return true;
}

void RunExp(const double* x, int32_t n, double* y) {
  for (int32_t k = 0; k < n; k += kDoubles) StoreDoubles(y + k, ExpLanes(LoadDoubles(x + k)));
}

void RunLog(const double* x, int32_t n, double* y) {
  for (int32_t k = 0; k < n; k += kDoubles) StoreDoubles(y + k, LogLanes(LoadDoubles(x + k)));
}

}  // namespace

namespace DEMD_VARIANT {

extern const SinkhornKernels kSinkhornKernels;
const SinkhornKernels kSinkhornKernels = {
    DEMD_NAME_OF(DEMD_VARIANT), RunSoftMin,    RunGibbs, RunHalveEpsilon, RunScale,
    RunScaleSymmetric,          RunNewtonStep, RunExp,   RunLog};

}  // namespace DEMD_VARIANT
}  // namespace demd
