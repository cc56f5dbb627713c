// Runs a fuzz target as an ordinary test: the same bytes every time, of every length and of several
// kinds (random, nearly all zeros, nearly all ones).
//   PROGRAM INPUTS

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "engine/random.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s INPUTS\n", argv[0]);
    return 2;
  }
  constexpr size_t kLongest = 64;
  const uint64_t inputs = std::strtoull(argv[1], nullptr, 10);
  for (uint64_t i = 0; i < inputs; ++i) {
    demd::RandomStream random(1, "fuzz", i);
    uint8_t bytes[kLongest];
    const size_t size = static_cast<size_t>(random.Below(kLongest + 1));
    const uint64_t kind = random.Below(3);
    for (size_t b = 0; b < size; ++b) {
      const auto byte = static_cast<uint8_t>(random.Below(256));
      const bool rare = random.Below(6) == 0 || b < 3;
      bytes[b] = kind == 0 || rare ? byte : kind == 1 ? uint8_t{0} : uint8_t{0xFF};
    }
    LLVMFuzzerTestOneInput(bytes, size);
  }
  std::printf("%llu inputs\n", static_cast<unsigned long long>(inputs));
  return 0;
}
