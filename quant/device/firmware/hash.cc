// The hash over the outputs of generated wafers on a machine with an operating system: the same on
// every machine, compiler and optimisation level. Prints it, and fails if it is not the one given.
//   PROGRAM WAFERS [HASH]

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "encoder.h"  // from the exporter
#include "quant/device/self_test.h"

namespace {

// The whole of a text as a number of that base; -1 if it is none.
int64_t NumberIn(const char* text, int base) {
  char* end = nullptr;
  const int64_t number = std::strtoll(text, &end, base);
  return end != text && *end == '\0' ? number : -1;
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t wafers = argc == 2 || argc == 3 ? NumberIn(argv[1], 10) : -1;
  const int64_t expected = argc == 3 ? NumberIn(argv[2], 16) : 0;
  if (wafers < 1 || wafers > INT32_MAX || expected < 0) {
    std::fputs("expected WAFERS [HASH], a number from 1 on and hexadecimal digits\n", stderr);
    return EXIT_FAILURE;
  }
  demd::device::FrameLayout layout = {};
  if (demd::device::MakeFrameLayout(demd::exported::kKeepMask, demd::exported::kElinks, &layout) !=
      demd::device::FrameStatus::kOk) {
    return EXIT_FAILURE;
  }
  const uint32_t hash = demd::device::HashOfWafers(
      demd::exported::Profile{}, demd::exported::kWeights, layout, static_cast<int32_t>(wafers));
  std::printf("%08x\n", static_cast<unsigned>(hash));
  if (argc == 2) return EXIT_SUCCESS;
  return expected == int64_t{hash} ? EXIT_SUCCESS : EXIT_FAILURE;
}
