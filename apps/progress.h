#ifndef DEMD_APPS_PROGRESS_H_
#define DEMD_APPS_PROGRESS_H_

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

namespace demd {

/// Where progress goes, and what the time is; tests put their own in place.
struct ProgressOutput {
  std::ostream* stream;
  bool is_terminal;
  std::function<double()> seconds;  // of a clock that never goes back
};

/// Standard error, and whether it is a terminal, and the steady clock.
ProgressOutput StandardErrorProgress();

/// Tells how far a long piece of work is. On a terminal, one line that overwrites itself:
///   EMD CNN: 45 %, about 2 min 10 s left, epoch 29, loss 0.0123
/// elsewhere such a line every 30 s. Nothing at all for work that ends within a second, other than
/// the line of Finish(). Several may be under way, each used by one thread at a time: all finish
/// with lines of their own, one of them has the line that overwrites itself.
class Progress {
 public:
  /// `total` is the amount of work, in any unit; `done` what an earlier run did of it, which says
  /// nothing about the speed of this one. REQUIRES: total > 0.
  Progress(std::string label, double total, double done = 0.0,
           ProgressOutput output = StandardErrorProgress());
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of `total` is done; `detail` is added to the line. Cheap to call often.
  void Update(double done, const std::string& detail = "");

  /// Ends the work with the line "label: detail, took 3 min 2 s".
  void Finish(const std::string& detail = "");

 private:
  std::string Line(double done, double now, const std::string& detail) const;
  void Overwrite(const std::string& line) const;

  std::string label_;
  double total_;
  double done_at_start_;
  ProgressOutput output_;
  double start_;
  double next_;  // time of the next line
};

/// "45 s", "2 min 10 s", "3 h 5 min".
std::string DurationText(double seconds);

}  // namespace demd

#endif  // DEMD_APPS_PROGRESS_H_
