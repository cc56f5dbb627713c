#include "apps/bench_device.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/io/csv.h"
#include "engine/io/file.h"
#include "engine/io/npy.h"
#include "quant/device/registers.h"
#include "quant/encode_stream.h"
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
    for (const std::string& variant : FastEncoder::Variants()) {
      setenv("DEMD_KERNELS", variant.c_str(), 1);
      cases.push_back({name, variant, FastEncoder(ProfileByName(name), SomeWeights())});
    }
  }
  setenv("DEMD_KERNELS", wanted.c_str(), 1);
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

// Wafers to frames as demd_encode does it: from a file of this format to raw words.
double StreamNanoseconds(const std::string& path, const FastEncoder& encoder) {
  const auto start = std::chrono::steady_clock::now();
  const auto source = OpenCharges(path, "");
  const int64_t n =
      EncodeStream(encoder, source.get(), EncodeOutput::kFramesRaw, [](std::string_view) {});
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
  return spent.count() / static_cast<double>(n);
}

JsonValue Summary(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  JsonValue json = JsonValue::MakeObject();
  return json.Set("minimum_ns", times.front()).Set("median_ns", times[times.size() / 2]);
}

// The same wafers as files of each format in a folder of its own.
class WaferFiles {
 public:
  explicit WaferFiles(const std::vector<int32_t>& wafers) {
    std::string name = (std::filesystem::temp_directory_path() / "demd_bench.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw DataError(name + ": cannot be created");
    folder_ = name;
    const int64_t n = static_cast<int64_t>(wafers.size()) / device::kCells;
    WriteNpy(Path("npy"), {n, device::kCells}, wafers);
    WriteFile(Path("raw"), NpyData(wafers.data(), wafers.size()));
    CsvWriter csv(Path("csv"), {});
    for (int64_t i = 0; i < n * device::kCells; ++i) {
      csv.Integer(wafers[static_cast<size_t>(i)]);
      if (i % device::kCells == device::kCells - 1) csv.EndRow();
    }
    csv.Close();
  }
  ~WaferFiles() { std::filesystem::remove_all(folder_); }
  WaferFiles(const WaferFiles&) = delete;
  WaferFiles& operator=(const WaferFiles&) = delete;

  std::string Path(const std::string& format) const { return folder_ + "/w." + format; }

 private:
  std::string folder_;
};

JsonValue BenchStreams() {
  constexpr int64_t kStreamWafers = 50000;
  constexpr int kStreamRepeats = 7;
  const WaferFiles files(ExercisingWafers(kSeed, kStreamWafers));
  const FastEncoder encoder(ProfileByName("econt"), SomeWeights());
  JsonValue streams = JsonValue::MakeArray();
  for (const char* format : {"raw", "npy", "csv"}) {
    std::vector<double> times;
    for (int repeat = 0; repeat < kStreamRepeats; ++repeat) {
      times.push_back(StreamNanoseconds(files.Path(format), encoder));
    }
    JsonValue stream = JsonValue::MakeObject();
    stream.Set("format", format).Set("variant", encoder.variant()).Set("stream", Summary(times));
    streams.Append(stream);
  }
  return streams;
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
  JsonValue all = JsonValue::MakeObject();
  return all.Set("encoder", results).Set("streams", BenchStreams());
}

void PrintBenchDevice(const JsonValue& all) {
  const JsonValue& results = all.Get("encoder");
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
  std::printf(
      "\nfrom a file to raw frames as demd_encode does it, profile econt, on all threads\n");
  for (const JsonValue& result : all.Get("streams").AsArray()) {
    const JsonValue& stream = result.Get("stream");
    std::printf("%-8s %-9s %9.2f (%.2f) million wafers/s\n",
                result.Get("format").AsString().c_str(), result.Get("variant").AsString().c_str(),
                1e3 / stream.Get("minimum_ns").AsReal(), 1e3 / stream.Get("median_ns").AsReal());
  }
}

}  // namespace demd
