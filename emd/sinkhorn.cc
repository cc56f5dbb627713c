#include "emd/sinkhorn.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "engine/portable_math.h"

namespace demd {
namespace {

double Dot(const std::vector<double>& x, const std::vector<double>& y) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum;
}

}  // namespace

void SinkhornSolver::Side::Load(const double* masses, int32_t n) {
  sum = 0;
  for (int32_t i = 0; i < n; ++i) {
    if (!(masses[i] >= 0)) throw std::invalid_argument("sinkhorn: expected masses of at least 0");
    sum += masses[i];
  }
  if (!(sum > 0) || !std::isfinite(sum)) {
    throw std::invalid_argument("sinkhorn: expected some finite mass on both sides");
  }
  mass.resize(static_cast<size_t>(n));
  log_mass.assign(static_cast<size_t>(n), 0);
  for (size_t i = 0; i < mass.size(); ++i) {
    mass[i] = masses[i] / sum;
    if (mass[i] > 0) log_mass[i] = Log(mass[i]);
  }
}

SinkhornSolver::SinkhornSolver(const GroundCost& cost, const SinkhornOptions& options)
    : cost_(cost), options_(options) {
  if (!(options.epsilon > 0)) throw std::invalid_argument("sinkhorn: expected epsilon > 0");
  if (options.debiased && cost.n() != cost.m()) {
    throw std::invalid_argument("sinkhorn: a debiased value needs the same cells on both sides");
  }
  exponents_.resize(static_cast<size_t>(std::max(cost.n(), cost.m())));
}

// -epsilon log sum over k of mass_k exp((potential_k - cost_k) / epsilon).
double SinkhornSolver::SoftMin(const double* cost, int64_t stride, const Side& other,
                               const std::vector<double>& potential) {
  double largest = -1e300;
  for (size_t k = 0; k < other.mass.size(); ++k) {
    if (other.mass[k] == 0) continue;
    const double c = cost[static_cast<int64_t>(k) * stride];
    exponents_[k] = (potential[k] - c) / options_.epsilon + other.log_mass[k];
    largest = std::max(largest, exponents_[k]);
  }
  double sum = 0;
  for (size_t k = 0; k < other.mass.size(); ++k) {
    if (other.mass[k] > 0) sum += Exp(exponents_[k] - largest);
  }
  return -options_.epsilon * (largest + Log(sum));
}

double SinkhornSolver::SolvePair(const Side& a, const Side& b, std::vector<double>* f,
                                 std::vector<double>* g, SinkhornResult* result) {
  const int64_t m = cost_.m();
  f->assign(a.mass.size(), 0);
  g->assign(b.mass.size(), 0);
  double error = 0;
  for (result->iterations = 0; result->iterations < options_.max_iterations;) {
    ++result->iterations;
    // With the old f, row i of the plan sums to a_i exp((f_i - new f_i) / epsilon).
    error = 0;
    for (size_t i = 0; i < f->size(); ++i) {
      const double next = SoftMin(cost_.data() + static_cast<int64_t>(i) * m, 1, b, *g);
      error += a.mass[i] * std::fabs(Exp(((*f)[i] - next) / options_.epsilon) - 1);
      (*f)[i] = next;
    }
    for (size_t j = 0; j < g->size(); ++j) (*g)[j] = SoftMin(cost_.data() + j, m, a, *f);
    if (result->iterations > 1 && error < options_.tolerance) break;
  }
  result->marginal_error = error;
  result->converged = error < options_.tolerance;
  // After the update of g the plan has total 1, so the entropy term adds nothing to the dual.
  return Dot(a.mass, *f) + Dot(b.mass, *g);
}

// For equal sides f = g, and averaging the update makes it contract fast.
double SinkhornSolver::SolveWithItself(const Side& a, std::vector<double>* f,
                                       SinkhornResult* result) {
  const int64_t m = cost_.m();
  f->assign(a.mass.size(), 0);
  std::vector<double> next(a.mass.size());
  double error = 0;
  for (int32_t iteration = 0; iteration < options_.max_iterations; ++iteration) {
    error = 0;
    for (size_t i = 0; i < f->size(); ++i) {
      next[i] = SoftMin(cost_.data() + static_cast<int64_t>(i) * m, 1, a, *f);
      error += a.mass[i] * std::fabs(Exp(((*f)[i] - next[i]) / options_.epsilon) - 1);
    }
    for (size_t i = 0; i < f->size(); ++i) (*f)[i] = ((*f)[i] + next[i]) / 2;
    if (error < options_.tolerance) break;
  }
  result->marginal_error = std::max(result->marginal_error, error);
  result->converged = result->converged && error < options_.tolerance;
  return 2 * Dot(a.mass, *f);
}

void SinkhornSolver::Gradient(const Side& side, const std::vector<double>& potential,
                              const std::vector<double>& self, double* gradient) {
  if (gradient == nullptr) return;
  const double mean = Dot(side.mass, potential) - (self.empty() ? 0 : Dot(side.mass, self));
  for (size_t i = 0; i < potential.size(); ++i) {
    gradient[i] = (potential[i] - (self.empty() ? 0 : self[i]) - mean) / side.sum;
  }
}

SinkhornResult SinkhornSolver::Solve(const double* a, const double* b, double* d_a, double* d_b) {
  a_.Load(a, cost_.n());
  b_.Load(b, cost_.m());
  SinkhornResult result;
  std::vector<double> f;
  std::vector<double> g;
  std::vector<double> self_a;
  std::vector<double> self_b;
  result.value = SolvePair(a_, b_, &f, &g, &result);
  if (options_.debiased) {
    const double value_a = SolveWithItself(a_, &self_a, &result);
    const double value_b = SolveWithItself(b_, &self_b, &result);
    result.value -= (value_a + value_b) / 2;
  }
  Gradient(a_, f, self_a, d_a);
  Gradient(b_, g, self_b, d_b);
  return result;
}

}  // namespace demd
