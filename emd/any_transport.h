#ifndef DEMD_EMD_ANY_TRANSPORT_H_
#define DEMD_EMD_ANY_TRANSPORT_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "emd/large_transport/solver.h"
#include "emd/transport.h"

namespace demd {

/// The solver that suits a problem's size: TransportSolver up to 64 cells a side, beyond it
/// LargeTransportSolver. What the functions do is said there.
class AnyTransportSolver {
 public:
  explicit AnyTransportSolver(const TransportCosts& costs);
  explicit AnyTransportSolver(const GroundCost& cost)
      : AnyTransportSolver(TransportCosts::Matrix(cost)) {}

  int32_t n() const { return n_; }
  int32_t m() const { return m_; }

  TransportResult SolveShapes(const int64_t* a, const int64_t* b) {
    return small_ ? small_->SolveShapes(a, b) : large_->SolveShapes(a, b);
  }
  TransportResult SolveShapes(const double* a, const double* b) {
    return small_ ? small_->SolveShapes(a, b) : large_->SolveShapes(a, b);
  }
  std::vector<PlanEntry> Plan() const { return small_ ? small_->Plan() : large_->Plan(); }
  const double* source_duals() const {
    return small_ ? small_->source_duals() : large_->source_duals().data();
  }
  const double* sink_duals() const {
    return small_ ? small_->sink_duals() : large_->sink_duals().data();
  }
  void ShapeGradients(double sum_a, double sum_b, double* d_a, double* d_b) const {
    small_ ? small_->ShapeGradients(sum_a, sum_b, d_a, d_b)
           : large_->ShapeGradients(sum_a, sum_b, d_a, d_b);
  }

 private:
  int32_t n_;
  int32_t m_;
  std::optional<TransportSolver> small_;
  std::optional<LargeTransportSolver> large_;
};

/// Whether AnyTransportSolver takes the solver of small problems.
bool IsSmallProblem(const TransportCosts& costs);

}  // namespace demd

#endif  // DEMD_EMD_ANY_TRANSPORT_H_
