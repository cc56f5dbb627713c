#include "models/run/quantisation_scan.h"

#include <algorithm>
#include <cstdint>

#include "models/results/evaluation.h"
#include "models/run/run_stages.h"
#include "models/statistics.h"
#include "quant/calibration.h"

namespace demd {
namespace {

constexpr int kWeightBits[] = {3, 4, 5, 6, 7, 8};
constexpr int kOutputBits[] = {3, 4, 5, 6, 7, 8, 9};
constexpr size_t kCalibrationWafers = 256;  // enough to choose four numbers of fraction bits

std::vector<int32_t> ChargesOf(const std::vector<Wafer>& wafers) {
  std::vector<int32_t> charges;
  for (const Wafer& wafer : wafers) {
    charges.insert(charges.end(), wafer.charges.begin(), wafer.charges.end());
  }
  return charges;
}

double MeanEmdAt(Autoencoder* model, const FormatWidths& widths, const Tensor& x,
                 const std::vector<int32_t>& charges) {
  const FloatEncoderWeights weights = model->EncoderWeights();
  const size_t seen = std::min(charges.size(), kCalibrationWafers * kWaferCells);
  const std::vector<int32_t> some(charges.begin(),
                                  charges.begin() + static_cast<std::ptrdiff_t>(seen));
  const EncoderProfile profile = CalibrateProfile(model->options().profile, weights, some, widths);
  const IntegerEncoder encoder(profile, QuantizeWeights(profile, weights));
  Tensor latents(Shape{x.shape()[0], kLatentSize});
  encoder.EncodeToLatent(charges.data(), x.shape()[0], latents.data());
  return Summarise(EmdOrNan(x, model->DecodeRows(latents, x))).mean;
}

}  // namespace

QuantisationScan ScanQuantisation(Autoencoder* model, const std::vector<Wafer>& wafers) {
  const size_t n = std::min(wafers.size(), kScanWafers);
  const std::vector<Wafer> some(wafers.begin(), wafers.begin() + static_cast<std::ptrdiff_t>(n));
  const Tensor x = EncoderInputs(some);
  const std::vector<int32_t> charges = ChargesOf(some);
  QuantisationScan scan;
  scan.wafers = static_cast<int64_t>(n);
  scan.weight_bits.assign(std::begin(kWeightBits), std::end(kWeightBits));
  scan.output_bits.assign(std::begin(kOutputBits), std::end(kOutputBits));
  FormatWidths widths;
  widths.activation_bits = model->options().profile.formats.activation.bits;
  for (const int weight_bits : kWeightBits) {
    for (const int output_bits : kOutputBits) {
      widths.weight_bits = weight_bits;
      widths.output_bits = output_bits;
      scan.emd.push_back(MeanEmdAt(model, widths, x, charges));
    }
  }
  return scan;
}

void ScanEncoders(const std::string& directory, RunResults* results) {
  if (results->held_out.empty()) return;
  for (const MethodResult& method : results->methods) {
    if (method.is_baseline) continue;
    const auto model = LoadAutoencoder(ModelPath(directory, method.name));
    // Digits are made for their widths.
    if (IsOfHitPatterns(model->options().decoder)) continue;
    QuantisationScan scan = ScanQuantisation(model.get(), results->held_out);
    const EncoderProfile& profile = model->options().profile;
    scan.name = method.name;
    scan.title = method.title;
    const auto last = method.emd.begin() + static_cast<std::ptrdiff_t>(scan.wafers);
    scan.trained_emd = Summarise(std::vector<double>(method.emd.begin(), last)).mean;
    if (!profile.is_float) {
      scan.trained_weight_bits = profile.formats.weight.bits;
      scan.trained_output_bits = CountOf(model->sent()) / static_cast<int>(kLatentSize);
    }
    results->scans.push_back(scan);
  }
}

}  // namespace demd
