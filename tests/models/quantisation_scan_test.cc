#include "models/run/quantisation_scan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "models/report/report.h"
#include "models/report/results_json.h"
#include "models/results/evaluation.h"
#include "tests/models/some_results.h"
#include "tests/models/well_formed.h"

namespace demd {
namespace {

QuantisationScan SomeScan(const std::string& title, int trained_weight_bits) {
  QuantisationScan scan;
  scan.name = "emd";
  scan.title = title;
  scan.wafers = 20;
  scan.trained_emd = 0.9;
  scan.trained_weight_bits = trained_weight_bits;
  scan.weight_bits = {3, 4, 5};
  scan.output_bits = {3, 9};
  scan.emd = {2.0, 1.9, 1.5, 1.4, 1.2, 1.0};
  return scan;
}

TEST(QuantisationScan, MeasuresEveryPointAndMoreBitsComeCloserToTheFloatEncoder) {
  AutoencoderOptions options;
  options.profile = ProfileByName("float");
  options.seed = 3;
  Autoencoder model(options);
  const std::vector<Wafer> wafers = SomeResults(60, 0, 0, 0).held_out;
  const QuantisationScan scan = ScanQuantisation(&model, wafers, wafers);
  EXPECT_EQ(scan.wafers, 60);
  ASSERT_EQ(scan.emd.size(), scan.weight_bits.size() * scan.output_bits.size());
  EXPECT_EQ(scan.weight_bits.front(), 3);
  EXPECT_EQ(scan.output_bits.back(), 9);
  const Tensor x = EncoderInputs(wafers);
  double in_float = 0.0;
  for (const double emd : EmdOrNan(x, model.Reconstruct(x))) in_float += emd / 60;
  const double coarse = std::fabs(scan.At(0, 0) - in_float);
  const double fine = std::fabs(scan.emd.back() - in_float);
  EXPECT_LT(fine, 0.01 * in_float);
  EXPECT_LT(fine, coarse);
}

TEST(QuantisationScan, LooksAtTheFirstWafersOnly) {
  AutoencoderOptions options;
  Autoencoder model(options);
  const std::vector<Wafer> some = SomeResults(3, 0, 0, 0).held_out;
  std::vector<Wafer> many;
  while (many.size() < kScanWafers + 5) many.push_back(some[many.size() % 3]);
  EXPECT_EQ(ScanQuantisation(&model, some, many).wafers, static_cast<int64_t>(kScanWafers));
}

TEST(QuantisationScan, ChoosesFormatsByTheOtherWafersAlone) {
  AutoencoderOptions options;
  options.profile = ProfileByName("float");
  options.seed = 3;
  Autoencoder model(options);
  const std::vector<Wafer> wafers = SomeResults(60, 0, 0, 0).held_out;
  const std::vector<Wafer> first(wafers.begin(), wafers.begin() + 30);
  // The same formats, whatever is measured; other formats for wafers with all charge in one cell.
  std::vector<Wafer> spikes = first;
  for (Wafer& wafer : spikes) {
    wafer.charges.fill(0);
    wafer.charges[0] = 1000;
  }
  const std::vector<double> of_first = ScanQuantisation(&model, first, first).emd;
  EXPECT_NE(ScanQuantisation(&model, spikes, first).emd, of_first);
  std::vector<Wafer> more = first;
  more.insert(more.end(), spikes.begin(), spikes.end());
  const std::vector<double> of_more = ScanQuantisation(&model, first, more).emd;
  const std::vector<double> of_spikes = ScanQuantisation(&model, first, spikes).emd;
  for (size_t i = 0; i < of_more.size(); ++i) {
    EXPECT_NEAR(of_more[i], (of_first[i] + of_spikes[i]) / 2, 1e-9);
  }
}

TEST(QuantisationScan, IsShownInTheReportAndInMetricsJson) {
  RunResults results = SomeResults(20, 2, 1, 0);
  EXPECT_EQ(MakeReport(results).find("id=\"quantisation\""), std::string::npos);
  results.scans = {SomeScan("exact <EMD>", 4), SomeScan("in float", 0), SomeScan("far", 12)};
  results.scans[1].emd[2] = NAN;
  results.scans[2].trained_emd = NAN;
  const std::string report = MakeReport(results);
  EXPECT_EQ(XmlFault(report), "");
  EXPECT_NE(report.find("id=\"quantisation\""), std::string::npos);
  EXPECT_NE(report.find("<td>1.900</td>"), std::string::npos);
  EXPECT_EQ(report.find("nan"), std::string::npos);
  results.scans.resize(1);
  const JsonValue json = ToJson(results).Get("quantisation_scans").AsArray()[0];
  EXPECT_EQ(json.Get("trained_weight_bits").AsInteger(), 4);
  EXPECT_EQ(json.Get("mean_emd").AsArray()[2].AsArray()[1].AsReal(), 1.0);
}

}  // namespace
}  // namespace demd
