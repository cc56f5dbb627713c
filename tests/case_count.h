// How many cases of a kind a test takes. Long loops over cases of which each is as good as the next
// ask here, so that a slow machine (an emulated one, or one under sanitizers) and a patient user
// get what suits them, and every test looks at its point on all of them.

#ifndef DEMD_TESTS_CASE_COUNT_H_
#define DEMD_TESTS_CASE_COUNT_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace demd {

/// Whether to take all that one could (DEMD_LONG_TESTS in the environment), or few
/// (DEMD_SHORT_TESTS, which ctest sets under an emulator).
inline bool LongTests() { return std::getenv("DEMD_LONG_TESTS") != nullptr; }
inline bool ShortTests() { return std::getenv("DEMD_SHORT_TESTS") != nullptr; }

/// The number of random cases: `usual`, a tenth of that, or `most`.
inline int64_t CaseCount(int64_t usual, int64_t most) {
  return LongTests() ? most : ShortTests() ? (usual + 9) / 10 : usual;
}

/// The step through an exhaustive loop: 1, or in short tests a prime number, so that in loops over
/// bits, bytes or rows every residue is met.
inline size_t CaseStep() { return ShortTests() ? 13 : 1; }

}  // namespace demd

#endif  // DEMD_TESTS_CASE_COUNT_H_
