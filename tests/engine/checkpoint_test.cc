#include "engine/nn/checkpoint.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/io/npz.h"
#include "tests/case_count.h"
#include "tests/engine/gradient_check.h"
#include "tests/error_message.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

Checkpoint SomeCheckpoint() {
  Checkpoint checkpoint;
  checkpoint.meta.Set("architecture", "test").Set("seed", 7);
  checkpoint.arrays["layer/kernel"] = RandomTensor({2, 3}, "kernel");
  checkpoint.arrays["scalar"] = Tensor(Shape{}, {4.0f});
  return checkpoint;
}

TEST(Checkpoint, ComesBackAsItWas) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("model.npz");
  const Checkpoint written = SomeCheckpoint();
  SaveCheckpoint(path, written);
  const Checkpoint read = LoadCheckpoint(path);
  EXPECT_EQ(read.meta.Get("architecture").AsString(), "test");
  EXPECT_EQ(read.meta.Get("seed").AsInteger(), 7);
  ASSERT_EQ(read.arrays.size(), written.arrays.size());
  for (const auto& [name, tensor] : written.arrays) {
    const Tensor& found = ArrayOf(read, name, tensor.shape(), path);
    for (int64_t i = 0; i < tensor.size(); ++i) EXPECT_EQ(found[i], tensor[i]) << name;
  }
}

TEST(Checkpoint, EqualContentsGiveEqualBytes) {
  const TemporaryDirectory directory;
  SaveCheckpoint(directory.File("a.npz"), SomeCheckpoint());
  SaveCheckpoint(directory.File("b.npz"), SomeCheckpoint());
  EXPECT_EQ(FileContents(directory.File("a.npz")).bytes(),
            FileContents(directory.File("b.npz")).bytes());
}

TEST(Checkpoint, EveryTruncationIsRefused) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("model.npz");
  SaveCheckpoint(path, SomeCheckpoint());
  const std::string bytes(FileContents(path).bytes());
  for (size_t length = 0; length < bytes.size(); length += CaseStep()) {
    WriteFile(path, bytes.substr(0, length));
    EXPECT_THROW(LoadCheckpoint(path), DataError) << "cut at byte " << length;
  }
}

TEST(Checkpoint, NamesTheVersionItCannotRead) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("model.npz");
  for (const auto& [meta, message] :
       {std::pair<const char*, const char*>{
            R"({"format": "demd", "format_version": 2})",
            "expected format version 1 to 1, found 2; use a newer demd"},
        {R"({"format": "demd", "format_version": 0})", "expected format version 1 to 1, found 0"},
        {R"({"format": "other"})", "expected a model written by demd, found another NPZ file"},
        {R"({})", "expected a model written by demd, found another NPZ file"}}) {
    NpzWriter writer(path);
    writer.AddText("meta.json", meta);
    writer.Close();
    const std::string found = ErrorMessage([&] { LoadCheckpoint(path); });
    EXPECT_NE(found.find(message), std::string::npos) << found;
  }
  NpzWriter writer(path);
  writer.AddArray("w", {2}, std::vector<float>{1.0f, 2.0f});
  writer.Close();
  EXPECT_EQ(ErrorMessage([&] { LoadCheckpoint(path); }),
            path + ": expected an entry meta.json, found none");
}

TEST(Checkpoint, NamesTheArrayThatIsMissingOrOfAnotherShape) {
  const Checkpoint checkpoint = SomeCheckpoint();
  EXPECT_EQ(ErrorMessage([&] { ArrayOf(checkpoint, "bias", {3}, "m.npz"); }),
            "m.npz: expected the array bias, found none of this name");
  EXPECT_EQ(ErrorMessage([&] {
              ArrayOf(checkpoint, "layer/kernel", {3, 2}, "m.npz");
            }),
            "m.npz: layer/kernel: expected shape [3, 2], found [2, 3]");
}

}  // namespace
}  // namespace demd
