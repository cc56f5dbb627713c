#include "engine/io/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/io/utf8.h"
#include "engine/random.h"
#include "tests/error_message.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

JsonValue Sample() {
  JsonValue value;
  value.Set("version", 1);
  value.Set("seed", std::numeric_limits<int64_t>::max());
  value.Set("loss", 0.1);
  value.Set("name", "emd \"cnn\"\n\xc3\xa9");
  value.Set("quick", false);
  value.Set("nothing", JsonValue());
  value.Set("shape", std::vector<int64_t>{4, 4, 3});
  value.Set("empty", JsonValue::MakeArray());
  value.Set("rows", JsonValue().Append(JsonValue().Set("x", -0.0)).Append(JsonValue::MakeObject()));
  return value;
}

constexpr char kSampleText[] = R"({
  "version": 1,
  "seed": 9223372036854775807,
  "loss": 0.1,
  "name": "emd \"cnn\"\u000aé",
  "quick": false,
  "nothing": null,
  "shape": [4, 4, 3],
  "empty": [],
  "rows": [
    {
      "x": -0
    },
    {}
  ]
}
)";

std::string Error(const std::string& text) {
  return ErrorMessage([&] { ParseJson(text, "run.json"); });
}

TEST(Json, WritesThisText) { EXPECT_EQ(Sample().Text(), kSampleText); }

TEST(Json, ReadsBackWhatItWrote) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("run.json");
  WriteJson(path, Sample());
  EXPECT_EQ(ReadJson(path), Sample());
  EXPECT_EQ(ReadJson(path).Text(), kSampleText);
  EXPECT_NE(ReadJson(path), JsonValue());
}

TEST(Json, KeepsEveryBitOfEveryDouble) {
  RandomStream random(3, "json_test");
  for (int i = 0; i < 20000; ++i) {
    const uint64_t bits = random.NextUint64();
    double value;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    const double back = ParseJson(JsonValue(value).Text(), "").AsReal();
    EXPECT_EQ(std::memcmp(&back, &value, sizeof value), 0) << value;
  }
  EXPECT_EQ(JsonValue(1.0).Text(), "1\n");
  EXPECT_EQ(JsonValue(std::nan("")).Text(), "null\n");
  EXPECT_EQ(JsonValue(HUGE_VAL).Text(), "null\n");
}

TEST(Json, KeepsWholeNumbersExactly) {
  for (const int64_t value : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0},
                              (int64_t{1} << 53) + 1, std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(ParseJson(JsonValue(value).Text(), "").AsInteger(), value);
  }
  EXPECT_EQ(ParseJson("9223372036854775808", "").AsReal(), 0x1p63) << "beyond 64 bits: a double";
  EXPECT_THROW(JsonValue{std::numeric_limits<uint64_t>::max()}, NumericError);
  EXPECT_EQ(JsonValue(int8_t{-3}), JsonValue(-3.0));
}

TEST(Json, ReadsEveryFormOfTheGrammar) {
  const JsonValue value = ParseJson(
      " { \"a\\u00e9\\ud83d\\ude00\\n\\/\" : [ 1 , -2.5e+3,\t0.5E-1 , true,\r\nfalse,null ] } ",
      "");
  const std::string name = "a\xc3\xa9\xf0\x9f\x98\x80\n/";
  const JsonValue::Array& items = value.Get(name).AsArray();
  ASSERT_EQ(items.size(), 6U);
  EXPECT_EQ(items[0].AsInteger(), 1);
  EXPECT_EQ(items[1].AsReal(), -2500.0);
  EXPECT_EQ(items[2].AsReal(), 0.05);
  EXPECT_TRUE(items[3].AsBool());
  EXPECT_FALSE(items[4].AsBool());
  EXPECT_TRUE(items[5].IsNull());
}

