#include "quant/export.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/io/npy.h"
#include "engine/nn/checkpoint.h"
#include "engine/random.h"
#include "quant/device/registers.h"
#include "quant/profile_json.h"
#include "quant/register_file.h"
#include "tests/error_message.h"
#include "tests/quant/example_model.h"
#include "tests/quant/random_wafers.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

EncoderModel ModelOf(const std::string& profile_name, int n_elinks) {
  EncoderModel model;
  model.name = "test";
  model.profile = ProfileByName(profile_name);
  model.sent = TopBits(model.profile, n_elinks);
  model.weights = RandomWeights(17, model.profile.formats.weight);
  return model;
}

std::string TextOf(const std::string& path) { return std::string(FileContents(path).bytes()); }

bool SameWeights(const device::EncoderWeights& a, const device::EncoderWeights& b) {
  for (int i = 0; i < device::kParameters; ++i) {
    if (device::ParameterAt(a, i) != device::ParameterAt(b, i)) return false;
  }
  return true;
}

// Bits anywhere in the codes, 71 of the 82 that 3 eLinks have room for.
SentBits ChosenBits() {
  SentBits sent;
  sent.n_elinks = 3;
  for (int o = 0; o < 16; ++o) sent.mask.of_output[o] = static_cast<uint16_t>(o % 2 ? 0x16B : 0x7);
  sent.mask.of_output[15] = 0;
  return sent;
}

TEST(Export, OfChosenBitsSaysWhichAndSendsThem) {
  const std::vector<int32_t> charges = ExercisingWafers(1, 100);
  EncoderModel model = ModelOf("econt", 3);
  model.sent = ChosenBits();
  const TemporaryDirectory directory;
  const std::string folder = directory.File("export");
  const JsonValue description = ExportEncoder(model, charges, folder);
  EXPECT_EQ(description.Get("elinks").AsInteger(), 3);
  EXPECT_EQ(description.Get("sent_bits").AsInteger(), CountOf(model.sent));
  EXPECT_EQ(MaskOf(description.Get("keep_mask")).of_output[1], 0x16B);
  EXPECT_NE(TextOf(folder + "/encoder.h").find("kKeepMask = {\n    {7, 363, 7, 363,"),
            std::string::npos);
  device::FrameLayout layout = {};
  ASSERT_EQ(device::MakeFrameLayout(model.sent.mask, 3, &layout), device::FrameStatus::kOk);
  const NpyFile frames_file(folder + "/golden_frames.npy");
  const std::vector<uint32_t> frames = frames_file.view().Values<uint32_t>();
  std::vector<uint16_t> sent(100 * 16);
  IntegerEncoder(model.profile, model.weights, model.sent).Encode(charges.data(), 100, sent.data());
  for (size_t row = 0; row < 100; ++row) {
    device::FrameContent content;
    EXPECT_EQ(device::UnpackFrame(layout, &frames[3 * row], &content), device::FrameStatus::kOk);
    for (size_t o = 0; o < 16; ++o) ASSERT_EQ(content.codes[o], sent[row * 16 + o]) << row;
  }
}

TEST(Export, WritesFilesThatGiveTheGoldenOutputs) {
  const std::vector<int32_t> charges = ExercisingWafers(1, 100);
  for (const char* name : {"econt", "paper5", "paper6"}) {
    const EncoderModel model = ModelOf(name, 3);
    const TemporaryDirectory directory;
    const std::string folder = directory.File("export");
    const JsonValue description = ExportEncoder(model, charges, folder);
    const device::EncoderWeights weights =
        ParseEncoderHeader(TextOf(folder + "/encoder.h"), "header");
    EXPECT_TRUE(SameWeights(weights, model.weights));
    std::vector<uint16_t> codes(100 * 16);
    IntegerEncoder(model.profile, weights).Encode(charges.data(), 100, codes.data());
    const NpyFile golden(folder + "/golden_codes.npy");
    EXPECT_EQ(golden.view().Values<uint16_t>(), codes);
    EXPECT_EQ(description.Get("golden_wafers").AsInteger(), 100);
    EXPECT_EQ(EncoderProfileOf(description.Get("profile")).name, name);
    for (const JsonValue& layer : description.Get("layers").AsArray()) {
      const auto& seen = layer.Get("accumulator").Get("seen").AsArray();
      const auto& provable = layer.Get("accumulator").Get("provable").AsArray();
      EXPECT_GE(seen[0].AsInteger(), provable[0].AsInteger());
      EXPECT_LE(seen[1].AsInteger(), provable[1].AsInteger());
      EXPECT_GT(seen[1].AsInteger(), 0);
    }
  }
}

