// What the README promises must exist: its commands' presets and programs, the files it names and
// the tests that keep its guarantees. The commands themselves are run by .ci/run.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/io/file.h"
#include "engine/io/json.h"

namespace demd {
namespace {

const std::string kRoot = std::string(DEMD_SOURCE_DIR) + "/";

std::string ReadText(const std::string& path) { return std::string(FileContents(path).bytes()); }

// The texts between single backticks.
std::vector<std::string> CodeWords(const std::string& markdown) {
  std::vector<std::string> words;
  for (size_t at = 0; (at = markdown.find('`', at)) != std::string::npos;) {
    if (markdown.compare(at, 3, "```") == 0) {
      at = std::min(markdown.find("```", at + 3), markdown.size() - 3) + 3;
      continue;
    }
    const size_t end = std::min(markdown.find('`', at + 1), markdown.size());
    words.push_back(markdown.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return words;
}

// The words of the fenced blocks, which are commands.
std::vector<std::string> CommandWords(const std::string& markdown) {
  std::vector<std::string> words;
  for (size_t at = 0; (at = markdown.find("```sh\n", at)) != std::string::npos;) {
    at += 6;
    const size_t end = std::min(markdown.find("```", at), markdown.size());
    std::string word;
    for (; at < end; ++at) {
      if (markdown[at] != ' ' && markdown[at] != '\n') {
        word += markdown[at];
      } else if (!word.empty()) {
        words.push_back(word);
        word.clear();
      }
    }
  }
  return words;
}

// The text of every test.
std::string AllTests() {
  std::string text;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot + "tests")) {
    if (entry.path().extension() == ".cc") text += ReadText(entry.path().string());
  }
  return text;
}

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// A path of the project that is spelt out.
bool IsPath(const std::string& word) {
  const bool plain = word.find_first_of(" <*{:(") == std::string::npos;
  const bool ends = EndsWith(word, ".h") || EndsWith(word, ".cc") || EndsWith(word, ".md");
  return plain && ends && word.find('/') != std::string::npos;
}

// The longest part of "Suite.Name...", "Suite.*Name" that is spelt out, if the word is a test.
std::string TestName(const std::string& word) {
  const size_t dot = word.find('.');
  const bool suite = dot != std::string::npos && dot > 1 && word[0] >= 'A' && word[0] <= 'Z' &&
                     word.find_first_of(" /(") == std::string::npos;
  if (!suite || EndsWith(word, ".md")) return "";
  std::string name = word.substr(dot + 1);
  if (!name.empty() && name[0] == '*') name.erase(0, 1);
  return name.substr(0, name.find_first_of(".*"));
}

// What a README names that does not exist.
std::vector<std::string> Missing(const std::string& markdown, const std::string& tests) {
  std::vector<std::string> missing;
  for (const std::string& word : CodeWords(markdown)) {
    if (IsPath(word) && !PathExists(kRoot + word)) missing.push_back(word);
    if (tests.find(TestName(word)) == std::string::npos) missing.push_back(word);
  }
  return missing;
}

TEST(Readme, NamesFilesAndTestsThatExist) {
  const std::string readme = ReadText(kRoot + "README.md");
  EXPECT_GT(CodeWords(readme).size(), 20U);
  EXPECT_EQ(Missing(readme, AllTests()), std::vector<std::string>());
}

TEST(Readme, SeesANameThatDoesNotExist) {
  EXPECT_EQ(Missing("`engine/nothing.h` `Csv.NoSuch...` `Csv.Present` `engine/tensor.h`",
                    "TEST_F(Csv, Present)"),
            (std::vector<std::string>{"engine/nothing.h", "Csv.NoSuch..."}));
}

TEST(Readme, RunsPresetsAndProgramsThatExist) {
  const std::vector<std::string> words = CommandWords(ReadText(kRoot + "README.md"));
  const JsonValue presets = ReadJson(kRoot + "CMakePresets.json");
  int n_presets = 0, n_programs = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0 && words[i - 1] == "--preset") {
      const JsonValue::Array& known = presets.Get("configurePresets").AsArray();
      EXPECT_TRUE(std::any_of(known.begin(), known.end(), [&](const JsonValue& preset) {
        return preset.Get("name").AsString() == words[i];
      })) << words[i];
      ++n_presets;
    }
    const std::string programs = "build/release/apps/";
    if (words[i].compare(0, programs.size(), programs) == 0) {
      EXPECT_TRUE(PathExists(kRoot + "apps/" + words[i].substr(programs.size()) + ".cc"));
      ++n_programs;
    }
  }
  EXPECT_GE(n_presets, 4);
  EXPECT_GE(n_programs, 1);
}

TEST(Readme, HasAPictureThatExists) {
  const std::string readme = ReadText(kRoot + "README.md");
  const size_t picture = readme.find("](", readme.find("!["));
  ASSERT_NE(picture, std::string::npos);
  const size_t end = readme.find(')', picture);
  const std::string path = readme.substr(picture + 2, end - picture - 2);
  EXPECT_TRUE(PathExists(kRoot + path)) << path;
}

}  // namespace
}  // namespace demd
