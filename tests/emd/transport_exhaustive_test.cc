#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "emd/transport.h"
#include "engine/random.h"
#include "tests/emd/problems.h"

namespace demd {
namespace {

// Cheapest integer plan, by dynamic programming over what the sinks still need: rem is a vector of
// digits 0..3, and best[rem] the least cost at which the sources so far serve exactly rem.
class AllPlans {
 public:
  AllPlans(int32_t n, int32_t m, std::vector<double> costs)
      : n_(n), m_(m), n_states_(1 << (2 * m)), costs_(std::move(costs)) {}

  // Calls visit(a, b, cost) for all masses 0..3 of equal totals.
  template <typename Visit>
  void ForAllMasses(Visit visit) const {
    std::vector<double> none(static_cast<size_t>(n_states_), kNever);
    none[0] = 0;
    std::vector<int64_t> a;
    Extend(none, &a, visit);
  }

 private:
  static constexpr double kNever = 1e300;

  static int Digit(int state, int j) { return (state >> (2 * j)) & 3; }

  template <typename Visit>
  void Extend(const std::vector<double>& best, std::vector<int64_t>* a, Visit visit) const {
    if (static_cast<int32_t>(a->size()) == n_) {
      std::vector<int64_t> b(static_cast<size_t>(m_));
      for (int state = 1; state < n_states_; ++state) {
        if (best[static_cast<size_t>(state)] >= kNever) continue;
        for (int j = 0; j < m_; ++j) b[static_cast<size_t>(j)] = Digit(state, j);
        visit(*a, b, best[static_cast<size_t>(state)]);
      }
      return;
    }
    for (int mass = 0; mass < 4; ++mass) {
      std::vector<double> next(static_cast<size_t>(n_states_), kNever);
      const double* row = costs_.data() + a->size() * static_cast<size_t>(m_);
      for (int send = 0; send < n_states_; ++send) Send(best, row, mass, send, &next);
      a->push_back(mass);
      Extend(next, a, visit);
      a->pop_back();
    }
  }

  void Send(const std::vector<double>& best, const double* row, int mass, int send,
            std::vector<double>* next) const {
    int sum = 0;
    double cost = 0;
    for (int j = 0; j < m_; ++j) {
      sum += Digit(send, j);
      cost += row[j] * Digit(send, j);
    }
    if (sum != mass) return;
    for (int before = 0; before < n_states_; ++before) {
      if (best[static_cast<size_t>(before)] >= kNever) continue;
      bool fits = true;
      for (int j = 0; j < m_; ++j) fits &= Digit(before, j) + Digit(send, j) <= 3;
      if (!fits) continue;
      double& slot = (*next)[static_cast<size_t>(before + send)];
      slot = std::min(slot, best[static_cast<size_t>(before)] + cost);
    }
  }

  int32_t n_;
  int32_t m_;
  int n_states_;
  std::vector<double> costs_;
};

int64_t CompareWithAllPlans(const GroundCost& cost) {
  TransportSolver solver(cost);
  const size_t size = static_cast<size_t>(cost.n()) * static_cast<size_t>(cost.m());
  const AllPlans plans(cost.n(), cost.m(), std::vector<double>(cost.data(), cost.data() + size));
  int64_t compared = 0;
  plans.ForAllMasses(
      [&](const std::vector<int64_t>& a, const std::vector<int64_t>& b, double expected) {
        const TransportResult result = solver.Solve(a.data(), b.data());
        EXPECT_NEAR(result.cost, expected, 12 * kExact * cost.largest());
        EXPECT_TRUE(IsProved(solver, a.data(), b.data(), result));
        ++compared;
      });
  return compared;
}

TEST(Transport, MatchesTheCheapestOfAllPlansForMassesUpTo3OnUpTo4By4Cells) {
  int64_t compared = 0;
  for (int32_t n = 1; n <= 4; ++n) {
    for (int32_t m = 1; m <= 4; ++m) {
      RandomStream random(1, "costs", static_cast<uint64_t>(n * 10 + m));
      compared += CompareWithAllPlans(GroundCost::General(n, m, RandomMatrix(n, m, &random)));
      std::vector<double> ties = RandomMatrix(n, m, &random);
      for (double& c : ties) c = std::floor(3 * c);
      compared += CompareWithAllPlans(GroundCost::General(n, m, ties));
    }
    RandomStream random(1, "points", static_cast<uint64_t>(n));
    compared += CompareWithAllPlans(GroundCost::Between(RandomPoints(n, &random)));
  }
  RecordProperty("compared", std::to_string(compared));
  EXPECT_GT(compared, 20000);
}

}  // namespace
}  // namespace demd
