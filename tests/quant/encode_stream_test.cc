#include "quant/encode_stream.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/io/csv.h"
#include "engine/io/file.h"
#include "engine/io/npy.h"
#include "engine/parallel.h"
#include "quant/golden.h"
#include "quant/integer_encoder.h"
#include "tests/quant/random_wafers.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

constexpr int64_t kWafers = 9000;  // more than one block

std::string RawBytes(const std::vector<int32_t>& charges) {
  std::string bytes;
  for (const int32_t charge : charges) {
    for (int b = 0; b < 4; ++b) {
      bytes += static_cast<char>(static_cast<uint32_t>(charge) >> 8 * b & 0xFF);
    }
  }
  return bytes;
}

void WriteCsv(const std::string& path, const std::vector<int32_t>& charges, bool header) {
  std::vector<std::string> names;
  if (header) names.push_back("entry");
  for (int cell = 0; header && cell < 48; ++cell) names.push_back("CALQ_" + std::to_string(cell));
  CsvWriter writer(path, names);
  for (size_t row = 0; row < charges.size() / 48; ++row) {
    if (header) writer.Integer(static_cast<int64_t>(row));
    for (size_t cell = 0; cell < 48; ++cell) writer.Integer(charges[row * 48 + cell]);
    writer.EndRow();
  }
  writer.Close();
}

FastEncoder EncoderOf(int n_elinks) {
  const EncoderProfile profile = ProfileByName("econt");
  return FastEncoder(profile, RandomWeights(3, profile.formats.weight), n_elinks);
}

std::string Encoded(const FastEncoder& encoder, const std::string& path, EncodeOutput output) {
  std::string all;
  const auto source = OpenCharges(path, "");
  EncodeStream(encoder, source.get(), output, [&all](std::string_view piece) { all += piece; });
  return all;
}

TEST(EncodeStream, EveryInputFormatGivesTheSameCodesAndFrames) {
  const std::vector<int32_t> charges = ExercisingWafers(4, kWafers);
  const TemporaryDirectory directory;
  WriteFile(directory.File("w.raw"), RawBytes(charges));
  WriteNpy(directory.File("w.npy"), {kWafers, 48}, charges);
  WriteCsv(directory.File("header.csv"), charges, true);
  WriteCsv(directory.File("plain.csv"), charges, false);
  const FastEncoder encoder = EncoderOf(4);
  for (const EncodeOutput output : {EncodeOutput::kCodesCsv, EncodeOutput::kCodesRaw,
                                    EncodeOutput::kFramesCsv, EncodeOutput::kFramesRaw}) {
    const std::string expected = Encoded(encoder, directory.File("w.raw"), output);
    for (const char* name : {"w.npy", "header.csv", "plain.csv"}) {
      EXPECT_TRUE(Encoded(encoder, directory.File(name), output) == expected) << name;
    }
  }
}

TEST(EncodeStream, RawCodesAreTheIntegerEncodersOnAnyNumberOfThreads) {
  const std::vector<int32_t> charges = ExercisingWafers(5, kWafers);
  const TemporaryDirectory directory;
  WriteFile(directory.File("w.raw"), RawBytes(charges));
  const FastEncoder encoder = EncoderOf(3);
  std::vector<uint16_t> codes(static_cast<size_t>(kWafers) * 16);
  IntegerEncoder(encoder.profile(), RandomWeights(3, encoder.profile().formats.weight), 3)
      .Encode(charges.data(), kWafers, codes.data());
  std::string expected;
  for (const uint16_t code : codes) {
    expected += static_cast<char>(code & 0xFF);
    expected += static_cast<char>(code >> 8);
  }
  for (const int threads : {1, 3}) {
    SetThreadCount(threads);
    EXPECT_TRUE(Encoded(encoder, directory.File("w.raw"), EncodeOutput::kCodesRaw) == expected);
  }
  SetThreadCount(1);
}

TEST(EncodeStream, CsvOfCodesHasAHeaderAndOneLineAWafer) {
  const std::vector<int32_t> charges = ExercisingWafers(6, 3);
  const TemporaryDirectory directory;
  WriteFile(directory.File("w.raw"), RawBytes(charges));
  const FastEncoder encoder = EncoderOf(5);
  WriteFile(directory.File("codes.csv"),
            Encoded(encoder, directory.File("w.raw"), EncodeOutput::kCodesCsv));
  CsvReader reader(directory.File("codes.csv"));
  EXPECT_EQ(reader.n_columns(), 16);
  EXPECT_EQ(reader.names()[15], "CODE_15");
}

TEST(EncodeStream, DamagedInputIsRefusedWithItsPlace) {
  const FastEncoder encoder = EncoderOf(5);
  const TemporaryDirectory directory;
  const std::string good = RawBytes(ExercisingWafers(7, 20));
  const std::string path = directory.File("w.raw");
  for (size_t length = 1; length < good.size(); length += 101) {
    if (length % 192 == 0) continue;
    WriteFile(path, good.substr(0, length));
    EXPECT_THROW(Encoded(encoder, path, EncodeOutput::kCodesRaw), DataError) << length;
  }
  std::string bad = good;
  bad[192 * 7 + 4 * 5 + 3] = '\x80';  // wafer 7, cell 5 becomes negative
  WriteFile(path, bad);
  try {
    Encoded(encoder, path, EncodeOutput::kCodesRaw);
    FAIL() << "expected a refusal";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("wafer 7, cell 5"), std::string::npos) << error.what();
  }
  EXPECT_THROW(OpenCharges(directory.File("missing.raw"), ""), DataError);
  EXPECT_THROW(OpenCharges(directory.File("w.txt"), ""), UsageError);
  WriteNpy(directory.File("narrow.npy"), {4, 47}, std::vector<int32_t>(4 * 47, 1));
  EXPECT_THROW(OpenCharges(directory.File("narrow.npy"), ""), DataError);
  WriteNpy(directory.File("half.npy"), {1, 48}, std::vector<float>(48, 0.5f));
  EXPECT_THROW(Encoded(encoder, directory.File("half.npy"), EncodeOutput::kCodesRaw), DataError);
}

TEST(EncodeStream, AnEmptyInputGivesNoWafers) {
  const TemporaryDirectory directory;
  WriteFile(directory.File("w.raw"), "");
  EXPECT_EQ(Encoded(EncoderOf(5), directory.File("w.raw"), EncodeOutput::kFramesRaw), "");
}

}  // namespace
}  // namespace demd
