#include "models/run/run_data.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "engine/error.h"
#include "engine/io/crc32.h"
#include "engine/random.h"
#include "models/simulation/simulation.h"
#include "models/wafer_data.h"

namespace demd {
namespace {

constexpr int64_t kWafersAtOnce = 65536;
constexpr int64_t kWafersLookedAt = 1000;

RunData Simulate(const Recipe& recipe, const std::string& directory) {
  const bool suppressed = recipe.sample == "suppressed";
  const Simulation simulation(suppressed ? ZeroSuppressedSample() : UnsuppressedSample(),
                              recipe.seed);
  auto store = std::make_shared<WaferStore>(directory);
  for (int64_t first = 0; first < recipe.train_wafers; first += kWafersAtOnce) {
    const int64_t n = std::min(kWafersAtOnce, recipe.train_wafers - first);
    for (const Wafer& wafer : simulation.Make(first, n)) store->Append(wafer);
  }
  std::vector<uint32_t> order(static_cast<size_t>(recipe.train_wafers));
  std::iota(order.begin(), order.end(), 0u);
  RunData data;
  data.description =
      std::string("simulated wafers, ") + (suppressed ? "zero-suppressed" : "not zero-suppressed");
  data.train = std::make_shared<EncoderInputRows>(std::move(store), std::move(order));
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

std::vector<Wafer> WafersOf(const WaferStore& store, const uint32_t* begin, const uint32_t* end) {
  std::vector<Wafer> wafers;
  for (; begin != end; ++begin) wafers.push_back(store.At(*begin));
  return wafers;
}

RunData DealOut(const Recipe& recipe, const std::string& directory) {
  auto store = std::make_shared<WaferStore>(directory);
  ForEachWafer(recipe.data, [&](const Wafer& wafer) { store->Append(wafer); });
  const int64_t n = store->size();
  if (n < kFewestWafers || n > static_cast<int64_t>(UINT32_MAX)) {
    throw DataError(FileNames(recipe.data) + ": expected " + std::to_string(kFewestWafers) +
                    " to " + std::to_string(UINT32_MAX) + " wafers with charge, found " +
                    std::to_string(n));
  }
  std::vector<uint32_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0u);
  RandomStream(recipe.seed, "deal out wafers").Shuffle(order.data(), order.size());
  const uint32_t* held_out_end = order.data() + std::min(n / 5, kMostHeldOut);
  const uint32_t* validation_end = held_out_end + std::min(n / 10, kMostValidation);
  RunData data;
  data.description = std::to_string(n) + " wafers of " + FileNames(recipe.data);
  data.held_out = WafersOf(*store, order.data(), held_out_end);
  data.validation = WafersOf(*store, held_out_end, validation_end);
  order.erase(order.begin(), order.begin() + (validation_end - order.data()));
  data.train = std::make_shared<EncoderInputRows>(std::move(store), std::move(order));
  return data;
}

uint32_t ChecksumOf(const Wafer& wafer, uint32_t so_far) {
  char bytes[4 * kWaferCells];
  char* next = bytes;
  for (const int32_t charge : wafer.charges) {
    const uint32_t bits = static_cast<uint32_t>(charge);
    for (int shift = 0; shift < 32; shift += 8) *next++ = static_cast<char>(bits >> shift & 255);
  }
  return Crc32({bytes, sizeof bytes}, so_far);
}

uint32_t ChecksumOf(const std::vector<Wafer>& wafers, uint32_t so_far) {
  for (const Wafer& wafer : wafers) so_far = ChecksumOf(wafer, so_far);
  return so_far;
}

}  // namespace

RunData MakeRunData(const Recipe& recipe, const std::string& directory) {
  return recipe.data.empty() ? Simulate(recipe, directory) : DealOut(recipe, directory);
}

bool IsZeroSuppressed(const Recipe& recipe) {
  if (recipe.data.empty()) return recipe.sample == "suppressed";
  const std::vector<Wafer> wafers = ReadWafers(recipe.data, kWafersLookedAt).wafers;
  return std::none_of(wafers.begin(), wafers.end(), [](const Wafer& wafer) {
    return std::any_of(wafer.charges.begin(), wafer.charges.end(),
                       [](int32_t charge) { return charge > 0 && charge < kCountsPerMipT; });
  });
}

uint32_t ChecksumOf(const RunData& data) {
  uint32_t crc = 0;
  for (int64_t row = 0; row < data.train->rows(); ++row) {
    crc = ChecksumOf(data.train->WaferOf(row), crc);
  }
  return ChecksumOf(data.held_out, ChecksumOf(data.validation, crc));
}

}  // namespace demd
