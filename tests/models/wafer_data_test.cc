#include "models/wafer_data.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/io/npy.h"
#include "models/simulation/simulation.h"
#include "tests/case_count.h"
#include "tests/error_message.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

std::vector<Wafer> SomeWafers(int64_t n) { return Simulation(UnsuppressedSample(), 4).Make(0, n); }

void ExpectSameTruth(const WaferTruth& a, const WaferTruth& b) {
  EXPECT_EQ(a.entry, b.entry);
  EXPECT_EQ(a.zside, b.zside);
  EXPECT_EQ(a.layer, b.layer);
  EXPECT_EQ(a.waferu, b.waferu);
  EXPECT_EQ(a.waferv, b.waferv);
  EXPECT_EQ(a.simenergy, b.simenergy);
  EXPECT_EQ(a.subdet, b.subdet);
  EXPECT_EQ(a.tc_eta, b.tc_eta);
  EXPECT_EQ(a.tc_phi, b.tc_phi);
}

// 48 charges "first, first + 1, ..." with commas between.
std::string ChargesFrom(int first) {
  std::string row;
  for (int i = 0; i < 48; ++i) row += (i > 0 ? "," : "") + std::to_string(first + i);
  return row;
}

std::string ChargeNames() {
  std::string row;
  for (int i = 0; i < 48; ++i) row += (i > 0 ? ",CALQ_" : "CALQ_") + std::to_string(i);
  return row;
}

std::string Bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Without the care of WriteFile, which takes a disk's time.
void PutBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string ReadError(const std::string& path) {
  return ErrorMessage([&] { ReadWafers({path}); });
}

TEST(WaferData, CsvWrittenIsReadBackWithItsTruth) {
  const TemporaryDirectory folder;
  const std::vector<Wafer> wafers = SomeWafers(50);
  WriteWafers(folder.File("w.csv"), wafers);
  const WaferSet set = ReadWafers({folder.File("w.csv")});
  ASSERT_EQ(set.wafers.size(), wafers.size());
  for (size_t i = 0; i < wafers.size(); ++i) {
    EXPECT_EQ(set.wafers[i].charges, wafers[i].charges);
    ExpectSameTruth(set.wafers[i].truth, wafers[i].truth);
  }
}

TEST(WaferData, CsvHasThePeersLayout) {
  const TemporaryDirectory folder;
  WriteWafers(folder.File("w.csv"), SomeWafers(1));
  const std::string text = Bytes(folder.File("w.csv"));
  EXPECT_EQ(text.substr(0, text.find('\n')),
            ChargeNames() + ",entry,zside,layer,waferu,waferv,simenergy,subdet,tc_eta,tc_phi");
}

TEST(WaferData, CsvWithoutItsHeaderIsReadAlike) {
  const TemporaryDirectory folder;
  const std::vector<Wafer> wafers = SomeWafers(5);
  WriteWafers(folder.File("w.csv"), wafers);
  const std::string text = Bytes(folder.File("w.csv"));
  WriteFile(folder.File("bare.csv"), text.substr(text.find('\n') + 1));
  const WaferSet set = ReadWafers({folder.File("bare.csv")});
  ASSERT_EQ(set.wafers.size(), 5u);
  EXPECT_EQ(set.wafers[4].charges, wafers[4].charges);
  ExpectSameTruth(set.wafers[4].truth, wafers[4].truth);
}

TEST(WaferData, NpyWrittenIsReadBackWithoutTruth) {
  const TemporaryDirectory folder;
  const std::vector<Wafer> wafers = SomeWafers(50);
  WriteWafers(folder.File("w.npy"), wafers);
  const WaferSet set = ReadWafers({folder.File("w.npy")});
  ASSERT_EQ(set.wafers.size(), wafers.size());
  for (size_t i = 0; i < wafers.size(); ++i) EXPECT_EQ(set.wafers[i].charges, wafers[i].charges);
  ExpectSameTruth(set.wafers[0].truth, WaferTruth());
}

TEST(WaferData, NpyOfFloatsIsReadIfTheyAreWhole) {
  const TemporaryDirectory folder;
  std::vector<double> values(48, 3.0);
  WriteNpy(folder.File("w.npy"), {1, 48}, values);
  EXPECT_EQ(ReadWafers({folder.File("w.npy")}).wafers[0].charges[47], 3);
  values[5] = 3.5;
  WriteNpy(folder.File("w.npy"), {1, 48}, values);
  EXPECT_NE(ReadError(folder.File("w.npy")).find("3.5"), std::string::npos);
}

