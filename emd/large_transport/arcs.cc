#include "emd/large_transport/arcs.h"

#include <utility>

namespace demd {
namespace large {
namespace {

constexpr double kNoLimit = 1e300;

}  // namespace

void ArcLists::Reset(int32_t n, int32_t most) {
  const size_t size = static_cast<size_t>(n) * static_cast<size_t>(most);
  capacity = most;
  count.assign(static_cast<size_t>(n), 0);
  sink.resize(size);
  cost.resize(size);
}

void ArcLists::Reserve(int32_t n, int32_t most) {
  const size_t size = static_cast<size_t>(n) * static_cast<size_t>(most);
  count.reserve(static_cast<size_t>(n));
  sink.reserve(size);
  cost.reserve(size);
}

void ArcSearch::LowestSums(const double* shift, double* lowest) const {
  ArcLists best;
  best.Reset(n_, 1);
  FindLowest(shift, nullptr, &best);
  for (int32_t i = 0; i < n_; ++i) {
    const size_t k = static_cast<size_t>(i);
    lowest[i] = static_cast<double>(best.cost[k]) + shift[best.sink[k]];
  }
}

GeneralArcs::GeneralArcs(const TransportCosts& costs, double scale, std::vector<int32_t> sources,
                         std::vector<int32_t> sinks, bool swapped)
    : ArcSearch(static_cast<int32_t>(sources.size()), static_cast<int32_t>(sinks.size())),
      costs_(costs),
      scale_(scale),
      sources_(std::move(sources)),
      sinks_(std::move(sinks)),
      swapped_(swapped) {}

double GeneralArcs::RealCost(int32_t source, int32_t sink) const {
  const int32_t from = sources_[static_cast<size_t>(source)];
  const int32_t to = sinks_[static_cast<size_t>(sink)];
  return swapped_ ? costs_(to, from) : costs_(from, to);
}

int64_t GeneralArcs::Cost(int32_t source, int32_t sink) const {
  return static_cast<int64_t>(OnGrid(RealCost(source, sink), scale_));
}

void GeneralArcs::FindLowest(const double* shift, const double* limit, ArcLists* found) const {
  LowestArcs lowest;
  for (int32_t i = 0; i < n(); ++i) {
    lowest.Reset(found->capacity, limit == nullptr ? kNoLimit : limit[i]);
    for (int32_t j = 0; j < m(); ++j) {
      lowest.Offer(OnGrid(RealCost(i, j), scale_) + shift[j], j);
    }
    lowest.Write(*this, i, found);
  }
}

void LowestArcs::Reset(int32_t capacity, double limit) {
  limit_ = limit;
  capacity_ = capacity;
  count_ = 0;
}

void LowestArcs::Insert(double value, int32_t sink) {
  int32_t at = count_ < capacity_ ? count_++ : capacity_ - 1;
  for (; at > 0 && value_[at - 1] > value; --at) {
    value_[at] = value_[at - 1];
    sink_[at] = sink_[at - 1];
  }
  value_[at] = value;
  sink_[at] = sink;
  if (count_ == capacity_) limit_ = value_[capacity_ - 1];
}

void LowestArcs::Write(const ArcSearch& search, int32_t i, ArcLists* lists) const {
  lists->count[static_cast<size_t>(i)] = count_;
  const size_t row = static_cast<size_t>(i) * static_cast<size_t>(lists->capacity);
  for (int32_t k = 0; k < count_; ++k) {
    lists->sink[row + static_cast<size_t>(k)] = sink_[k];
    lists->cost[row + static_cast<size_t>(k)] = search.Cost(i, sink_[k]);
  }
}

}  // namespace large
}  // namespace demd
