// NumPy itself reads what we write, and we read what NumPy writes. Skipped where it is missing; the
// golden bytes of npy_test.cc and npz_test.cc hold there too.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/io/npy.h"
#include "engine/io/npz.h"
#include "tests/error_message.h"
#include "tests/temporary_directory.h"

namespace demd {
namespace {

class Numpy : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* candidate : {"python3", "/usr/bin/python3"}) {
      const std::string probe = std::string(candidate) + " -c 'import numpy' 2> /dev/null";
      if (std::system(probe.c_str()) == 0) {
        python_ = candidate;
        return;
      }
    }
    GTEST_SKIP() << "no python3 with numpy here";
  }

  std::string File(const std::string& name) const { return directory_.File(name); }

  // Runs a script in the directory of the test; true if it ends well.
  bool Runs(const std::string& script) const {
    WriteFile(File("script.py"), "import numpy as np\n" + script);
    return std::system(("cd '" + directory_.path() + "' && " + python_ + " script.py").c_str()) ==
           0;
  }

 private:
  TemporaryDirectory directory_;
  std::string python_;
};

TEST_F(Numpy, OpensWhatWeWrite) {
  WriteNpy(File("a.npy"), {2, 3}, std::vector<int16_t>{0, 1, 2, 3, 4, -1});
  NpzWriter writer(File("m.npz"));
  writer.AddArray("encoder/kernel", {2, 2}, std::vector<float>{1.0F, 2.5F, -3.0F, 4.0F});
  writer.AddArray("step", {}, std::vector<int64_t>{7});
  writer.AddText("meta.json", "{\"version\": 1}\n");
  writer.Close();
  EXPECT_TRUE(Runs(R"(
a = np.load('a.npy')
assert a.dtype == np.int16 and a.tolist() == [[0, 1, 2], [3, 4, -1]]
m = np.load('m.npz')
assert m.files == ['encoder/kernel', 'step', 'meta.json']
assert m['encoder/kernel'].dtype == np.float32
assert m['encoder/kernel'].tolist() == [[1, 2.5], [-3, 4]]
assert m['step'] == 7 and m['step'].shape == ()
assert m['meta.json'] == b'{"version": 1}\n'
)"));
  EXPECT_FALSE(Runs("assert np.load('a.npy')[0, 0] == 1\n")) << "a wrong claim is seen";
}

TEST_F(Numpy, WritesWhatWeRead) {
  ASSERT_TRUE(Runs(R"(
w = np.arange(144).reshape(3, 48)
np.save('i8.npy', w)
np.save('f4.npy', (w / 2).astype('f4'))
np.save('fortran.npy', np.asfortranarray(w))
np.save('big.npy', w.astype('>i4'))
np.savez('m.npz', w=w, b=np.array([True, False]))
np.savez_compressed('c.npz', w=w)
)"));
  const NpyFile i8(File("i8.npy"));
  i8.view().ExpectShape({-1, 48});
  EXPECT_EQ(i8.view().Values<int64_t>()[143], 143);
  EXPECT_EQ(NpyFile(File("f4.npy")).view().Values<float>()[143], 71.5F);
  EXPECT_THROW(NpyFile(File("fortran.npy")), DataError);
  EXPECT_THROW(NpyFile(File("big.npy")), DataError);
  const NpzReader archive(File("m.npz"));
  EXPECT_EQ(archive.Array("w").Values<int64_t>()[143], 143);
  EXPECT_EQ(archive.Array("b").type(), NpyType::kB1);
  EXPECT_NE(ErrorMessage([&] { NpzReader{File("c.npz")}; }).find("compressed"), std::string::npos);
}

}  // namespace
}  // namespace demd
