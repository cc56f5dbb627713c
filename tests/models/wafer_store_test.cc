#include "models/wafer_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>
#include <vector>

#include "engine/parallel.h"
#include "models/run/run_data.h"
#include "models/simulation/simulation.h"
#include "models/wafer_data.h"

namespace demd {
namespace {

bool SameWafer(const Wafer& a, const Wafer& b) {
  return a.charges == b.charges && a.truth.entry == b.truth.entry &&
         a.truth.tc_eta == b.truth.tc_eta && a.truth.simenergy == b.truth.simenergy;
}

TEST(WaferStore, GivesBackEveryWaferFromMemoryAndFromItsFile) {
  const std::vector<Wafer> wafers = Simulation(UnsuppressedSample(), 3).Make(0, 9000);
  for (const int64_t most_in_memory : {1, 100, 4095, 8999, 9000, 20000}) {
    WaferStore store(testing::TempDir(), most_in_memory);
    for (const Wafer& wafer : wafers) store.Append(wafer);
    EXPECT_EQ(store.in_memory(), most_in_memory >= 9000);
    ASSERT_EQ(store.size(), 9000);
    for (int64_t i = 0; i < store.size(); ++i) {
      ASSERT_TRUE(SameWafer(store.At(i), wafers[static_cast<size_t>(i)])) << i;
    }
  }
}

TEST(WaferStore, LeavesNoFileAndTakesAFolderThatIsNotThereYet) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "wafer_store";
  std::filesystem::create_directories(folder);
  WaferStore store((folder / "not" / "yet").string(), 10);
  for (const Wafer& wafer : Simulation(UnsuppressedSample(), 3).Make(0, 50)) store.Append(wafer);
  EXPECT_FALSE(store.in_memory());
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST(EncoderInputRows, AreTheInputsOfTheWafersInAnyOrderOnAllThreads) {
  const std::vector<Wafer> wafers = Simulation(ZeroSuppressedSample(), 3).Make(0, 3000);
  auto store = std::make_shared<WaferStore>(testing::TempDir(), 1000);
  for (const Wafer& wafer : wafers) store->Append(wafer);
  std::vector<uint32_t> order(3000);
  std::iota(order.rbegin(), order.rend(), 0u);
  const EncoderInputRows rows(store, order);
  ASSERT_EQ(rows.rows(), 3000);
  ParallelFor(3000, [&](int64_t row) {
    float read[kWaferCells];
    float expected[kWaferCells];
    rows.Read(&row, 1, read);
    NormaliseByPowerOfTwo(wafers[static_cast<size_t>(2999 - row)].charges.data(), expected);
    for (int i = 0; i < kWaferCells; ++i) EXPECT_EQ(read[i], expected[i]);
  });
}

TEST(RunData, DealsOutEveryWaferOfItsFilesOnceWhateverTheyAreAndTheSameFromCsvAndNpy) {
  const std::vector<Wafer> wafers = Simulation(UnsuppressedSample(), 5).Make(0, 1000);
  Recipe recipe;
  uint32_t checksum = 0;
  for (const char* name : {"deal.csv", "deal.npy"}) {
    const std::string path = testing::TempDir() + name;
    WriteWafers(path, wafers);
    recipe.data = {path};
    const RunData data = MakeRunData(recipe, testing::TempDir());
    EXPECT_EQ(data.held_out.size(), 200u);
    EXPECT_EQ(data.validation.size(), 100u);
    ASSERT_EQ(data.train->rows(), 700);
    int64_t sum = 0;
    for (const Wafer& wafer : wafers) sum += ChargeSum(wafer.charges);
    for (const Wafer& wafer : data.held_out) sum -= ChargeSum(wafer.charges);
    for (const Wafer& wafer : data.validation) sum -= ChargeSum(wafer.charges);
    for (int64_t i = 0; i < 700; ++i) sum -= ChargeSum(data.train->WaferOf(i).charges);
    EXPECT_EQ(sum, 0);
    if (checksum != 0) {
      EXPECT_EQ(ChecksumOf(data), checksum);
    }
    checksum = ChecksumOf(data);
  }
}

}  // namespace
}  // namespace demd
