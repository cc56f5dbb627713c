#include "models/study/study_results.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <tuple>

#include "engine/io/file.h"
#include "models/results/training_json.h"
#include "models/run/run_stages.h"
#include "models/statistics.h"
#include "models/study/busy_file.h"

namespace demd {
namespace {

// What one run says about one method.
struct MethodRecord {
  uint64_t seed;
  JsonValue method;
  double validation;
  double seconds;
};

struct CnnRecord {
  JsonValue errors;
  double validation_error;
  double seconds;
};

// Sample, links and baseline; then seeds: mean EMD of telescope minus that of the baseline, over
// the wafers of which both send something.
using TelescopeMinus =
    std::map<std::tuple<std::string, int, std::string>, std::map<uint64_t, double>>;

auto KeyOf(const StudyGroup& group) {
  return std::tie(group.sample, group.profile, group.n_elinks, group.decoder, group.cnn);
}

StudyGroup GroupOf(const Recipe& recipe) {
  StudyGroup group;
  group.sample = recipe.data.empty() ? recipe.sample : "data";
  group.profile = recipe.profile;
  group.n_elinks = recipe.n_elinks;
  group.decoder = recipe.decoder;
  group.cnn = EmdCnnSizesText(recipe.emd_cnn.network) + " " + NameOf(recipe.emd_cnn.loss);
  return group;
}

double MeanOf(const std::vector<double>& values) { return Summarise(values).mean; }

// standard_error: of a single value, where it is known.
SeedAverage AverageOf(const std::vector<double>& values, double standard_error) {
  const Summary summary = Summarise(values);
  return {summary.mean, values.size() < 2 ? standard_error : summary.standard_error};
}

double SecondsOf(const std::string& run_directory, const std::string& training) {
  const std::string path = RunPath(run_directory, kTimesFile);
  if (!std::filesystem::exists(path)) return NAN;
  const JsonValue times = ReadJson(path);
  const JsonValue* seconds = times.Find(training);
  return seconds == nullptr ? NAN : seconds->AsReal();
}

// The training of that name in metrics.json; without a history if there was none.
TrainingResult TrainingIn(const JsonValue& metrics, const std::string& name) {
  for (const JsonValue& json : metrics.Get("trainings").AsArray()) {
    if (json.Get("name").AsString() == name) return TrainingResultOf(json);
  }
  return {};
}

// Least validation loss; NaN for what was not trained.
double ValidationOf(const TrainingResult& training) {
  if (training.history.empty()) return NAN;
  return training.history.at(static_cast<size_t>(training.best_epoch)).validation_loss;
}

double RealOf(const JsonValue& json, const char* name) {
  const JsonValue& value = json.Get(name);
  return value.IsNull() ? NAN : value.AsReal();
}

std::vector<double> Column(const std::vector<MethodRecord>& records, const char* name) {
  std::vector<double> values;
  for (const MethodRecord& record : records) {
    values.push_back(RealOf(record.method.Get("emd"), name));
  }
  return values;
}

StudyRow RowOf(const StudyGroup& group, const std::vector<MethodRecord>& records) {
  const JsonValue& first = records[0].method;
  StudyRow row;
  row.group = group;
  row.method = first.Get("name").AsString();
  row.title = first.Get("title").AsString();
  row.is_baseline = first.Get("is_baseline").AsBool();
  std::vector<double> validation;
  std::vector<double> seconds;
  for (const MethodRecord& record : records) {
    row.bits = std::max(row.bits, record.method.Get("bits").AsInteger());
    row.means[record.seed] = RealOf(record.method.Get("emd"), "mean");
    const JsonValue* mismatches = record.method.Find("mismatches");
    row.mismatches += mismatches == nullptr ? 0 : mismatches->AsInteger();
    validation.push_back(record.validation);
    seconds.push_back(record.seconds);
  }
  row.emd = AverageOf(Column(records, "mean"), RealOf(first.Get("emd"), "standard_error"));
  row.median = MeanOf(Column(records, "median"));
  row.q05 = MeanOf(Column(records, "q05"));
  row.q95 = MeanOf(Column(records, "q95"));
  const double undefined = MeanOf(Column(records, "n_undefined"));
  row.undefined = undefined / (undefined + MeanOf(Column(records, "n")));
  row.validation = MeanOf(validation);
  row.seconds = MeanOf(seconds);
  if (row.is_baseline) {
    row.group.decoder.clear();
  } else {
    row.decoder_multiply_adds = MultiplyAddsOf(DecoderByName(group.decoder));
  }
  return row;
}

StudyCnnRow CnnRowOf(const StudyGroup& group, const std::vector<CnnRecord>& records) {
  const auto average = [&](const char* name) {
    std::vector<double> values;
    for (const CnnRecord& record : records) values.push_back(RealOf(record.errors, name));
    return AverageOf(values, NAN);
  };
  std::vector<double> validation;
  std::vector<double> seconds;
  for (const CnnRecord& record : records) {
    validation.push_back(record.validation_error);
    seconds.push_back(record.seconds);
  }
  return {group,
          records[0].errors.Get("pairs").AsString(),
          static_cast<int64_t>(records.size()),
          average("relative_mean"),
          average("relative_std"),
          average("absolute_mean"),
          MeanOf(validation),
          MeanOf(seconds)};
}

// Records by (group, method), in the order in which they come first.
template <typename Record>
class Gathered {
 public:
  std::vector<Record>& At(const StudyGroup& group, const std::string& name) {
    for (Entry& entry : entries_) {
      if (KeyOf(entry.group) == KeyOf(group) && entry.name == name) return entry.records;
    }
    entries_.push_back({group, name, {}});
    return entries_.back().records;
  }
  template <typename Function>
  void ForEach(Function function) const {
    for (const Entry& entry : entries_) function(entry.group, entry.records);
  }

