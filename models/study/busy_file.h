#ifndef DEMD_MODELS_STUDY_BUSY_FILE_H_
#define DEMD_MODELS_STUDY_BUSY_FILE_H_

#include <chrono>
#include <thread>

#include "engine/error.h"

namespace demd {

/// Calls write(), and again for two seconds while it throws a DataError: parts of a study that
/// begin or end at the same moment write the same file, and only one process at a time may. Errors:
/// the DataError of the last try.
template <typename Write>
void WriteWhenFree(Write write) {
  constexpr int kTries = 100;
  constexpr auto kPause = std::chrono::milliseconds(20);
  for (int i = 1; i < kTries; ++i) {
    try {
      return write();
    } catch (const DataError&) {
      std::this_thread::sleep_for(kPause);
    }
  }
  write();
}

}  // namespace demd

#endif  // DEMD_MODELS_STUDY_BUSY_FILE_H_
