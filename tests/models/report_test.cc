#include "models/report/report.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "models/report/report_figures.h"
#include "models/report/report_methods.h"
#include "models/report/report_tables.h"
#include "tests/case_count.h"
#include "tests/models/some_results.h"
#include "tests/models/well_formed.h"

namespace demd {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

int CountOf(const std::string& text, const std::string& part) {
  int n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(Report, IsWellFormedForEveryNumberOfMethodsWithAndWithoutTheCnn) {
  for (int trained = 0; trained <= 10; trained += ShortTests() ? 5 : 1) {
    for (const int baselines : {0, 1, 4}) {
      const RunResults results = SomeResults(20, trained, baselines, trained % 3);
      EXPECT_EQ(XmlFault(MakeReport(results)), "") << trained << " " << baselines;
    }
  }
}

TEST(Report, IsWellFormedForFewWafersAndForNone) {
  for (const int wafers : {0, 1, 2, 3, 300}) {
    EXPECT_EQ(XmlFault(MakeReport(SomeResults(wafers, 3, 2, 1))), "") << wafers;
  }
  EXPECT_EQ(XmlFault(MakeReport(RunResults())), "");
}

TEST(Report, SurvivesMethodsWithoutImagesWithoutADefinedEmdAndBrokenTrainings) {
  RunResults results = SomeResults(30, 3, 2, 1);
  results.methods[0].images = Tensor();
  results.methods[1].emd.assign(30, kNaN);
  results.methods[4].emd.assign(30, 0.0);
  results.trainings[0].history.clear();
  results.trainings[1].history[2].validation_loss = kNaN;
  results.trainings[2].best_epoch = 99;
  results.emd_cnn[0].truth.assign(results.emd_cnn[0].truth.size(), 0.0f);
  const std::string report = MakeReport(results);
  EXPECT_EQ(XmlFault(report), "");
  EXPECT_FALSE(Has(report, "nan"));
}

TEST(Report, FetchesAndRunsNothing) {
  const std::string report = MakeReport(SomeResults(40, 4, 4, 2));
  for (const char* part :
       {"<script", "<link", "<img", "<iframe", "src=", "href=", "url(", "@import", "onload"}) {
    EXPECT_FALSE(Has(report, part)) << part;
  }
  // The only addresses are the names of the two XML vocabularies.
  EXPECT_EQ(CountOf(report, "http"), CountOf(report, "xmlns=\"http://www.w3.org/"));
}

TEST(Report, IsTheSameForTheSameResults) {
  EXPECT_EQ(MakeReport(SomeResults(40, 4, 4, 2)), MakeReport(SomeResults(40, 4, 4, 2)));
}

TEST(Report, EscapesEveryTextOfTheRun) {
  const std::string report = MakeReport(SomeResults(25, 2, 1, 1));
  EXPECT_TRUE(Has(report, "with &lt;odd&gt; names &amp; \uFFFD bytes \uFFFD"));
  EXPECT_TRUE(Has(report, "wmse &lt;loss&gt; &amp; &quot;more&quot;"));
  EXPECT_FALSE(Has(report, "<loss>"));
}

TEST(Report, ComparesWithBaselinesThatFitTheLinks) {
  RunResults results = SomeResults(25, 2, 2, 0);
  MethodResult& nearest = results.methods[3];
  for (double& emd : nearest.emd) emd *= 0.01;
  EXPECT_TRUE(Has(MakeReport(results), "baseline that fits the links, base-1"));
  nearest.fits_links = false;
  EXPECT_TRUE(Has(MakeReport(results), "baseline that fits the links, base-0"));
}

TEST(Report, CountsUndefinedDistances) {
  EXPECT_TRUE(Has(MakeReport(SomeResults(25, 2, 1, 0)), "is undefined"));
  EXPECT_FALSE(Has(MakeReport(SomeResults(25, 2, 0, 0)), "is undefined"));
}

TEST(Report, RaisesAnAlarmForMismatchesAlone) {
  RunResults results = SomeResults(25, 2, 1, 0);
  EXPECT_FALSE(Has(MakeReport(results), "<td class=\"alarm\""));
  results.methods[1].mismatches = 17;
  EXPECT_TRUE(Has(MakeReport(results), "<td class=\"alarm\">17</td>"));
}

TEST(ReportFigures, ShowEtaOnlyWhereItIsKnown) {
  RunResults results = SomeResults(200, 2, 1, 0);
  EXPECT_FALSE(EtaFigures(results, ReportMethods(results)).empty());
  for (Wafer& wafer : results.held_out) wafer.truth.tc_eta = 0.0;
  EXPECT_TRUE(EtaFigures(results, ReportMethods(results)).empty());
}

TEST(ReportFigures, ShowLayersAndShowerEnergiesOnlyWhereTheyDiffer) {
  RunResults results = SomeResults(200, 2, 1, 0);
  EXPECT_TRUE(LayerFigures(results, ReportMethods(results)).empty()) << "one layer alone";
  EXPECT_TRUE(ShowerEnergyFigures(results, ReportMethods(results)).empty());
  for (size_t i = 0; i < results.held_out.size(); ++i) {
    results.held_out[i].truth.layer = i % 2 == 0 ? 5 : 9;
    results.held_out[i].truth.simenergy = i % 3 == 0 ? 2.0 : 30.0;
  }
  ASSERT_FALSE(LayerFigures(results, ReportMethods(results)).empty());
  for (const Figure& figure : LayerFigures(results, ReportMethods(results))) {
    EXPECT_EQ(XmlFault(figure.svg), "");
  }
  EXPECT_FALSE(ShowerEnergyFigures(results, ReportMethods(results)).empty());
}

TEST(ReportFigures, StandAloneAsWellFormedDrawingsWithDifferentNames) {
  const RunResults results = SomeResults(200, 5, 4, 2);
  std::string names = " ";
  for (const Figure& figure : ReportFigures(results, ReportMethods(results))) {
    EXPECT_EQ(XmlFault(figure.svg), "") << figure.name;
    EXPECT_FALSE(Has(names, " " + figure.name + " ")) << figure.name;
    EXPECT_FALSE(figure.caption.empty());
    names += figure.name + " ";
  }
}

TEST(ReportMethods, GiveAKnownLossTheSameLookInEveryReport) {
  const RunResults few = SomeResults(20, 2, 0, 0);
  const RunResults many = SomeResults(20, 9, 3, 0);
  const std::vector<ReportMethod> a = ReportMethods(few);
  const std::vector<ReportMethod> b = ReportMethods(many);
  EXPECT_EQ(a[1].result->name, "telescope");
  EXPECT_EQ(a[1].look.colour, b[1].look.colour);
  EXPECT_EQ(a[1].look.dash, b[1].look.dash);
  EXPECT_EQ(LookOfTraining("telescope", b).colour, a[1].look.colour);
}

TEST(ReportMethods, PutBaselinesLastAndFindTheBestTrainedEncoder) {
  RunResults results = SomeResults(20, 3, 2, 0);
  std::swap(results.methods[0], results.methods[4]);
  results.methods[0].emd.assign(20, 0.001);
  const std::vector<ReportMethod> methods = ReportMethods(results);
  EXPECT_EQ(methods[0].result->name, "telescope");
  EXPECT_TRUE(methods[3].result->is_baseline);
  EXPECT_EQ(methods[BestMethod(methods)].result->name, "emd-cnn");
}

TEST(Significance, IsTheDifferenceInStandardErrors) {
  EXPECT_EQ(Significance({10, 0, -0.5, 0.25}), 2.0);
  EXPECT_EQ(Significance({10, 0, 0.0, 0.0}), 0.0);
  EXPECT_EQ(Significance({10, 0, 1.0, 0.0}), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(Significance({1, 0, 1.0, kNaN}) != Significance({1, 0, 1.0, kNaN}));
}

}  // namespace
}  // namespace demd
