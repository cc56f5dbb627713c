#include "models/study/study.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <set>

#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/parallel.h"
#include "models/study/study_figures.h"
#include "models/study/study_results.h"
#include "tests/error_message.h"
#include "tests/models/stopping_observer.h"
#include "tests/models/well_formed.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

namespace fs = std::filesystem;

StudyGrid TinyGrid() {
  StudyGrid grid;
  grid.base = QuickRecipe();
  grid.base.train_wafers = 120;
  grid.base.validation_wafers = 30;
  grid.base.held_out_wafers = 40;
  grid.base.autoencoder_steps = 6;
  grid.base.autoencoder_batch = 40;
  grid.base.emd_cnn_pairs = 100;
  grid.base.emd_cnn.epochs = 1;
  grid.base.emd_cnn.batch_size = 50;
  grid.base.emd_cnn.network.regions = 8;
  grid.base.emd_cnn.network.dense_width = 8;
  grid.samples = {"unsuppressed"};
  grid.profiles = {"econt"};
  grid.elinks = {3, 5};
  grid.decoders = {"paper", "8x1"};
  grid.losses = {"telescope", "emd"};
  grid.seeds = 2;
  return grid;
}

StudyGrid OneRunGrid() {
  StudyGrid grid = TinyGrid();
  grid.elinks = {5};
  grid.decoders = {"paper"};
  grid.seeds = 1;
  return grid;
}

std::unique_ptr<RunObserver> Never() { return std::make_unique<StoppingObserver>(); }

std::string Bytes(const std::string& directory, const std::string& name) {
  return std::string(FileContents(directory + "/" + name).bytes());
}

TEST(RunsOf, GivesEveryCombinationOnceAndJoinsLosses) {
  StudyGrid more = TinyGrid();
  more.losses = {"emd", "mse"};
  more.decoders = {"paper"};
  more.elinks = {5};
  const std::vector<StudyRun> runs = RunsOf({TinyGrid(), more});
  EXPECT_EQ(runs.size(), 8u);
  std::map<std::string, Recipe> by_name;
  for (const StudyRun& run : runs) by_name[run.name] = run.recipe;
  EXPECT_EQ(by_name.size(), 8u) << "a name twice";
  const Recipe& joined = by_name.at("unsuppressed_econt_5links_paper_seed1");
  EXPECT_EQ(joined.losses,
            (std::vector<LossKind>{LossKind::kTelescope, LossKind::kEmd, LossKind::kMse}));
  EXPECT_EQ(by_name.at("unsuppressed_econt_3links_8x1_seed2").seed, 2u);
}

TEST(RunsOf, RefusesRunsOfOneNameThatDiffer) {
  StudyGrid longer = TinyGrid();
  longer.base.autoencoder_steps = 7;
  EXPECT_THROW(RunsOf({TinyGrid(), longer}), UsageError);
  StudyGrid unknown = TinyGrid();
  unknown.losses = {"best"};
  EXPECT_THROW(RunsOf({unknown}), UsageError);
  StudyGrid fewer_links = TinyGrid();
  fewer_links.decoders = {"8b1"};
  fewer_links.elinks = {2};
  EXPECT_THROW(RunsOf({fewer_links}), UsageError) << "hit patterns need 3 links";
}

TEST(Study, IsBegunByManyAtOnce) {
  const std::vector<StudyRun> runs = RunsOf({TinyGrid()});
  for (int round = 0; round < 20; ++round) {
    const TemporaryDirectory directory;
    std::vector<std::future<size_t>> parts;
    for (int i = 0; i < 4; ++i) {
      parts.push_back(std::async(std::launch::async, [&] {
        return Study(directory.path(), runs, "test").Missing().size();
      }));
    }
    for (std::future<size_t>& part : parts) EXPECT_EQ(part.get(), runs.size());
  }
}

TEST(RunsOf, KnowsTheNamedStudies) {
  for (const std::string& name : StudyNames()) EXPECT_FALSE(RunsOf(StudyByName(name)).empty());
  // The paper's eight networks, three losses, three seeds.
  EXPECT_EQ(RunsOf(StudyByName("cnn")).size(), 72u);
  EXPECT_THROW(StudyByName("large"), UsageError);
}

