#ifndef DEMD_EMD_LARGE_TRANSPORT_TREE_H_
#define DEMD_EMD_LARGE_TRANSPORT_TREE_H_

#include <cstdint>
#include <vector>

#include "emd/large_transport/arcs.h"

namespace demd {
namespace large {

/// An arc of a basis and what it carries.
struct BasisArc {
  int32_t source;
  int32_t sink;
  int64_t flow;
};

/// The spanning tree of a basis of the transport problem, with flows and potentials.
///
/// Nodes: sink j is node j, source i is node m + i; the root is sink 0. Nodes are linked in
/// preorder, so a subtree is a run of its size. Potentials: the reduced cost of arc (i, j),
/// c_ij - potential(m + i) + potential(j), is zero on the tree. They are kept modulo 2^64, which
/// leaves differences along any path right: n + m nodes times the largest cost is at most 2^62.
///
/// The tree is strongly feasible: an arc without flow points towards the root, i.e. hangs a source
/// under a sink. Leaving arcs are chosen such that it stays so, hence no basis comes twice and
/// the simplex method ends, whatever arcs enter (Cunningham 1976).
class Tree {
 public:
  /// arcs: n + m - 1 that connect all nodes, strongly feasible.
  Tree(const ArcSearch& costs, const std::vector<BasisArc>& arcs);

  int32_t n() const { return n_; }
  int32_t m() const { return m_; }
  int32_t n_nodes() const { return n_ + m_; }
  int32_t parent(int32_t node) const { return At(links_, node).parent; }
  int64_t flow(int32_t node) const { return At(links_, node).flow; }
  /// The nodes in preorder, around: the root follows the last.
  int32_t next(int32_t node) const { return At(labels_, node).next; }
  int32_t previous(int32_t node) const { return At(labels_, node).previous; }
  /// The arc between a node other than the root and its parent.
  BasisArc ArcAbove(int32_t node) const;

  int64_t ReducedCost(int64_t cost, int32_t source, int32_t sink) const {
    return static_cast<int64_t>(static_cast<uint64_t>(cost) - At(labels_, m_ + source).potential +
                                At(labels_, sink).potential);
  }
  /// Above that of the root.
  int64_t Potential(int32_t node) const {
    return static_cast<int64_t>(At(labels_, node).potential - labels_[0].potential);
  }

  /// Brings an arc of reduced cost below 0 into the basis.
  void Pivot(int32_t source, int32_t sink, int64_t reduced_cost);

  size_t bytes() const { return BytesOf(links_) + BytesOf(labels_) + BytesOf(last_); }

 private:
  // What climbing needs: to the parent, the flow of the arc there, the size of the subtree.
  struct Link {
    int64_t flow;
    int32_t parent;
    int32_t size;
  };
  // What walking needs: the neighbours in preorder.
  struct Label {
    uint64_t potential;
    int32_t next;
    int32_t previous;
  };
  // The cycle that an entering arc closes.
  struct Cycle {
    int32_t join;     // the highest node
    int32_t leaving;  // the arc above this node leaves
    int64_t change;   // of the flow
    bool sink_side;   // the leaving arc lies between the sink and the join
  };

  template <typename T>
  static T& At(std::vector<T>& v, int32_t k) {
    return v[static_cast<size_t>(k)];
  }
  template <typename T>
  static const T& At(const std::vector<T>& v, int32_t k) {
    return v[static_cast<size_t>(k)];
  }
  bool is_source(int32_t node) const { return node >= m_; }

  std::vector<int32_t> Grow(const ArcSearch& costs, const std::vector<BasisArc>& arcs);
  void LinkInOrder(const std::vector<int32_t>& order);
  Cycle FindCycle(int32_t source_node, int32_t sink) const;
  void ChangeFlows(int32_t source_node, int32_t sink, const Cycle& cycle);
  void Join(int32_t first, int32_t second);
  void CutOut(int32_t top);
  int32_t TurnOver(int32_t bottom, int32_t top, int32_t new_parent, int64_t flow);
  void ShiftRun(int32_t first, int32_t last, int32_t count, uint64_t shift);
  void HangUnder(int32_t parent, int32_t top, int32_t tail);

  int32_t n_;
  int32_t m_;
  std::vector<Link> links_;
  std::vector<Label> labels_;
  std::vector<int32_t> last_;  // last node of the subtree in preorder
};

}  // namespace large
}  // namespace demd

#endif  // DEMD_EMD_LARGE_TRANSPORT_TREE_H_
