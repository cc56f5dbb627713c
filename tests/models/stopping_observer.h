#ifndef DEMD_TESTS_MODELS_STOPPING_OBSERVER_H_
#define DEMD_TESTS_MODELS_STOPPING_OBSERVER_H_

#include <cstdint>
#include <string>

#include "models/run/run.h"

namespace demd {

/// Stops a run after so many steps; -1: never.
class StoppingObserver : public RunObserver {
 public:
  explicit StoppingObserver(int64_t steps = -1) : steps_left_(steps) {}
  void Begin(const std::string&, double, double) override {}
  void Update(double, const std::string&) override { --steps_left_; }
  void Finish(const std::string&) override {}
  bool StopRequested() override { return steps_left_ == 0; }

 private:
  int64_t steps_left_;
};

}  // namespace demd

#endif  // DEMD_TESTS_MODELS_STOPPING_OBSERVER_H_
