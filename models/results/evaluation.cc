#include "models/results/evaluation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "emd/batch.h"
#include "emd/losses.h"
#include "models/concentrator/concentrator.h"
#include "quant/device/frame.h"

namespace demd {
namespace {

bool HasCharge(const float* row) {
  return std::any_of(row, row + kWaferCells, [](float charge) { return charge > 0.0f; });
}

int64_t CountDifferent(const Tensor& a, const Tensor& b) {
  int64_t different = 0;
  for (int64_t i = 0; i < a.size(); ++i) different += a[i] != b[i] ? 1 : 0;
  return different;
}

// d loss / d b of pairs [n, 48] each, where `loss` is a distance of rows.
template <typename Distance>
std::vector<float> GradientOfSecond(const Tensor& a, const Tensor& b, Distance distance) {
  Tape tape;
  const Var x = tape.Input(a);
  const Var y = tape.DifferentiableInput(b.shape(), b.data());
  tape.Backward(distance(x, y));
  const float* gradient = tape.Gradient(y);
  return std::vector<float>(gradient, gradient + b.size());
}

double Cosine(const float* a, const float* b, int64_t n) {
  double aa = 0.0, bb = 0.0, ab = 0.0;
  for (int64_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(a[i]);
    const double y = static_cast<double>(b[i]);
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return aa > 0.0 && bb > 0.0 ? ab / std::sqrt(aa * bb) : 0.0;
}

double MeanGradientCosine(EmdCnn* network, const PairSet& pairs) {
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < pairs.size(); ++i) {
    const bool some = pairs.emd[static_cast<size_t>(i)] > 0.0f;
    if (some && static_cast<int64_t>(rows.size()) < kGradientPairs) rows.push_back(i);
  }
  if (rows.empty()) return std::numeric_limits<double>::quiet_NaN();
  const Tensor a = RowsOf(pairs.a, rows);
  const Tensor b = RowsOf(pairs.b, rows);
  const GroundCost metric = GroundCost::Hexagon();
  const std::vector<float> exact =
      GradientOfSecond(a, b, [&](Var x, Var y) { return ExactEmd(metric, x, y); });
  const std::vector<float> learned =
      GradientOfSecond(a, b, [&](Var x, Var y) { return network->Apply(x, y); });
  double sum = 0.0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const size_t at = i * kWaferCells;
    sum += Cosine(exact.data() + at, learned.data() + at, kWaferCells);
  }
  return sum / static_cast<double>(rows.size());
}

}  // namespace

std::vector<double> EmdOrNan(const Tensor& x, const Tensor& y) {
  std::vector<int64_t> rows;
  for (int64_t r = 0; r < y.shape()[0]; ++r) {
    if (HasCharge(y.data() + r * kWaferCells)) rows.push_back(r);
  }
  const Tensor some_x = RowsOf(x, rows);
  const Tensor some_y = RowsOf(y, rows);
  std::vector<double> some(rows.size());
  EmdOfRows(GroundCost::Hexagon(), some_x.data(), some_y.data(), static_cast<int64_t>(rows.size()),
            some.data());
  std::vector<double> emd(static_cast<size_t>(y.shape()[0]),
                          std::numeric_limits<double>::quiet_NaN());
  for (size_t i = 0; i < rows.size(); ++i) emd[static_cast<size_t>(rows[i])] = some[i];
  return emd;
}

MethodResult EvaluateAutoencoder(const std::string& name, const std::string& title,
                                 Autoencoder* model, const std::vector<Wafer>& wafers) {
  const Tensor x = EncoderInputs(wafers);
  const EncoderProfile& profile = model->options().profile;
  MethodResult result;
  result.name = name;
  result.title = title;
  Tensor latents = model->Latents(x);
  if (profile.is_float) {
    result.bits = static_cast<int>(kLatentSize) * 32;
  } else {
    result.bits = CountOf(model->sent());
    Tensor integer_latents(latents.shape());
    model->MakeIntegerEncoder().EncodeToLatent(
        ChargesOf(wafers).data(), static_cast<int64_t>(wafers.size()), integer_latents.data());
    result.mismatches = CountDifferent(latents, integer_latents);
    latents = integer_latents;
  }
  result.images = model->DecodeRows(latents, x);
  result.emd = EmdOrNan(x, result.images);
  return result;
}

std::vector<MethodResult> EvaluateBaselines(int n_elinks, const std::vector<Wafer>& wafers) {
  const Tensor x = EncoderInputs(wafers);
  const std::vector<int32_t> charges = ChargesOf(wafers);
  std::vector<MethodResult> results;
  for (const std::string& name : ConcentratorNames()) {
    ConcentratorOptions options;
    options.algorithm = ConcentratorByName(name);
    options.n_elinks = n_elinks;
    const ConcentratorOutput output =
        RunConcentrator(charges.data(), static_cast<int64_t>(wafers.size()), options);
    MethodResult result;
    result.name = name;
    result.title = ConcentratorTitle(options);
    result.is_baseline = true;
    result.bits = *std::max_element(output.bits.begin(), output.bits.end());
    result.fits_links = options.algorithm != ConcentratorAlgorithm::kThreshold ||
                        result.bits <= n_elinks * device::kBitsPerElink;
    result.images = Tensor(x.shape(), output.charges);
    result.emd = EmdOrNan(x, result.images);
    results.push_back(std::move(result));
  }
  return results;
}

int64_t CountMismatches(const RunResults& results) {
  int64_t mismatches = 0;
  for (const MethodResult& method : results.methods) {
    mismatches += std::max<int64_t>(method.mismatches, 0);
  }
  return mismatches;
}

EmdCnnResult EvaluateEmdCnn(const std::string& name, EmdCnn* network, const PairSet& pairs) {
  EmdCnnResult result{name, pairs.emd, network->Predict(pairs.a, pairs.b), {}};
  result.error = ErrorOf(result.predicted, result.truth);
  result.gradient_cosine = MeanGradientCosine(network, pairs);
  return result;
}

}  // namespace demd
