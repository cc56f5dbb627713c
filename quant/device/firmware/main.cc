// An example firmware: self-test with the exporter's golden vectors at start, then the main loop of
// a board that turns link words into output frames. It ends after some wafers so that it can be
// tested; a real one would not.

#include "encoder.h"  // both from the exporter
#include "golden.h"
#include "quant/device/encoder.h"
#include "quant/device/firmware/board.h"
#include "quant/device/frame.h"
#include "quant/device/self_test.h"

namespace device = demd::device;
namespace model = demd::exported;

namespace {

// What is wrong: the exit code.
enum Failure { kNone, kBadLayout, kWrongCodes, kWrongFrame, kStackExceeded, kWrongHash };

device::FrameLayout layout;

void Report(const char* name, uint32_t number) {
  board::Write(name);
  board::WriteNumber(number);
}

uint32_t EncodeToFrame(const uint32_t* charges, uint32_t crossing, uint16_t* codes,
                       uint32_t* words) {
  const uint32_t sum = device::EncodeWafer(model::Profile{}, model::kWeights, charges, codes);
  device::PackFrame(layout, crossing, sum, codes, words);
  return sum;
}

// Functions of their own, so that none has the others' variables on its stack.
__attribute__((noinline)) Failure CheckGoldenVectors() {
  const uint32_t stack_before = board::StackUsed();
  for (int row = 0; row < model::kGoldenRows; ++row) {
    uint16_t codes[device::kOutputs];
    uint32_t words[device::kMaxElinks];
    EncodeToFrame(model::kGoldenCharges[row], static_cast<uint32_t>(row), codes, words);
    for (int o = 0; o < device::kOutputs; ++o) {
      if (codes[o] != model::kGoldenCodes[row][o]) return kWrongCodes;
    }
    for (int w = 0; w < model::kElinks; ++w) {
      if (words[w] != model::kGoldenFrames[row][w]) return kWrongFrame;
    }
  }
  return board::StackUsed() - stack_before <= model::kStackBytes ? kNone : kStackExceeded;
}

// The main loop: link words in, frames out. Each wafer is encoded 64 times, so that the timer
// resolves an instruction or two; reports the fewest and the most that one took.
__attribute__((noinline)) void Run(int32_t n_wafers) {
  constexpr uint32_t kRepeats = 64;
  static uint8_t links[device::kCells];
  static uint16_t multipliers[device::kCells];
  for (uint16_t& multiplier : multipliers) multiplier = 2048;
  uint32_t least = 0xFFFFFFFF;
  uint32_t most = 0;
  device::WaferGenerator generator(1);
  board::StartTimer();
  const uint32_t rate = board::InstructionsPer1000Ticks();
  for (int32_t n = 0; n < n_wafers; ++n) {
    uint32_t charges[device::kCells];
    uint16_t codes[device::kOutputs];
    uint32_t words[device::kMaxElinks];
    generator.Next(charges);
    for (int i = 0; i < device::kCells; ++i) {
      links[i] = static_cast<uint8_t>(device::EncodeFloat(charges[i], device::kLinkPlain));
    }
    const uint32_t start = board::Ticks();
    for (uint32_t repeat = 0; repeat < kRepeats; ++repeat) {
      device::CalibrateLinks(links, multipliers, charges);
      EncodeToFrame(charges, static_cast<uint32_t>(n), codes, words);
    }
    const uint32_t ticks = (start - board::Ticks()) & 0xFFFFFF;
    least = ticks < least ? ticks : least;
    most = ticks > most ? ticks : most;
  }
  Report("instructions ", board::Instructions(least, rate) / kRepeats);
  Report(" to ", board::Instructions(most, rate) / kRepeats);
}

__attribute__((noinline)) uint32_t Hash() {
  return device::HashOfWafers(model::Profile{}, model::kWeights, layout, DEMD_HASHED_WAFERS);
}

}  // namespace

int main() {
  if (device::MakeFrameLayout(model::kKeepMask, model::kElinks, &layout) !=
      device::FrameStatus::kOk) {
    return kBadLayout;
  }
  const Failure failure = CheckGoldenVectors();
  if (failure != kNone) return failure;
  Run(100);
  Report(" stack ", board::StackUsed());
  const uint32_t hash = Hash();
  board::WriteHex(" hash ", hash);
  return hash == DEMD_EXPECTED_HASH ? kNone : kWrongHash;
}
