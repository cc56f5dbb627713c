#include "apps/progress.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <mutex>
#include <utility>

#include "apps/terminal.h"

namespace demd {
namespace {

constexpr double kTerminalInterval_s = 0.2;
constexpr double kLogInterval_s = 30.0;
constexpr double kSilence_s = 1.0;
constexpr size_t kMostColumns = 79;

// The line on the terminal that has no end yet.
struct OpenLine {
  std::mutex mutex;
  const Progress* owner = nullptr;
  size_t columns = 0;
};

OpenLine& TheLine() {
  static OpenLine line;
  return line;
}

}  // namespace

ProgressOutput StandardErrorProgress() {
  return {&std::cerr, StandardErrorIsTerminal(), [] {
            const auto now = std::chrono::steady_clock::now().time_since_epoch();
            return std::chrono::duration<double>(now).count();
          }};
}

Progress::Progress(std::string label, double total, double done, ProgressOutput output)
    : label_(std::move(label)),
      total_(total),
      done_at_start_(done),
      output_(std::move(output)),
      start_(output_.seconds()),
      next_(start_ + (output_.is_terminal ? kSilence_s : kLogInterval_s)) {}

Progress::~Progress() {
  const std::lock_guard<std::mutex> lock(TheLine().mutex);
  if (TheLine().owner != this) return;
  // The work was broken off: what is printed next begins on a line of its own.
  *output_.stream << std::endl;
  TheLine().owner = nullptr;
  TheLine().columns = 0;
}

void Progress::Update(double done, const std::string& detail) {
  const double now = output_.seconds();
  if (now < next_) return;
  next_ = now + (output_.is_terminal ? kTerminalInterval_s : kLogInterval_s);
  const std::string line = Line(done, now, detail);
  const std::lock_guard<std::mutex> lock(TheLine().mutex);
  if (!output_.is_terminal) {
    *output_.stream << line << std::endl;
  } else if (TheLine().owner == nullptr || TheLine().owner == this) {
    Overwrite(line);
    TheLine().owner = this;
  }
}

void Progress::Finish(const std::string& detail) {
  const std::string line = label_ + ": " + detail + (detail.empty() ? "" : ", ") + "took " +
                           DurationText(output_.seconds() - start_);
  const std::lock_guard<std::mutex> lock(TheLine().mutex);
  Overwrite(line);
  *output_.stream << std::endl;
  TheLine().owner = nullptr;
  TheLine().columns = 0;
}

std::string Progress::Line(double done, double now, const std::string& detail) const {
  const double share = std::clamp(done / total_, 0.0, 1.0);
  std::string line = label_ + ": " + std::to_string(static_cast<int>(100.0 * share)) + " %";
  const double done_now = done - done_at_start_;
  if (done_now > 0.0) {
    const double left_s = (now - start_) / done_now * std::max(total_ - done, 0.0);
    line += ", about " + DurationText(left_s) + " left";
  }
  return line + (detail.empty() ? "" : ", ") + detail;
}

// REQUIRES: TheLine().mutex is held.
void Progress::Overwrite(const std::string& line) const {
  if (!output_.is_terminal) {
    *output_.stream << line;
    return;
  }
  const std::string shown = line.substr(0, kMostColumns);
  const size_t before = TheLine().columns;
  const size_t blanks = before > shown.size() ? before - shown.size() : 0;
  *output_.stream << '\r' << shown << std::string(blanks, ' ') << std::flush;
  TheLine().columns = shown.size();
}

std::string DurationText(double seconds) {
  if (!(seconds < 1e9)) return "a long time";
  const int64_t s = std::llround(std::max(seconds, 0.0));
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3600) return std::to_string(s / 60) + " min " + std::to_string(s % 60) + " s";
  return std::to_string(s / 3600) + " h " + std::to_string(s % 3600 / 60) + " min";
}

}  // namespace demd
