#include "emd/large_transport/simplex.h"

#include <algorithm>

namespace demd {
namespace large {
namespace {

// Arcs of a source that one search finds, and that are kept.
constexpr int32_t kFound = 16;
constexpr int32_t kKept = 32;

// Sources looked at before the best of their arcs enters the basis.
constexpr int32_t kSourcesPerPivot = 8;

}  // namespace

void Simplex::Lists::Reserve(int32_t n) {
  kept.Reserve(n, kKept);
  found.Reserve(n, kFound);
}

Simplex::Simplex(const ArcSearch& search, Tree* tree, Lists* lists)
    : search_(search),
      tree_(*tree),
      kept_(lists->kept),
      found_(lists->found),
      shift_(static_cast<size_t>(search.m())),
      limit_(static_cast<size_t>(search.n())) {}

void Simplex::ChooseArcs(const double* shift) {
  found_.Reset(search_.n(), std::min(kFound, search_.m()));
  search_.FindLowest(shift, nullptr, &found_);
  kept_.Reset(search_.n(), std::min(kKept, search_.m()));
  kept_.count = found_.count;
  for (size_t i = 0; i < found_.count.size(); ++i) {
    const size_t from = i * static_cast<size_t>(found_.capacity);
    const size_t to = i * static_cast<size_t>(kept_.capacity);
    for (size_t k = 0; k < static_cast<size_t>(found_.count[i]); ++k) {
      kept_.sink[to + k] = found_.sink[from + k];
      kept_.cost[to + k] = found_.cost[from + k];
    }
  }
}

bool Simplex::Pivot(int64_t limit, int64_t* pivots) {
  const int32_t n = search_.n();
  int32_t source = 0;
  int32_t idle = 0;  // sources in a row without an arc to enter
  while (idle < n) {
    int64_t lowest = 0;
    int32_t entering_source = -1;
    int32_t entering_sink = -1;
    for (int32_t looked = 0; idle < n && (looked < kSourcesPerPivot || lowest == 0); ++looked) {
      const size_t row = static_cast<size_t>(source) * static_cast<size_t>(kept_.capacity);
      const int32_t* sinks = kept_.sink.data() + row;
      const int64_t* costs = kept_.cost.data() + row;
      const int32_t count = kept_.count[static_cast<size_t>(source)];
      for (int32_t k = 0; k < count; ++k) {
        const int64_t reduced_cost = tree_.ReducedCost(costs[k], source, sinks[k]);
        if (reduced_cost < lowest) {
          lowest = reduced_cost;
          entering_source = source;
          entering_sink = sinks[k];
        }
      }
      ++idle;
      if (++source == n) source = 0;
    }
    if (entering_source < 0) break;
    if (++*pivots > limit) return false;
    tree_.Pivot(entering_source, entering_sink, lowest);
    idle = 0;
  }
  return true;
}

// Potentials within 2^52 of the root's are exact in double, and so is the search. Beyond it some
// source's potential exceeds another's by far more than any cost, hence the other's sink gives the
// first an arc of such a negative reduced cost that rounding cannot hide it.
bool Simplex::AddViolatedArcs() {
  const int32_t n = search_.n();
  const int32_t m = search_.m();
  for (int32_t j = 0; j < m; ++j) {
    shift_[static_cast<size_t>(j)] = static_cast<double>(tree_.Potential(j));
  }
  for (int32_t i = 0; i < n; ++i) {
    limit_[static_cast<size_t>(i)] = static_cast<double>(tree_.Potential(m + i));
  }
  search_.FindLowest(shift_.data(), limit_.data(), &found_);
  bool any = false;
  for (int32_t i = 0; i < n; ++i) {
    if (found_.count[static_cast<size_t>(i)] > 0) any |= Merge(i);
  }
  return any;
}

void Simplex::AddCandidates(const ArcLists& lists, int32_t source) {
  const size_t row = static_cast<size_t>(source) * static_cast<size_t>(lists.capacity);
  const size_t end = row + static_cast<size_t>(lists.count[static_cast<size_t>(source)]);
  for (size_t k = row; k < end; ++k) {
    candidates_.push_back(
        {tree_.ReducedCost(lists.cost[k], source, lists.sink[k]), lists.sink[k], lists.cost[k]});
  }
}

// Keeps the best of a source's arcs found and kept so far. True if one is negative.
bool Simplex::Merge(int32_t source) {
  candidates_.clear();
  AddCandidates(found_, source);
  AddCandidates(kept_, source);
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.reduced_cost != b.reduced_cost ? a.reduced_cost < b.reduced_cost : a.sink < b.sink;
  });
  const size_t row = static_cast<size_t>(source) * static_cast<size_t>(kept_.capacity);
  int32_t count = 0;
  int32_t last_sink = -1;
  for (const Candidate& candidate : candidates_) {
    if (candidate.sink == last_sink) continue;
    if (count == kept_.capacity) break;
    last_sink = candidate.sink;
    kept_.sink[row + static_cast<size_t>(count)] = candidate.sink;
    kept_.cost[row + static_cast<size_t>(count)] = candidate.cost;
    ++count;
  }
  kept_.count[static_cast<size_t>(source)] = count;
  return candidates_.front().reduced_cost < 0;
}

}  // namespace large
}  // namespace demd
