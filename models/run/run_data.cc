#include "models/run/run_data.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "engine/error.h"
#include "engine/io/crc32.h"
#include "engine/random.h"
#include "models/simulation/simulation.h"
#include "models/wafer_data.h"

namespace demd {
namespace {

RunData Simulate(const Recipe& recipe) {
  const bool suppressed = recipe.sample == "suppressed";
  if (!suppressed && recipe.sample != "unsuppressed") {
    throw UsageError("sample: expected unsuppressed or suppressed, found '" + recipe.sample + "'");
  }
  const Simulation simulation(suppressed ? ZeroSuppressedSample() : UnsuppressedSample(),
                              recipe.seed);
  RunData data;
  data.description =
      std::string("simulated wafers, ") + (suppressed ? "zero-suppressed" : "not zero-suppressed");
  data.train = simulation.Make(0, recipe.train_wafers);
  data.validation = simulation.Make(recipe.train_wafers, recipe.validation_wafers);
  data.held_out =
      simulation.Make(recipe.train_wafers + recipe.validation_wafers, recipe.held_out_wafers);
  return data;
}

std::string FileNames(const std::vector<std::string>& paths) {
  std::string names;
  for (const std::string& path : paths) {
    const size_t slash = path.find_last_of('/', path.size() - 2);
    names += (names.empty() ? "" : ", ") + path.substr(slash == std::string::npos ? 0 : slash + 1);
  }
  return names;
}

RunData DealOut(const Recipe& recipe) {
  std::vector<Wafer> wafers = ReadWafers(recipe.data).wafers;
  const int64_t n = static_cast<int64_t>(wafers.size());
  if (n < kFewestWafers) {
    throw DataError(FileNames(recipe.data) + ": expected at least " +
                    std::to_string(kFewestWafers) + " wafers with charge, found " +
                    std::to_string(n));
  }
  RandomStream(recipe.seed, "deal out wafers").Shuffle(wafers.data(), wafers.size());
  const auto held_out_end = wafers.begin() + static_cast<std::ptrdiff_t>(n / 5);
  const auto validation_end = held_out_end + static_cast<std::ptrdiff_t>(n / 10);
  RunData data;
  data.description = std::to_string(n) + " wafers of " + FileNames(recipe.data);
  data.held_out.assign(wafers.begin(), held_out_end);
  data.validation.assign(held_out_end, validation_end);
  data.train.assign(validation_end, wafers.end());
  return data;
}

uint32_t ChecksumOf(const std::vector<Wafer>& wafers, uint32_t so_far) {
  uint32_t crc = so_far;
  for (const Wafer& wafer : wafers) {
    for (const int32_t charge : wafer.charges) {
      const uint32_t bits = static_cast<uint32_t>(charge);
      const char bytes[4] = {static_cast<char>(bits & 255), static_cast<char>(bits >> 8 & 255),
                             static_cast<char>(bits >> 16 & 255), static_cast<char>(bits >> 24)};
      crc = Crc32({bytes, 4}, crc);
    }
  }
  return crc;
}

}  // namespace

RunData MakeRunData(const Recipe& recipe) {
  return recipe.data.empty() ? Simulate(recipe) : DealOut(recipe);
}

uint32_t ChecksumOf(const RunData& data) {
  return ChecksumOf(data.held_out, ChecksumOf(data.validation, ChecksumOf(data.train, 0)));
}

}  // namespace demd