TEST(Export, SameModelGivesTheSameBytes) {
  const EncoderModel model = ModelOf("econt", 5);
  const std::vector<int32_t> charges = ExercisingWafers(2, 20);
  const TemporaryDirectory directory;
  ExportEncoder(model, charges, directory.File("a"));
  ExportEncoder(model, charges, directory.File("b"));
  const std::vector<std::string> names = ListDirectory(directory.File("a"));
  EXPECT_EQ(names.size(), 18u);
  for (const std::string& name : names) {
    EXPECT_EQ(TextOf(directory.File("a") + "/" + name), TextOf(directory.File("b") + "/" + name));
  }
}

TEST(Export, VerificationFindsOneChangedByteInAnyFileAndAMissingFile) {
  const EncoderModel model = ModelOf("econt", 4);
  const std::vector<int32_t> charges = ExercisingWafers(2, 16);
  const TemporaryDirectory directory;
  const std::string folder = directory.File("x");
  ExportEncoder(model, charges, folder);
  EXPECT_NO_THROW(VerifyExport(model, charges, folder));
  for (const std::string& name : ListDirectory(folder)) {
    const std::string path = folder + "/" + name;
    const std::string good = TextOf(path);
    for (const size_t at : {size_t{0}, good.size() / 2, good.size() - 1}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 1);
      WriteFile(path, bad);
      EXPECT_THROW(VerifyExport(model, charges, folder), DataError) << name << " at " << at;
    }
    std::remove(path.c_str());
    EXPECT_THROW(VerifyExport(model, charges, folder), DataError) << name << " missing";
    WriteFile(path, good);
  }
  EXPECT_NO_THROW(VerifyExport(model, charges, folder));
}

// $readmemh reads hexadecimal digits, spaces and line ends; negative numbers in two's complement.
TEST(Export, HexFilesHoldTheIntegersOfEveryLayer) {
  const EncoderModel model = ModelOf("econt", 5);
  const std::vector<int32_t> charges = ExercisingWafers(5, 16);
  const TemporaryDirectory directory;
  const std::string folder = directory.File("x");
  ExportEncoder(model, charges, folder);
  for (const char* name : {"conv_acc", "dense_acc"}) {
    const std::string prefix = folder + "/golden_" + name;
    const std::vector<int32_t> expected = NpyFile(prefix + ".npy").view().Values<int32_t>();
    std::istringstream hex(TextOf(prefix + ".hex"));
    std::vector<int32_t> found;
    for (std::string word; hex >> word;) {
      EXPECT_EQ(word.size(), 8u);
      found.push_back(static_cast<int32_t>(std::stoul(word, nullptr, 16)));
    }
    EXPECT_EQ(found, expected) << name;
    EXPECT_LT(*std::min_element(found.begin(), found.end()), 0) << "a negative number to test";
  }
}

// Golden bytes: the files that the example firmware is built from. After a change on purpose,
// export the example model again.
TEST(Export, GivesTheFilesOfTheExampleFirmware) {
  const std::string folder = std::string(DEMD_SOURCE_DIR) + "/quant/device/firmware/example/";
  const EncoderModel model = ExampleModel();
  EXPECT_EQ(EncoderHeaderText(model), TextOf(folder + "encoder.h"));
  const GoldenVectors golden = MakeGoldenVectors(model, ExercisingWafers(1, 64));
  EXPECT_EQ(GoldenHeaderText(golden), TextOf(folder + "golden.h"));
  EncoderModel other = model;
  other.weights.dense_kernel[100][3] = static_cast<int8_t>(other.weights.dense_kernel[100][3] ^ 1);
  EXPECT_NE(EncoderHeaderText(other), TextOf(folder + "encoder.h"));
}

// econt with another format of weights.
EncoderModel ModelWithWeights(uint8_t bits, uint8_t fraction_bits) {
  EncoderModel model = ModelOf("econt", 5);
  device::EncoderFormats f = model.profile.formats;
  f.weight = {bits, fraction_bits, true, device::Rounding::kTiesToEven,
              device::Overflow::kSaturate};
  model.profile = CustomProfile("other", f);
  return model;
}

