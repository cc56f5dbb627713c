// What a stranger's program does with the installed package: something of every library.

#include <cstdint>
#include <cstdio>

#include "emd/transport.h"
#include "engine/random.h"
#include "models/wafer.h"
#include "quant/encoder_profile.h"

int main() {
  // All charge on cell 0, then on its neighbour 1, two cell pitches away.
  const int64_t before[48] = {5};
  const int64_t after[48] = {0, 7};
  demd::TransportSolver solver(demd::GroundCost::Hexagon());
  const demd::TransportResult result = solver.SolveShapes(before, after);
  demd::RandomStream random(1, "consumer");
  demd::Wafer wafer;
  wafer.charges[0] = static_cast<int32_t>(random.Below(100));
  const demd::EncoderProfile profile = demd::ProfileByName("econt");
  std::printf("EMD %g cell pitches, %s\n", result.distance(), profile.name.c_str());
  return result.ok() && wafer.charges[0] < 100 ? 0 : 1;
}
