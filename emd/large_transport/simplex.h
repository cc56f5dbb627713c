#ifndef DEMD_EMD_LARGE_TRANSPORT_SIMPLEX_H_
#define DEMD_EMD_LARGE_TRANSPORT_SIMPLEX_H_

#include <cstdint>
#include <vector>

#include "emd/large_transport/arcs.h"
#include "emd/large_transport/tree.h"

namespace demd {
namespace large {

/// The network simplex method on a few arcs of every source, to which those are added that a
/// search over all arcs finds to have a reduced cost below 0, until it finds none.
class Simplex {
 public:
  /// Memory for the arcs at hand, to be used again on the next level.
  struct Lists {
    ArcLists kept;
    ArcLists found;

    /// Room for as many sources.
    void Reserve(int32_t n);
  };

  /// All must outlive this.
  Simplex(const ArcSearch& search, Tree* tree, Lists* lists);

  /// Starts on the arcs of lowest cost + shift. shift: [m], a guess of the sinks' potentials.
  void ChooseArcs(const double* shift);

  /// Pivots until no arc at hand has a negative reduced cost. False if `pivots` exceeds the limit.
  bool Pivot(int64_t limit, int64_t* pivots);

  /// Adds arcs of negative reduced cost. False if there are none: the tree is optimal.
  bool AddViolatedArcs();

  size_t bytes() const {
    return kept_.bytes() + found_.bytes() + BytesOf(shift_) + BytesOf(limit_);
  }

 private:
  struct Candidate {
    int64_t reduced_cost;
    int32_t sink;
    int64_t cost;
  };

  void AddCandidates(const ArcLists& lists, int32_t source);
  bool Merge(int32_t source);

  const ArcSearch& search_;
  Tree& tree_;
  ArcLists& kept_;
  ArcLists& found_;
  std::vector<double> shift_;
  std::vector<double> limit_;
  std::vector<Candidate> candidates_;
};

}  // namespace large
}  // namespace demd

#endif  // DEMD_EMD_LARGE_TRANSPORT_SIMPLEX_H_
