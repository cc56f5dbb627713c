#include "apps/output_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "engine/error.h"
#include "engine/io/file.h"
#include "tests/error_message.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

TEST(CheckOutputs, TakesFilesThatDiffer) {
  const TemporaryDirectory directory;
  WriteFile(directory.File("in.csv"), "");
  WriteFile(directory.File("old.csv"), "");
  EXPECT_NO_THROW(CheckOutputs({{"--out", directory.File("old.csv")},
                                {"--plan", directory.File("new.csv")},
                                {"--duals", ""},
                                {"--report", ""}},
                               {directory.File("in.csv"), directory.File("missing.csv")}));
  EXPECT_NO_THROW(CheckOutputs({{"--out", "/dev/null"}, {"--plan", "/dev/null"}}, {"/dev/null"}));
}

TEST(CheckOutputs, RefusesAnOutputThatIsAnother) {
  const TemporaryDirectory directory;
  const std::string out = directory.File("x.csv");
  const std::string same = directory.File("../") +
                           std::filesystem::path(directory.path()).filename().string() + "/x.csv";
  for (const bool exists : {false, true}) {
    if (exists) WriteFile(out, "");
    for (const std::string& plan : {out, same}) {
      EXPECT_EQ(ErrorMessage<UsageError>([&] {
                  CheckOutputs({{"--out", out}, {"--plan", plan}}, {});
                }),
                "--plan: expected another file than that of --out, found " + plan);
    }
  }
  EXPECT_THROW(CheckOutputs({{"--out", "/dev/stdout"}, {"--plan", "/dev/stdout"}}, {}), UsageError);
}

TEST(CheckOutputs, RefusesAnOutputThatIsAnInputUnderAnyName) {
  const TemporaryDirectory directory;
  const std::string in = directory.File("in.csv"), link = directory.File("link.csv");
  WriteFile(in, "");
  std::filesystem::create_symlink(in, link);
  for (const std::string& out : {in, link}) {
    EXPECT_NE(ErrorMessage<UsageError>([&] {
                CheckOutputs({{"--out", out}}, {in});
              }).find("--out: expected a file that is not an input, found"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace demd
