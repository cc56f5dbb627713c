// Runs a fuzz target without a fuzzer: on the files given, else on fixed pseudo-random inputs of
// many lengths: arbitrary bytes, runs of few distinct ones (degenerate problems), and nearly all
// zeros or ones behind an arbitrary beginning (frames).
// Arguments: [--inputs N] [--longest BYTES] [FILE...]

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/random.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

std::vector<uint8_t> RandomInput(uint64_t index, size_t longest) {
  demd::RandomStream random(1, "fuzz", index);
  const size_t most = index % 4 == 0 ? longest : std::min(longest, longest / 16 + 64);
  std::vector<uint8_t> input(static_cast<size_t>(random.Below(most + 1)));
  const uint64_t kind = random.Below(4);
  const uint64_t n_values = kind == 0 ? 1 + random.Below(4) : 256;
  const uint64_t first = random.Below(256);
  for (size_t k = 0; k < input.size(); ++k) {
    const auto value = static_cast<uint8_t>(first + random.Below(n_values));
    const bool arbitrary = kind < 2 || k < 3 || random.Below(6) == 0;
    input[k] = arbitrary ? value : kind == 2 ? uint8_t{0} : uint8_t{0xFF};
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t n_inputs = 20000;
  size_t longest = 12000;
  std::vector<std::string> files;
  for (int k = 1; k < argc; ++k) {
    if (std::string(argv[k]) == "--inputs" && k + 1 < argc) {
      n_inputs = std::strtoull(argv[++k], nullptr, 10);
    } else if (std::string(argv[k]) == "--longest" && k + 1 < argc) {
      longest = static_cast<size_t>(std::strtoull(argv[++k], nullptr, 10));
    } else {
      files.push_back(argv[k]);
    }
  }
  for (const std::string& path : files) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "fuzz_driver: %s: cannot be read\n", path.c_str());
      return 1;
    }
    const std::vector<char> bytes((std::istreambuf_iterator<char>(file)),
                                  std::istreambuf_iterator<char>());
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  }
  if (!files.empty()) n_inputs = 0;
  for (uint64_t k = 0; k < n_inputs; ++k) {
    const std::vector<uint8_t> input = RandomInput(k, longest);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::printf("%llu inputs\n", static_cast<unsigned long long>(files.size() + n_inputs));
  return 0;
}
