#include "engine/io/npz.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/io/crc32.h"
#include "tests/case_count.h"
#include "tests/error_message.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

using std::string_literals::operator""s;

// numpy.savez(f, w=numpy.array([1, 2], '<i4')) of NumPy 1.24: sizes in a zip64 extra field.
const std::string kNumpyNpz =
    "PK\x03\x04\x14\0\0\0\0\0\0\0!\0\x0b\xf9\xaa-\x88\0\0\0\x88\0\0\0\x05\0\x14\0w.npy\x01\0\x10\0"
    "\x88\0\0\0\0\0\0\0\x88\0\0\0\0\0\0\0\x93NUMPY\x01\0v\0{'descr': '<i4', 'fortran_order': "
    "False, 'shape': (2,), }"s +
    std::string(60, ' ') +
    "\n\x01\0\0\0\x02\0\0\0PK\x01\x02\x14\x03\x14\0\0\0\0\0\0\0!\0\x0b\xf9\xaa-\x88\0\0\0\x88\0\0\0"
    "\x05\0\0\0\0\0\0\0\0\0\0\0\x80\x01\0\0\0\0w.npyPK\x05\x06\0\0\0\0\x01\0\x01\0\x33\0\0\0\xbf\0"
    "\0\0\0\0"s;

class Npz : public testing::Test {
 protected:
  std::string path() const { return directory_.File("m.npz"); }
  const std::string& folder() const { return directory_.path(); }

  std::string WriteSample() const {
    NpzWriter writer(path());
    writer.AddArray("conv/kernel", {2, 2}, std::vector<float>{1, 2, 3, 4});
    writer.AddArray("codes", {3}, std::vector<uint16_t>{1, 2, 511});
    writer.AddText("meta.json", "{\"version\": 1}\n");
    writer.AddText("empty", "");
    writer.Close();
    return std::string(FileContents(path()).bytes());
  }

  // All contents of an archive of these bytes; throws DataError.
  std::string ContentsOf(const std::string& bytes) const {
    WriteFile(path(), bytes);
    const NpzReader reader(path());
    std::string contents;
    for (const std::string& name : reader.EntryNames()) {
      contents += name + ":" + std::string(reader.Text(name)) + ";";
    }
    return contents;
  }

  std::string Error(const std::string& bytes) const {
    std::string message = ErrorMessage([&] { ContentsOf(bytes); });
    const size_t at = message.find(path());
    return at == 0 ? message.substr(folder().size() + 1) : message;
  }

 private:
  TemporaryDirectory directory_;
};

TEST(Crc32, HasTheKnownValueAndJoins) {
  EXPECT_EQ(Crc32("123456789"), 0xCBF43926U);
  EXPECT_EQ(Crc32(""), 0U);
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += static_cast<char>(i * 37);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(Crc32(bytes.substr(cut), Crc32(bytes.substr(0, cut))), Crc32(bytes));
  }
}

TEST_F(Npz, ReadsBackWhatItWrote) {
  WriteSample();
  const NpzReader reader(path());
  EXPECT_EQ(reader.EntryNames(),
            (std::vector<std::string>{"conv/kernel.npy", "codes.npy", "meta.json", "empty"}));
  EXPECT_EQ(reader.Array("conv/kernel").shape(), (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(reader.Array("conv/kernel").Values<float>(), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(reader.Array("codes").Values<uint16_t>(), (std::vector<uint16_t>{1, 2, 511}));
  EXPECT_EQ(reader.Text("meta.json"), "{\"version\": 1}\n");
  EXPECT_TRUE(reader.HasArray("codes"));
  EXPECT_FALSE(reader.HasArray("meta.json"));
  EXPECT_TRUE(reader.HasText("empty"));
}

TEST_F(Npz, WritesTheSameBytesAgain) {
  const std::string first = WriteSample();
  EXPECT_EQ(WriteSample(), first);
  EXPECT_EQ(Crc32(first), 2800316319U) << "the layout of the file has changed";
}

TEST_F(Npz, AlignsTheBytesOfEveryEntry) {
  WriteSample();
  const FileContents file(path());
  const NpzReader reader(path());
  const std::string_view kernel = reader.Array("conv/kernel").data();
  EXPECT_EQ(file.bytes().find(kernel) % 64, 0U);
  EXPECT_EQ(file.bytes().find("\x93NUMPY") % 64, 0U);
}

TEST_F(Npz, ReadsArchivesOfNumpy) {
  WriteFile(path(), kNumpyNpz);
  EXPECT_EQ(NpzReader(path()).Array("w").Values<int32_t>(), (std::vector<int32_t>{1, 2}));
}

TEST_F(Npz, NoticesEveryTruncation) {
  for (const std::string& bytes : {WriteSample(), kNumpyNpz}) {
    EXPECT_EQ(Error(bytes), "(no error)");
    for (size_t size = 0; size < bytes.size(); size += CaseStep()) {
      EXPECT_NE(Error(bytes.substr(0, size)), "(no error)") << size;
    }
  }
}

// Bits that carry no content, such as dates, may change; contents never do unnoticed.
TEST_F(Npz, NoticesEveryChangeOfOneBitInItsContents) {
  const std::string bytes = WriteSample();
  const std::string contents = ContentsOf(bytes);
  int errors = 0;
  for (size_t bit = 0; bit < 8 * bytes.size(); bit += CaseStep()) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    try {
      EXPECT_EQ(ContentsOf(changed), contents) << "bit " << bit;
    } catch (const DataError&) {
      ++errors;
    }
  }
  EXPECT_GT(errors, static_cast<int>(8 * contents.size() / CaseStep()));
}

TEST_F(Npz, SaysWhatIsWrong) {
  EXPECT_EQ(Error("CALQ_0,CALQ_1\n"), "m.npz: expected an NPZ archive, found other data");
  EXPECT_EQ(Error(""),
            "m.npz: expected the end record of an NPZ archive, found none: the file is "
            "cut off or damaged");
  std::string bytes = WriteSample();
  std::string changed = bytes;
  changed[bytes.find("version")] = 'V';
  EXPECT_EQ(Error(changed), "m.npz: meta.json: the checksum is wrong: the data is damaged");
  changed = kNumpyNpz;
  changed[8] = 8;
  changed[kNumpyNpz.find("PK\x01\x02") + 10] = 8;
  EXPECT_EQ(Error(changed),
            "m.npz: w.npy: expected a stored entry, found a compressed one: use "
            "numpy.savez, not savez_compressed");
  WriteSample();
  EXPECT_EQ(ErrorMessage([&] { NpzReader(path()).Array("bias"); }),
            path() + ": expected an entry bias.npy, found none");
}

TEST_F(Npz, LeavesNothingBehindWithoutClose) {
  {
    NpzWriter writer(path());
    writer.AddText("a", "b");
    EXPECT_THROW(writer.AddText("a", "c"), std::logic_error);
  }
  EXPECT_TRUE(ListDirectory(folder()).empty());
}

TEST_F(Npz, HoldsManyEntries) {
  NpzWriter writer(path());
  for (int i = 0; i < 500; ++i) writer.AddText(std::to_string(i), std::string(size_t(i), 'x'));
  writer.Close();
  const NpzReader reader(path());
  EXPECT_EQ(reader.EntryNames().size(), 500U);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(reader.Text(std::to_string(i)).size(), size_t(i));
}

}  // namespace
}  // namespace demd
