#include "apps/bench_engine.h"

#include <cstdio>
#include <string>
#include <vector>

#include "apps/bench_scaling.h"
#include "apps/stopwatch.h"
#include "engine/kernels/matrix_kernels.h"
#include "engine/parallel.h"
#include "models/networks/autoencoder_training.h"
#include "models/networks/emd_cnn_training.h"
#include "quant/encoder_profile.h"

namespace demd {
namespace {

constexpr int kRepeats = 15;
constexpr int64_t kBatch = 500;
constexpr int64_t kInferenceBatch = 2048;

// The products of the EMD CNN's convolutions as they are made: 32 channels to 32, for the samples
// of a task. All multiply-adds are real ones.
JsonValue BenchKernels(const MatrixKernels& kernels) {
  constexpr int64_t kRows = 64, kDepth = 32, kColumns = 32, kPeakSteps = 20000, kCalls = 100;
  const Tensor a(Shape{kRows, kDepth}), b(Shape{kDepth, kColumns});
  Tensor c(Shape{kRows, kColumns}), d(Shape{kDepth, kColumns});
  const Segment all{0, 0, kDepth};
  const RowPair whole{0, 0};
  const double product = 2e-9 * static_cast<double>(kCalls * kRows * kDepth * kColumns);
  const double peak = 2e-9 * static_cast<double>(kPeakSteps * kPeakMultiplyAdds * kernels.lanes);
  volatile float sink = 0.0f;
  const auto peak_run = [&] { sink = kernels.multiply_adds(kPeakSteps, 0.5f); };
  const auto product_run = [&] {
    for (int64_t call = 0; call < kCalls; ++call) {
      kernels.rows_times_matrix({a.data(), kDepth, b.data(), nullptr, c.data(), kColumns, &all, 1,
                                 kRows, kColumns, false});
    }
  };
  const auto outer_run = [&] {
    for (int64_t call = 0; call < kCalls; ++call) {
      kernels.outer_products({a.data(), kDepth, c.data(), kColumns, &whole, 1, d.data(), kColumns,
                              kRows, kDepth, kColumns, false});
    }
  };
  std::vector<Work> works = {{"registers", peak, peak_run},
                             {"rows_times_matrix", product, product_run},
                             {"outer_products", product, outer_run}};
  Measure(kRepeats, &works);
  const double best = works[0].amount / works[0].best_seconds;
  JsonValue list = JsonValue::MakeArray();
  for (const Work& work : works) {
    const double rate = work.amount / work.best_seconds;
    JsonValue entry = JsonValue::MakeObject();
    entry.Set("instruction_set", kernels.name)
        .Set("kernel", work.name)
        .Set("gflop_per_s", rate)
        .Set("fraction_of_registers", rate / best);
    list.Append(std::move(entry));
  }
  return list;
}

// One form of the EMD CNN at work.
class CnnBench {
 public:
  CnnBench(const std::string& name, const EmdCnnOptions& network, const PairSet& pairs,
           const PairSet& few)
      : name_(name), pairs_(pairs), training_(TrainOptionsOf(network), pairs, few) {
    Freeze(frozen_.parameters());
  }

  void AddTo(std::vector<Work>* works) {
    const double batch = static_cast<double>(kBatch);
    works->push_back({name_ + " training", batch, [this] { training_.trainer().Step(); }});
    works->push_back({name_ + " inference", static_cast<double>(kInferenceBatch),
                      [this] { frozen_.Predict(a_, b_); }});
    works->push_back({name_ + " gradient of the input", batch, [this] { Differentiate(); }});
  }

 private:
  static EmdCnnTrainOptions TrainOptionsOf(const EmdCnnOptions& network) {
    EmdCnnTrainOptions options;
    options.network = network;
    options.batch_size = kBatch;
    options.epochs = 1000;
    return options;
  }

  void Differentiate() {
    tape_.Clear();
    const Shape shape{kBatch, kWaferCells};
    tape_.Backward(frozen_.Apply(tape_.Input(shape, pairs_.a.data()),
                                 tape_.DifferentiableInput(shape, pairs_.b.data())));
  }

