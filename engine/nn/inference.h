#ifndef DEMD_ENGINE_NN_INFERENCE_H_
#define DEMD_ENGINE_NN_INFERENCE_H_

#include <cstdint>

#include "engine/autograd.h"
#include "engine/parallel.h"

namespace demd {

/// The calling thread's tape for inference, empty. It keeps its memory from one use to the next, so
/// that many small evaluations ask the system for none.
/// REQUIRES: what was recorded since the last call on this thread is no longer needed.
Tape& EmptyThreadTape();

/// Evaluates a network on many rows without gradients: calls body(tape, begin, end) for blocks of
/// `block` rows, on all threads, each with an empty tape. A block that fits a thread's cache
/// through all layers is fastest; what a row gives does not depend on it.
/// REQUIRES: body evaluates nothing in blocks itself: its tape is the thread's.
template <typename Body>
void InferInBlocks(int64_t rows, int64_t block, Body body) {
  ParallelForBlocks(rows, block, [&](int64_t begin, int64_t end) {
    Tape& tape = EmptyThreadTape();
    body(tape, begin, end);
    tape.Clear();  // the time of its last op ends here
  });
}

}  // namespace demd

#endif  // DEMD_ENGINE_NN_INFERENCE_H_
