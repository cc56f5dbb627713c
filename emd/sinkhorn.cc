#include "emd/sinkhorn.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "emd/kernels/sinkhorn_kernels.h"
#include "emd/kernels/transport_kernel.h"

namespace demd {
namespace {

bool IsSymmetric(const GroundCost& cost) {
  if (cost.is_metric()) return true;
  if (cost.n() != cost.m()) return false;
  for (int32_t i = 0; i < cost.n(); ++i) {
    for (int32_t j = 0; j < i; ++j) {
      if (cost(i, j) != cost(j, i)) return false;
    }
  }
  return true;
}

// What the cells with mass have of an array over all cells.
void Pick(const EntropicSide& side, const std::vector<double>& all, std::vector<double>* picked) {
  picked->resize(side.mass.size());
  std::fill(picked->begin(), picked->end(), 0);
  for (size_t k = 0; k < side.cells.size(); ++k) {
    (*picked)[k] = all[static_cast<size_t>(side.cells[k])];
  }
}

double Dot(const EntropicSide& side, const std::vector<double>& picked) {
  double sum = 0;
  for (size_t k = 0; k < side.cells.size(); ++k) sum += side.mass[k] * picked[k];
  return sum;
}

double DotAll(const EntropicSide& side, const std::vector<double>& all) {
  double sum = 0;
  for (size_t k = 0; k < side.cells.size(); ++k) {
    sum += side.mass[k] * all[static_cast<size_t>(side.cells[k])];
  }
  return sum;
}

// gradient[i] = (potential - self - its mean over the masses) / sum; self may be empty.
void Gradient(const EntropicSide& side, int32_t n, const std::vector<double>& potential,
              const std::vector<double>& self, double* gradient) {
  if (gradient == nullptr) return;
  const bool debiased = !self.empty();
  const double mean = DotAll(side, potential) - (debiased ? DotAll(side, self) : 0);
  for (size_t i = 0; i < static_cast<size_t>(n); ++i) {
    gradient[i] = (potential[i] - (debiased ? self[i] : 0) - mean) / side.sum;
  }
}

// Sum of |plan's column - mass| for potentials that were `before` and would make it fit as `after`.
double MarginalError(const SinkhornKernels& kernels, const EntropicSide& side,
                     const std::vector<double>& before, const std::vector<double>& after,
                     double epsilon, std::vector<double>* scratch) {
  scratch->resize(side.mass.size());
  for (size_t k = 0; k < scratch->size(); ++k) {
    (*scratch)[k] = k < side.cells.size() ? (before[k] - after[k]) / epsilon : 0;
  }
  kernels.exp(scratch->data(), static_cast<int32_t>(scratch->size()), scratch->data());
  double error = 0;
  for (size_t k = 0; k < side.cells.size(); ++k) {
    error += side.mass[k] * std::fabs((*scratch)[k] - 1);
  }
  return error;
}

}  // namespace

SinkhornSolver::SinkhornSolver(const GroundCost& cost, const SinkhornOptions& options)
    : cost_(cost),
      options_(options),
      kernels_(&SinkhornKernelsNamed(ChosenTransportKernel().name)),
      plan_(*kernels_),
      row_stride_(static_cast<size_t>(PadForSinkhorn(cost.n()))),
      column_stride_(static_cast<size_t>(PadForSinkhorn(cost.m()))) {
  if (!(options.epsilon > 0) || !std::isfinite(options.epsilon)) {
    throw std::invalid_argument("sinkhorn: expected a positive, finite epsilon");
  }
  if (options.debiased && !IsSymmetric(cost)) {
    throw std::invalid_argument("sinkhorn: a debiased value needs a symmetric cost");
  }
  costs_.assign(static_cast<size_t>(cost.n()) * column_stride_, 0);
  transposed_.assign(static_cast<size_t>(cost.m()) * row_stride_, 0);
  for (int32_t i = 0; i < cost.n(); ++i) {
    for (int32_t j = 0; j < cost.m(); ++j) {
      const size_t row = static_cast<size_t>(i);
      const size_t column = static_cast<size_t>(j);
      costs_[row * column_stride_ + column] = cost(i, j);
      transposed_[column * row_stride_ + row] = cost(i, j);
    }
  }
}

void SinkhornSolver::UseKernels(const SinkhornKernels& kernels) {
  kernels_ = &kernels;
  plan_ = EntropicPlan(kernels);
}

EntropicLimits SinkhornSolver::Limits() const {
  return {options_.epsilon, options_.tolerance, options_.max_iterations};
}

void SinkhornSolver::GatherCosts(const std::vector<double>& table, size_t stride,
                                 const EntropicSide& rows, const EntropicSide& columns) {
  const size_t padded = static_cast<size_t>(PadForSinkhorn(columns.size()));
  gathered_.assign(rows.cells.size() * padded, 0);
  for (size_t r = 0; r < rows.cells.size(); ++r) {
    const double* from = table.data() + static_cast<size_t>(rows.cells[r]) * stride;
    double* to = gathered_.data() + r * padded;
    for (size_t q = 0; q < columns.cells.size(); ++q) to[q] = from[columns.cells[q]];
  }
}

// Potentials of all cells of one side from those of the other's cells with mass. table: by cell of
// the other side.
void SinkhornSolver::SoftMin(const std::vector<double>& table, size_t stride,
                             const EntropicSide& other, const std::vector<double>& potential,
                             std::vector<double>* out) {
  rows_.clear();
  for (int32_t cell : other.cells) {
    rows_.push_back(table.data() + static_cast<size_t>(cell) * stride);
  }
  out->resize(stride);
  kernels_->soft_min(rows_.data(), other.size(), static_cast<int32_t>(stride), potential.data(),
                     other.log_mass.data(), options_.epsilon, out->data());
}

// The smaller side gives the columns, of which Newton's matrix is made.
double SinkhornSolver::SolvePair(SinkhornResult* result) {
  const bool swapped = a_.size() < b_.size();
  const EntropicSide& rows = swapped ? b_ : a_;
  const EntropicSide& columns = swapped ? a_ : b_;
  const std::vector<double>& by_row = swapped ? transposed_ : costs_;
  const std::vector<double>& by_column = swapped ? costs_ : transposed_;
  const size_t by_row_stride = swapped ? row_stride_ : column_stride_;
  const size_t by_column_stride = swapped ? column_stride_ : row_stride_;
  std::vector<double>& row_potential = swapped ? g_ : f_;
  std::vector<double>& column_potential = swapped ? f_ : g_;
  GatherCosts(by_row, by_row_stride, rows, columns);
  plan_.Begin(rows, columns, gathered_.data(), cost_.largest(), options_.epsilon);
  while (true) {
    plan_.Solve(Limits(), &result->iterations);
    // One iteration in the log domain.
    SoftMin(by_column, by_column_stride, columns, plan_.g(), &row_potential);
    Pick(rows, row_potential, &old_);
    SoftMin(by_row, by_row_stride, rows, old_, &column_potential);
    Pick(columns, column_potential, &new_);
    result->marginal_error =
        MarginalError(*kernels_, columns, plan_.g(), new_, options_.epsilon, &scratch_);
    result->converged = result->marginal_error < options_.tolerance;
    if (result->converged || result->iterations >= options_.max_iterations) break;
    ++result->iterations;
    plan_.BeginAt(old_, new_, options_.epsilon);
  }
  // The plan of these potentials has total 1, so the entropy term adds nothing to the dual.
  return Dot(rows, old_) + Dot(columns, new_);
}

double SinkhornSolver::SolveWithItself(const EntropicSide& side, std::vector<double>* self,
                                       SinkhornResult* result) {
  GatherCosts(costs_, column_stride_, side, side);
  plan_.Begin(side, side, gathered_.data(), cost_.largest(), options_.epsilon);
  double error = 0;
  for (int32_t iterations = 0;;) {
    plan_.SolveSymmetric(Limits(), &iterations);
    SoftMin(costs_, column_stride_, side, plan_.g(), self);
    Pick(side, *self, &new_);
    error = MarginalError(*kernels_, side, plan_.g(), new_, options_.epsilon, &scratch_);
    if (error < options_.tolerance || iterations >= options_.max_iterations) break;
    ++iterations;
    for (size_t k = 0; k < side.cells.size(); ++k) new_[k] = (new_[k] + plan_.g()[k]) / 2;
    plan_.BeginAt(new_, new_, options_.epsilon);
  }
  result->marginal_error = std::max(result->marginal_error, error);
  result->converged = result->converged && error < options_.tolerance;
  return Dot(side, plan_.g()) + Dot(side, new_);
}

SinkhornResult SinkhornSolver::Solve(const double* a, const double* b, double* d_a, double* d_b) {
  a_.Load(a, cost_.n(), *kernels_);
  b_.Load(b, cost_.m(), *kernels_);
  SinkhornResult result;
  result.value = SolvePair(&result);
  if (options_.debiased) {
    const double value_a = SolveWithItself(a_, &self_a_, &result);
    const double value_b = SolveWithItself(b_, &self_b_, &result);
    result.value -= (value_a + value_b) / 2;
  }
  Gradient(a_, cost_.n(), f_, self_a_, d_a);
  Gradient(b_, cost_.m(), g_, self_b_, d_b);
  return result;
}

}  // namespace demd
