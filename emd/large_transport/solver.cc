#include "emd/large_transport/solver.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "emd/large_transport/duals.h"
#include "emd/large_transport/ladder.h"
#include "emd/large_transport/masses.h"
#include "emd/mass_scaling.h"

namespace demd {

using large::Cells;
using large::GeneralArcs;
using large::Tree;

// What takes part in the last solve. The tree's sources are the longer of the lists.
struct LargeTransportSolver::Core {
  Cells sources;
  Cells sinks;
  std::vector<int64_t> a_left;  // [n], less what stays
  std::vector<int64_t> b_left;
  std::unique_ptr<Tree> tree;

  bool swapped() const { return sources.number.size() < sinks.number.size(); }

  // The arc above a node in the numbers of the problem given.
  PlanEntry Move(int32_t node) const {
    const large::BasisArc arc = tree->ArcAbove(node);
    const int32_t first = (swapped() ? sinks : sources).number[static_cast<size_t>(arc.source)];
    const int32_t second = (swapped() ? sources : sinks).number[static_cast<size_t>(arc.sink)];
    return swapped() ? PlanEntry{second, first, arc.flow} : PlanEntry{first, second, arc.flow};
  }
};

namespace {

// A sum whose rounding is that of its last step only (Neumaier).
class CarefulSum {
 public:
  void Add(double x) {
    const double next = sum_ + x;
    lost_ += std::fabs(sum_) >= std::fabs(x) ? (sum_ - next) + x : (x - next) + sum_;
    sum_ = next;
  }
  double value() const { return sum_ + lost_; }