TEST(WaferData, OldLayoutIsReadByItsNames) {
  const TemporaryDirectory folder;
  WriteFile(folder.File("old.csv"),
            "entry," + ChargeNames() +
                ",SimEnergyTotal,EventSimEnergy,SimEnergyFraction,subdet,layer,waferu,waferv,"
                "HD_LD,ModType\n17," +
                ChargesFrom(1) + ",0.25,1.5,0.1,1,9,-3,4,HD,F\n");
  const Wafer wafer = ReadWafers({folder.File("old.csv")}).wafers.at(0);
  EXPECT_EQ(wafer.charges[0], 1);
  EXPECT_EQ(wafer.charges[47], 48);
  EXPECT_EQ(wafer.truth.entry, 17);
  EXPECT_EQ(wafer.truth.simenergy, 0.25);
  EXPECT_EQ(wafer.truth.layer, 9);
  EXPECT_EQ(wafer.truth.waferu, -3);
  EXPECT_EQ(wafer.truth.tc_eta, 0.0);
}

TEST(WaferData, ShuffledColumnsAreFoundByName) {
  const TemporaryDirectory folder;
  std::string names = "x";
  std::string row = "y";
  for (int i = 47; i >= 0; --i) {
    names += ",CALQ_" + std::to_string(i);
    row += "," + std::to_string(i);
  }
  WriteFile(folder.File("w.csv"), names + "\n" + row + "\n");
  EXPECT_EQ(ReadWafers({folder.File("w.csv")}).wafers[0].charges[40], 40);
}

TEST(WaferData, WithoutAHeaderTheFirstColumnsAreTheCharges) {
  const TemporaryDirectory folder;
  WriteFile(folder.File("w.csv"), ChargesFrom(5) + "\n");
  WriteFile(folder.File("wide.csv"), ChargesFrom(6) + ",7.5,-1\n");
  EXPECT_EQ(ReadWafers({folder.File("w.csv")}).wafers[0].charges[0], 5);
  EXPECT_EQ(ReadWafers({folder.File("wide.csv")}).wafers[0].charges[47], 53);
}

TEST(WaferData, FolderStandsForItsFilesByName) {
  const TemporaryDirectory folder;
  WriteFile(folder.File("b.csv"), ChargesFrom(2) + "\n");
  WriteFile(folder.File("a.csv"), ChargesFrom(1) + "\n");
  WriteNpy(folder.File("c.npy"), {1, 48}, std::vector<uint16_t>(48, 7));
  WriteFile(folder.File("readme.txt"), "not wafers\n");
  for (const std::string& path : {folder.path(), folder.path() + "/"}) {
    const WaferSet set = ReadWafers({path});
    ASSERT_EQ(set.wafers.size(), 3u);
    EXPECT_EQ(set.wafers[0].charges[0], 1);
    EXPECT_EQ(set.wafers[1].charges[0], 2);
    EXPECT_EQ(set.wafers[2].charges[0], 7);
  }
  EXPECT_EQ(ReadWafers({folder.path(), folder.File("a.csv")}).wafers.size(), 4u);
  EXPECT_EQ(ReadWafers({folder.path()}, 2).wafers.size(), 2u);
}

TEST(WaferData, EmptyWafersAreLeftOutAndCounted) {
  const TemporaryDirectory folder;
  std::string zeros = "0";
  for (int i = 1; i < 48; ++i) zeros += ",0";
  WriteFile(folder.File("w.csv"), zeros + "\n" + ChargesFrom(1) + "\n" + zeros + "\n");
  const WaferSet set = ReadWafers({folder.File("w.csv")});
  EXPECT_EQ(set.wafers.size(), 1u);
  EXPECT_EQ(set.n_empty, 2);
  WriteFile(folder.File("none.csv"), zeros + "\n");
  EXPECT_EQ(ReadError(folder.File("none.csv")),
            folder.File("none.csv") +
                ": expected at least one wafer with charge, found 1 empty ones and no other");
}

