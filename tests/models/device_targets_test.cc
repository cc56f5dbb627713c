#include "models/report/device_targets.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/error.h"
#include "models/report/report.h"
#include "tests/models/some_results.h"
#include "tests/models/well_formed.h"

namespace demd {
namespace {

const char kHeader[] =
    "target,wafers,hash,flash_bytes,golden_bytes,ram_bytes,stack_bytes,instructions_least,"
    "instructions_most\n";

TEST(DeviceTargets, AreTheRowsOfTheFileThatHaveSizes) {
  const std::string table = DeviceTargetTable(std::string(kHeader) +
                                              "x86_64,1000,0a0b0c0d,,,,,,\n"
                                              "cortex-m4,1000,0a0b0c0d,9484,3904,200,960,41,42\n");
  EXPECT_EQ(XmlFault(table), "");
  EXPECT_EQ(table.find("x86_64"), std::string::npos);
  EXPECT_NE(table.find("cortex-m4</th><td>9\u202F484</td><td>3\u202F904</td><td>200</td>"
                       "<td>960</td><td>42</td>"),
            std::string::npos)
      << table;
}

TEST(DeviceTargets, ALineOfAnotherLengthIsRefused) {
  EXPECT_THROW(DeviceTargetTable("target,hash\n"), DataError);
  EXPECT_THROW(DeviceTargetTable(std::string(kHeader) + "cortex-m4,1,2,3\n"), DataError);
}

TEST(DeviceTargets, StandInTheReportOfTheProfileTheyAreMeasuredFor) {
  RunResults results = SomeResults(20, 1, 0, 0);
  results.profile = "econt";
  const std::string report = MakeReport(results);
  EXPECT_EQ(XmlFault(report), "");
  for (const char* cpu : {"m0", "m3", "m4", "m7", "m33", "m55"}) {
    EXPECT_NE(report.find(">cortex-" + std::string(cpu) + "<"), std::string::npos) << cpu;
  }
  results.profile = "float";
  EXPECT_EQ(MakeReport(results).find("cortex-"), std::string::npos);
}

}  // namespace
}  // namespace demd
