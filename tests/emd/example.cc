#include <cstdint>
#include <cstdio>

#include "emd/certificate.h"
#include "emd/transport.h"

// Three places on a line, at 0, 1 and 3.
int main() {
  const demd::GroundCost cost = demd::GroundCost::Between({{0, 0}, {1, 0}, {3, 0}});
  const int64_t a[] = {4, 0, 0};
  const int64_t b[] = {0, 1, 3};
  demd::TransportSolver solver(cost);  // owns its workspace; one per thread
  const demd::TransportResult result = solver.Solve(a, b);
  if (!result.ok()) {
    std::printf("%s\n", demd::Explain(result.status));
    return 1;
  }
  std::printf("distance %g\n", result.distance());
  for (const demd::PlanEntry& move : solver.Plan()) {
    std::printf("%lld from %d to %d\n", static_cast<long long>(move.mass), move.source, move.sink);
  }
  for (int i = 0; i < cost.n(); ++i) std::printf("dual %g\n", solver.source_duals()[i]);
  const demd::Certificate proof =
      demd::Certify(cost, a, b, solver.Plan(), solver.source_duals(), solver.sink_duals());
  return proof.Proves(cost, result.total, 1e-14) ? 0 : 1;
}
