#include "engine/random.h"

#include <cmath>

#include "engine/portable_math.h"

namespace demd {
namespace {

constexpr uint32_t kMultiplier0 = 0xD2511F53;
constexpr uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr uint32_t kWeyl0 = 0x9E3779B9;
constexpr uint32_t kWeyl1 = 0xBB67AE85;
constexpr int kRounds = 10;

// Finaliser of SplitMix64: a bijection on 64 bits in which every input bit moves every output bit.
uint64_t Mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

// FNV-1a.
uint64_t HashOf(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3ULL;
  }
  return hash;
}

// The rounds of several blocks side by side: counter[word][block].
template <size_t kCount>
void DoRounds(std::array<std::array<uint32_t, kCount>, 4>* counter, std::array<uint32_t, 2> key) {
  auto& [c0, c1, c2, c3] = *counter;
  auto [k0, k1] = key;
  for (int round = 0; round < kRounds; ++round) {
    for (size_t i = 0; i < kCount; ++i) {
      const uint64_t product0 = static_cast<uint64_t>(kMultiplier0) * c0[i];
      const uint64_t product1 = static_cast<uint64_t>(kMultiplier1) * c2[i];
      c0[i] = static_cast<uint32_t>(product1 >> 32) ^ c1[i] ^ k0;
      c2[i] = static_cast<uint32_t>(product0 >> 32) ^ c3[i] ^ k1;
      c1[i] = static_cast<uint32_t>(product1);
      c3[i] = static_cast<uint32_t>(product0);
    }
    k0 += kWeyl0;
    k1 += kWeyl1;
  }
}

}  // namespace

std::array<uint32_t, 4> Philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  std::array<std::array<uint32_t, 1>, 4> c;
  for (size_t i = 0; i < 4; ++i) c[i][0] = counter[i];
  DoRounds(&c, key);
  return {c[0][0], c[1][0], c[2][0], c[3][0]};
}

RandomStream::RandomStream(uint64_t seed, std::string_view purpose, uint64_t index)
    : index_(index) {
  const uint64_t key = Mix(Mix(seed) ^ HashOf(purpose));
  key_ = {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)};
}

void RandomStream::Refill() {
  std::array<std::array<uint32_t, kBlocks>, 4> c;
  for (size_t block = 0; block < kBlocks; ++block) {
    const uint64_t counter = next_block_++;
    c[0][block] = static_cast<uint32_t>(counter);
    c[1][block] = static_cast<uint32_t>(counter >> 32);
    c[2][block] = static_cast<uint32_t>(index_);
    c[3][block] = static_cast<uint32_t>(index_ >> 32);
  }
  DoRounds(&c, key_);
  for (size_t block = 0; block < kBlocks; ++block) {
    for (size_t i = 0; i < 4; ++i) words_[4 * block + i] = c[i][block];
  }
  used_ = 0;
}

uint64_t RandomStream::Below(uint64_t n) {
  // Numbers under 2^64 mod n would favour small residues.
  const uint64_t first_fair = (0 - n) % n;
  uint64_t x;
  do {
    x = NextUint64();
  } while (x < first_fair);
  return x % n;
}

double RandomStream::Normal() {
  // The middle of one of 2^52 equal cells: never 0 or 1, symmetric about 1/2.
  return NormalQuantile((static_cast<double>(NextUint64() >> 12) + 0.5) * 0x1p-52);
}

double RandomStream::Exponential() { return -Log(1.0 - Uniform()); }

double RandomStream::Gamma(double shape) {
  if (shape < 1.0) {
    // In two statements: which operand of a product draws first is the compiler's choice.
    const double above_one = Gamma(shape + 1.0);
    return above_one * Pow(1.0 - Uniform(), 1.0 / shape);
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = Normal();
    const double t = 1.0 + c * x;
    if (t <= 0.0) continue;
    const double v = t * t * t;
    if (Log(1.0 - Uniform()) < 0.5 * x * x + d * (1.0 - v + Log(v))) return d * v;
  }
}

int64_t RandomStream::Poisson(double mean) {
  int64_t count = 0;
  // The m-th arrival of a unit-rate process is Gamma(m); before it there are m - 1 arrivals that
  // are uniform in time, after it the process starts anew.
  while (mean > 30.0) {
    const int64_t m = static_cast<int64_t>(mean * 0.875);
    const double arrival = Gamma(static_cast<double>(m));
    if (arrival > mean) {
      int64_t before = 0;
      for (int64_t i = 0; i < m - 1; ++i) before += Uniform() * arrival < mean ? 1 : 0;
      return count + before;
    }
    count += m;
    mean -= arrival;
  }
  double product = 1.0 - Uniform();
  if (product <= 1.0 - mean) return count;  // as e^-mean is no less: most draws of a small mean
  const double limit = Exp(-mean);
  while (product > limit) {
    product *= 1.0 - Uniform();
    ++count;
  }
  return count;
}

}  // namespace demd
