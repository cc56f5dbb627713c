#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli.h"
#include "apps/output_files.h"
#include "apps/progress.h"
#include "apps/terminal.h"
#include "emd/any_transport.h"
#include "emd/comparison.h"
#include "emd/histogram_file.h"
#include "engine/error.h"
#include "engine/io/csv.h"
#include "engine/io/npy.h"

namespace demd {
namespace {

struct Options {
  std::vector<std::string> files;
  std::string metric = "hexagon";
  std::string prefix_a;
  std::string prefix_b;
  std::string pairs;
  std::string out = "/dev/stdout";
  std::string plan;
  std::string duals;
  double p = 1;
  bool pairwise = false;
  bool root = false;
};

bool IsNpy(const std::string& path) {
  return path.size() > 4 && path.compare(path.size() - 4, 4, ".npy") == 0;
}

// The file of a metric like "points:FILE"; empty for one without.
std::string FileOfMetric(const std::string& metric) {
  const size_t colon = metric.find(':');
  return colon == std::string::npos ? "" : metric.substr(colon + 1);
}

// Refuses options that contradict each other or the files.
void CheckOptions(const OptionParser& parser, const Options& o) {
  if (o.metric == "points:" || o.metric == "matrix:") {
    throw UsageError("--metric: expected " + o.metric + "FILE, found no file");
  }
  const std::string unnamed = "expected a CSV file, whose columns have names, found ";
  if (IsNpy(o.files.front())) parser.Refuse({"--prefix-a"}, unnamed + o.files.front());
  if (IsNpy(o.files.back())) parser.Refuse({"--prefix-b"}, unnamed + o.files.back());
  if (IsNpy(o.plan)) throw UsageError("--plan: expected a CSV file, found " + o.plan);
  std::vector<std::string> inputs = o.files;
  for (const std::string& path : {o.pairs, FileOfMetric(o.metric)}) {
    if (!path.empty()) inputs.push_back(path);
  }
  CheckOutputs({{"--out", o.out}, {"--plan", o.plan}, {"--duals", o.duals}}, inputs);
  const bool read_twice = o.files.size() == 2 || o.prefix_a != o.prefix_b;
  if (read_twice && o.files.front() == "-" && o.files.back() == "-") {
    throw UsageError("-: expected a file that can be read twice, found standard input");
  }
}

bool ParseOptions(const std::vector<std::string>& arguments, Options* options) {
  OptionParser parser("demd_emd",
                      "Exact earth mover's distance between rows of two files, each row "
                      "normalised to sum 1.");
  parser.Arguments(
      &options->files, "A B", 1, 2,
      "files of histograms, CSV or NPY, - for CSV on standard input; without B, rows of "
      "A with rows of A");
  parser.Text("--metric", &options->metric, "COST",
              "ground cost: hexagon (48 trigger cells, in cell pitches), points:FILE (x,y per "
              "cell) or matrix:FILE");
  parser.Real("--p", &options->p, "P", 1e-3, 64, "use the ground cost to this power");
  parser.Flag("--root", &options->root, "take the P-th root of the result");
  parser.Flag("--pairwise", &options->pairwise, "compare all rows of A with all rows of B");
  parser.Text("--pairs", &options->pairs, "FILE",
              "compare the rows listed in columns row_a and row_b, counted from 0");
  parser.Text("--prefix-a", &options->prefix_a, "NAME",
              "names of the columns of A without their number (CALQ_ if there are such, else the "
              "first columns)");
  parser.Text("--prefix-b", &options->prefix_b, "NAME", "the same for B");
  parser.Text("--out", &options->out, "FILE", "where the distances go, .csv or .npy");
  parser.Text("--plan", &options->plan, "FILE.csv", "write what moves where");
  parser.Text("--duals", &options->duals, "FILE", "write the dual potentials, .csv or .npy");
  parser.Threads();
  parser.Example("demd_emd wafers.csv decoded.npy --out emd.csv");
  if (!parser.Parse(arguments)) return false;
  CheckOptions(parser, *options);
  return true;
}

// "emd", or which power of which cost the number is.
std::string DistanceName(const Options& options) {
  if (options.p == 1) return "emd";
  char power[32];
  std::snprintf(power, sizeof power, "%g", options.p);
  return std::string(options.root ? "wasserstein_" : "cost_to_the_") + power;
}

// Distances, to a CSV file of rows or an NPY array.
class DistanceWriter {
 public:
  DistanceWriter(const Options& options, const std::vector<int64_t>& shape) {
    if (IsNpy(options.out)) {
      npy_ = std::make_unique<NpyWriter>(options.out, NpyType::kF8, shape);
    } else {
      csv_ = std::make_unique<CsvWriter>(
          options.out, std::vector<std::string>{"row_a", "row_b", DistanceName(options)});
    }
  }

  void Write(const PairComparison& pair) {
    if (npy_) return npy_->Append(&pair.distance, 1);
    csv_->Integer(pair.rows.a);
    csv_->Integer(pair.rows.b);
    csv_->Real(pair.distance);
    csv_->EndRow();
  }

  void Close() { npy_ ? npy_->Close() : csv_->Close(); }

 private:
  std::unique_ptr<NpyWriter> npy_;
  std::unique_ptr<CsvWriter> csv_;
};

// Masses as fractions of the whole.
class PlanWriter {
 public:
  explicit PlanWriter(const std::string& path)
      : csv_(path, {"row_a", "row_b", "source", "sink", "mass"}) {}

  void Write(const PairComparison& pair) {
    for (const PlanEntry& entry : pair.plan) {
      csv_.Integer(pair.rows.a);
      csv_.Integer(pair.rows.b);
      csv_.Integer(entry.source);
      csv_.Integer(entry.sink);
      csv_.Real(static_cast<double>(entry.mass) / static_cast<double>(pair.total));
      csv_.EndRow();
    }
  }

