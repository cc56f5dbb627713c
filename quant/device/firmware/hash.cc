// The hash over the outputs of generated wafers on a machine with an operating system: the same on
// every machine, compiler and optimisation level. Prints it, and fails if it is not the one given.
//   PROGRAM WAFERS [HASH]

#include <cstdio>
#include <cstdlib>

#include "encoder.h"  // from the exporter
#include "quant/device/self_test.h"

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) return EXIT_FAILURE;
  demd::device::FrameLayout layout = {};
  if (demd::device::MakeFrameLayout(demd::exported::kKeepMask, demd::exported::kElinks, &layout) !=
      demd::device::FrameStatus::kOk) {
    return EXIT_FAILURE;
  }
  const uint32_t hash =
      demd::device::HashOfWafers(demd::exported::Profile{}, demd::exported::kWeights, layout,
                                 static_cast<int32_t>(std::strtol(argv[1], nullptr, 10)));
  std::printf("%08x\n", static_cast<unsigned>(hash));
  if (argc == 2) return EXIT_SUCCESS;
  return std::strtoul(argv[2], nullptr, 16) == hash ? EXIT_SUCCESS : EXIT_FAILURE;
}
