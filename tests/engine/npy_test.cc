#include "engine/io/npy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/error.h"
#include "tests/error_message.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

using std::string_literals::operator""s;

// A file as NumPy 1.24 writes it: the header text padded with spaces, then the data.
std::string NumpyFile(const std::string& dictionary, const std::string& data) {
  return "\x93NUMPY\x01\0v\0"s + dictionary + std::string(117 - dictionary.size(), ' ') + '\n' +
         data;
}

const std::string kTwoByThree = NumpyFile(
    "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }", "\0\0\1\0\2\0\3\0\4\0\xff\xff"s);

std::string Error(const std::string& bytes) {
  return ErrorMessage([&] { NpyView(bytes, "w.npy"); });
}

TEST(Npy, ReadsWhatNumpyWrites) {
  const NpyView array(kTwoByThree, "w.npy");
  EXPECT_EQ(array.type(), NpyType::kI2);
  EXPECT_EQ(array.shape(), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(array.Values<int16_t>(), (std::vector<int16_t>{0, 1, 2, 3, 4, -1}));
}

TEST(Npy, WritesTheBytesThatNumpyWrites) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("w.npy");
  WriteNpy(path, {2, 3}, std::vector<int16_t>{0, 1, 2, 3, 4, -1});
  EXPECT_EQ(FileContents(path).bytes(), kTwoByThree);
  WriteNpy(path, {2}, std::vector<float>{1.5F, -2.0F});
  EXPECT_EQ(FileContents(path).bytes(),
            NumpyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
                      "\0\0\xc0\x3f\0\0\0\xc0"s));
  WriteNpy(path, {}, std::vector<uint8_t>{7});
  EXPECT_EQ(FileContents(path).bytes(),
            NumpyFile("{'descr': '|u1', 'fortran_order': False, 'shape': (), }", "\7"));
  WriteNpy(path, {0, 48}, std::vector<int32_t>{});
  EXPECT_EQ(FileContents(path).bytes(),
            NumpyFile("{'descr': '<i4', 'fortran_order': False, 'shape': (0, 48), }", ""));
}

template <typename T>
class NpyOfType : public testing::Test {};
using ElementTypes = testing::Types<int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t,
                                    uint64_t, float, double>;
TYPED_TEST_SUITE(NpyOfType, ElementTypes, );

TYPED_TEST(NpyOfType, ReadsBackTheExtremesAndConvertsThem) {
  using T = TypeParam;
  const TemporaryDirectory directory;
  const std::string path = directory.File("w.npy");
  using Limits = std::numeric_limits<T>;
  const std::vector<T> values = {Limits::lowest(), T{0}, T{1}, T{100}, Limits::max()};
  WriteNpy(path, {5, 1}, values);
  const NpyFile file(path);
  EXPECT_EQ(file.view().template Values<T>(), values);
  using Other = std::conditional_t<std::is_same_v<T, float>, double, float>;
  EXPECT_THROW(file.view().template Values<Other>(), DataError);
  int64_t integers[3];
  file.view().Integers(1, 3, 0, 100, integers);
  EXPECT_EQ(integers[2], 100);
  EXPECT_THROW(file.view().Integers(1, 3, 0, 99, integers), DataError);
  double reals[5];
  if (sizeof(T) < 8 || std::is_same_v<T, double>) {
    file.view().Reals(0, 5, reals);
    EXPECT_EQ(reals[4], static_cast<double>(Limits::max()));
  } else {
    EXPECT_THROW(file.view().Reals(4, 1, reals), DataError) << "2^63 - 1 is no double";
  }
}

TEST(Npy, ReadsBooleansAsIntegers) {
  const std::string bytes =
      NumpyFile("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", "\1\0"s);
  int64_t values[2];
  NpyView(bytes, "w.npy").Integers(0, 2, 0, 1, values);
  EXPECT_EQ(values[0], 1);
  EXPECT_EQ(values[1], 0);
}

TEST(Npy, ReadsVersionTwo) {
  const std::string dictionary = "{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }";
  const std::string bytes = "\x93NUMPY\x02\0t\0\0\0"s + dictionary +
                            std::string(115 - dictionary.size(), ' ') + "\n\1\0\0\0"s;
  EXPECT_EQ(NpyView(bytes, "w.npy").Values<int32_t>(), std::vector<int32_t>{1});
}

TEST(Npy, NamesTheElementThatDoesNotFit) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("w.npy");
  const float values[] = {0.0F, -1.0F, 2.5F, std::nanf(""), HUGE_VALF, 1e30F};
  WriteNpy(path, {2, 3}, std::vector<float>(values, values + 6));
  const NpyFile file(path);
  const auto error = [&](int64_t first) {
    int64_t out;
    return ErrorMessage([&] { file.view().Integers(first, 1, 0, 99, &out); });
  };
  const std::string expected = ": expected a whole number from 0 to 99, found ";
  EXPECT_EQ(error(0), "(no error)");
  EXPECT_EQ(error(1), path + ": element [0, 1]" + expected + "-1");
  EXPECT_EQ(error(2), path + ": element [0, 2]" + expected + "2.5");
  EXPECT_EQ(error(3), path + ": element [1, 0]" + expected + "nan");
  EXPECT_EQ(error(4), path + ": element [1, 1]" + expected + "inf");
  EXPECT_EQ(error(5), path + ": element [1, 2]" + expected + "1e+30");
  double out;
  EXPECT_EQ(ErrorMessage([&] { file.view().Reals(3, 1, &out); }),
            path + ": element [1, 0]: expected a finite number that a double holds, found nan");
  EXPECT_EQ(ErrorMessage([&] {
              file.view().ExpectShape({-1, 48});
            }),
            path + ": expected shape (n, 48), found (2, 3)");
  EXPECT_EQ(ErrorMessage([&] { file.view().ExpectShape({-1, 3}); }), "(no error)");
}

