#include "apps/bench_scaling.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/stopwatch.h"
#include "engine/parallel.h"
#include "engine/random.h"
#include "models/networks/autoencoder_training.h"
#include "models/networks/emd_cnn_training.h"
#include "models/simulation/simulation.h"
#include "models/wafer_data.h"
#include "quant/encoder_profile.h"

namespace demd {
namespace {

constexpr int kRepeats = 5;
constexpr int64_t kBatches[] = {32, 128, 512, 2048, 4096};
constexpr int64_t kSamplesPerRun = 4096;  // the same for every batch
constexpr int64_t kDataSets[] = {10000, 100000, 1000000};

JsonValue Entry(const Work& work, const char* size_name, int64_t size) {
  JsonValue entry = JsonValue::MakeObject();
  entry.Set("work", work.name).Set(size_name, size).Set("ns_per_sample", 1e9 / work.per_second());
  return entry;
}

std::unique_ptr<AutoencoderTraining> AutoencoderOf(const Tensor& x, const Tensor& few,
                                                   int64_t batch) {
  AutoencoderTrainOptions options;
  options.model.profile = ProfileByName("float");
  options.loss = LossKind::kMse;
  options.batch_size = batch;
  options.epochs = 1000000;
  return std::make_unique<AutoencoderTraining>(options, x, few, nullptr);
}

void Train(Trainer* trainer, int64_t steps) {
  for (int64_t i = 0; i < steps; ++i) trainer->Step();
}

JsonValue BenchBatches() {
  const Tensor x = RandomRows("x", kSamplesPerRun), y = RandomRows("y", kSamplesPerRun);
  const Tensor few = RandomRows("few", 2);
  const PairSet pairs{x, y, std::vector<float>(static_cast<size_t>(kSamplesPerRun), 2.0f)};
  const PairSet few_pairs{few, few, {0.0f, 0.0f}};
  EmdCnn network{EmdCnnOptions()};
  JsonValue list = JsonValue::MakeArray();
  for (const int64_t batch : kBatches) {
    const int64_t steps = kSamplesPerRun / batch;
    const auto autoencoder = AutoencoderOf(x, few, batch);
    EmdCnnTrainOptions options;
    options.batch_size = batch;
    options.epochs = 1000000;
    EmdCnnTraining cnn(options, pairs, few_pairs);
    const Tensor a = RandomRows("a", batch), b = RandomRows("b", batch);
    const double amount = static_cast<double>(kSamplesPerRun);
    std::vector<Work> works = {
        {"autoencoder training, mse", amount, [&] { Train(&autoencoder->trainer(), steps); }},
        {"emd_cnn training", amount, [&] { Train(&cnn.trainer(), steps); }},
        {"emd_cnn inference", amount, [&] {
           for (int64_t i = 0; i < steps; ++i) network.Predict(a, b);
         }}};
    Measure(kRepeats, &works);
    for (const Work& work : works) list.Append(Entry(work, "batch", batch));
  }
  return list;
}

JsonValue BenchDataSets() {
  constexpr int64_t kBatch = 500, kSteps = 20;  // an epoch of the smallest set
  const Tensor few = RandomRows("few", 2);
  JsonValue list = JsonValue::MakeArray();
  for (const int64_t wafers : kDataSets) {
    const Tensor x = RandomRows("x", wafers);
    const auto autoencoder = AutoencoderOf(x, few, kBatch);
    std::vector<Work> works = {{"autoencoder training, mse", static_cast<double>(kBatch * kSteps),
                                [&] { Train(&autoencoder->trainer(), kSteps); }}};
    Measure(kRepeats, &works);
    list.Append(Entry(works[0], "wafers", wafers));
  }
  return list;
}

JsonValue DataEntry(const std::string& work, double wafers_per_second) {
  JsonValue entry = JsonValue::MakeObject();
  entry.Set("work", work).Set("wafers_per_s", wafers_per_second);
  return entry;
}

JsonValue BenchData() {
  constexpr int64_t kWafers = 10000;
  const Simulation unsuppressed(UnsuppressedSample(), 1), suppressed(ZeroSuppressedSample(), 1);
  // Another user's file of this name, or another bench's, must not be in the way.
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  const std::string name = "demd_bench_" + std::to_string(now) + ".csv";
  const std::string path = (std::filesystem::temp_directory_path() / name).string();
  WriteWafers(path, unsuppressed.Make(0, kWafers));
  const double megabytes = 1e-6 * static_cast<double>(std::filesystem::file_size(path));
  const auto on_one_thread = [](const Simulation& simulation) {
    for (int64_t i = 0; i < kWafers; ++i) simulation.Make(i);
  };
  const double n = static_cast<double>(kWafers);
  std::vector<Work> works = {{"simulation, unsuppressed", n, [&] { on_one_thread(unsuppressed); }},
                             {"simulation, suppressed", n, [&] { on_one_thread(suppressed); }},
                             {"reading CSV", n, [&] { ReadWafers({path}); }}};
  Measure(kRepeats, &works);
  std::filesystem::remove(path);
  JsonValue list = JsonValue::MakeArray();
  for (const Work& work : works) list.Append(DataEntry(work.name, work.per_second()));
  JsonValue bytes = JsonValue::MakeObject();
  bytes.Set("work", "reading CSV").Set("megabytes_per_s", megabytes / works[2].best_seconds);
  list.Append(std::move(bytes));
  return list;
}

void PrintSizes(const JsonValue& list, const char* size_name) {
  std::printf("\n%-32s %12s %14s\n", "work", size_name, "ns per sample");
  for (const JsonValue& entry : list.AsArray()) {
    std::printf("%-32s %12lld %14.0f\n", entry.Get("work").AsString().c_str(),
                static_cast<long long>(entry.Get(size_name).AsInteger()),
                entry.Get("ns_per_sample").AsReal());
  }
}

}  // namespace

Tensor RandomRows(const std::string& name, int64_t rows) {
  Tensor x(Shape{rows, kWaferCells});
  RandomStream random(1, name);
  for (int64_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(random.QuickUniform());
  return x;
}

JsonValue BenchScaling() {
  JsonValue results = JsonValue::MakeObject();
  results.Set("batches", BenchBatches());
  results.Set("data_sets", BenchDataSets());
  results.Set("data", BenchData());
  return results;
}

void PrintBenchScaling(const JsonValue& results) {
  PrintSizes(results.Get("batches"), "batch");
  PrintSizes(results.Get("data_sets"), "wafers");
  std::printf("\n%-32s %27s\n", "data, one thread", "");
  for (const JsonValue& entry : results.Get("data").AsArray()) {
    const JsonValue* rate = entry.Find("wafers_per_s");
    std::printf("%-32s %12.0f %s\n", entry.Get("work").AsString().c_str(),
                rate != nullptr ? rate->AsReal() : entry.Get("megabytes_per_s").AsReal(),
                rate != nullptr ? "wafers/s" : "MB/s");
  }
}

}  // namespace demd
