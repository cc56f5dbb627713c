#include "emd/entropic_plan.h"

#include <algorithm>
#include <cmath>

#include "emd/real_masses.h"

namespace demd {
namespace {

constexpr double kNoMass = 1e-100;

// The first plan has exponents within this.
constexpr double kFirstExponent = 8;
constexpr int32_t kFirstSinkhornSteps = 4;
// How well the plan of one epsilon fits before the next.
constexpr double kStageTolerance = 0.03;
// Steps of the symmetric iteration at each epsilon but the last.
constexpr int32_t kSymmetricSteps = 3;

// Newton's step changes no potential by more than this many epsilons, and gains this share of what
// the slope promises.
constexpr double kLongestStep = 3;
constexpr double kLeastGain = 0.1;
constexpr int32_t kHalvings = 20;

size_t Padded(int32_t n) { return static_cast<size_t>(PadForSinkhorn(n)); }

}  // namespace

void EntropicSide::Load(const double* masses, int32_t n, const SinkhornKernels& kernels) {
  sum = CheckedSum("sinkhorn", masses, n);
  cells.clear();
  mass.assign(Padded(n), 0);
  inverse_mass.assign(Padded(n), 0);
  for (int32_t i = 0; i < n; ++i) {
    const double share = masses[i] / sum;
    if (!(share > kNoMass)) continue;
    mass[cells.size()] = share;
    inverse_mass[cells.size()] = 1 / share;
    cells.push_back(i);
  }
  log_mass.resize(Padded(n));
  for (size_t k = 0; k < log_mass.size(); ++k) log_mass[k] = mass[k] > 0 ? mass[k] : 1;
  kernels.log(log_mass.data(), PadForSinkhorn(n), log_mass.data());
}

void EntropicPlan::Begin(const EntropicSide& rows, const EntropicSide& columns, const double* cost,
                         double largest, double epsilon) {
  rows_ = &rows;
  columns_ = &columns;
  plan_ = {rows.size(),
           columns.size(),
           PadForSinkhorn(columns.size()),
           rows.mass.data(),
           rows.inverse_mass.data(),
           columns.mass.data(),
           cost};
  const size_t stride = static_cast<size_t>(plan_.stride);
  value_.resize(static_cast<size_t>(plan_.rows) * stride);
  candidate_.resize(value_.size());
  matrix_.resize(stride * stride);
  f_.assign(Padded(plan_.rows), 0);
  factor_.assign(f_.size(), 1);
  logs_.resize(f_.size());
  g_.assign(stride, 0);
  column_sum_.resize(stride);
  next_sum_.resize(stride);
  direction_.resize(stride);
  step_.resize(stride);
  epsilon_ = epsilon;
  while (largest > kFirstExponent * epsilon_) epsilon_ *= 2;
  kernels_->gibbs(plan_, f_.data(), g_.data(), epsilon_, value_.data());
}

void EntropicPlan::BeginAt(const std::vector<double>& f, const std::vector<double>& g,
                           double epsilon) {
  std::copy_n(f.begin(), plan_.rows, f_.begin());
  std::copy_n(g.begin(), plan_.columns, g_.begin());
  epsilon_ = epsilon;
  kernels_->gibbs(plan_, f_.data(), g_.data(), epsilon_, value_.data());
}

double EntropicPlan::ColumnError() const {
  double error = 0;
  for (size_t q = 0; q < column_sum_.size(); ++q) {
    error += std::fabs(column_sum_[q] - columns_->mass[q]);
  }
  return error;
}

// Adds what factors of columns and rows mean to the potentials.
void EntropicPlan::Accept(const std::vector<double>& column_factor) {
  for (size_t q = 0; q < g_.size(); ++q) g_[q] += epsilon_ * column_factor[q];
  for (size_t r = 0; r < f_.size(); ++r) f_[r] += epsilon_ * logs_[r];
}

void EntropicPlan::SinkhornStep() {
  for (size_t q = 0; q < step_.size(); ++q) {
    step_[q] = column_sum_[q] > 0 ? columns_->mass[q] / column_sum_[q] : 1;
  }
  kernels_->scale(plan_, value_.data(), step_.data(), value_.data(), factor_.data(),
                  column_sum_.data());
  kernels_->log(step_.data(), plan_.stride, step_.data());
  kernels_->log(factor_.data(), PadForSinkhorn(plan_.rows), logs_.data());
  Accept(step_);
}

void EntropicPlan::NewtonStep() {
  for (size_t q = 0; q < direction_.size(); ++q) {
    direction_[q] = columns_->mass[q] - column_sum_[q];
  }
  if (!kernels_->newton_step(plan_, value_.data(), column_sum_.data(), matrix_.data(),
                             direction_.data()) ||
      !SearchLine()) {
    SinkhornStep();
  }
}

// Moves along direction_ as far as the dual keeps growing. Returns false, with nothing moved, if it
// does not grow at all.
bool EntropicPlan::SearchLine() {
  // A constant does not count; the padding must stay zero.
  const auto used = direction_.begin() + plan_.columns;
  const auto [low, high] = std::minmax_element(direction_.begin(), used);
  const double centre = (*low + *high) / 2;
  const double longest = (*high - *low) / 2;
  if (!std::isfinite(longest)) return false;
  double slope = 0;
  double linear = 0;
  for (int32_t q = 0; q < plan_.columns; ++q) {
    double& x = direction_[static_cast<size_t>(q)];
    x -= centre;
    const double mass = columns_->mass[static_cast<size_t>(q)];
    slope += x * (mass - column_sum_[static_cast<size_t>(q)]);
    linear += x * mass;
  }
  double step = longest > kLongestStep ? kLongestStep / longest : 1;
  for (int32_t halving = 0; halving < kHalvings; ++halving, step /= 2) {
    for (size_t q = 0; q < step_.size(); ++q) step_[q] = step * direction_[q];
    kernels_->exp(step_.data(), plan_.stride, step_.data());
    kernels_->scale(plan_, value_.data(), step_.data(), candidate_.data(), factor_.data(),
                    next_sum_.data());
    kernels_->log(factor_.data(), PadForSinkhorn(plan_.rows), logs_.data());
    double gain = step * linear;
    for (int32_t r = 0; r < plan_.rows; ++r) {
      gain += rows_->mass[static_cast<size_t>(r)] * logs_[static_cast<size_t>(r)];
    }
    constexpr double kRounding = 1e-15;
    if (gain >= kLeastGain * step * slope - kRounding) {
      for (size_t q = 0; q < step_.size(); ++q) step_[q] = step * direction_[q];
      value_.swap(candidate_);
      column_sum_.swap(next_sum_);
      Accept(step_);
      return true;
    }
  }
  return false;
}

// Scales rows alone, which needs no sums.
void EntropicPlan::ScaleRows() {
  std::fill(column_sum_.begin(), column_sum_.end(), 0);
  SinkhornStep();
}

void EntropicPlan::HalveEpsilon() {
  kernels_->halve_epsilon(plan_, value_.data());
  epsilon_ /= 2;
}

void EntropicPlan::Solve(const EntropicLimits& limits, int32_t* iterations) {
  ScaleRows();
  for (int32_t k = 1; k < kFirstSinkhornSteps && *iterations < limits.max_iterations; ++k) {
    SinkhornStep();
    ++*iterations;
  }
  while (true) {
    const bool last = epsilon_ <= limits.epsilon;
    const double goal = last ? limits.tolerance : std::max(kStageTolerance, limits.tolerance);
    while (*iterations < limits.max_iterations && !(ColumnError() < goal)) {
      NewtonStep();
      ++*iterations;
    }
    if (last) return;
    HalveEpsilon();
    ScaleRows();
    if (*iterations < limits.max_iterations) {
      SinkhornStep();
      ++*iterations;
    }
  }
}

void EntropicPlan::SymmetricStep() {
  for (size_t q = 0; q < step_.size(); ++q) {
    step_[q] = column_sum_[q] > 0 ? std::sqrt(columns_->mass[q] / column_sum_[q]) : 1;
  }
  kernels_->scale_symmetric(plan_, step_.data(), value_.data(), column_sum_.data());
  kernels_->log(step_.data(), plan_.stride, step_.data());
  for (size_t q = 0; q < g_.size(); ++q) g_[q] += epsilon_ * step_[q];
}

void EntropicPlan::SolveSymmetric(const EntropicLimits& limits, int32_t* iterations) {
  while (true) {
    std::fill(column_sum_.begin(), column_sum_.end(), 0);  // no factor yet: only sums
    SymmetricStep();
    const bool last = epsilon_ <= limits.epsilon;
    for (int32_t k = 0; last || k < kSymmetricSteps; ++k) {
      if (*iterations >= limits.max_iterations || ColumnError() < limits.tolerance) break;
      SymmetricStep();
      ++*iterations;
    }
    if (last) break;
    HalveEpsilon();
  }
  std::copy_n(g_.begin(), plan_.columns, f_.begin());
}

}  // namespace demd