  std::string name_;
  const PairSet& pairs_;
  EmdCnnTraining training_;
  EmdCnn frozen_{training_.network().options()};
  Tensor a_ = RandomRows("a", kInferenceBatch);
  Tensor b_ = RandomRows("b", kInferenceBatch);
  Tape tape_{Tape::Mode::kTraining};
};

JsonValue BenchModels() {
  const Tensor x = RandomRows("x", 4 * kBatch), y = RandomRows("y", 4 * kBatch);
  const Tensor few = RandomRows("few", 2);
  const PairSet pairs{x, y, std::vector<float>(static_cast<size_t>(4 * kBatch), 2.0f)};
  const PairSet few_pairs{few, few, {0.0f, 0.0f}};
  CnnBench regions("emd_cnn", EmdCnnOptions(), pairs, few_pairs);
  CnnBench paper("emd_cnn (paper)", PaperEmdCnn(), pairs, few_pairs);
  EmdCnn frozen{EmdCnnOptions()};
  Freeze(frozen.parameters());
  AutoencoderTrainOptions options;
  options.model.profile = ProfileByName("float");
  options.loss = LossKind::kMse;
  options.batch_size = kBatch;
  options.epochs = 1000;
  AutoencoderTraining mse(options, x, few, nullptr);
  options.loss = LossKind::kEmdCnn;
  AutoencoderTraining with_cnn(options, x, few, &frozen);
  EmdCnn frozen_paper{PaperEmdCnn()};
  Freeze(frozen_paper.parameters());
  AutoencoderTraining with_paper_cnn(options, x, few, &frozen_paper);
  const double batch = static_cast<double>(kBatch);
  std::vector<Work> works = {
      {"autoencoder training, mse", batch, [&] { mse.trainer().Step(); }},
      {"autoencoder training, emd-cnn", batch, [&] { with_cnn.trainer().Step(); }},
      {"autoencoder training, emd-cnn (paper)", batch, [&] { with_paper_cnn.trainer().Step(); }}};
  regions.AddTo(&works);
  paper.AddTo(&works);
  Measure(kRepeats, &works);
  JsonValue list = JsonValue::MakeArray();
  for (const Work& work : works) {
    JsonValue entry = JsonValue::MakeObject();
    entry.Set("work", work.name).Set("per_second", work.amount / work.best_seconds);
    list.Append(std::move(entry));
  }
  return list;
}

}  // namespace

JsonValue BenchEngine() {
  JsonValue kernels = JsonValue::MakeArray();
  for (const MatrixKernels* variant : RunnableKernels()) {
    const JsonValue entries = BenchKernels(*variant);
    for (const JsonValue& entry : entries.AsArray()) kernels.Append(entry);
  }
  JsonValue results = JsonValue::MakeObject();
  results.Set("threads", ThreadCount()).Set("kernels", std::move(kernels));
  results.Set("models", BenchModels());
  results.Set("scaling", BenchScaling());
  return results;
}

void PrintBenchEngine(const JsonValue& results) {
  std::printf("%-10s %-20s %10s %10s\n", "set", "kernel", "GFLOP/s", "of peak");
  for (const JsonValue& entry : results.Get("kernels").AsArray()) {
    std::printf("%-10s %-20s %10.1f %9.0f%%\n", entry.Get("instruction_set").AsString().c_str(),
                entry.Get("kernel").AsString().c_str(), entry.Get("gflop_per_s").AsReal(),
                100.0 * entry.Get("fraction_of_registers").AsReal());
  }
  std::printf("\n%-38s %12s   (threads: %lld)\n", "work", "per second",
              static_cast<long long>(results.Get("threads").AsInteger()));
  for (const JsonValue& entry : results.Get("models").AsArray()) {
    std::printf("%-38s %12.0f\n", entry.Get("work").AsString().c_str(),
                entry.Get("per_second").AsReal());
  }
  PrintBenchScaling(results.Get("scaling"));
}

}  // namespace demd
