#include "emd/one_dimensional.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "emd/metric.h"
#include "emd/real_masses.h"

namespace demd {
namespace {

constexpr char kWhere[] = "1-D transport";

void CheckPositions(int32_t n, const double* positions) {
  for (int32_t k = 0; k < n; ++k) {
    if (!std::isfinite(positions[k]) || (k > 0 && positions[k] < positions[k - 1])) {
      throw std::invalid_argument("1-D transport: expected finite positions in order");
    }
  }
  if (n > 0 && !std::isfinite(positions[n - 1] - positions[0])) {
    throw std::invalid_argument("1-D transport: expected positions closer to each other");
  }
}

double SumOf(int32_t n, const double* masses) { return CheckedSum(kWhere, masses, n); }

// excess[k] = A - B just after position k.
std::vector<double> Excess(int32_t n, const double* a, const double* b) {
  const double sum_a = SumOf(n, a);
  const double sum_b = SumOf(n, b);
  std::vector<double> excess(static_cast<size_t>(n));
  double cumulated_a = 0;
  double cumulated_b = 0;
  for (int32_t k = 0; k < n; ++k) {
    cumulated_a += a[k];
    cumulated_b += b[k];
    excess[static_cast<size_t>(k)] = cumulated_a / sum_a - cumulated_b / sum_b;
  }
  return excess;
}

double Sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

// Moving mass from position k to k + 1 changes the distance by -slope of the gap between them; the
// potential is the sum of slopes to the right. gradient = (potential - its mean) / sum.
void Gradient(int32_t n, const std::vector<double>& slope, const double* mass, double side,
              double* gradient) {
  if (gradient == nullptr) return;
  const double sum = SumOf(n, mass);
  double potential = 0;
  double mean = 0;
  for (int32_t k = n - 1; k >= 0; --k) {
    if (k < n - 1) potential += side * slope[static_cast<size_t>(k)];
    gradient[k] = potential;
    mean += potential * mass[k] / sum;
  }
  for (int32_t k = 0; k < n; ++k) gradient[k] = (gradient[k] - mean) / sum;
}

// The s that minimises sum of length * |excess - s|.
double WeightedMedian(const std::vector<double>& values, const std::vector<double>& weights) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t i, size_t k) { return values[i] < values[k]; });
  const double half = std::accumulate(weights.begin(), weights.end(), 0.0) / 2;
  double below = 0;
  for (size_t i : order) {
    below += weights[i];
    if (below >= half) return values[i];
  }
  return values[order.back()];
}

// On a circle the slopes must add up to zero; gaps where excess = s take what is left, each within
// [-length, length].
std::vector<double> CircleSlopes(const std::vector<double>& excess,
                                 const std::vector<double>& lengths, double s) {
  std::vector<double> slopes(excess.size());
  double sum = 0;
  for (size_t k = 0; k < excess.size(); ++k) {
    slopes[k] = Sign(excess[k] - s) * lengths[k];
    sum += slopes[k];
  }
  for (size_t k = 0; k < excess.size() && sum != 0; ++k) {
    if (excess[k] != s) continue;
    slopes[k] = std::clamp(-sum, -lengths[k], lengths[k]);
    sum += slopes[k];
  }
  return slopes;
}

}  // namespace

double LineEmd(int32_t n, const double* positions, const double* a, const double* b, double* d_a,
               double* d_b) {
  CheckPositions(n, positions);
  const std::vector<double> excess = Excess(n, a, b);
  std::vector<double> slope(excess.size());
  double distance = 0;
  for (int32_t k = 0; k + 1 < n; ++k) {
    const double length = positions[k + 1] - positions[k];
    distance += std::fabs(excess[static_cast<size_t>(k)]) * length;
    slope[static_cast<size_t>(k)] = Sign(excess[static_cast<size_t>(k)]) * length;
  }
  Gradient(n, slope, a, 1, d_a);
  Gradient(n, slope, b, -1, d_b);
  return distance;
}

double CircleEmd(int32_t n, const double* positions, double circumference, const double* a,
                 const double* b, double* d_a, double* d_b) {
  CheckPositions(n, positions);
  if (!std::isfinite(circumference) ||
      (n > 0 && !(positions[0] >= 0 && positions[n - 1] < circumference))) {
    throw std::invalid_argument(
        "circular transport: expected a finite circumference and positions in [0, circumference)");
  }
  const std::vector<double> excess = Excess(n, a, b);
  std::vector<double> lengths(excess.size());
  for (int32_t k = 0; k < n; ++k) {
    const double next = k + 1 < n ? positions[k + 1] : positions[0] + circumference;
    lengths[static_cast<size_t>(k)] = next - positions[k];
  }
  const double s = WeightedMedian(excess, lengths);
  double distance = 0;
  for (size_t k = 0; k < excess.size(); ++k) distance += std::fabs(excess[k] - s) * lengths[k];
  const std::vector<double> slopes = CircleSlopes(excess, lengths, s);
  Gradient(n, slopes, a, 1, d_a);
  Gradient(n, slopes, b, -1, d_b);
  return distance;
}

// The plan goes down a staircase of pairs (i, j), from (0, 0) to (n - 1, m - 1); duals that make
// every step of it tight are feasible, because |x - y|^p is convex.
double LineWassersteinPower(double p, int32_t n, const double* x, const double* a, int32_t m,
                            const double* y, const double* b, double* d_a, double* d_b) {
  if (!(p >= 1) || !std::isfinite(p)) {
    throw std::invalid_argument("1-D transport: expected a finite p >= 1");
  }
  CheckPositions(n, x);
  CheckPositions(m, y);
  const double sum_a = SumOf(n, a);
  const double sum_b = SumOf(m, b);
  const auto cost = [&](int32_t i, int32_t j) { return RaiseTo(std::fabs(x[i] - y[j]), p); };
  std::vector<double> f(static_cast<size_t>(n));
  std::vector<double> g(static_cast<size_t>(m));
  double total = 0;
  double left_a = a[0] / sum_a;
  double left_b = b[0] / sum_b;
  for (int32_t i = 0, j = 0;;) {
    const double c = cost(i, j);
    double& f_i = f[static_cast<size_t>(i)];
    double& g_j = g[static_cast<size_t>(j)];
    const double moved = std::min(left_a, left_b);
    total += moved * c;
    left_a -= moved;
    left_b -= moved;
    if (i == 0 && j == 0) g_j = c;
    if (i == n - 1 && j == m - 1) break;
    if (j == m - 1 || (i < n - 1 && left_a <= left_b)) {
      ++i;
      f[static_cast<size_t>(i)] = cost(i, j) - g_j;
      left_a = a[i] / sum_a;
    } else {
      ++j;
      g[static_cast<size_t>(j)] = cost(i, j) - f_i;
      left_b = b[j] / sum_b;
    }
  }
  // Every cost met takes part in the sum, even times zero.
  if (!std::isfinite(total)) throw std::invalid_argument("1-D transport: |x - y|^p is too large");
  ThroughNormalisation(n, f.data(), a, sum_a, 1, d_a);
  ThroughNormalisation(m, g.data(), b, sum_b, 1, d_b);
  return total;
}

}  // namespace demd