TEST(WaferData, FaultsAreNamedToTheLine) {
  const TemporaryDirectory folder;
  const std::string path = folder.File("w.csv");
  const auto error_of = [&](const std::string& text) {
    WriteFile(path, text);
    return ReadError(path);
  };
  const std::string good = ChargesFrom(1) + "\n";
  const std::string rest = good.substr(1);  // without the first charge, "1"
  EXPECT_EQ(error_of(good + "-3" + rest),
            path + ":2: column 1: expected a whole number from 0 to 4194303, found \"-3\"");
  EXPECT_EQ(error_of(ChargeNames() + "\n" + good + "-3" + rest),
            path + ":3: column CALQ_0: expected a whole number from 0 to 4194303, found \"-3\"");
  for (const char* bad : {"1.5", "4194304", "nan", "1e99", "x", ""}) {
    const std::string message = error_of(good + bad + rest);
    EXPECT_EQ(message.rfind(path + ":2:", 0), 0u) << bad << ": " << message;
  }
  EXPECT_EQ(error_of(good + "1," + good), path + ":2: expected 48 columns, found 49");
}

TEST(WaferData, FilesThatAreNoWafersAreRefused) {
  const TemporaryDirectory folder;
  const auto error_of = [&](const std::string& name, const std::string& bytes) {
    WriteFile(folder.File(name), bytes);
    return ReadError(folder.File(name));
  };
  EXPECT_NE(error_of("empty.csv", ""), "(no error)");
  EXPECT_NE(error_of("binary.csv", std::string("\x7f"
                                               "ELF\0\1\2\3",
                                               8)),
            "(no error)");
  EXPECT_NE(error_of("short.csv", "1,2,3\n").find("48 charges"), std::string::npos);
  EXPECT_NE(error_of("header.csv", ChargeNames() + "\n"), "(no error)");
  std::string renamed = ChargeNames();
  renamed.replace(renamed.find("CALQ_7"), 6, "CALC_7");
  EXPECT_NE(error_of("renamed.csv", renamed + "\n" + ChargesFrom(1) + "\n").find("CALQ_7"),
            std::string::npos);
  EXPECT_NE(error_of("text.npy", "hello"), "(no error)");
  WriteNpy(folder.File("shape.npy"), {2, 24}, std::vector<int32_t>(48, 1));
  EXPECT_NE(ReadError(folder.File("shape.npy")), "(no error)");
  WriteNpy(folder.File("negative.npy"), {1, 48}, std::vector<int32_t>(48, -1));
  EXPECT_NE(ReadError(folder.File("negative.npy")).find("-1"), std::string::npos);
  EXPECT_NE(ReadError(folder.File("missing.csv")), "(no error)");
  MakeDirectories(folder.File("void"));
  EXPECT_NE(ReadError(folder.File("void")).find("*.csv"), std::string::npos);
}

TEST(WaferData, EveryTruncationIsRefusedOrShortByWholeRows) {
  const TemporaryDirectory folder;
  const std::vector<Wafer> wafers = SomeWafers(3);
  for (const std::string name : {"w.csv", "w.npy"}) {
    WriteWafers(folder.File(name), wafers);
    const std::string bytes = Bytes(folder.File(name));
    for (size_t length = 0; length < bytes.size(); length += CaseStep()) {
      PutBytes(folder.File("cut" + name), bytes.substr(0, length));
      WaferSet set;
      if (ErrorMessage([&] { set = ReadWafers({folder.File("cut" + name)}); }) == "(no error)") {
        EXPECT_EQ(name, "w.csv") << length;
        EXPECT_EQ(bytes[length - 1], '\n') << length;
        EXPECT_EQ(set.wafers.back().charges, wafers[set.wafers.size() - 1].charges);
      }
    }
  }
}

TEST(WaferData, TruthThatIsNoWholeNumberIsRefused) {
  const TemporaryDirectory folder;
  WriteFile(folder.File("w.csv"), ChargeNames() + ",layer\n" + ChargesFrom(1) + ",5.5\n");
  EXPECT_EQ(ReadError(folder.File("w.csv")).rfind(folder.File("w.csv") + ":2: column layer:", 0),
            0u);
}

TEST(WaferData, UnwritablePathsAreDataErrors) {
  EXPECT_THROW(WriteWafers("/nonexistent/w.csv", SomeWafers(1)), DataError);
  EXPECT_THROW(WriteWafers("/nonexistent/w.npy", SomeWafers(1)), DataError);
}

}  // namespace
}  // namespace demd
