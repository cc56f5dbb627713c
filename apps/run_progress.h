#ifndef DEMD_APPS_RUN_PROGRESS_H_
#define DEMD_APPS_RUN_PROGRESS_H_

#include <memory>
#include <string>

#include "apps/progress.h"
#include "apps/terminal.h"
#include "models/run/run.h"

namespace demd {

/// Shows a run's stages on standard error and stops it on SIGINT or SIGTERM.
class RunProgress : public RunObserver {
 public:
  void Begin(const std::string& label, double total, double done) override {
    progress_ = std::make_unique<Progress>(label, total, done);
  }
  void Update(double done, const std::string& detail) override { progress_->Update(done, detail); }
  void Finish(const std::string& detail) override {
    progress_->Finish(detail);
    progress_.reset();
  }
  bool StopRequested() override { return demd::StopRequested(); }

 private:
  std::unique_ptr<Progress> progress_;
};

}  // namespace demd

#endif  // DEMD_APPS_RUN_PROGRESS_H_
