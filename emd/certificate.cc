#include "emd/certificate.h"

#include <algorithm>
#include <cmath>

namespace demd {
namespace {

template <typename Costs>
bool HasMarginals(const Costs& cost, const int64_t* a, const int64_t* b,
                  const std::vector<PlanEntry>& plan) {
  std::vector<int64_t> left_a(a, a + cost.n());
  std::vector<int64_t> left_b(b, b + cost.m());
  for (const PlanEntry& entry : plan) {
    const bool in_range =
        entry.source >= 0 && entry.source < cost.n() && entry.sink >= 0 && entry.sink < cost.m();
    if (!in_range) return false;
    int64_t& from = left_a[static_cast<size_t>(entry.source)];
    int64_t& to = left_b[static_cast<size_t>(entry.sink)];
    if (entry.mass < 0 || entry.mass > from || entry.mass > to) return false;
    from -= entry.mass;
    to -= entry.mass;
  }
  const auto is_zero = [](int64_t x) { return x == 0; };
  return std::all_of(left_a.begin(), left_a.end(), is_zero) &&
         std::all_of(left_b.begin(), left_b.end(), is_zero);
}

template <typename Costs>
Certificate CertifyWith(const Costs& cost, const int64_t* a, const int64_t* b,
                        const std::vector<PlanEntry>& plan, const double* f, const double* g) {
  Certificate found;
  found.plan_is_feasible = HasMarginals(cost, a, b, plan);
  if (!found.plan_is_feasible) return found;
  for (const PlanEntry& entry : plan) {
    found.plan_cost += static_cast<double>(entry.mass) * cost(entry.source, entry.sink);
  }
  for (int32_t i = 0; i < cost.n(); ++i) found.dual_value += f[i] * static_cast<double>(a[i]);
  for (int32_t j = 0; j < cost.m(); ++j) found.dual_value += g[j] * static_cast<double>(b[j]);
  for (int32_t i = 0; i < cost.n(); ++i) {
    for (int32_t j = 0; j < cost.m(); ++j) {
      found.worst_violation = std::max(found.worst_violation, f[i] + g[j] - cost(i, j));
    }
  }
  return found;
}

}  // namespace

bool Certificate::Proves(double largest_cost, int64_t total, double tolerance) const {
  const double slack = tolerance * largest_cost;
  return plan_is_feasible && worst_violation <= slack &&
         std::fabs(plan_cost - dual_value) <= slack * static_cast<double>(total);
}

Certificate Certify(const GroundCost& cost, const int64_t* a, const int64_t* b,
                    const std::vector<PlanEntry>& plan, const double* f, const double* g) {
  return CertifyWith(cost, a, b, plan, f, g);
}

Certificate Certify(const TransportCosts& costs, const int64_t* a, const int64_t* b,
                    const std::vector<PlanEntry>& plan, const double* f, const double* g) {
  return CertifyWith(costs, a, b, plan, f, g);
}

double LowerBoundByTransform(const GroundCost& cost, const double* a, const double* b,
                             const double* f, double* g) {
  double sum_a = 0;
  double sum_b = 0;
  double value_a = 0;
  double value_b = 0;
  for (int32_t i = 0; i < cost.n(); ++i) {
    sum_a += a[i];
    value_a += f[i] * a[i];
  }
  for (int32_t j = 0; j < cost.m(); ++j) {
    double lowest = cost(0, j) - f[0];
    for (int32_t i = 1; i < cost.n(); ++i) lowest = std::min(lowest, cost(i, j) - f[i]);
    if (g != nullptr) g[j] = lowest;
    sum_b += b[j];
    value_b += lowest * b[j];
  }
  return value_a / sum_a + value_b / sum_b;
}

void PointGradients(const std::vector<Point2>& x, const std::vector<Point2>& y, double p,
                    const std::vector<PlanEntry>& plan, int64_t total, std::vector<Point2>* d_x,
                    std::vector<Point2>* d_y) {
  d_x->assign(x.size(), {0, 0});
  d_y->assign(y.size(), {0, 0});
  for (const PlanEntry& entry : plan) {
    const size_t i = static_cast<size_t>(entry.source);
    const size_t j = static_cast<size_t>(entry.sink);
    const double dx = x[i].x - y[j].x;
    const double dy = x[i].y - y[j].y;
    const double distance = std::sqrt(dx * dx + dy * dy);
    if (distance == 0) continue;
    const double share = static_cast<double>(entry.mass) / static_cast<double>(total);
    const double scale =
        share * p * (p >= 2 ? RaiseTo(distance, p - 2) : 1 / RaiseTo(distance, 2 - p));
    (*d_x)[i] = {(*d_x)[i].x + scale * dx, (*d_x)[i].y + scale * dy};
    (*d_y)[j] = {(*d_y)[j].x - scale * dx, (*d_y)[j].y - scale * dy};
  }
}

}  // namespace demd
