#include "models/report/results_json.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "models/report/report_methods.h"
#include "models/results/training_json.h"

namespace demd {
namespace {

JsonValue ToJson(const Summary& summary) {
  JsonValue json = JsonValue::MakeObject();
  json.Set("n", summary.n)
      .Set("n_undefined", summary.n_undefined)
      .Set("mean", summary.mean)
      .Set("standard_error", summary.standard_error)
      .Set("standard_deviation", summary.standard_deviation)
      .Set("median", summary.median)
      .Set("q05", summary.q05)
      .Set("q16", summary.q16)
      .Set("q84", summary.q84)
      .Set("q95", summary.q95);
  return json;
}

JsonValue MethodToJson(const ReportMethod& method, const OtherMetrics& other) {
  JsonValue json = JsonValue::MakeObject();
  json.Set("name", method.result->name)
      .Set("title", method.result->title)
      .Set("is_baseline", method.result->is_baseline)
      .Set("bits", method.result->bits)
      .Set("emd", ToJson(method.emd));
  if (method.result->mismatches >= 0) json.Set("mismatches", method.result->mismatches);
  if (!other.available) return json;
  json.Set("mean_shift", ToJson(other.mean_shift))
      .Set("rms_difference", ToJson(other.rms_difference))
      .Set("peers_rms_difference", ToJson(other.peers_rms_difference))
      .Set("cross_correlation", ToJson(other.cross_correlation))
      .Set("zero_fraction_before", ToJson(other.zero_fraction_before))
      .Set("zero_fraction_after", ToJson(other.zero_fraction_after));
  return json;
}

JsonValue DifferencesToJson(const std::vector<ReportMethod>& methods) {
  JsonValue list = JsonValue::MakeArray();
  for (size_t i = 0; i < methods.size(); ++i) {
    for (size_t j = i + 1; j < methods.size(); ++j) {
      const PairedDifference difference =
          ComparePaired(methods[i].result->emd, methods[j].result->emd);
      JsonValue json = JsonValue::MakeObject();
      json.Set("a", methods[i].result->name)
          .Set("b", methods[j].result->name)
          .Set("n", difference.n)
          .Set("mean_of_a_minus_b", difference.mean)
          .Set("standard_error", difference.standard_error)
          .Set("standard_errors_from_zero", Significance(difference));
      list.Append(json);
    }
  }
  return list;
}

JsonValue ToJson(const EmdCnnResult& cnn) {
  JsonValue calibration = JsonValue::MakeArray();
  for (const CalibrationBin& bin : CalibrationOf(cnn.predicted, cnn.truth)) {
    JsonValue json = JsonValue::MakeObject();
    json.Set("n", bin.error.pairs)
        .Set("emd", bin.truth_mean)
        .Set("relative_mean", bin.error.relative_mean)
        .Set("relative_std", bin.error.relative_std);
    calibration.Append(std::move(json));
  }
  JsonValue json = JsonValue::MakeObject();
  json.Set("pairs", cnn.pairs)
      .Set("n", cnn.error.pairs)
      .Set("relative_mean", cnn.error.relative_mean)
      .Set("relative_std", cnn.error.relative_std)
      .Set("absolute_mean", cnn.error.absolute_mean)
      .Set("absolute_largest", cnn.error.absolute_largest)
      .Set("gradient_cosine", cnn.gradient_cosine)
      .Set("calibration", std::move(calibration));
  return json;
}

JsonValue ToJson(const QuantisationScan& scan) {
  JsonValue rows = JsonValue::MakeArray();
  const size_t columns = scan.output_bits.size();
  for (size_t w = 0; w < scan.weight_bits.size(); ++w) {
    const auto begin = scan.emd.begin() + static_cast<std::ptrdiff_t>(w * columns);
    rows.Append(std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(columns)));
  }
  JsonValue json = JsonValue::MakeObject();
  json.Set("name", scan.name)
      .Set("wafers", scan.wafers)
      .Set("trained_emd", scan.trained_emd)
      .Set("trained_weight_bits", scan.trained_weight_bits)
      .Set("trained_output_bits", scan.trained_output_bits)
      .Set("weight_bits", std::vector<int64_t>(scan.weight_bits.begin(), scan.weight_bits.end()))
      .Set("output_bits", std::vector<int64_t>(scan.output_bits.begin(), scan.output_bits.end()))
      .Set("mean_emd", rows);
  return json;
}

template <typename T>
JsonValue ListToJson(const std::vector<T>& values) {
  JsonValue list = JsonValue::MakeArray();
  for (const T& value : values) list.Append(ToJson(value));
  return list;
}

}  // namespace

JsonValue ToJson(const RunResults& results) {
  const std::vector<ReportMethod> methods = ReportMethods(results);
  JsonValue list = JsonValue::MakeArray();
  for (const ReportMethod& method : methods) {
    list.Append(MethodToJson(method, MeasureOthers(results, *method.result)));
  }
  JsonValue json = JsonValue::MakeObject();
  json.Set("data", results.data)
      .Set("profile", results.profile)
      .Set("elinks", results.n_elinks)
      .Set("seed", results.seed)
      .Set("revision", results.revision)
      .Set("train_wafers", results.train_wafers)
      .Set("validation_wafers", results.validation_wafers)
      .Set("held_out_wafers", static_cast<int64_t>(results.held_out.size()))
      .Set("emd_unit", "cell pitches")
      .Set("methods", list)
      .Set("paired_differences", DifferencesToJson(methods))
      .Set("emd_cnn", ListToJson(results.emd_cnn))
      .Set("trainings", ListToJson(results.trainings))
      .Set("quantisation_scans", ListToJson(results.scans));
  return json;
}

}  // namespace demd