TEST(Json, SaysWhereAMemberIsNotWhatWasExpected) {
  const JsonValue value =
      ParseJson("{\"options\": {\"seed\": \"x\", \"list\": [1, 2.5]}}", "run.json");
  EXPECT_EQ(ErrorMessage([&] { value.Get("options").Get("seed").AsInteger(); }),
            "run.json: options: seed: expected a whole number, found a string");
  EXPECT_EQ(ErrorMessage([&] { value.Get("options").Get("list").AsArray()[1].AsInteger(); }),
            "run.json: options: list: expected a whole number, found a number");
  EXPECT_EQ(ErrorMessage([&] { value.Get("optoins"); }),
            "run.json: expected a member \"optoins\", found none");
  EXPECT_EQ(ErrorMessage([&] { value.Get("options").AsArray(); }),
            "run.json: options: expected an array, found an object");
  EXPECT_EQ(value.Find("other"), nullptr);
}

TEST(Json, RejectsRubbishWithItsPlace) {
  EXPECT_EQ(Error(""), "run.json: byte 0: expected a value, found the end");
  EXPECT_EQ(Error("{\"a\": 1,}"), "run.json: byte 8: expected a string, found \"}\"");
  EXPECT_EQ(Error("{\"a\": 1, \"a\": 2}"),
            "run.json: byte 9: expected each name once in an object, found \"\"a\": 2}\"");
  EXPECT_EQ(Error("[1, 2] x"), "run.json: byte 7: expected the end of the text, found \"x\"");
  EXPECT_EQ(Error("[1e999]"),
            "run.json: byte 1: expected a number within the range of a double, found \"1e999]\"");
  for (const char* text : {"{",
                           "[",
                           "]",
                           "[1",
                           "[1,",
                           "[,1]",
                           "{1:2}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "\"",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12g4\"",
                           "\"\\ud800\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "\"\n\"",
                           "\"\xff\"",
                           "\"\xc0\x80\"",
                           "\"\xed\xa0\x80\"",
                           "01",
                           "-",
                           "+1",
                           ".5",
                           "1.",
                           "1e",
                           "0x1",
                           "NaN",
                           "Infinity",
                           "nul",
                           "truee",
                           "'a'",
                           "\xEF\xBB\xBF{}",
                           "PK\x03\x04",
                           "// c"}) {
    EXPECT_NE(Error(text), "(no error)") << text;
  }
  EXPECT_NE(Error(std::string(1, '\0')), "(no error)");
}

TEST(Json, LimitsTheDepth) {
  EXPECT_EQ(Error(std::string(100, '[') + std::string(100, ']')), "(no error)");
  EXPECT_NE(Error(std::string(102, '[') + std::string(102, ']')), "(no error)");
  EXPECT_NE(Error(std::string(10000000, '[')), "(no error)");
}

TEST(Json, NoticesEveryTruncation) {
  const std::string text = kSampleText;
  for (size_t size = 0; size < text.size() - 1; ++size) {
    EXPECT_NE(Error(text.substr(0, size)), "(no error)") << size;
  }
  EXPECT_EQ(Error(text), "(no error)");
}

TEST(Json, ReadsOrThrowsOnEveryChangeOfOneBit) {
  const std::string text = kSampleText;
  int errors = 0;
  for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    errors += Error(changed) != "(no error)" ? 1 : 0;
  }
  EXPECT_GT(errors, 500);
}

TEST(Json, WritesTextThatIsNoUtf8AsReplacementCharacters) {
  EXPECT_EQ(JsonValue("a\xff"
                      "b")
                .Text(),
            "\"a\xef\xbf\xbd"
            "b\"\n");
}

TEST(Utf8, KnowsEveryCodePoint) {
  for (uint32_t code_point = 0; code_point <= 0x10ffff; ++code_point) {
    std::string bytes;
    AppendUtf8(code_point, &bytes);
    const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    ASSERT_EQ(Utf8CharacterBytes(bytes), surrogate ? 0 : bytes.size()) << code_point;
    ASSERT_EQ(Utf8CharacterBytes(bytes.substr(0, bytes.size() - 1)), 0U) << code_point;
  }
}

}  // namespace
}  // namespace demd