// The registers' 6 bits have 5 fraction bits: a weight of another format that fits in would be read
// as another number.
TEST(Export, OnlyWeightsOfTheRegistersFormatHaveARegisterFile) {
  const TemporaryDirectory directory;
  const EncoderModel econt = ModelOf("econt", 3);
  const std::vector<int32_t> charges = ExercisingWafers(3, 16);
  ExportEncoder(econt, charges, directory.File("econt"));
  const std::string path = directory.File("econt") + "/registers.hex";
  EXPECT_TRUE(SameWeights(ParseRegisterFile(TextOf(path), path), econt.weights));
  const EncoderModel others[] = {ModelOf("paper5", 3), ModelOf("paper6", 3), ModelWithWeights(8, 7),
                                 ModelWithWeights(8, 5)};
  for (size_t k = 0; k < 4; ++k) {
    device::RegisterWords registers = {};
    EXPECT_TRUE(device::StoreRegisters(others[k].weights, &registers)) << "weights that fit in";
    const std::string folder = directory.File("other" + std::to_string(k));
    ExportEncoder(others[k], charges, folder);
    EXPECT_FALSE(PathExists(folder + "/registers.hex")) << k;
    EXPECT_TRUE(PathExists(folder + "/encoder.h")) << k;
  }
}

TEST(Export, RemovesWhatAnEarlierExportIntoTheFolderLeft) {
  EncoderModel model = ModelWithWeights(6, 4);
  model.profile.formats.output.bits = 8;  // no frames
  model.sent = TopBits(model.profile, 5);
  const std::vector<int32_t> charges = ExercisingWafers(3, 16);
  const TemporaryDirectory directory;
  const std::string used = directory.File("used");
  ExportEncoder(ModelOf("econt", 5), charges, used);
  EXPECT_TRUE(PathExists(used + "/registers.hex"));
  EXPECT_TRUE(PathExists(used + "/golden_frames.npy"));
  WriteFile(used + "/notes.txt", "of the user");
  ExportEncoder(model, charges, used);
  ExportEncoder(model, charges, directory.File("fresh"));
  std::vector<std::string> expected = ListDirectory(directory.File("fresh"));
  expected.push_back("notes.txt");
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(ListDirectory(used), expected);
  EXPECT_NO_THROW(VerifyExport(model, charges, used));
  for (const char* stale : {"registers.hex", "golden_frames.npy", "golden_frames.hex"}) {
    WriteFile(used + "/" + stale, "of another export");
    EXPECT_THROW(VerifyExport(model, charges, used), DataError) << stale;
    RemoveFile(used + "/" + stale);
  }
  EXPECT_NO_THROW(VerifyExport(model, charges, used));
}

// An export that fails on its way leaves a folder without a description.
TEST(Export, WritesTheDescriptionLast) {
  const std::vector<int32_t> charges = ExercisingWafers(3, 16);
  const TemporaryDirectory directory;
  const std::string folder = directory.File("x");
  ExportEncoder(ModelOf("econt", 5), charges, folder);
  RemoveFile(folder + "/golden_codes.npy");
  MakeDirectories(folder + "/golden_codes.npy");
  EXPECT_THROW(ExportEncoder(ModelOf("econt", 4), charges, folder), DataError);
  EXPECT_FALSE(PathExists(folder + "/encoder.json"));
}

TEST(Export, SaysWhichBitOfACodeIsTheMostSignificant) {
  EncoderModel model = ModelOf("econt", 5);
  EXPECT_NE(EncoderHeaderText(model).find("sent; bit 8 is the most"), std::string::npos);
  model.profile.formats.output.bits = 7;
  EXPECT_NE(EncoderHeaderText(model).find("sent; bit 6 is the most"), std::string::npos);
}

TEST(Export, RefusesTooFewWafersAndChargesOutOfRange) {
  const EncoderModel model = ModelOf("econt", 5);
  const TemporaryDirectory directory;
  EXPECT_THROW(ExportEncoder(model, ExercisingWafers(1, 15), directory.File("x")), DataError);
  std::vector<int32_t> charges = ExercisingWafers(1, 16);
  charges[100] = -5;
  EXPECT_EQ(ErrorMessage([&] { ExportEncoder(model, charges, directory.File("x")); }),
            "wafer 2, cell 4: expected a charge from 0 to 4194303, found -5");
}

TEST(RegisterFile, EveryTruncationAndEveryChangedCharacterIsRefused) {
  const std::string good = RegisterFileText(ModelOf("econt", 5).weights);
  EXPECT_NO_THROW(ParseRegisterFile(good, "good"));
  EXPECT_THROW(ParseRegisterFile(good + "\n", "longer"), DataError);
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_THROW(ParseRegisterFile(good.substr(0, length), "short"), DataError) << length;
  }
  for (size_t i = 0; i < good.size(); i += 7) {
    std::string bad = good;
    bad[i] = bad[i] == '1' ? '2' : '1';
    EXPECT_THROW(ParseRegisterFile(bad, "changed"), DataError) << i;
  }
}

