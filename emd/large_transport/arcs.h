#ifndef DEMD_EMD_LARGE_TRANSPORT_ARCS_H_
#define DEMD_EMD_LARGE_TRANSPORT_ARCS_H_

#include <cstdint>
#include <vector>

#include "emd/large_transport/costs.h"

namespace demd {
namespace large {

/// Adding and subtracting this rounds |x| < 2^51 to the nearest integer, ties to even, in a way
/// that compilers vectorise.
constexpr double kRoundingShift = 6755399441055744.0;

/// Costs as integers: round(cost * scale), scale a power of two. An integer below 2^51 in absolute
/// value, carried in double.
inline double OnGrid(double cost, double scale) {
  return (cost * scale + kRoundingShift) - kRoundingShift;
}

/// Bytes that a vector holds.
template <typename T>
size_t BytesOf(const std::vector<T>& v) {
  return v.capacity() * sizeof(T);
}

/// Some arcs of every source.
struct ArcLists {
  int32_t capacity = 0;        ///< most arcs of one source
  std::vector<int32_t> count;  ///< [n] arcs of each source
  std::vector<int32_t> sink;   ///< [n][capacity]
  std::vector<int64_t> cost;   ///< [n][capacity], on the grid

  void Reset(int32_t n, int32_t most);
  void Reserve(int32_t n, int32_t most);
  size_t bytes() const { return BytesOf(count) + BytesOf(sink) + BytesOf(cost); }
};

/// The costs of one problem in the order and on the grid of the solver, and a search for arcs.
class ArcSearch {
 public:
  virtual ~ArcSearch() = default;

  int32_t n() const { return n_; }
  int32_t m() const { return m_; }

  virtual int64_t Cost(int32_t source, int32_t sink) const = 0;

  /// Finds for each source i the arcs of lowest Cost(i, j) + shift[j], as many as the lists have
  /// room for, in ascending order; ties go to the lower sink as far as the search sees both. With
  /// limit (else null) only those below limit[i].
  ///
  /// shift: [m], limit: [n], integers. Sums up to 2^53 are exact. Where a shift is larger its
  /// rounding may change the choice, hence the caller checks in integers: see Simplex.
  virtual void FindLowest(const double* shift, const double* limit, ArcLists* found) const = 0;

  /// lowest[i] = min over j of Cost(i, j) + shift[j]. lowest: [n]
  void LowestSums(const double* shift, double* lowest) const;

 protected:
  ArcSearch(int32_t n, int32_t m) : n_(n), m_(m) {}

 private:
  int32_t n_;
  int32_t m_;
};

/// Any costs, between some of their sources and some of their sinks; or the other way round, the
/// solver's sources being those of `costs`'s sinks that `sources` lists.
class GeneralArcs : public ArcSearch {
 public:
  GeneralArcs(const TransportCosts& costs, double scale, std::vector<int32_t> sources,
              std::vector<int32_t> sinks, bool swapped);

  int64_t Cost(int32_t source, int32_t sink) const override;
  void FindLowest(const double* shift, const double* limit, ArcLists* found) const override;

 private:
  double RealCost(int32_t source, int32_t sink) const;

  const TransportCosts& costs_;
  double scale_;
  std::vector<int32_t> sources_;
  std::vector<int32_t> sinks_;
  bool swapped_;
};

/// The arcs of one source with the lowest values seen so far.
class LowestArcs {
 public:
  /// Most arcs that can be kept.
  static constexpr int32_t kMost = 32;

  /// Forgets everything; then takes values below `limit`, `capacity` <= kMost at a time.
  void Reset(int32_t capacity, double limit);
  /// Nothing at or above this is taken any more.
  double limit() const { return limit_; }
  void Offer(double value, int32_t sink) {
    if (value < limit_) Insert(value, sink);
  }
  /// Writes source i's part of the lists.
  void Write(const ArcSearch& search, int32_t i, ArcLists* lists) const;

 private:
  void Insert(double value, int32_t sink);

  double limit_ = 0;
  int32_t capacity_ = 0;
  int32_t count_ = 0;
  double value_[kMost];
  int32_t sink_[kMost];
};

}  // namespace large
}  // namespace demd

#endif  // DEMD_EMD_LARGE_TRANSPORT_ARCS_H_
