#include "models/report/results_json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "models/statistics.h"
#include "tests/models/some_results.h"

namespace demd {
namespace {

TEST(ResultsJson, ReadsBackAsWhatWasWritten) {
  RunResults results = SomeResults(40, 3, 2, 2);
  results.data = "wafers.csv";
  const JsonValue json = ToJson(results);
  EXPECT_EQ(ParseJson(json.Text(), "metrics.json"), json);
}

TEST(ResultsJson, HoldsSummariesDifferencesErrorsAndHistories) {
  RunResults results = SomeResults(40, 3, 2, 2);
  results.data = "wafers.csv";
  const JsonValue json = ToJson(results);
  EXPECT_EQ(json.Get("data").AsString(), "wafers.csv");
  EXPECT_EQ(json.Get("held_out_wafers").AsInteger(), 40);
  ASSERT_EQ(json.Get("methods").AsArray().size(), 5u);
  const JsonValue& method = json.Get("methods").AsArray()[1];
  const Summary summary = Summarise(results.methods[1].emd);
  EXPECT_EQ(method.Get("name").AsString(), "telescope");
  EXPECT_EQ(method.Get("emd").Get("mean").AsReal(), summary.mean);
  EXPECT_EQ(method.Get("emd").Get("q95").AsReal(), summary.q95);
  EXPECT_EQ(method.Get("mismatches").AsInteger(), 0);
  EXPECT_GT(method.Get("cross_correlation").Get("mean").AsReal(), 0.5);
  EXPECT_EQ(json.Get("methods").AsArray()[3].Find("mismatches"), nullptr);
  EXPECT_EQ(json.Get("methods").AsArray()[3].Get("emd").Get("n_undefined").AsInteger(), 8);
  EXPECT_EQ(json.Get("paired_differences").AsArray().size(), 10u);
  const JsonValue& difference = json.Get("paired_differences").AsArray()[0];
  EXPECT_EQ(difference.Get("mean_of_a_minus_b").AsReal(),
            ComparePaired(results.methods[0].emd, results.methods[1].emd).mean);
  EXPECT_EQ(json.Get("emd_cnn").AsArray().size(), 2u);
  EXPECT_EQ(json.Get("trainings").AsArray()[0].Get("history").AsArray().size(), 4u);
}

TEST(ResultsJson, HasNullForWhatIsUndefined) {
  const JsonValue json = ToJson(SomeResults(1, 2, 0, 0));
  const JsonValue& emd = json.Get("methods").AsArray()[0].Get("emd");
  EXPECT_TRUE(ParseJson(emd.Text(), "emd").Get("standard_error").IsNull());
}

size_t Characters(const std::string& line) {
  return static_cast<size_t>(std::count_if(line.begin(), line.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  }));
}

TEST(ResultTable, FitsATerminalAndHasALineForEachMethod) {
  for (int trained = 0; trained <= 10; ++trained) {
    const RunResults results = SomeResults(2000, trained, 4, 0);
    std::istringstream table(ResultTable(results));
    size_t lines = 0;
    for (std::string line; std::getline(table, line); ++lines) {
      EXPECT_LE(Characters(line), 100u) << line;
      EXPECT_FALSE(line.empty());
      EXPECT_NE(line.back(), ' ') << line;
    }
    EXPECT_EQ(lines, static_cast<size_t>(trained) + 4 + (trained > 0 ? 3 : 2));
  }
}

TEST(ResultTable, ShowsMeanErrorMedianRangeAndPairedDifference) {
  RunResults results = SomeResults(4, 2, 0, 0);
  results.methods[0].emd = {1.0, 2.0, 3.0, 4.0};
  results.methods[1].emd = {0.5, 1.5, 2.5, 3.5};
  results.methods[0].title = "first";
  results.methods[1].title = "second";
  results.methods[0].mismatches = 3;
  const std::string table = ResultTable(results);
  EXPECT_NE(table.find("2.500 \u00B1 0.645   2.500  1.15-3.85  +0.500 \u00B1 0.000"),
            std::string::npos)
      << table;
  EXPECT_NE(table.find("best"), std::string::npos);
}

TEST(ResultTable, SaysSoWhenThereIsNothingToShow) {
  EXPECT_EQ(ResultTable(RunResults()), "no method was measured\n");
}

}  // namespace
}  // namespace demd
