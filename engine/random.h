#ifndef DEMD_ENGINE_RANDOM_H_
#define DEMD_ENGINE_RANDOM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace demd {

/// The block function of Philox4x32-10: four words that look random, from a counter and a key.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
std::array<uint32_t, 4> Philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// Counter-based random numbers: Philox4x32-10. A stream is named by (seed, purpose, index), for
/// example (7, "shuffle", epoch) or (7, "wafer", row). Streams are independent, so adding a
/// consumer or resuming in the middle changes nobody else's numbers, and wafer i of a simulation
/// is the same whether it is made alone or among a million, on any thread.
class RandomStream {
 public:
  RandomStream(uint64_t seed, std::string_view purpose, uint64_t index = 0);

  uint32_t NextUint32() {
    if (used_ == words_.size()) Refill();
    return words_[used_++];
  }
  uint64_t NextUint64() {
    const uint64_t low = NextUint32();
    return low | static_cast<uint64_t>(NextUint32()) << 32;
  }

  /// Uniform in [0, 1), a multiple of 2^-53.
  double Uniform() { return static_cast<double>(NextUint64() >> 11) * 0x1p-53; }
  /// Uniform in (0, 1), from one word: the middle of one of 2^32 equal cells.
  double QuickUniform() { return (static_cast<double>(NextUint32()) + 0.5) * 0x1p-32; }
  /// Uniform in [low, high).
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }
  /// Uniform integer in [0, n), without bias. REQUIRES: n > 0.
  uint64_t Below(uint64_t n);
  /// Standard normal, by inversion: one 52-bit number each.
  double Normal();
  /// Exponential of mean 1.
  double Exponential();
  /// Gamma of the given shape > 0 and scale 1 (Marsaglia and Tsang, ACM TOMS 26 (2000) 363).
  double Gamma(double shape);
  /// Poisson of mean >= 0: by inversion below 30, above that a gamma split (Ahrens and Dieter
  /// 1974).
  int64_t Poisson(double mean);

  /// Fisher-Yates shuffle of items[0, n).
  template <typename T>
  void Shuffle(T* items, size_t n) {
    for (size_t i = n; i > 1; --i) std::swap(items[i - 1], items[Below(i)]);
  }

 private:
  void Refill();

  static constexpr size_t kBlocks = 2;  // drawn at once: they do not wait for each other

  std::array<uint32_t, 2> key_;
  uint64_t index_;
  uint64_t next_block_ = 0;
  std::array<uint32_t, 4 * kBlocks> words_;
  size_t used_ = words_.size();
};

}  // namespace demd

#endif  // DEMD_ENGINE_RANDOM_H_