  void Close() { csv_.Close(); }

 private:
  CsvWriter csv_;
};

class DualsWriter {
 public:
  DualsWriter(const std::string& path, int64_t n_pairs, const TransportCosts& cost) {
    if (IsNpy(path)) {
      npy_ = std::make_unique<NpyWriter>(path, NpyType::kF8,
                                         std::vector<int64_t>{n_pairs, cost.n() + cost.m()});
      return;
    }
    std::vector<std::string> names = {"row_a", "row_b"};
    for (int32_t i = 0; i < cost.n(); ++i) names.push_back("f_" + std::to_string(i));
    for (int32_t j = 0; j < cost.m(); ++j) names.push_back("g_" + std::to_string(j));
    csv_ = std::make_unique<CsvWriter>(path, names);
  }

  void Write(const PairComparison& pair) {
    if (npy_) return npy_->Append(pair.duals.data(), pair.duals.size());
    csv_->Integer(pair.rows.a);
    csv_->Integer(pair.rows.b);
    for (double dual : pair.duals) csv_->Real(dual);
    csv_->EndRow();
  }

  void Close() { npy_ ? npy_->Close() : csv_->Close(); }

 private:
  std::unique_ptr<NpyWriter> npy_;
  std::unique_ptr<CsvWriter> csv_;
};

RowPairs ChoosePairs(const Options& options, const Histograms& a, const Histograms& b) {
  if (options.pairwise && !options.pairs.empty()) {
    throw UsageError("--pairwise and --pairs exclude each other");
  }
  if (!options.pairs.empty()) {
    return RowPairs::Listed(ReadRowPairs(options.pairs, a.n_rows, b.n_rows));
  }
  if (options.pairwise) return RowPairs::AllWithAll(a.n_rows, b.n_rows);
  if (options.files.size() == 1 && options.prefix_a == options.prefix_b) {
    throw UsageError("one file alone needs --pairwise, --pairs, or two different prefixes");
  }
  if (a.n_rows != b.n_rows) {
    throw DataError(b.path + ": expected " + std::to_string(a.n_rows) + " rows as in " + a.path +
                    ", found " + std::to_string(b.n_rows) + " (--pairwise compares all with all)");
  }
  return RowPairs::Matching(a.n_rows);
}

Histograms Read(const std::string& path, int32_t n_cells, const std::string& prefix) {
  return ReadHistograms(path == "-" ? "/dev/stdin" : path, n_cells, prefix);
}

// What a run of a second or more is going to take, before it takes it.
void AnnounceLongRun(int64_t n_pairs, int64_t memory_bytes) {
  constexpr int64_t kLong = 300000;
  if (n_pairs < kLong) return;
  std::fprintf(stderr, "demd_emd: %lld pairs, about %lld MB of memory and %lld MB of distances\n",
               static_cast<long long>(n_pairs), static_cast<long long>((memory_bytes >> 20) + 1),
               static_cast<long long>((n_pairs * 8 >> 20) + 1));
}

// Returns the exit code.
int Run(const Options& options) {
  const TransportCosts cost = ReadTransportCosts(options.metric, options.p);
  const Histograms a = Read(options.files.front(), cost.n(), options.prefix_a);
  const bool same = options.files.size() == 1 && options.prefix_a == options.prefix_b;
  const Histograms b =
      same && cost.n() == cost.m() ? a : Read(options.files.back(), cost.m(), options.prefix_b);
  const RowPairs pairs = ChoosePairs(options, a, b);
  if (pairs.size() == 0) throw DataError(a.path + ": expected rows to compare, found none");

  ComparisonOptions wanted;
  wanted.plan = !options.plan.empty();
  wanted.duals = !options.duals.empty();
  wanted.root = options.root ? options.p : 1;
  AnnounceLongRun(pairs.size(), ComparisonBytes(a, b, pairs, wanted));
  const bool matrix = options.pairwise;
  DistanceWriter distances(options, matrix ? std::vector<int64_t>{a.n_rows, b.n_rows}
                                           : std::vector<int64_t>{pairs.size()});
  std::unique_ptr<PlanWriter> plans;
  std::unique_ptr<DualsWriter> duals;
  if (!options.plan.empty()) plans = std::make_unique<PlanWriter>(options.plan);
  if (!options.duals.empty()) {
    duals = std::make_unique<DualsWriter>(options.duals, pairs.size(), cost);
  }
  Progress progress("demd_emd", static_cast<double>(pairs.size()));
  const int64_t pairs_per_update = IsSmallProblem(cost) ? 4096 : 1;
  int64_t done = 0;
  CompareRows(cost, a, b, pairs, wanted, [&](const PairComparison& pair) {
    distances.Write(pair);
    if (plans) plans->Write(pair);
    if (duals) duals->Write(pair);
    if (++done % pairs_per_update == 0) progress.Update(static_cast<double>(done));
    return !StopRequested();
  });
  if (done < pairs.size()) {
    std::fprintf(stderr, "demd_emd: stopped after %lld of %lld pairs, nothing written\n",
                 static_cast<long long>(done), static_cast<long long>(pairs.size()));
    return StoppedExitCode();
  }
  distances.Close();
  if (plans) plans->Close();
  if (duals) duals->Close();
  return 0;
}

}  // namespace
}  // namespace demd

int main(int argc, char** argv) {
  return demd::RunMain(argc, argv, [](const std::vector<std::string>& arguments) {
    demd::Options options;
    if (!demd::ParseOptions(arguments, &options)) return 0;
    demd::StopOnSignal();
    return demd::Run(options);
  });
}