TEST(EncoderHeader, DamageIsRefused) {
  const EncoderModel model = ModelOf("paper6", 4);
  const std::string good = EncoderHeaderText(model);
  EXPECT_TRUE(SameWeights(ParseEncoderHeader(good, "good"), model.weights));
  const size_t table = good.find("kWeights =");
  for (size_t length = 0; length < table + 2000; length += 13) {
    EXPECT_THROW(ParseEncoderHeader(good.substr(0, length), "short"), DataError) << length;
  }
  std::string bad = good;
  const size_t digit = good.find_first_of("0123456789", table + 1500);
  bad[digit] = bad[digit] == '1' ? '2' : '1';
  EXPECT_THROW(ParseEncoderHeader(bad, "changed"), DataError);
  bad = good;
  bad.replace(bad.find("kWeightsCrc32 = 0x") + 18, 1, "G");
  EXPECT_THROW(ParseEncoderHeader(bad, "crc"), DataError);
}

// A model file as training writes it, with float parameters of the given profile.
std::string WriteModel(const TemporaryDirectory& directory, const std::string& profile_name,
                       const std::string& architecture, const JsonValue& keep_mask = JsonValue()) {
  Checkpoint checkpoint;
  checkpoint.meta.Set("architecture", architecture)
      .Set("profile", ToJson(ProfileByName(profile_name)))
      .Set("elinks", 4);
  if (!keep_mask.IsNull()) checkpoint.meta.Set("keep_mask", keep_mask);
  const auto add = [&checkpoint](const char* name, const Shape& shape) {
    Tensor value(shape);
    RandomStream random(3, name);
    for (int64_t i = 0; i < value.size(); ++i) value[i] = static_cast<float>(random.Normal() / 4);
    checkpoint.arrays[name] = value;
  };
  add("encoder/conv/kernel", {3, 3, 1, 8});
  add("encoder/conv/bias", {8});
  add("encoder/dense/kernel", {128, 16});
  add("encoder/dense/bias", {16});
  const std::string path = directory.File("emd_" + profile_name + ".npz");
  SaveCheckpoint(path, checkpoint);
  return path;
}

TEST(EncoderModel, IsReadFromAModelFileAndQuantised) {
  const TemporaryDirectory directory;
  const EncoderModel model = LoadEncoderModel(WriteModel(directory, "paper5", "autoencoder"));
  EXPECT_EQ(model.name, "emd_paper5");
  EXPECT_EQ(model.profile.name, "paper5");
  EXPECT_EQ(model.sent.n_elinks, 4);
  EXPECT_TRUE(AreTopBits(model.sent, model.profile));
  EXPECT_EQ(
      model.weights.conv_kernel[2][5],
      QuantizeValue(
          LoadCheckpoint(directory.File("emd_paper5.npz")).arrays["encoder/conv/kernel"][2 * 8 + 5],
          model.profile.formats.weight));
}

TEST(EncoderModel, AFloatModelNeedsAProfileToQuantiseTo) {
  const TemporaryDirectory directory;
  const std::string path = WriteModel(directory, "float", "autoencoder");
  EXPECT_THROW(LoadEncoderModel(path), UsageError);
  EXPECT_EQ(LoadEncoderModel(path, "econt").profile.name, "econt");
}

TEST(EncoderModel, SendsTheBitsThatItsFileSays) {
  const TemporaryDirectory directory;
  std::vector<int> mask(16, 0x7F);
  const std::string path = WriteModel(directory, "econt", "autoencoder", JsonValue(mask));
  const EncoderModel model = LoadEncoderModel(path);
  EXPECT_EQ(model.sent.n_elinks, 4);
  EXPECT_EQ(model.sent.mask.of_output[3], 0x7F);
  // paper6's codes have 9 bits, too; others are not the ones that the mask is for.
  EXPECT_EQ(LoadEncoderModel(path, "paper6").sent.mask.of_output[3], 0x7F);
  EncoderProfile other = ProfileByName("econt");
  other.formats.output.bits = 8;
  EXPECT_THROW(QuantizeEncoder(LoadTrainedEncoder(path), other), UsageError);
  mask[0] = 0x1FF;  // 114 bits
  EXPECT_EQ(
      CountOf(
          LoadEncoderModel(WriteModel(directory, "econt", "autoencoder", JsonValue(mask))).sent),
      114);
  mask[1] = 0xFF;
  EXPECT_THROW(LoadEncoderModel(WriteModel(directory, "econt", "autoencoder", JsonValue(mask))),
               DataError);
  mask.pop_back();
  EXPECT_THROW(LoadEncoderModel(WriteModel(directory, "econt", "autoencoder", JsonValue(mask))),
               DataError);
}

TEST(EncoderModel, RefusesAnotherArchitecture) {
  const TemporaryDirectory directory;
  EXPECT_THROW(LoadEncoderModel(WriteModel(directory, "econt", "emd_cnn")), DataError);
}

}  // namespace
}  // namespace demd