 private:
  struct Entry {
    StudyGroup group;
    std::string name;
    std::vector<Record> records;
  };
  std::vector<Entry> entries_;
};

// The concentrator's own algorithms know nothing of profiles and decoders: the same figures come
// with every run on the same wafers, and are kept once.
StudyGroup BaselineGroup(const StudyGroup& group) {
  StudyGroup baseline;
  baseline.sample = group.sample;
  baseline.n_elinks = group.n_elinks;
  return baseline;
}

// The telescope that baselines are compared with.
bool HasReferenceTelescope(const StudyGroup& group) {
  return group.profile == "econt" && group.decoder == "paper";
}

void GatherDifferences(const StudyGroup& group, uint64_t seed, const JsonValue& metrics,
                       TelescopeMinus* telescope_minus) {
  if (!HasReferenceTelescope(group)) return;
  for (const JsonValue& difference : metrics.Get("paired_differences").AsArray()) {
    if (difference.Get("a").AsString() != "telescope") continue;
    const auto key = std::make_tuple(group.sample, group.n_elinks, difference.Get("b").AsString());
    (*telescope_minus)[key][seed] = RealOf(difference, "mean_of_a_minus_b");
  }
}

void Gather(const Study& study, Gathered<MethodRecord>* methods, Gathered<MethodRecord>* baselines,
            Gathered<CnnRecord>* cnns, TelescopeMinus* telescope_minus) {
  for (const StudyRun& run : study.runs()) {
    const std::string directory = study.RunDirectory(run);
    const JsonValue metrics = ReadJson(RunPath(directory, "metrics.json"));
    const StudyGroup group = GroupOf(run.recipe);
    StudyGroup of_methods = group;
    of_methods.cnn.clear();
    const uint64_t seed = run.recipe.seed;
    GatherDifferences(group, seed, metrics, telescope_minus);
    for (const JsonValue& method : metrics.Get("methods").AsArray()) {
      const std::string& name = method.Get("name").AsString();
      const bool is_baseline = method.Get("is_baseline").AsBool();
      std::vector<MethodRecord>& records =
          is_baseline ? baselines->At(BaselineGroup(group), name) : methods->At(of_methods, name);
      const bool is_known = std::any_of(records.begin(), records.end(),
                                        [&](const MethodRecord& r) { return r.seed == seed; });
      if (is_known) continue;
      records.push_back({seed, method, ValidationOf(TrainingIn(metrics, name)),
                         SecondsOf(directory, "autoencoder_" + name)});
    }
    for (const JsonValue& errors : metrics.Get("emd_cnn").AsArray()) {
      cnns->At(group, errors.Get("pairs").AsString())
          .push_back({errors, TrainingIn(metrics, "emd_cnn").validation_error,
                      SecondsOf(directory, "emd_cnn")});
    }
  }
}

const StudyRow* TelescopeFor(const std::vector<StudyRow>& rows, const StudyRow& row) {
  for (const StudyRow& other : rows) {
    const bool same_place =
        other.group.sample == row.group.sample && other.group.n_elinks == row.group.n_elinks;
    if (same_place && other.group.profile == row.group.profile && other.method == "telescope" &&
        other.group.decoder == "paper") {
      return &other;
    }
  }
  return nullptr;
}

// Mean EMD of telescope by seed, on the wafers that the row's is of: a baseline sends nothing of
// some of them.
std::map<uint64_t, double> TelescopeMeans(const std::vector<StudyRow>& rows, const StudyRow& row,
                                          const TelescopeMinus& telescope_minus) {
  std::map<uint64_t, double> means;
  if (!row.is_baseline) {
    const StudyRow* telescope = TelescopeFor(rows, row);
    return telescope == nullptr ? means : telescope->means;
  }
  const auto differences = telescope_minus.find({row.group.sample, row.group.n_elinks, row.method});
  if (differences == telescope_minus.end()) return means;
  for (const auto& [seed, difference] : differences->second) {
    if (row.means.count(seed) > 0) means[seed] = row.means.at(seed) + difference;
  }
  return means;
}

void CompareWithTelescope(const TelescopeMinus& telescope_minus, std::vector<StudyRow>* rows) {
  for (StudyRow& row : *rows) {
    const std::map<uint64_t, double> telescope = TelescopeMeans(*rows, row, telescope_minus);
    std::vector<double> ratios;
    for (const auto& [seed, mean] : row.means) {
      if (telescope.count(seed) > 0) ratios.push_back(mean / telescope.at(seed) - 1.0);
    }
    row.to_telescope = ratios.empty() ? SeedAverage{NAN, NAN} : AverageOf(ratios, NAN);
  }
}

}  // namespace

StudyResults ResultsOf(const Study& study) {
  Gathered<MethodRecord> methods;
  Gathered<MethodRecord> baselines;
  Gathered<CnnRecord> cnns;
  TelescopeMinus telescope_minus;
  Gather(study, &methods, &baselines, &cnns, &telescope_minus);
  StudyResults results;
  results.runs = study.runs();
  const auto add_row = [&](const StudyGroup& group, const std::vector<MethodRecord>& records) {
    results.rows.push_back(RowOf(group, records));
  };
  methods.ForEach(add_row);
  baselines.ForEach(add_row);
  CompareWithTelescope(telescope_minus, &results.rows);
  cnns.ForEach([&](const StudyGroup& group, const std::vector<CnnRecord>& records) {
    results.cnns.push_back(CnnRowOf(group, records));
  });
  return results;
}

std::vector<size_t> BestRows(const StudyResults& results) {
  std::vector<size_t> best;
  for (size_t i = 0; i < results.rows.size(); ++i) {
    const StudyRow& row = results.rows[i];
    if (row.is_baseline) continue;
    const auto same = std::find_if(best.begin(), best.end(), [&](size_t b) {
      const StudyGroup& other = results.rows[b].group;
      return other.sample == row.group.sample && other.profile == row.group.profile &&
             other.n_elinks == row.group.n_elinks;
    });
    if (same == best.end()) {
      best.push_back(i);
    } else if (row.validation < results.rows[*same].validation) {
      *same = i;
    }
  }
  return best;
}

std::vector<size_t> BestCnnRows(const StudyResults& results) {
  std::vector<size_t> best;
  for (size_t i = 0; i < results.cnns.size(); ++i) {
    const auto place = [](StudyGroup group) {
      group.cnn.clear();
      return group;
    };
    const StudyGroup here = place(results.cnns[i].group);
    const auto same = std::find_if(best.begin(), best.end(), [&](size_t b) {
      const StudyGroup there = place(results.cnns[b].group);
      return KeyOf(there) == KeyOf(here);
    });
    if (same == best.end()) {
      best.push_back(i);
    } else if (results.cnns[i].validation_error < results.cnns[*same].validation_error) {
      *same = i;
    }
  }
  return best;
}

StudyResults WriteStudyTables(const Study& study) {
  StudyResults results = ResultsOf(study);
  const auto write = [&](const char* name, const std::string& text) {
    WriteWhenFree([&] { WriteFile(RunPath(study.directory(), name), text); });
  };
  write("table.txt", StudyTable(results));
  write("table.csv", StudyCsv(results));
  write("report.html", StudyReport(results));
  return results;
}

}  // namespace demd
