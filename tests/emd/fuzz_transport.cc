// Fuzz target: a transport problem made of arbitrary bytes ends in a certified optimum or in the
// status or exception that says what is wrong with it. With clang, `cmake --workflow --preset fuzz`
// builds demd_emd_fuzz, which searches for bytes that break this; fuzz_driver.cc runs a fixed set
// of inputs as an ordinary test.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "emd/certificate.h"
#include "emd/metric.h"
#include "emd/transport.h"

namespace demd {
namespace {

// Reads the input front to back; zeros follow its end.
class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  template <typename T>
  T Next() {
    T value = T();
    const size_t n = std::min(sizeof value, size_);
    if (n > 0) std::memcpy(&value, data_, n);
    data_ += n;
    size_ -= n;
    return value;
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "fuzz_transport: %s\n", what);
  std::abort();
}

int32_t NextSize(Bytes* bytes) { return 1 + bytes->Next<uint8_t>() % 64; }

// Costs of small integers (ties), of a few decades, or of any bits.
double NextCost(uint8_t kind, Bytes* bytes) {
  if (kind == 0) return bytes->Next<int8_t>();
  if (kind == 1) return std::ldexp(bytes->Next<int8_t>(), bytes->Next<int8_t>() / 3);
  return bytes->Next<double>();
}

GroundCost NextGroundCost(Bytes* bytes) {
  const uint8_t kind = bytes->Next<uint8_t>() % 5;
  const int32_t n = NextSize(bytes);
  if (kind >= 3) {
    std::vector<Point2> points(static_cast<size_t>(n));
    for (Point2& p : points) p = {NextCost(kind - 3, bytes), NextCost(kind - 3, bytes)};
    return GroundCost::Between(points);
  }
  const int32_t m = NextSize(bytes);
  std::vector<double> costs(static_cast<size_t>(n * m));
  for (double& c : costs) c = NextCost(kind, bytes);
  return GroundCost::General(n, m, costs);
}

int64_t NextMass(uint8_t kind, Bytes* bytes) {
  if (kind == 0) return bytes->Next<uint8_t>() % 4;
  if (kind == 1) return bytes->Next<uint32_t>() & 0x3fffff;
  return bytes->Next<int64_t>();
}

void CheckIntegers(const GroundCost& cost, Bytes* bytes) {
  const uint8_t kind = bytes->Next<uint8_t>() % 3;
  std::vector<int64_t> a(static_cast<size_t>(cost.n()));
  std::vector<int64_t> b(static_cast<size_t>(cost.m()));
  for (int64_t& x : a) x = NextMass(kind, bytes);
  for (int64_t& x : b) x = NextMass(kind, bytes);
  TransportSolver solver(cost);
  const TransportResult shapes = solver.SolveShapes(a.data(), b.data());
  Require(shapes.status != TransportStatus::kPivotLimit, "pivot limit");
  if (!shapes.ok() || kind == 2) return;
  Require(std::isfinite(shapes.distance()), "distance is not finite");
  // The same with totals made equal by one more unit of mass where it lacks.
  int64_t excess = 0;
  for (int64_t x : a) excess += x;
  for (int64_t x : b) excess -= x;
  (excess > 0 ? b : a).back() += std::abs(excess);
  const TransportResult result = solver.Solve(a.data(), b.data());
  Require(result.ok(), Explain(result.status));
  const Certificate found =
      Certify(cost, a.data(), b.data(), solver.Plan(), solver.source_duals(), solver.sink_duals());
  constexpr double kExact = 1e-14;
  Require(found.plan_is_feasible, "infeasible plan");
  Require(found.Proves(cost, result.total, kExact), "not optimal");
}

void CheckReals(const GroundCost& cost, Bytes* bytes) {
  std::vector<double> a(static_cast<size_t>(cost.n()));
  std::vector<double> b(static_cast<size_t>(cost.m()));
  for (double& x : a) x = bytes->Next<double>();
  for (double& x : b) x = bytes->Next<double>();
  TransportSolver solver(cost);
  const TransportResult result = solver.SolveShapes(a.data(), b.data());
  Require(result.status != TransportStatus::kPivotLimit, "pivot limit");
  if (!result.ok()) return;
  const double scale = cost.largest() * static_cast<double>(result.total);
  Require(std::fabs(result.gap) <= 1e-14 * scale, "duality gap");
}

void CheckProblem(Bytes bytes) {
  try {
    const GroundCost cost = NextGroundCost(&bytes);
    if (bytes.Next<uint8_t>() % 4 == 0) {
      CheckReals(cost, &bytes);
    } else {
      CheckIntegers(cost, &bytes);
    }
  } catch (const std::invalid_argument&) {
    // Costs that are not finite or too large, said so.
  }
}

}  // namespace
}  // namespace demd

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  demd::CheckProblem(demd::Bytes(data, size));
  return 0;
}
