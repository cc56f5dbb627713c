#include "models/evaluation.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "emd/batch.h"
#include "models/concentrator.h"

namespace demd {
namespace {

bool HasCharge(const float* row) {
  return std::any_of(row, row + kWaferCells, [](float charge) { return charge > 0.0f; });
}

std::vector<int32_t> ChargesOf(const std::vector<Wafer>& wafers) {
  std::vector<int32_t> charges;
  charges.reserve(wafers.size() * kWaferCells);
  for (const Wafer& wafer : wafers) {
    charges.insert(charges.end(), wafer.charges.begin(), wafer.charges.end());
  }
  return charges;
}

int64_t CountDifferent(const Tensor& a, const Tensor& b) {
  int64_t different = 0;
  for (int64_t i = 0; i < a.size(); ++i) different += a[i] != b[i] ? 1 : 0;
  return different;
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
    result.bits =
        static_cast<int>(kLatentSize) * KeptOutputBits(profile, model->options().n_elinks);
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
  return result;
}

}  // namespace demd
