// The rules of the house that a compiler does not see.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/io/file.h"

namespace demd {
namespace {

struct SourceFile {
  std::string path;  // from the root of the project
  std::string text;
};

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// Every header and source file below these folders.
std::vector<SourceFile> SourceFiles(const std::vector<std::string>& folders) {
  const std::filesystem::path root = DEMD_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || (extension != ".h" && extension != ".cc")) continue;
      files.push_back({std::filesystem::relative(entry.path(), root).generic_string(),
                       std::string(FileContents(entry.path().string()).bytes())});
    }
  }
  return files;
}

const std::vector<std::string> kLibraryFolders = {"engine", "emd", "quant", "models"};
const std::vector<std::string> kAllFolders = {"engine", "emd", "quant", "models", "apps", "tests"};

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// What the solver consists of, which can be lifted out and used alone; the rest of emd puts it to
// work with the help of the engine.
const std::vector<std::string> kSolver = {
    "emd/transport.",     "emd/transport_tables.", "emd/large_transport", "emd/any_transport.",
    "emd/certificate.",   "emd/metric.",           "emd/hexagon.",        "emd/one_dimensional.",
    "emd/mass_scaling.",  "emd/kernels/",          "emd/partial.",        "emd/sinkhorn.",
    "emd/entropic_plan.", "emd/real_masses."};

bool StartsWithAny(std::string_view text, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return StartsWith(text, prefix); });
}

// The folders of models, from the ground up, each with what it may include besides itself, the
// files that lie in models itself, and the folders below models.
const std::vector<std::pair<std::string, std::vector<std::string>>> kModelFolders = {
    {"models/plots/", {}},
    {"models/simulation/", {}},
    {"models/concentrator/", {}},
    {"models/networks/", {}},
    {"models/results/", {"models/networks/", "models/concentrator/"}},
    {"models/report/", {"models/results/", "models/networks/", "models/plots/"}},
    {"models/run/",
     {"models/report/", "models/results/", "models/networks/", "models/concentrator/",
      "models/simulation/"}},
    {"models/study/",
     {"models/run/", "models/report/", "models/results/", "models/networks/", "models/plots/"}}};

// Of models: its own files include no folder of it, the folders include what the table says.
std::vector<std::string> AllowedIncludesInModels(const std::string& path) {
  std::vector<std::string> allowed = {"models/statistics.h",
                                      "models/wafer.h",
                                      "models/wafer_data.h",
                                      "models/wafer_store.h",
                                      "quant/",
                                      "emd/",
                                      "engine/"};
  for (const auto& [folder, below] : kModelFolders) {
    if (!StartsWith(path, folder)) continue;
    allowed.push_back(folder);
    allowed.insert(allowed.end(), below.begin(), below.end());
  }
  return allowed;
}

// What the paths begin with that a file may include.
std::vector<std::string> AllowedIncludes(const std::string& path) {
  // A firmware is built with the folder of an export on its search path.
  if (StartsWith(path, "quant/device/firmware/")) {
    return {"quant/device/", "encoder.h", "golden.h"};
  }
  if (StartsWith(path, "quant/device/")) return {"quant/device/"};
  if (StartsWithAny(path, kSolver)) return kSolver;
  if (StartsWith(path, "engine/io/")) return {"engine/io/", "engine/error.h"};
  if (StartsWith(path, "engine/")) return {"engine/"};
  if (StartsWith(path, "emd/")) return {"emd/", "engine/"};
  if (StartsWith(path, "quant/")) return {"quant/", "engine/"};
  if (StartsWith(path, "models/")) return AllowedIncludesInModels(path);
  if (StartsWith(path, "apps/")) return {"apps/", "models/", "quant/", "emd/", "engine/"};
  return {"tests/", "apps/", "models/", "quant/", "emd/", "engine/"};
}

// "path:line: ..." for every include of ours that is not allowed.
std::vector<std::string> WrongIncludes(const SourceFile& file) {
  const std::vector<std::string> lines = Lines(file.text);
  std::vector<std::string> wrong;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string_view kInclude = "#include \"";
    if (!StartsWith(lines[i], kInclude)) continue;
    if (!StartsWithAny(lines[i].substr(kInclude.size()), AllowedIncludes(file.path))) {
      wrong.push_back(file.path + ":" + std::to_string(i + 1) + ": " + lines[i]);
    }
  }
  return wrong;
}

std::vector<std::string> Words(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(word);
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

// Names whose values differ between machines or libraries: elementary functions of the C library,
// generators and distributions of the standard library.
std::vector<std::string> UnportableNames(const SourceFile& file) {
  const std::vector<std::string> kFunctions = {
      "exp",    "exp2",    "expm1",   "log",        "log2",         "log10",  "log1p",
      "pow",    "sin",     "cos",     "tan",        "atan",         "atan2",  "sinh",
      "cosh",   "tanh",    "erf",     "erfc",       "cbrt",         "tgamma", "hypot",
      "lgamma", "shuffle", "mt19937", "mt19937_64", "random_device"};
  std::vector<std::string> found;
  const std::vector<std::string> lines = Lines(file.text);
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string code = lines[i].substr(0, lines[i].find("//"));
    for (const std::string& word : Words(code)) {
      const bool function = StartsWith(word, "std::") &&
                            std::count(kFunctions.begin(), kFunctions.end(), word.substr(5)) > 0;
      const bool distribution =
          StartsWith(word, "std::") && word.find("_distribution") != std::string::npos;
      if (function || distribution) {
        found.push_back(file.path + ":" + std::to_string(i + 1) + ": " + word);
      }
    }
  }
  return found;
}

