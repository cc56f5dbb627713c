#include "emd/any_transport.h"

namespace demd {

bool IsSmallProblem(const TransportCosts& costs) {
  return costs.matrix() != nullptr && costs.matrix()->tables() != nullptr;
}

AnyTransportSolver::AnyTransportSolver(const TransportCosts& costs) : n_(costs.n()), m_(costs.m()) {
  if (IsSmallProblem(costs)) {
    small_.emplace(*costs.matrix());
  } else {
    large_.emplace(costs);
  }
}

}  // namespace demd
