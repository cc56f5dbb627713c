#include "apps/progress.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace demd {
namespace {

class ProgressLine : public testing::TestWithParam<bool> {
 protected:
  ProgressOutput Output(bool is_terminal) {
    return {&stream_, is_terminal, [this] { return now_; }};
  }
  std::string Taken() {
    const std::string text = stream_.str();
    stream_.str("");
    return text;
  }

  std::ostringstream stream_;
  double now_ = 1000.0;
};

TEST_F(ProgressLine, OverwritesItselfOnATerminal) {
  Progress progress("train", 10, 0, Output(true));
  now_ += 0.5;
  progress.Update(1);
  EXPECT_EQ(Taken(), "") << "too early";
  now_ += 0.5;
  progress.Update(1, "loss 0.25");
  EXPECT_EQ(Taken(), "\rtrain: 10 %, about 9 s left, loss 0.25");
  now_ += 0.1;
  progress.Update(2, "loss 0.2");
  EXPECT_EQ(Taken(), "") << "too soon after the last";
  now_ += 0.9;
  progress.Update(5);
  EXPECT_EQ(Taken(), "\rtrain: 50 %, about 2 s left           ");
  progress.Finish("5 epochs");
  EXPECT_EQ(Taken(), "\rtrain: 5 epochs, took 2 s  \n");
}

TEST_F(ProgressLine, WritesALineEveryHalfMinuteElsewhere) {
  Progress progress("train", 100, 0, Output(false));
  for (int i = 1; i <= 62; ++i) {
    now_ += 1.0;
    progress.Update(i);
  }
  EXPECT_EQ(Taken(), "train: 30 %, about 1 min 10 s left\ntrain: 60 %, about 40 s left\n");
  progress.Finish();
  EXPECT_EQ(Taken(), "train: took 1 min 2 s\n");
}

TEST_F(ProgressLine, EstimatesFromTheWorkOfThisRunAlone) {
  Progress progress("train", 100, 80, Output(true));
  now_ += 10.0;
  progress.Update(80);
  EXPECT_EQ(Taken(), "\rtrain: 80 %");
  now_ += 10.0;
  progress.Update(90);
  EXPECT_EQ(Taken(), "\rtrain: 90 %, about 20 s left");
}

TEST_F(ProgressLine, FitsOneLineAndEndsItWhenBrokenOff) {
  {
    Progress progress("train", 10, 0, Output(true));
    now_ += 2.0;
    progress.Update(1, std::string(200, 'x'));
    EXPECT_EQ(Taken().size(), 80U);
  }
  EXPECT_EQ(Taken(), "\n");
  { Progress progress("train", 10, 0, Output(true)); }
  EXPECT_EQ(Taken(), "");
}

TEST_F(ProgressLine, BelongsToOneOfSeveralAndEveryOneFinishesWithItsOwn) {
  Progress first("first", 10, 0, Output(true));
  Progress second("second", 10, 0, Output(true));
  now_ += 2.0;
  first.Update(5, "and more");
  EXPECT_EQ(Taken(), "\rfirst: 50 %, about 2 s left, and more");
  second.Update(5);
  EXPECT_EQ(Taken(), "") << "the line is the first's";
  second.Finish();
  EXPECT_EQ(Taken(), "\rsecond: took 2 s                     \n");
  now_ += 1.0;
  first.Update(6);
  EXPECT_EQ(Taken(), "\rfirst: 60 %, about 2 s left");
  first.Finish();
  EXPECT_EQ(Taken(), "\rfirst: took 3 s            \n");
}

TEST(DurationText, ReadsLikeSpeech) {
  EXPECT_EQ(DurationText(-1), "0 s");
  EXPECT_EQ(DurationText(59.4), "59 s");
  EXPECT_EQ(DurationText(59.6), "1 min 0 s");
  EXPECT_EQ(DurationText(3725), "1 h 2 min");
  EXPECT_EQ(DurationText(1e300 * 1e300), "a long time");
}

}  // namespace
}  // namespace demd
