#include "engine/nn/schedules.h"

#include <algorithm>

#include "engine/portable_math.h"

namespace demd {

double Schedule::At(int64_t step) const {
  if (step < warm_up_steps) {
    return rate * static_cast<double>(step + 1) / static_cast<double>(warm_up_steps);
  }
  const int64_t after = step - warm_up_steps;
  switch (kind) {
    case Kind::kConstant:
      return rate;
    case Kind::kStep:
      return rate * Pow(factor, static_cast<double>(after / std::max<int64_t>(step_length, 1)));
    case Kind::kCosine: {
      constexpr double kPi = 3.14159265358979323846;
      const int64_t length = std::max<int64_t>(total_steps - warm_up_steps, 1);
      const double progress =
          static_cast<double>(std::min(after, length)) / static_cast<double>(length);
      return rate * 0.5 * (1.0 + Cos(kPi * progress));
    }
  }
  return rate;
}

}  // namespace demd