// DEMD_ENGINE_IO_CSV_H_ for engine/io/csv.h.
std::string GuardOf(const std::string& path) {
  std::string guard = "DEMD_";
  for (const char c : path) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
    guard += letter ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : '_';
  }
  return guard + "_";
}

template <typename Check>
std::string ProblemsOf(const std::vector<SourceFile>& files, Check check) {
  std::string problems;
  for (const SourceFile& file : files) {
    for (const std::string& problem : check(file)) problems += "\n  " + problem;
  }
  return problems;
}

TEST(Structure, IncludesPointDownwardsOnly) {
  EXPECT_EQ(ProblemsOf(SourceFiles(kAllFolders), WrongIncludes), "");
}

TEST(Structure, SeesAnIncludeThatPointsTheWrongWay) {
  const auto is_wrong = [](const char* path, const char* target) {
    return !WrongIncludes({path, "\n#include <vector>\n#include \"" + std::string(target) + "\"\n"})
                .empty();
  };
  EXPECT_TRUE(is_wrong("engine/tensor.cc", "emd/metric.h"));
  EXPECT_TRUE(is_wrong("engine/io/csv.cc", "engine/tensor.h"));
  EXPECT_TRUE(is_wrong("emd/transport.cc", "engine/error.h"));
  EXPECT_TRUE(is_wrong("emd/transport.cc", "emd/batch.h"));
  EXPECT_TRUE(is_wrong("emd/batch.cc", "quant/range_proof.h"));
  EXPECT_TRUE(is_wrong("quant/range_proof.cc", "emd/metric.h"));
  EXPECT_TRUE(is_wrong("quant/device/encoder.h", "quant/range_proof.h"));
  EXPECT_TRUE(is_wrong("quant/device/encoder.h", "engine/error.h"));
  EXPECT_TRUE(is_wrong("models/wafer.cc", "apps/cli.h"));
  EXPECT_TRUE(is_wrong("models/wafer.cc", "tests/error_message.h"));
  EXPECT_TRUE(is_wrong("models/wafer.cc", "models/run/run.h"));
  EXPECT_TRUE(is_wrong("models/plots/svg.cc", "models/report/report.h"));
  EXPECT_TRUE(is_wrong("models/report/report.cc", "models/run/run.h"));
  EXPECT_FALSE(is_wrong("models/report/report.cc", "models/results/results.h"));
  EXPECT_TRUE(is_wrong("models/wafer.cc", "wafer.h")) << "not from the root";
  EXPECT_FALSE(is_wrong("models/wafer.cc", "models/wafer.h"));
  EXPECT_FALSE(is_wrong("emd/losses.cc", "engine/autograd.h"));
  EXPECT_FALSE(is_wrong("apps/demd_emd.cc", "emd/transport.h"));
}

TEST(Structure, NothingDependsOnTheMathOrRandomNumbersOfOneLibrary) {
  EXPECT_EQ(ProblemsOf(SourceFiles(kLibraryFolders), UnportableNames), "");
  EXPECT_EQ(UnportableNames({"a.cc", "x = std::exp(y);\nstd::normal_distribution<> d;\n"}).size(),
            2U);
  EXPECT_TRUE(UnportableNames({"a.cc", "x = Exp(y) + std::sqrt(z);  // not std::exp\n"}).empty());
}

TEST(Structure, NoFileIsLong) {
  constexpr size_t kMostLines = 400;
  const auto long_files = [](const SourceFile& file) {
    const size_t n_lines = Lines(file.text).size();
    return n_lines < kMostLines
               ? std::vector<std::string>()
               : std::vector<std::string>{file.path + ": " + std::to_string(n_lines) + " lines"};
  };
  EXPECT_EQ(
      ProblemsOf(SourceFiles({"engine", "emd", "quant", "models", "apps", "tests"}), long_files),
      "");
  EXPECT_FALSE(long_files({"a.cc", std::string(400, '\n')}).empty());
}

TEST(Structure, EveryHeaderIsGuardedByItsPath) {
  const auto unguarded = [](const SourceFile& file) {
    const std::string guard = GuardOf(file.path);
    // Exported headers are guarded by what they hold; a firmware chooses where they lie.
    const bool is_header = file.path.substr(file.path.size() - 2) == ".h" &&
                           !StartsWith(file.path, "quant/device/firmware/");
    const bool guarded =
        file.text.find("#ifndef " + guard + "\n#define " + guard + "\n") != std::string::npos;
    return !is_header || guarded ? std::vector<std::string>()
                                 : std::vector<std::string>{file.path + ": expected " + guard};
  };
  EXPECT_EQ(ProblemsOf(SourceFiles(kAllFolders), unguarded), "");
  EXPECT_FALSE(unguarded({"engine/io/csv.h", "#pragma once\n"}).empty());
}

// Folders that hold source files directly.
std::vector<std::string> FoldersOf(const std::vector<SourceFile>& files) {
  std::vector<std::string> folders;
  for (const SourceFile& file : files) {
    folders.push_back(file.path.substr(0, file.path.rfind('/')));
  }
  std::sort(folders.begin(), folders.end());
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  return folders;
}

TEST(Structure, EveryFolderSaysWhatLivesThere) {
  std::vector<std::string> folders = FoldersOf(SourceFiles({"engine", "emd", "models", "apps"}));
  EXPECT_GT(folders.size(), 15U);
  for (const char* folder : {"quant", "quant/device", "quant/device/firmware", "tests"}) {
    folders.emplace_back(folder);
  }
  for (const std::string& folder : folders) {
    EXPECT_TRUE(PathExists(std::string(DEMD_SOURCE_DIR) + "/" + folder + "/README.md")) << folder;
  }
}

}  // namespace
}  // namespace demd
