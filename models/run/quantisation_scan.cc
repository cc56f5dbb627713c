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

std::vector<Wafer> FirstOf(const std::vector<Wafer>& wafers, size_t most) {
  const size_t n = std::min(wafers.size(), most);
  return {wafers.begin(), wafers.begin() + static_cast<std::ptrdiff_t>(n)};
}

double MeanEmdAt(Autoencoder* model, const FormatWidths& widths,
                 const std::vector<int32_t>& calibration, const Tensor& x,
                 const std::vector<int32_t>& charges) {
  const FloatEncoderWeights weights = model->EncoderWeights();
  const EncoderProfile profile =
      CalibrateProfile(model->options().profile, weights, calibration, widths);
  const IntegerEncoder encoder(profile, QuantizeWeights(profile, weights));
  Tensor latents(Shape{x.shape()[0], kLatentSize});
  encoder.EncodeToLatent(charges.data(), x.shape()[0], latents.data());
  return Summarise(EmdOrNan(x, model->DecodeRows(latents, x))).mean;
}

}  // namespace

QuantisationScan ScanQuantisation(Autoencoder* model, const std::vector<Wafer>& calibration,
                                  const std::vector<Wafer>& wafers) {
  const std::vector<Wafer> some = FirstOf(wafers, kScanWafers);
  const Tensor x = EncoderInputs(some);
  const std::vector<int32_t> charges = ChargesOf(some);
  const std::vector<int32_t> for_formats = ChargesOf(FirstOf(calibration, kCalibrationWafers));
  QuantisationScan scan;
  scan.wafers = static_cast<int64_t>(some.size());
  scan.weight_bits.assign(std::begin(kWeightBits), std::end(kWeightBits));
  scan.output_bits.assign(std::begin(kOutputBits), std::end(kOutputBits));
  FormatWidths widths;
  widths.activation_bits = model->options().profile.formats.activation.bits;
  for (const int weight_bits : kWeightBits) {
    for (const int output_bits : kOutputBits) {
      widths.weight_bits = weight_bits;
      widths.output_bits = output_bits;
      scan.emd.push_back(MeanEmdAt(model, widths, for_formats, x, charges));
    }
  }
  return scan;
}

void ScanEncoders(const std::string& directory, const std::vector<Wafer>& calibration,
                  RunResults* results) {
  if (results->held_out.empty()) return;
  for (const MethodResult& method : results->methods) {
    if (method.is_baseline) continue;
    const auto model = LoadAutoencoder(ModelPath(directory, method.name));
    // Digits are made for their widths.
    if (IsOfHitPatterns(model->options().decoder)) continue;
    QuantisationScan scan = ScanQuantisation(model.get(), calibration, results->held_out);
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
