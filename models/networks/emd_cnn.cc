#include "models/networks/emd_cnn.h"

#include <algorithm>
#include <string>

#include "emd/metric.h"
#include "engine/error.h"
#include "engine/nn/checkpoint.h"
#include "engine/nn/inference.h"
#include "engine/ops/dense.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/reduction.h"
#include "engine/ops/shaping.h"
#include "engine/portable_math.h"
#include "models/networks/emd_regions.h"
#include "models/wafer.h"

namespace demd {
namespace {

// Pairs that a thread carries through all layers: few enough to stay in its cache.
constexpr int64_t kRowsPerPrediction = 128;
constexpr int64_t kSide = 4;
constexpr double kFirstDistance = 3.2;  // per moved charge, what an untrained network predicts
constexpr float kNoCharge = 1e-9f;      // moves less: rounding, or nothing at all

std::vector<int32_t> RhombusColumns() {
  return std::vector<int32_t>(kRhombusImageCells.begin(), kRhombusImageCells.end());
}

// [n, 48] charges -> [n, 4, 4, 3] of sum 1.
Var RhombusImages(Var charges) {
  const Var ordered = GatherColumns(NormalizeColumns(charges), RhombusColumns());
  return Reshape(ordered, {charges.shape()[0], kSide, kSide, 3});
}

const char* NameOf(EmdCnnForm form) { return form == EmdCnnForm::kPaper ? "paper" : "regions"; }

EmdCnnForm FormByName(const std::string& name) {
  if (name == "regions") return EmdCnnForm::kRegions;
  if (name == "paper") return EmdCnnForm::kPaper;
  throw UsageError("emd_cnn: form: expected regions or paper, found '" + name + "'");
}

}  // namespace

void CheckEmdCnn(const EmdCnnOptions& o) {
  const auto check = [](const char* name, int64_t value, int64_t low, int64_t high) {
    if (value >= low && value <= high) return;
    throw UsageError(std::string("emd_cnn: ") + name + ": expected " + std::to_string(low) +
                     " to " + std::to_string(high) + ", found " + std::to_string(value));
  };
  check("regions", o.regions, 1, 65536);
  check("filters", o.filters, 1, 4096);
  check("kernel", o.kernel, 1, 7);
  check("dense_width", o.dense_width, 1, 65536);
  check("n_dense", o.n_dense, 0, 16);
  check("n_conv", o.n_conv, 0, 16);
}

EmdCnnOptions PaperEmdCnn() {
  EmdCnnOptions options;
  options.form = EmdCnnForm::kPaper;
  options.n_dense = 1;
  options.l2 = 1e-4f;
  return options;
}

EmdCnn::EmdCnn(const EmdCnnOptions& options) : options_(options) {
  CheckEmdCnn(options);
  LayerOptions layer;
  layer.l2 = options.l2;
  layer.seed = options.seed;
  options.form == EmdCnnForm::kPaper ? MakePaperForm(layer) : MakeRegionsForm(layer);
}

void EmdCnn::MakeRegionsForm(const LayerOptions& hidden) {
  const GroundCost metric = GroundCost::Hexagon();
  double shortest = metric.largest();
  for (int32_t i = 1; i < metric.n(); ++i) {
    for (int32_t j = 0; j < i; ++j) shortest = std::min(shortest, metric(i, j));
  }
  shortest_ = static_cast<float>(shortest);
  longest_ = static_cast<float>(metric.largest());
  regions_ = {"emd_cnn/regions/kernel", RandomRegions(options_.regions, hidden.seed), Tensor(),
              true, hidden.l2};
  parameters_.push_back(&regions_);
  LayerOptions layer = hidden;
  layer.initializer = Initializer::kHeNormal;
  int64_t width = options_.regions;
  for (int64_t i = 0; i < options_.n_dense; ++i) {
    dense_.emplace_back("emd_cnn/dense" + std::to_string(i + 1), width, options_.dense_width,
                        layer);
    width = options_.dense_width;
  }
  layer.l2 = 0.0f;
  const double share = (kFirstDistance - shortest) / (metric.largest() - shortest);
  layer.initial_bias = static_cast<float>(Log(share / (1.0 - share)));
  output_.emplace_back("emd_cnn/output", width, 1, layer);
  for (DenseLayer& dense : dense_) dense.Collect(&parameters_);
  output_[0].Collect(&parameters_);
}

void EmdCnn::MakePaperForm(const LayerOptions& hidden) {
  LayerOptions layer = hidden;
  int64_t channels = 6;
  for (int64_t i = 0; i < options_.n_conv; ++i) {
    const std::string name = "emd_cnn/conv" + std::to_string(i + 1);
    convolutions_.emplace_back(name, Window{options_.kernel, options_.kernel}, channels,
                               options_.filters, layer);
    convolution_norms_.emplace_back(name + "_norm", options_.filters);
    channels = options_.filters;
  }
  int64_t width = kSide * kSide * channels;
  for (int64_t i = 0; i < options_.n_dense; ++i) {
    const std::string name = "emd_cnn/dense" + std::to_string(i + 1);
    dense_.emplace_back(name, width, options_.dense_width, layer);
    dense_norms_.emplace_back(name + "_norm", options_.dense_width);
    width = options_.dense_width;
  }
  layer.l2 = 0.0f;
  output_.emplace_back("emd_cnn/output", width, 1, layer);
  for (size_t i = 0; i < convolutions_.size(); ++i) {
    convolutions_[i].Collect(&parameters_);
    convolution_norms_[i].Collect(&parameters_);
  }
  for (size_t i = 0; i < dense_.size(); ++i) {
    dense_[i].Collect(&parameters_);
    dense_norms_[i].Collect(&parameters_);
  }
  output_[0].Collect(&parameters_);
}

Var EmdCnn::Apply(Var a, Var b) {
  return options_.form == EmdCnnForm::kPaper ? ApplyPaper(a, b) : ApplyRegions(a, b);
}

// [n, 48], [n, 48] -> [n, 1]
Var EmdCnn::ApplyRegions(Var a, Var b) {
  const Var difference = Subtract(NormalizeColumns(a), NormalizeColumns(b));
  const Var moved = Affine(SumColumns(Abs(difference)), 0.5f, 0.0f);
  const Var divisor = Maximum(moved, a.tape().Input({1}, &kNoCharge));
  return Multiply(moved, DistancePerCharge(Divide(difference, divisor)));
}

// [n, 48], sums of 0, absolute sums of 2 -> [n, 1], even.
Var EmdCnn::DistancePerCharge(Var u) {
  Var x = Abs(MatMul(u, u.tape().Use(regions_)));
  for (DenseLayer& dense : dense_) x = Relu(dense.Apply(x));
  return Affine(Sigmoid(output_[0].Apply(x)), longest_ - shortest_, shortest_);
}

// [n, 4, 4, 6] -> [n, 1]
Var EmdCnn::Score(Var images) {
  Var x = images;
  for (size_t i = 0; i < convolutions_.size(); ++i) {
    x = convolution_norms_[i].ApplyRelu(convolutions_[i].Apply(x));
  }
  x = Flatten(x);
  for (size_t i = 0; i < dense_.size(); ++i) {
    x = dense_norms_[i].ApplyRelu(dense_[i].Apply(x));
  }
  return output_[0].Apply(x);
}

Var EmdCnn::ApplyPaper(Var a, Var b) {
  const int64_t n = a.shape()[0];
  const Var image_a = RhombusImages(a);
  const Var image_b = RhombusImages(b);
  // Both orders as one batch.
  const Var both =
      Concatenate({Concatenate({image_a, image_b}, 3), Concatenate({image_b, image_a}, 3)}, 0);
  const Var scores = Score(both);
  const Var backward = SliceRows(scores, n, 2 * n);
  const Var forward = SliceRows(scores, 0, n);
  return Affine(Add(forward, backward), 0.5f, 0.0f);
}

std::vector<float> EmdCnn::Predict(const Tensor& a, const Tensor& b) {
  const int64_t n = a.shape()[0];
  std::vector<float> predictions(static_cast<size_t>(n));
  InferInBlocks(n, kRowsPerPrediction, [&](Tape& tape, int64_t begin, int64_t end) {
    const Shape shape{end - begin, kWaferCells};
    const Var prediction = Apply(tape.Input(shape, a.data() + begin * kWaferCells),
                                 tape.Input(shape, b.data() + begin * kWaferCells));
    std::copy_n(prediction.value(), end - begin, predictions.data() + begin);
  });
  return predictions;
}

void SaveEmdCnn(const std::string& path, const EmdCnn& network, const JsonValue& meta) {
  Checkpoint checkpoint;
  StoreParameters(network.parameters(), "", &checkpoint);
  checkpoint.meta.Set("architecture", "emd_cnn").Set("options", ToJson(network.options()));
  for (const JsonValue::Member& member : meta.AsObject()) {
    checkpoint.meta.Set(member.name, member.value);
  }
  SaveCheckpoint(path, checkpoint);
}

std::unique_ptr<EmdCnn> LoadEmdCnn(const std::string& path) {
  const Checkpoint checkpoint = LoadCheckpoint(path);
  const std::string& architecture = checkpoint.meta.Get("architecture").AsString();
  if (architecture != "emd_cnn") {
    throw DataError(path + ": expected an EMD CNN, found a model of architecture '" + architecture +
                    "'");
  }
  std::unique_ptr<EmdCnn> network;
  try {
    network = std::make_unique<EmdCnn>(EmdCnnOptionsOf(checkpoint.meta.Get("options")));
  } catch (const UsageError& error) {
    throw DataError(path + ": " + error.what());
  }
  RestoreParameters(checkpoint, "", path, network->parameters());
  return network;
}

JsonValue ToJson(const EmdCnnOptions& options) {
  JsonValue json = JsonValue::MakeObject();
  json.Set("form", NameOf(options.form))
      .Set("regions", options.regions)
      .Set("filters", options.filters)
      .Set("kernel", options.kernel)
      .Set("dense_width", options.dense_width)
      .Set("n_dense", options.n_dense)
      .Set("n_conv", options.n_conv)
      .Set("l2", options.l2)
      .Set("seed", options.seed);
  return json;
}

EmdCnnOptions EmdCnnOptionsOf(const JsonValue& json) {
  EmdCnnOptions options = PaperEmdCnn();  // of files that do not name the form
  if (json.Find("form") != nullptr) {
    options.form = FormByName(json.Get("form").AsString());
    options.regions = json.Get("regions").AsInteger();
  }
  options.filters = json.Get("filters").AsInteger();
  options.kernel = json.Get("kernel").AsInteger();
  options.dense_width = json.Get("dense_width").AsInteger();
  options.n_dense = json.Get("n_dense").AsInteger();
  options.n_conv = json.Get("n_conv").AsInteger();
  options.l2 = static_cast<float>(json.Get("l2").AsReal());
  options.seed = static_cast<uint64_t>(json.Get("seed").AsInteger());
  return options;
}

}  // namespace demd
