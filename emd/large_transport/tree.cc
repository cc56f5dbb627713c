#include "emd/large_transport/tree.h"

#include <cassert>

namespace demd {
namespace large {

Tree::Tree(const ArcSearch& costs, const std::vector<BasisArc>& arcs)
    : n_(costs.n()),
      m_(costs.m()),
      links_(static_cast<size_t>(n_ + m_)),
      labels_(links_.size()),
      last_(links_.size()) {
  assert(arcs.size() + 1 == links_.size());
  LinkInOrder(Grow(costs, arcs));
}

// Sets parents, flows and potentials; returns the nodes in preorder.
std::vector<int32_t> Tree::Grow(const ArcSearch& costs, const std::vector<BasisArc>& arcs) {
  const size_t n_all = links_.size();
  // arcs_of[start[k], start[k + 1]): the arcs at node k.
  std::vector<int32_t> start(n_all + 2, 0);
  for (const BasisArc& arc : arcs) {
    ++At(start, arc.sink + 2);
    ++At(start, m_ + arc.source + 2);
  }
  for (size_t k = 2; k < start.size(); ++k) start[k] += start[k - 1];
  std::vector<int32_t> arcs_of(2 * arcs.size());
  for (size_t k = 0; k < arcs.size(); ++k) {
    At(arcs_of, At(start, arcs[k].sink + 1)++) = static_cast<int32_t>(k);
    At(arcs_of, At(start, m_ + arcs[k].source + 1)++) = static_cast<int32_t>(k);
  }
  std::vector<int32_t> order;
  order.reserve(n_all);
  std::vector<int32_t> stack = {0};
  links_[0] = {0, -1, 1};
  while (!stack.empty()) {
    const int32_t node = stack.back();
    stack.pop_back();
    order.push_back(node);
    for (int32_t k = At(start, node); k < At(start, node + 1); ++k) {
      const BasisArc& arc = At(arcs, At(arcs_of, k));
      const bool down_to_sink = is_source(node);
      const int32_t child = down_to_sink ? arc.sink : m_ + arc.source;
      if (child == parent(node)) continue;
      const uint64_t cost = static_cast<uint64_t>(costs.Cost(arc.source, arc.sink));
      const uint64_t here = At(labels_, node).potential;
      At(labels_, child).potential = down_to_sink ? here - cost : here + cost;
      At(links_, child) = {arc.flow, node, 1};
      stack.push_back(child);
    }
  }
  assert(order.size() == n_all);
  return order;
}

void Tree::LinkInOrder(const std::vector<int32_t>& order) {
  const size_t n_all = order.size();
  for (size_t k = n_all - 1; k > 0; --k) {
    At(links_, parent(order[k])).size += At(links_, order[k]).size;
  }
  for (size_t k = 0; k < n_all; ++k) {
    Join(order[k], order[k + 1 == n_all ? 0 : k + 1]);
    At(last_, order[k]) = order[k + static_cast<size_t>(At(links_, order[k]).size) - 1];
  }
}

BasisArc Tree::ArcAbove(int32_t node) const {
  const int32_t above = parent(node);
  return is_source(node) ? BasisArc{node - m_, above, flow(node)}
                         : BasisArc{above - m_, node, flow(node)};
}

void Tree::Pivot(int32_t source, int32_t sink, int64_t reduced_cost) {
  const int32_t source_node = m_ + source;
  const Cycle cycle = FindCycle(source_node, sink);
  if (cycle.change != 0) ChangeFlows(source_node, sink, cycle);
  const int32_t inner = cycle.sink_side ? sink : source_node;
  const int32_t outer = cycle.sink_side ? source_node : sink;
  const int32_t moved = At(links_, cycle.leaving).size;
  for (int32_t k = parent(cycle.leaving); k != cycle.join; k = parent(k)) {
    At(links_, k).size -= moved;
  }
  for (int32_t k = outer; k != cycle.join; k = parent(k)) At(links_, k).size += moved;
  CutOut(cycle.leaving);
  const int32_t tail = TurnOver(inner, cycle.leaving, outer, cycle.change);
  HangUnder(outer, inner, tail);
  // The smaller side of the cut takes the shift; in preorder each side is one run, going around.
  const bool shift_moved = 2 * static_cast<int64_t>(moved) <= n_nodes();
  const uint64_t r = static_cast<uint64_t>(reduced_cost);
  const uint64_t shift = cycle.sink_side == shift_moved ? uint64_t{0} - r : r;
  if (shift_moved) {
    ShiftRun(inner, tail, moved, shift);
  } else {
    ShiftRun(next(tail), previous(inner), n_nodes() - moved, shift);
  }
}

// Adds to the potentials of a run of the preorder, from both ends: two chains of loads that do not
// wait for each other.
void Tree::ShiftRun(int32_t first, int32_t last, int32_t count, uint64_t shift) {
  for (int32_t pairs = count / 2; pairs > 0; --pairs) {
    Label& front = At(labels_, first);
    Label& back = At(labels_, last);
    front.potential += shift;
    back.potential += shift;
    first = front.next;
    last = back.previous;
  }
  if (count % 2 != 0) At(labels_, first).potential += shift;
}

// Flow falls on the arcs above sources between the entering source and the join, and above sinks
// on the other side. Of those with least flow the last leaves, going around in the direction of
// the entering arc from the join: the one nearest to the join on the sink's side, if there is one,
// else the one nearest to the source.
Tree::Cycle Tree::FindCycle(int32_t source_node, int32_t sink) const {
  int64_t least[2] = {INT64_MAX, INT64_MAX};
  int32_t at[2] = {-1, -1};
  int32_t u = source_node;
  int32_t v = sink;
  while (u != v) {
    const Link& above_u = At(links_, u);
    const Link& above_v = At(links_, v);
    if (above_u.size < above_v.size) {
      if (is_source(u) && above_u.flow < least[0]) {
        least[0] = above_u.flow;
        at[0] = u;
      }
      u = above_u.parent;
    } else {
      if (!is_source(v) && above_v.flow <= least[1]) {
        least[1] = above_v.flow;
        at[1] = v;
      }
      v = above_v.parent;
    }
  }
  const bool sink_side = least[1] <= least[0];
  return {u, at[sink_side], least[sink_side], sink_side};
}

void Tree::ChangeFlows(int32_t source_node, int32_t sink, const Cycle& cycle) {
  for (int32_t k = source_node; k != cycle.join; k = parent(k)) {
    At(links_, k).flow += is_source(k) ? -cycle.change : cycle.change;
  }
  for (int32_t k = sink; k != cycle.join; k = parent(k)) {
    At(links_, k).flow += is_source(k) ? cycle.change : -cycle.change;
  }
}

void Tree::Join(int32_t first, int32_t second) {
  At(labels_, first).next = second;
  At(labels_, second).previous = first;
}

// Takes the subtree of `top` out of the preorder. Within, the order stays as it is.
void Tree::CutOut(int32_t top) {
  const int32_t tail = At(last_, top);
  const int32_t before = previous(top);
  Join(before, next(tail));
  for (int32_t k = parent(top); k >= 0 && At(last_, k) == tail; k = parent(k)) {
    At(last_, k) = before;
  }
}

// Makes `bottom` the top of the subtree of `top`, under new_parent: the path between them turns
// upside down, each arc changing hands. The new preorder is that of bottom's subtree, then what
// else is below its old parent, then what else is below that one's parent, and so on. Returns its
// last node.
int32_t Tree::TurnOver(int32_t bottom, int32_t top, int32_t new_parent, int64_t flow) {
  const int32_t moved = At(links_, top).size;
  int32_t node = bottom;
  int32_t below = new_parent;
  int32_t size_below = 0;  // of the old subtree of `below`
  int32_t end_below = -1;  // its last node,
  int32_t before = -1;     // the node before it
  int32_t after = -1;      // and the one after it in the old order
  int32_t tail = -1;       // of the new order so far
  for (;;) {
    const Link old = At(links_, node);
    const int32_t end = At(last_, node);
    const int32_t old_before = previous(node);
    // Where two subtrees end together the link behind them may be a new one already.
    const int32_t old_after = end == end_below ? after : next(end);
    int32_t end_of_piece = end;
    if (node == bottom) {
      tail = end;
    } else {
      if (end == end_below) {
        end_of_piece = before;
      } else {
        Join(before, after);
      }
      Join(tail, node);
      tail = end_of_piece;
    }
    At(links_, node) = {flow, below, moved - size_below};
    if (node == top) break;
    below = node;
    node = old.parent;
    flow = old.flow;
    size_below = old.size;
    end_below = end;
    before = old_before;
    after = old_after;
  }
  for (int32_t k = top; k != new_parent; k = parent(k)) At(last_, k) = tail;
  return tail;
}

// Puts the run from `top` to `tail` into the preorder as the first subtree below `parent_node`.
void Tree::HangUnder(int32_t parent_node, int32_t top, int32_t tail) {
  const int32_t after = next(parent_node);
  Join(parent_node, top);
  Join(tail, after);
  for (int32_t k = parent_node; k >= 0 && At(last_, k) == parent_node; k = parent(k)) {
    At(last_, k) = tail;
  }
}

}  // namespace large
}  // namespace demd