TEST(RunsOf, ThePapersStudyHoldsEverythingOfTheQuickOne) {
  const std::vector<StudyRun> paper = RunsOf(StudyByName("paper"));
  for (const StudyRun& run : RunsOf(StudyByName("quick"))) {
    const auto found = std::find_if(paper.begin(), paper.end(),
                                    [&](const StudyRun& r) { return r.name == run.name; });
    ASSERT_NE(found, paper.end()) << run.name;
    for (const LossKind loss : run.recipe.losses) {
      EXPECT_TRUE(found->recipe.Has(loss)) << run.name << ' ' << NameOf(loss);
    }
    Recipe same_losses = run.recipe;
    same_losses.losses = found->recipe.losses;
    EXPECT_EQ(ToJson(same_losses), ToJson(found->recipe)) << run.name;
  }
}

TEST(ShardOf, ReadsPartsAndRefusesOthers) {
  EXPECT_EQ(ShardOf("2/8").index, 2);
  EXPECT_EQ(ShardOf("2/8").count, 8);
  for (const char* text : {"", "1", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/2", "1/"}) {
    EXPECT_THROW(ShardOf(text), UsageError) << text;
  }
}

TEST(Study, SplitStoppedAndMergedGivesTheTablesOfTheUnbrokenOneOnOneThread) {
  const std::vector<StudyRun> runs = RunsOf({TinyGrid()});
  const TemporaryDirectory place;
  Study whole(place.File("whole"), runs, "revision");
  const int threads = ThreadCount();
  SetThreadCount(1);
  ASSERT_TRUE(whole.Execute({1, 1}, Never));
  SetThreadCount(3);
  WriteStudyTables(whole);

  // The first part is stopped twice, the second runs at once, elsewhere.
  for (const int64_t stop : {3, 8}) {
    Study part(place.File("part1"), runs, "revision");
    EXPECT_FALSE(part.Execute({1, 2}, [&] { return std::make_unique<StoppingObserver>(stop); }));
  }
  Study part1 = Study::Open(place.File("part1"), "revision");
  ASSERT_TRUE(part1.Execute({1, 2}, Never));
  EXPECT_EQ(part1.Missing().size(), 4u);
  Study part2(place.File("part2"), runs, "revision");
  ASSERT_TRUE(part2.Execute({2, 2}, Never));

  SetThreadCount(threads);
  Study merged(place.File("merged"), runs, "revision");
  merged.TakeFrom(place.File("part1"));
  EXPECT_EQ(merged.Missing().size(), 4u);
  merged.TakeFrom(place.File("part2"));
  ASSERT_TRUE(merged.Missing().empty());
  WriteStudyTables(merged);
  for (const char* table : {"study.json", "table.txt", "table.csv"}) {
    EXPECT_EQ(Bytes(place.File("merged"), table), Bytes(place.File("whole"), table)) << table;
  }
  EXPECT_EQ(XmlFault(Bytes(place.File("merged"), "report.html")), "");
}

TEST(Study, AnErrorInOneRunStopsTheOthers) {
  const TemporaryDirectory place;
  StudyGrid grid = TinyGrid();
  grid.base.autoencoder_steps = 1000000;  // hours, unless they are stopped
  Study study(place.File("study"), RunsOf({grid}), "revision");
  WriteFile(study.RunDirectory(study.runs()[0]), "a file where a folder should be");
  const int threads = ThreadCount();
  SetThreadCount(2);
  EXPECT_THROW(study.Execute({1, 1}, Never), DataError);
  SetThreadCount(threads);
  EXPECT_EQ(study.Missing().size(), 8u);
}

TEST(Study, OfEmdCnnsAloneTrainsEachAndChoosesOne) {
  const TemporaryDirectory place;
  StudyGrid grid = TinyGrid();
  grid.elinks = {5};
  grid.decoders = {"paper"};
  grid.losses = {};
  grid.cnns = {"regions,8,8,2", "regions,16,8,2"};
  grid.cnn_losses = {"mse", "relative"};
  Study study(place.File("study"), RunsOf({grid}), "revision");
  ASSERT_EQ(study.runs().size(), 8u);
  ASSERT_TRUE(study.Execute({1, 1}, Never));
  const StudyResults results = WriteStudyTables(study);
  std::set<std::string> networks;
  for (const StudyCnnRow& row : results.cnns) {
    networks.insert(row.group.cnn);
    EXPECT_EQ(row.seeds, 2);
    // Equal wafers have no relative difference.
    EXPECT_EQ(std::isnan(row.relative_mean.mean), row.pairs == "a wafer and itself") << row.pairs;
  }
  EXPECT_EQ(networks.size(), 4u);
  EXPECT_EQ(BestCnnRows(results).size(), 1u);
}

TEST(Study, ACopyBrokenOffDoesNotCountAsARun) {
  const TemporaryDirectory place;
  const StudyGrid grid = OneRunGrid();
  Study from(place.File("from"), RunsOf({grid}), "revision");
  ASSERT_TRUE(from.Execute({1, 1}, Never));
  Study to(place.File("to"), RunsOf({grid}), "revision");
  const std::string run = to.RunDirectory(to.runs()[0]);
  fs::create_directories(run + ".part");
  for (const char* name : {"/metrics.json", "/report.html"}) WriteFile(run + ".part" + name, "cut");
  EXPECT_EQ(to.Missing().size(), 1u);
  to.TakeFrom(place.File("from"));
  EXPECT_TRUE(to.Missing().empty());
  EXPECT_FALSE(fs::exists(run + ".part"));
  EXPECT_EQ(Bytes(run, "metrics.json"), Bytes(from.RunDirectory(from.runs()[0]), "metrics.json"));
  EXPECT_TRUE(fs::exists(run + "/models/emd.npz"));
}

TEST(Study, PartsThatEndTogetherAllWriteTheTables) {
  const TemporaryDirectory place;
  const StudyGrid grid = OneRunGrid();
  Study study(place.File("study"), RunsOf({grid}), "revision");
  ASSERT_TRUE(study.Execute({1, 1}, Never));
  const auto write = [&] {
    for (int i = 0; i < 20; ++i) WriteStudyTables(study);
  };
  std::future<void> other = std::async(std::launch::async, write);
  EXPECT_NO_THROW(write());
  EXPECT_NO_THROW(other.get());
}

TEST(Study, RefusesTheDirectoryOfAnotherStudyAndOtherResultsOfARun) {
  const TemporaryDirectory place;
  const StudyGrid grid = OneRunGrid();
  Study study(place.File("study"), RunsOf({grid}), "revision");
  ASSERT_TRUE(study.Execute({1, 1}, Never));
  EXPECT_THROW(Study(place.File("study"), RunsOf({TinyGrid()}), "revision"), DataError);
  EXPECT_THROW(Study::Open(place.File("nothing"), "revision"), DataError);

  Study other(place.File("other"), RunsOf({grid}), "revision");
  ASSERT_TRUE(other.Execute({1, 1}, Never));
  other.TakeFrom(place.File("study"));  // the same: nothing to say
  const std::string metrics = other.RunDirectory(other.runs()[0]) + "/metrics.json";
  JsonValue changed = ReadJson(metrics);
  changed.Set("held_out_wafers", 7);
  WriteJson(metrics, changed);
  EXPECT_THROW(study.TakeFrom(place.File("other")), DataError);
}

TEST(Study, RefusesTheDirectoryOfARunAndFilesThatCannotBeRead) {
  const TemporaryDirectory place;
  WriteFile(place.File("run.json"), "{}");
  EXPECT_THROW(Study(place.path(), RunsOf({TinyGrid()}), "revision"), DataError);
  EXPECT_FALSE(PathExists(place.File("study.json")));

  StudyGrid grid = TinyGrid();
  EXPECT_NO_THROW(CheckFiles(RunsOf({grid}), place.path()));
  grid.base.data = {place.File("missing.csv")};
  EXPECT_THROW(CheckFiles(RunsOf({grid}), place.path()), DataError);
}

TEST(Study, StopsAtARunThatAnotherProcessIsWorkingOn) {
  const TemporaryDirectory place;
  const StudyGrid grid = OneRunGrid();
  Study study(place.File("study"), RunsOf({grid}), "revision");
  const std::string run = study.RunDirectory(study.runs()[0]);
  MakeDirectories(run);
  {
    const FileLock other(run + "/run.lock", "taken");
    EXPECT_EQ(ErrorMessage([&] {
                study.Execute({1, 1}, Never);
              }),
              run + ": another process is working on this run");
  }
  EXPECT_TRUE(study.Execute({1, 1}, Never));
}

TEST(ResultsOf, ComparesWithTelescopeOnTheSameWafersAndChoosesByValidation) {
  const TemporaryDirectory place;
  Study study(place.File("study"), RunsOf({TinyGrid()}), "revision");
  ASSERT_TRUE(study.Execute({1, 1}, Never));
  const StudyResults results = WriteStudyTables(study);
  // Two links, two decoders, two losses; four baselines at each number of links.
  ASSERT_EQ(results.rows.size(), 8u + 8u);
  bool some_undefined = false;
  for (const StudyRow& row : results.rows) {
    EXPECT_EQ(row.means.size(), 2u);
    const StudyRow& telescope = results.rows[row.group.n_elinks == 3 ? 0 : 4];
    ASSERT_EQ(telescope.method, "telescope");
    ASSERT_EQ(telescope.group.decoder, "paper");
    ASSERT_EQ(telescope.group.n_elinks, row.group.n_elinks);
    double sum = 0.0;
    for (const uint64_t seed : {1U, 2U}) {
      sum += row.means.at(seed) / telescope.means.at(seed) - 1.0;
    }
    // Where nothing is sent of some wafers, telescope is taken on the others.
    const double off = std::fabs(row.to_telescope.mean - sum / 2);
    if (row.undefined > 0) {
      EXPECT_GT(off, 1e-3) << row.method;
      some_undefined = true;
    } else {
      EXPECT_LT(off, 1e-12) << row.method;
    }
  }
  EXPECT_TRUE(some_undefined);
  const std::vector<size_t> best = BestRows(results);
  ASSERT_EQ(best.size(), 2u);
  for (const size_t b : best) {
    for (const StudyRow& row : results.rows) {
      if (row.is_baseline || row.group.n_elinks != results.rows[b].group.n_elinks) continue;
      EXPECT_LE(results.rows[b].validation, row.validation);
    }
  }
}

StudyRow RowOf(const std::string& decoder, int n_elinks, double emd) {
  StudyRow row;
  row.group = {"unsuppressed", "econt", n_elinks, decoder, ""};
  row.is_baseline = decoder.empty();
  row.method = row.is_baseline ? "stc4" : "emd";
  row.title = row.is_baseline ? "super trigger cells" : "exact EMD";
  row.emd.mean = emd;
  if (!row.is_baseline) row.decoder_multiply_adds = MultiplyAddsOf(DecoderByName(decoder));
  return row;
}

TEST(StudyTable, HasEveryFigureUnderItsHeading) {
  StudyResults results;
  StudyRow row = RowOf("", 5, 0.5);
  row.undefined = 0.25;
  row.to_telescope = {-0.4, 0.01};
  results.rows = {row};
  const std::string table = StudyTable(results);
  const auto column = [&](const std::string& text) {
    const size_t at = table.find(text);
    EXPECT_NE(at, std::string::npos) << text;
    return at - table.rfind('\n', at);
  };
  EXPECT_NEAR(static_cast<double>(column("25.0 %") + 6),
              static_cast<double>(column("undefined") + 9), 1)
      << table;
  EXPECT_NEAR(static_cast<double>(column("-40.0")), static_cast<double>(column("to telescope")), 2)
      << table;
}

TEST(StudyFigures, ShowAnEncoderOfHitPatternsAsPointsOfItsOwn) {
  StudyResults results;
  for (const int n_elinks : {4, 5}) {
    results.rows.push_back(RowOf("", n_elinks, 0.5));
    results.rows.push_back(RowOf("paper", n_elinks, 0.7));
    results.rows.push_back(RowOf("8b1", n_elinks, 0.3));
  }
  results.rows.push_back(RowOf("32r1", 5, 0.8));
  std::map<std::string, std::string> drawings;
  for (const Figure& figure : StudyFigures(results)) drawings[figure.name] = figure.svg;
  const auto shows = [&](const std::string& figure, const std::string& text) {
    return drawings.at(figure).find(text) != std::string::npos;
  };
  EXPECT_TRUE(shows("links-unsuppressed", "decoder paper"));
  EXPECT_TRUE(shows("links-unsuppressed", "decoder 8b1"));
  EXPECT_FALSE(shows("links-unsuppressed", "decoder 32r1")) << "of one point makes no curve";
  EXPECT_TRUE(shows("decoders-unsuppressed", ">5 eLinks<"));
  EXPECT_TRUE(shows("decoders-unsuppressed", "5 eLinks, hit patterns"));
  EXPECT_TRUE(shows("decoders-unsuppressed", "stc4, 5 eLinks"));
  EXPECT_TRUE(shows("decoders-unsuppressed", "4 eLinks, hit patterns"));
  EXPECT_FALSE(shows("decoders-unsuppressed", ">4 eLinks<")) << "one decoder makes no curve";
}

}  // namespace
}  // namespace demd