TEST(Npy, ReadsThoseWholeNumbersAsRealsThatADoubleHolds) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("w.npy");
  const int64_t two53 = int64_t{1} << 53;
  WriteNpy(path, {5}, std::vector<int64_t>{two53, -two53, 2 * two53, two53 + 1, -two53 - 1});
  const NpyFile file(path);
  double reals[3];
  file.view().Reals(0, 3, reals);
  EXPECT_EQ(reals[1], -0x1p53);
  EXPECT_EQ(reals[2], 0x1p54);
  EXPECT_THROW(file.view().Reals(3, 1, reals), DataError);
  EXPECT_THROW(file.view().Reals(4, 1, reals), DataError);
}

TEST(Npy, SaysWhyAnArrayCannotBeRead) {
  const auto error = [](const std::string& dictionary, const std::string& data) {
    return Error(NumpyFile(dictionary, data));
  };
  EXPECT_EQ(
      error("{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3), }", std::string(24, '\0')),
      "w.npy: expected row-major (C) order, found Fortran order: save "
      "numpy.ascontiguousarray(array)");
  const std::string types =
      "w.npy: expected numbers of type b1, i1, u1, i2, u2, i4, u4, i8, u8, f4 or f8, found ";
  EXPECT_EQ(error("{'descr': '>i4', 'fortran_order': False, 'shape': (1,), }", "\0\0\0\1"s),
            types + "\">i4\", big-endian: save array.astype('<i4')");
  for (const std::string type : {"<U1", "<f2", "<c8", "|O", "|S4", "<M8[ns]", "<i3", ""}) {
    EXPECT_EQ(error("{'descr': '" + type + "', 'fortran_order': False, 'shape': (1,), }", "aaaa"),
              types + "\"" + type + "\"");
  }
  EXPECT_EQ(error("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }", "aaaa"),
            "w.npy: expected an array of numbers, found one of structures");
  EXPECT_EQ(error("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", "aaaa"),
            "w.npy: expected 8 bytes for shape (2,) of type <i4, found 4");
  EXPECT_EQ(error("{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }", "aaaab"),
            "w.npy: expected 4 bytes for shape (1,) of type <i4, found 5");
  EXPECT_EQ(
      error("{'descr': '<i4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", ""),
      "w.npy: expected an array that fits 64 bits, found shape (4294967296, 4294967296)");
  EXPECT_EQ(Error("CALQ_0,CALQ_1\n"),
            "w.npy: expected NPY data, found something else: \"CALQ_0,C\"");
  EXPECT_EQ(Error("\x93NUMPY\x03\0v\0"s), "w.npy: expected NPY version 1.0 or 2.0, found 3.0");
}

TEST(Npy, RejectsRubbishHeaders) {
  for (const std::string dictionary :
       {"", "{", "{}", "[]", "{'descr': '<i4'}", "{'descr': '<i4', 'descr': '<i4'}",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<i4', 'fortran_order': 0, 'shape': (1,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1.5,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1 1), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1,), } x",
        "{'descr': '<i4' 'fortran_order': False, 'shape': (1,), }"}) {
    EXPECT_NE(Error(NumpyFile(dictionary, "aaaa")), "(no error)") << dictionary;
  }
}

TEST(Npy, NoticesEveryTruncationAndExtension) {
  for (size_t size = 0; size < kTwoByThree.size(); ++size) {
    EXPECT_NE(Error(kTwoByThree.substr(0, size)), "(no error)") << size;
  }
  EXPECT_NE(Error(kTwoByThree + '\0'), "(no error)");
  EXPECT_EQ(Error(kTwoByThree), "(no error)");
}

// The format has no checksum, so a changed element is a valid file; a changed header must not
// lead outside of the data.
TEST(Npy, ReadsOrThrowsOnEveryChangeOfOneBit) {
  for (size_t bit = 0; bit < 8 * kTwoByThree.size(); ++bit) {
    std::string changed = kTwoByThree;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    try {
      const NpyView array(changed, "w.npy");
      std::vector<int64_t> values(static_cast<size_t>(array.size()));
      array.Integers(0, array.size(), INT64_MIN, INT64_MAX, values.data());
      EXPECT_EQ(array.data().size(), 12U);
    } catch (const DataError&) {
    }
  }
}

TEST(Npy, StreamsAnArrayAndLeavesNothingWhenItIsNotFilled) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("w.npy");
  const int16_t row[] = {0, 1, 2};
  {
    NpyWriter writer(path, NpyType::kI2, {2, 3});
    writer.Append(row, 3);
    EXPECT_THROW(writer.Append(std::vector<float>(3).data(), 3), std::logic_error);
    EXPECT_THROW(writer.Close(), std::logic_error);
  }
  EXPECT_TRUE(ListDirectory(directory.path()).empty());
  NpyWriter writer(path, NpyType::kI2, {2, 3});
  writer.Append(row, 3);
  writer.Append(row, 3);
  writer.Close();
  EXPECT_EQ(NpyFile(path).view().Values<int16_t>(), (std::vector<int16_t>{0, 1, 2, 0, 1, 2}));
}

}  // namespace
}  // namespace demd
