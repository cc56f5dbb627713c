#include "engine/nn/inference.h"

namespace demd {

Tape& EmptyThreadTape() {
  thread_local Tape tape(Tape::Mode::kInference);
  tape.Clear();
  return tape;
}

}  // namespace demd
