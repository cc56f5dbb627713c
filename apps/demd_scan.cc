// A study: many runs over grids of samples, profiles, links, decoders, losses and seeds, here or
// spread over machines, and tables and a report of what came out.

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli.h"
#include "apps/run_progress.h"
#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/version.h"
#include "models/study/study_results.h"

namespace demd {
namespace {

struct Options {
  std::string study = "quick";
  std::string out = "demd_study";
  std::string shard = "1/1";
  std::vector<std::string> merge;
  std::vector<std::string> data;
  std::vector<std::string> samples;
  std::vector<std::string> profiles;
  std::vector<std::string> elinks;
  std::vector<std::string> losses;
  std::vector<std::string> decoders;
  int64_t seeds = 0;
  int64_t seed = 1;
  int64_t steps = 0;
  int64_t wafers = 0;
  bool list = false;
};

bool ParseOptions(const std::vector<std::string>& arguments, Options* o) {
  OptionParser parser("demd_scan",
                      "Train and compare many encoders: a study. Stopped or killed, it goes on "
                      "when called again; spread over machines, it gives the same tables.");
  parser.Choice(
      "--study", &o->study, StudyNames(),
      "quick: a quarter of an hour on two cores; paper: an hour, all losses, profiles, links, both "
      "samples; cnn: the paper's networks");
  parser.Text("--out", &o->out, "DIR", "directory of the study");
  parser.Text("--shard", &o->shard, "I/N", "do only part I of N, 1 <= I <= N");
  parser.TextList("--merge", &o->merge, "DIR",
                  "take the finished runs of these directories into --out, then write the tables");
  parser.TextList("--data", &o->data, "FILE|DIR", "wafers instead of simulated ones");
  parser.Choices("--samples", &o->samples, {"unsuppressed", "suppressed"},
                 "only these of the study's samples");
  parser.Choices("--profiles", &o->profiles, ProfileNames(), "only these of its profiles");
  parser.Choices("--elinks", &o->elinks, {"2", "3", "4", "5"}, "only these of its links");
  parser.Choices("--losses", &o->losses, LossNames(), "only these of its losses");
  parser.TextList("--decoders", &o->decoders, "NAME",
                  "these decoders instead of the study's: paper, 8c6, ...");
  parser.Integer("--seeds", &o->seeds, "N", 0, 1000, "seeds of each grid (0: the study's)");
  parser.Integer("--seed", &o->seed, "N", 0, INT64_MAX, "first seed");
  parser.Integer("--steps", &o->steps, "N", 0, kMostSteps,
                 "training steps per autoencoder (0: the study's)");
  parser.Integer("--wafers", &o->wafers, "N", 0, kMostTrainWafers,
                 "simulated training wafers (0: the study's)");
  parser.Flag("--list", &o->list, "print the names of the runs and do nothing");
  parser.Threads();
  parser.Example("demd_scan --study quick --out my_study");
  if (!parser.Parse(arguments)) return false;
  if (!o->merge.empty()) {
    parser.Refuse({"--study", "--shard", "--data", "--samples", "--profiles", "--elinks",
                   "--losses", "--decoders", "--seeds", "--seed", "--steps", "--wafers", "--list"},
                  "expected runs to train, found --merge, which takes those that are there");
  }
  if (!o->data.empty()) {
    parser.Refuse({"--samples", "--wafers"}, "expected simulated wafers, found --data");
  }
  return true;
}

// Of the study's words those that were asked for, in the study's order.
template <typename T, typename TextOf>
void Restrict(std::vector<T>* of_study, const std::vector<std::string>& wanted, TextOf text_of) {
  if (wanted.empty()) return;
  std::vector<T> kept;
  for (const T& word : *of_study) {
    for (const std::string& asked : wanted) {
      if (text_of(word) == asked) kept.push_back(word);
    }
  }
  *of_study = kept;
}

std::vector<StudyRun> RunsFor(const Options& o) {
  const auto same = [](const std::string& word) { return word; };
  std::vector<StudyGrid> grids;
  for (StudyGrid grid : StudyByName(o.study)) {
    Restrict(&grid.samples, o.samples, same);
    Restrict(&grid.profiles, o.profiles, same);
    Restrict(&grid.losses, o.losses, same);
    if (!o.losses.empty() && grid.losses.empty()) continue;
    Restrict(&grid.elinks, o.elinks, [](int64_t links) { return std::to_string(links); });
    if (!o.decoders.empty()) grid.decoders = o.decoders;
    if (o.seeds > 0) grid.seeds = o.seeds;
    if (o.steps > 0) grid.base.autoencoder_steps = o.steps;
    if (o.wafers > 0) grid.base.train_wafers = o.wafers;
    grid.base.seed = static_cast<uint64_t>(o.seed);
    grid.base.data = o.data;
    grids.push_back(std::move(grid));
  }
  std::vector<StudyRun> runs = RunsOf(grids);
  if (runs.empty()) throw UsageError("--study: expected some runs, found none with these options");
  return runs;
}

// Writes the tables if everything is there; else says what is not.
int Finish(const Study& study) {
  const std::vector<std::string> missing = study.Missing();
  if (!missing.empty()) {
    std::cerr << "demd_scan: " << missing.size() << " of " << study.runs().size()
              << " runs are still to be done, the first is " << missing[0] << "\n";
    return 0;
  }
  const StudyResults results = WriteStudyTables(study);
  std::cout << StudyTable(results);
  std::cerr << "demd_scan: tables and report in " << study.directory() << "\n";
  for (const StudyRow& row : results.rows) {
    if (row.mismatches == 0) continue;
    std::cerr << "demd_scan: expected integer encoders with the trained encoders' codes, found "
              << row.mismatches << " that differ\n";
    return 1;
  }
  return 0;
}

int Main(const std::vector<std::string>& arguments) {
  Options options;
  if (!ParseOptions(arguments, &options)) return 0;
  StopOnSignal();
  if (!options.merge.empty()) {
    Study study(options.out, Study::Open(options.merge[0], GitRevision()).runs(), GitRevision());
    for (const std::string& directory : options.merge) study.TakeFrom(directory);
    return Finish(study);
  }
  const Shard shard = ShardOf(options.shard);
  const std::vector<StudyRun> runs = RunsFor(options);
  if (options.list) {
    for (const StudyRun& run : runs) std::cout << run.name << "\n";
    return 0;
  }
  if (!PathExists(options.out + "/study.json")) CheckFiles(runs, options.out);
  Study study(options.out, runs, GitRevision());
  if (study.Execute(shard, [] { return std::make_unique<RunProgress>(); })) return Finish(study);
  std::cerr << "demd_scan: stopped; the same command goes on\n";
  return 0;
}

}  // namespace
}  // namespace demd

int main(int argc, char** argv) { return demd::RunMain(argc, argv, demd::Main); }