 private:
  double sum_ = 0;
  double lost_ = 0;
};

// The power of two by which costs are multiplied: potentials are sums of up to n + m costs.
double GridScale(const TransportCosts& costs) {
  int exponent = 0;
  std::frexp(costs.largest(), &exponent);
  const int64_t nodes = int64_t{costs.n()} + costs.m();
  int bits = 50;
  while (int64_t{1} << (62 - bits) < nodes) --bits;
  return std::ldexp(1.0, bits - exponent);
}

std::vector<int32_t> CellsWithMass(const std::vector<int64_t>& masses) {
  std::vector<int32_t> cells;
  for (size_t k = 0; k < masses.size(); ++k) {
    if (masses[k] > 0) cells.push_back(static_cast<int32_t>(k));
  }
  return cells;
}

// gradient[i] = (dual[i] - mean of dual over the masses) / sum.
void CentredShares(const std::vector<double>& dual, const std::vector<int64_t>& mass, double sum,
                   double* gradient) {
  CarefulSum weighted;
  CarefulSum total;
  for (size_t i = 0; i < dual.size(); ++i) {
    weighted.Add(dual[i] * static_cast<double>(mass[i]));
    total.Add(static_cast<double>(mass[i]));
  }
  const double mean = weighted.value() / total.value();
  for (size_t i = 0; i < dual.size(); ++i) gradient[i] = (dual[i] - mean) / sum;
}

}  // namespace

LargeTransportSolver::LargeTransportSolver(TransportCosts costs)
    : costs_(std::move(costs)), scale_(GridScale(costs_)), core_(std::make_unique<Core>()) {}
LargeTransportSolver::~LargeTransportSolver() = default;
LargeTransportSolver::LargeTransportSolver(LargeTransportSolver&&) noexcept = default;
LargeTransportSolver& LargeTransportSolver::operator=(LargeTransportSolver&&) noexcept = default;

TransportResult LargeTransportSolver::Solve(const int64_t* a, const int64_t* b) {
  TransportResult result;
  int64_t total_a = 0;
  int64_t total_b = 0;
  result.status = large::SumMasses(a, costs_.n(), b, costs_.m(), &total_a, &total_b);
  if (!result.ok()) return result;
  if (total_a != total_b) {
    result.status = TransportStatus::kUnequalTotals;
    return result;
  }
  a_.assign(a, a + costs_.n());
  b_.assign(b, b + costs_.m());
  return SolveBalanced(total_a, false);
}

TransportResult LargeTransportSolver::SolveShapes(const int64_t* a, const int64_t* b) {
  TransportResult result;
  int64_t total_a = 0;
  int64_t total_b = 0;
  result.status = large::SumMasses(a, costs_.n(), b, costs_.m(), &total_a, &total_b);
  const bool too_large = result.status == TransportStatus::kTotalTooLarge;
  if (!result.ok() && !too_large) return result;
  int64_t factor_a = 1;
  int64_t factor_b = 1;
  if (too_large || !CrossFactors(total_a, total_b, &factor_a, &factor_b)) {
    const std::vector<double> real_a(a, a + costs_.n());
    const std::vector<double> real_b(b, b + costs_.m());
    return SolveShapes(real_a.data(), real_b.data());
  }
  a_.assign(a, a + costs_.n());
  b_.assign(b, b + costs_.m());
  for (int64_t& mass : a_) mass *= factor_a;
  for (int64_t& mass : b_) mass *= factor_b;
  return SolveBalanced(total_a * factor_a, false);
}

TransportResult LargeTransportSolver::SolveShapes(const double* a, const double* b) {
  TransportResult result;
  std::vector<int64_t> scaled_a;
  std::vector<int64_t> scaled_b;
  result.status = large::ScaleTo(kScaledTotal, a, costs_.n(), &scaled_a);
  if (!result.ok()) return result;
  result.status = large::ScaleTo(kScaledTotal, b, costs_.m(), &scaled_b);
  if (!result.ok()) return result;
  a_ = std::move(scaled_a);
  b_ = std::move(scaled_b);
  return SolveBalanced(kScaledTotal, true);
}

TransportResult LargeTransportSolver::SolveBalanced(int64_t total, bool rounded) {
  TransportResult result;
  result.total = total;
  result.rounded = rounded;
  result.status = TransportStatus::kOptimal;
  effort_ = LargeTransportEffort();
  CollectCells();
  source_duals_.assign(a_.size(), 0);
  sink_duals_.assign(b_.size(), 0);
  if (core_->sources.number.empty()) return result;
  if (!SolveCore()) {
    result.status = TransportStatus::kPivotLimit;
    return result;
  }
  result.pivots = static_cast<int32_t>(effort_.pivots);
  FillDuals();
  result.cost = PlanCost();
  result.gap = result.cost - DualValue();
  return result;
}

void LargeTransportSolver::CollectCells() {
  Core& core = *core_;
  core.tree = nullptr;
  core.a_left = a_;
  core.b_left = b_;
  stays_ = large::CancelCommon(costs_, &core.a_left, &core.b_left);
  core.sources = {false, CellsWithMass(core.a_left)};
  core.sinks = {true, CellsWithMass(core.b_left)};
}

bool LargeTransportSolver::SolveCore() {
  const bool solved = costs_.has_points() ? SolvePlane() : SolveGeneral();
  effort_.peak_bytes += large::BytesOf(a_) * 2 + large::BytesOf(b_) * 2 + large::BytesOf(stays_) +
                        large::BytesOf(source_duals_) + large::BytesOf(sink_duals_);
  return solved;
}

bool LargeTransportSolver::SolvePlane() {
  Core& core = *core_;
  large::PlaneSide sources = large::PlaneSideOf(costs_, core.a_left.data(), &core.sources);
  large::PlaneSide sinks = large::PlaneSideOf(costs_, core.b_left.data(), &core.sinks);
  if (core.swapped()) std::swap(sources, sinks);
  core.tree =
      large::SolveOnPlane(std::move(sources), std::move(sinks), costs_.power(), scale_, &effort_);
  return core.tree != nullptr;
}

bool LargeTransportSolver::SolveGeneral() {
  Core& core = *core_;
  std::vector<int64_t> a;
  std::vector<int64_t> b;
  for (int32_t i : core.sources.number) a.push_back(core.a_left[static_cast<size_t>(i)]);
  for (int32_t j : core.sinks.number) b.push_back(core.b_left[static_cast<size_t>(j)]);
  if (core.swapped()) {
    const GeneralArcs arcs(costs_, scale_, core.sinks.number, core.sources.number, true);
    core.tree = large::SolveOnOneLevel(arcs, b.data(), a.data(), &effort_);
  } else {
    const GeneralArcs arcs(costs_, scale_, core.sources.number, core.sinks.number, false);
    core.tree = large::SolveOnOneLevel(arcs, a.data(), b.data(), &effort_);
  }
  return core.tree != nullptr;
}

void LargeTransportSolver::FillDuals() {
  const Core& core = *core_;
  const Tree& tree = *core.tree;
  const Cells& first = core.swapped() ? core.sinks : core.sources;
  const Cells& second = core.swapped() ? core.sources : core.sinks;
  std::vector<double>& of_first = core.swapped() ? sink_duals_ : source_duals_;
  std::vector<double>& of_second = core.swapped() ? source_duals_ : sink_duals_;
  for (int32_t i = 0; i < tree.n(); ++i) {
    of_first[static_cast<size_t>(first.number[static_cast<size_t>(i)])] =
        static_cast<double>(tree.Potential(tree.m() + i));
  }
  for (int32_t j = 0; j < tree.m(); ++j) {
    of_second[static_cast<size_t>(second.number[static_cast<size_t>(j)])] =
        -static_cast<double>(tree.Potential(j));
  }
  large::ExtendDuals(costs_, scale_, core.sources.number, core.sinks.number, &source_duals_,
                     &sink_duals_);
  for (double& f : source_duals_) f /= scale_;
  for (double& g : sink_duals_) g /= scale_;
}

double LargeTransportSolver::PlanCost() const {
  CarefulSum cost;
  for (int32_t node = 1; node < core_->tree->n_nodes(); ++node) {
    const PlanEntry move = core_->Move(node);
    cost.Add(static_cast<double>(move.mass) * costs_(move.source, move.sink));
  }
  return cost.value();
}

// Only what moves counts: mass that stays has f + g = 0.
double LargeTransportSolver::DualValue() const {
  CarefulSum value;
  for (size_t i = 0; i < a_.size(); ++i) {
    value.Add(source_duals_[i] * static_cast<double>(core_->a_left[i]));
  }
  for (size_t j = 0; j < b_.size(); ++j) {
    value.Add(sink_duals_[j] * static_cast<double>(core_->b_left[j]));
  }
  return value.value();
}

std::vector<PlanEntry> LargeTransportSolver::Plan() const {
  std::vector<PlanEntry> plan = stays_;
  if (core_->tree != nullptr) {
    for (int32_t node = 1; node < core_->tree->n_nodes(); ++node) {
      const PlanEntry move = core_->Move(node);
      if (move.mass > 0) plan.push_back(move);
    }
  }
  std::sort(plan.begin(), plan.end(), [](const PlanEntry& p, const PlanEntry& q) {
    return p.source != q.source ? p.source < q.source : p.sink < q.sink;
  });
  return plan;
}

void LargeTransportSolver::ShapeGradients(double sum_a, double sum_b, double* d_a,
                                          double* d_b) const {
  if (d_a != nullptr) CentredShares(source_duals_, a_, sum_a, d_a);
  if (d_b != nullptr) CentredShares(sink_duals_, b_, sum_b, d_b);
}

}  // namespace demd
