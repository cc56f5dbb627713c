#include "emd/transport.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "emd/kernels/transport_kernel.h"
#include "emd/mass_scaling.h"
#include "emd/transport_tables.h"

namespace demd {

struct TransportSolver::Workspace {
  KernelWorkspace kernel;
  // Integer masses of the last problem and, under a metric, what stays in place.
  int64_t a[kMaxTransportCells];
  int64_t b[kMaxTransportCells];
  int64_t common[kMaxTransportCells];
  double source_duals[kMaxTransportCells];
  double sink_duals[kMaxTransportCells];
};

namespace {

constexpr int64_t kHalfPerturbation = int64_t{1} << (kMassPerturbationBits - 1);

int64_t TrueFlow(int64_t perturbed) {
  return (perturbed + kHalfPerturbation) >> kMassPerturbationBits;
}

// gradient[i] = (dual[i] - mean of dual over the masses) / sum.
void CentredShares(int32_t n, const double* dual, const int64_t* mass, double sum,
                   double* gradient) {
  double weighted = 0;
  double total = 0;
  for (int32_t i = 0; i < n; ++i) {
    weighted += dual[i] * static_cast<double>(mass[i]);
    total += static_cast<double>(mass[i]);
  }
  const double mean = weighted / total;
  for (int32_t i = 0; i < n; ++i) gradient[i] = (dual[i] - mean) / sum;
}

}  // namespace

const char* Explain(TransportStatus status) {
  switch (status) {
    case TransportStatus::kOptimal:
      return "solved to optimality";
    case TransportStatus::kNegativeMass:
      return "expected masses of at least 0, found a negative one";
    case TransportStatus::kNotFinite:
      return "expected finite masses, found NaN or infinity";
    case TransportStatus::kNoMass:
      return "expected some mass on both sides, found none";
    case TransportStatus::kUnequalTotals:
      return "expected equal totals, found different ones";
    case TransportStatus::kTotalTooLarge:
      return "expected a total mass of at most 2^54, found more";
    case TransportStatus::kPivotLimit:
      return "the bound on pivots was hit";
  }
  return "unknown status";
}

TransportSolver::TransportSolver(const GroundCost& cost) : cost_(cost) {
  if (cost.tables() == nullptr || cost.n() < 1 || cost.m() < 1) {
    throw std::invalid_argument("transport: expected 1 to 64 cells on either side, found " +
                                std::to_string(cost.n()) + " and " + std::to_string(cost.m()));
  }
  workspace_ = std::make_unique<Workspace>();
  solve_ = ChosenTransportKernel().solve;
}

void TransportSolver::UseKernel(const TransportKernel& kernel) { solve_ = kernel.solve; }

TransportSolver::~TransportSolver() = default;
TransportSolver::TransportSolver(TransportSolver&&) noexcept = default;
TransportSolver& TransportSolver::operator=(TransportSolver&&) noexcept = default;

TransportResult TransportSolver::Solve(const int64_t* a, const int64_t* b) {
  TransportResult result;
  int64_t total_a = 0;
  int64_t total_b = 0;
  result.status = SumMasses(a, cost_.n(), b, cost_.m(), &total_a, &total_b);
  if (!result.ok()) return result;
  if (total_a != total_b) {
    result.status = TransportStatus::kUnequalTotals;
    return result;
  }
  std::copy(a, a + cost_.n(), workspace_->a);
  std::copy(b, b + cost_.m(), workspace_->b);
  return SolveBalanced(total_a, false);
}

TransportResult TransportSolver::SolveShapes(const int64_t* a, const int64_t* b) {
  TransportResult result;
  int64_t total_a = 0;
  int64_t total_b = 0;
  result.status = SumMasses(a, cost_.n(), b, cost_.m(), &total_a, &total_b);
  const bool too_large = result.status == TransportStatus::kTotalTooLarge;
  if (!result.ok() && !too_large) return result;
  int64_t factor_a = 1;
  int64_t factor_b = 1;
  if (too_large || !CrossFactors(total_a, total_b, &factor_a, &factor_b)) {
    double real_a[kMaxTransportCells];
    double real_b[kMaxTransportCells];
    std::transform(a, a + cost_.n(), real_a, [](int64_t x) { return static_cast<double>(x); });
    std::transform(b, b + cost_.m(), real_b, [](int64_t x) { return static_cast<double>(x); });
    return SolveShapes(real_a, real_b);
  }
  for (int32_t i = 0; i < cost_.n(); ++i) workspace_->a[i] = a[i] * factor_a;
  for (int32_t j = 0; j < cost_.m(); ++j) workspace_->b[j] = b[j] * factor_b;
  return SolveBalanced(total_a * factor_a, false);
}

TransportResult TransportSolver::SolveShapes(const double* a, const double* b) {
  TransportResult result;
  int64_t scaled_a[kMaxTransportCells];
  int64_t scaled_b[kMaxTransportCells];
  result.status = ScaleMasses(a, cost_.n(), kScaledTotal, scaled_a);
  if (!result.ok()) return result;
  result.status = ScaleMasses(b, cost_.m(), kScaledTotal, scaled_b);
  if (!result.ok()) return result;
  std::copy(scaled_a, scaled_a + cost_.n(), workspace_->a);
  std::copy(scaled_b, scaled_b + cost_.m(), workspace_->b);
  return SolveBalanced(kScaledTotal, true);
}

TransportResult TransportSolver::SolveBalanced(int64_t total, bool rounded) {
  TransportResult result;
  result.total = total;
  result.rounded = rounded;
  result.status = TransportStatus::kOptimal;
  CollectNodes();
  KernelWorkspace& kernel = workspace_->kernel;
  if (kernel.n_sources == 0) {
    std::fill_n(workspace_->source_duals, cost_.n(), 0.0);
    std::fill_n(workspace_->sink_duals, cost_.m(), 0.0);
    return result;
  }
  const TransportTables& tables = *cost_.tables();
  const KernelTables view = {tables.coarse.data(), tables.coarse_transposed.data(),
                             tables.exact_transposed.data(), cost_.n(), cost_.m()};
  if (!solve_(view, &kernel)) {
    result.status = TransportStatus::kPivotLimit;
    return result;
  }
  result.pivots = kernel.coarse_pivots + kernel.exact_pivots;
  ExtendDuals();
  result.cost = PlanCost();
  result.gap = result.cost - DualValue();
  return result;
}

// Lists the cells that send or receive, with their perturbed masses.
void TransportSolver::CollectNodes() {
  Workspace& w = *workspace_;
  KernelWorkspace& kernel = w.kernel;
  int32_t m = 0;
  for (int32_t j = 0; j < cost_.m(); ++j) {
    const int64_t stays = cost_.is_metric() ? std::min(w.a[j], w.b[j]) : 0;
    w.common[j] = stays;
    const int64_t mass = w.b[j] - stays;
    kernel.sink_cell[m] = static_cast<uint8_t>(j);
    kernel.mass[m] = mass << kMassPerturbationBits;
    m += mass > 0;
  }
  int32_t n = 0;
  for (int32_t i = 0; i < cost_.n(); ++i) {
    const int64_t mass = w.a[i] - (cost_.is_metric() ? w.common[i] : 0);
    kernel.source_cell[n] = static_cast<uint8_t>(i);
    kernel.mass[m + n] = (mass << kMassPerturbationBits) + 1;
    n += mass > 0;
  }
  kernel.n_sources = n;
  kernel.n_sinks = m;
  if (m > 0) kernel.mass[m - 1] += n;
}

// From the potentials of the sinks with mass to duals of all cells.
void TransportSolver::ExtendDuals() {
  Workspace& w = *workspace_;
  const KernelWorkspace& kernel = w.kernel;
  const double unit = cost_.tables()->exact_unit;
  for (int32_t i = 0; i < cost_.n(); ++i) w.source_duals[i] = kernel.source_potential[i] * unit;
  if (cost_.is_metric()) {
    for (int32_t j = 0; j < cost_.m(); ++j) w.sink_duals[j] = -w.source_duals[j];
    return;
  }
  const double* exact = cost_.tables()->exact_transposed.data();
  for (int32_t j = 0; j < cost_.m(); ++j) {
    double lowest = exact[j * kTableStride] - kernel.source_potential[0];
    for (int32_t i = 1; i < cost_.n(); ++i) {
      lowest = std::min(lowest, exact[j * kTableStride + i] - kernel.source_potential[i]);
    }
    w.sink_duals[j] = lowest * unit;
  }
}

double TransportSolver::PlanCost() const {
  const KernelWorkspace& kernel = workspace_->kernel;
  const int32_t m = kernel.n_sinks;
  double cost = 0;
  for (int32_t e = 0; e < m + kernel.n_sources - 1; ++e) {
    cost += static_cast<double>(TrueFlow(kernel.flow[e])) *
            cost_(kernel.source_cell[kernel.arc_source[e]], kernel.sink_cell[kernel.arc_sink[e]]);
  }
  return cost;
}

// Under a metric f = -g, and only differences of mass count.
double TransportSolver::DualValue() const {
  const Workspace& w = *workspace_;
  if (cost_.is_metric()) {
    double value[4] = {};
    for (int32_t i = 0; i < cost_.n(); ++i) {
      value[i & 3] += w.source_duals[i] * static_cast<double>(w.a[i] - w.b[i]);
    }
    return (value[0] + value[1]) + (value[2] + value[3]);
  }
  double value = 0;
  for (int32_t i = 0; i < cost_.n(); ++i) value += w.source_duals[i] * static_cast<double>(w.a[i]);
  for (int32_t j = 0; j < cost_.m(); ++j) value += w.sink_duals[j] * static_cast<double>(w.b[j]);
  return value;
}

std::vector<PlanEntry> TransportSolver::Plan() const {
  const Workspace& w = *workspace_;
  const KernelWorkspace& kernel = w.kernel;
  std::vector<PlanEntry> plan;
  for (int32_t j = 0; j < cost_.m(); ++j) {
    if (w.common[j] > 0) plan.push_back({j, j, w.common[j]});
  }
  const int32_t m = kernel.n_sinks;
  for (int32_t e = 0; e < m + kernel.n_sources - 1; ++e) {
    const int64_t flow = TrueFlow(kernel.flow[e]);
    if (flow == 0) continue;
    plan.push_back(
        {kernel.source_cell[kernel.arc_source[e]], kernel.sink_cell[kernel.arc_sink[e]], flow});
  }
  std::sort(plan.begin(), plan.end(), [](const PlanEntry& p, const PlanEntry& q) {
    return p.source != q.source ? p.source < q.source : p.sink < q.sink;
  });
  return plan;
}

void TransportSolver::ShapeGradients(double sum_a, double sum_b, double* d_a, double* d_b) const {
  const Workspace& w = *workspace_;
  if (d_a != nullptr) CentredShares(cost_.n(), w.source_duals, w.a, sum_a, d_a);
  if (d_b != nullptr) CentredShares(cost_.m(), w.sink_duals, w.b, sum_b, d_b);
}

const double* TransportSolver::source_duals() const { return workspace_->source_duals; }
const double* TransportSolver::sink_duals() const { return workspace_->sink_duals; }

}  // namespace demd
