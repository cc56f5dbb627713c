#include "apps/bench_device.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "quant/device/registers.h"
#include "quant/fast_encoder.h"
#include "quant/golden.h"

namespace demd {
namespace {

constexpr int64_t kWafers = 4096;
constexpr int kRepeats = 25;
constexpr uint64_t kSeed = 1;

// One thing to time.
struct Case {
  std::string profile;
  std::string variant;
  FastEncoder encoder;
  std::vector<double> batch_ns = {};
  std::vector<double> single_ns = {};
};

double NanosecondsPerWafer(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
  return spent.count() / static_cast<double>(kWafers);
}

// Small weights, so that outputs are neither all zero nor all saturated.
device::EncoderWeights SomeWeights() {
  device::EncoderWeights weights = {};
  for (int i = 0; i < device::kParameters; ++i) {
    device::SetParameter(&weights, i, static_cast<int8_t>(i * 7 % 13 - 6));
  }
  return weights;
}

std::vector<Case> MakeCases() {
  std::vector<Case> cases;
  const char* before = std::getenv("DEMD_KERNELS");
  const std::string wanted = before == nullptr ? "" : before;
  for (const char* name : {"econt", "paper5", "paper6"}) {
    const EncoderProfile profile = ProfileByName(name);
    const FastEncoder best(profile, SomeWeights());
    cases.push_back({name, best.variant(), best});
    if (std::string(best.variant()) == "portable") continue;
    setenv("DEMD_KERNELS", "portable", 1);
    cases.push_back({name, "portable", FastEncoder(profile, SomeWeights())});
    setenv("DEMD_KERNELS", wanted.c_str(), 1);
  }
  return cases;
}

void TimeOnce(const std::vector<uint32_t>& charges, Case* c) {
  std::vector<uint32_t> frames(static_cast<size_t>(kWafers * c->encoder.n_elinks()));
  c->batch_ns.push_back(
      NanosecondsPerWafer([&] { c->encoder.Frames(charges.data(), kWafers, 0, frames.data()); }));
  // Each wafer waits for the frame before it: the chosen row depends on it, by nothing.
  c->single_ns.push_back(NanosecondsPerWafer([&] {
    uint32_t nothing = 0;
    for (int64_t row = 0; row < kWafers; ++row) {
      c->encoder.Frames(charges.data() + (row + nothing) * device::kCells, 1, 0, frames.data());
      asm volatile("" : "=r"(nothing) : "0"(frames[0] & 0), "m"(frames[0]));
    }
  }));
}

JsonValue Summary(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  JsonValue json = JsonValue::MakeObject();
  return json.Set("minimum_ns", times.front()).Set("median_ns", times[times.size() / 2]);
}

}  // namespace

JsonValue BenchDevice() {
  const std::vector<int32_t> wafers = ExercisingWafers(kSeed, kWafers);
  const std::vector<uint32_t> charges(wafers.begin(), wafers.end());
  std::vector<Case> cases = MakeCases();
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    for (Case& c : cases) TimeOnce(charges, &c);
  }
  JsonValue results = JsonValue::MakeArray();
  for (const Case& c : cases) {
    JsonValue result = JsonValue::MakeObject();
    result.Set("profile", c.profile)
        .Set("variant", c.variant)
        .Set("batch", Summary(c.batch_ns))
        .Set("single", Summary(c.single_ns));
    results.Append(result);
  }
  return results;
}

void PrintBenchDevice(const JsonValue& results) {
  std::printf("charges to frame, one thread; minimum (median) of %d repeats\n", kRepeats);
  std::printf("profile  variant   batch, million wafers/s   one wafer, ns\n");
  for (const JsonValue& result : results.AsArray()) {
    const JsonValue& batch = result.Get("batch");
    const JsonValue& single = result.Get("single");
    std::printf("%-8s %-9s %9.2f (%.2f) %20.1f (%.1f)\n", result.Get("profile").AsString().c_str(),
                result.Get("variant").AsString().c_str(), 1e3 / batch.Get("minimum_ns").AsReal(),
                1e3 / batch.Get("median_ns").AsReal(), single.Get("minimum_ns").AsReal(),
                single.Get("median_ns").AsReal());
  }
}

}  // namespace demd
