#include "quant/device/firmware/board.h"

#include <cstddef>

extern "C" {
extern uint32_t demd_data_begin, demd_data_end, demd_data_load;
extern uint32_t demd_bss_begin, demd_bss_end;
extern uint32_t demd_stack_bottom, demd_stack_top;
int main();
[[noreturn]] void DemdReset();

// GCC may call these for plain loops and copies.
__attribute__((optimize("no-tree-loop-distribute-patterns"))) void* memset(void* p, int value,
                                                                           size_t n) {
  uint8_t* bytes = static_cast<uint8_t*>(p);
  for (size_t i = 0; i < n; ++i) bytes[i] = static_cast<uint8_t>(value);
  return p;
}
__attribute__((optimize("no-tree-loop-distribute-patterns"))) void* memcpy(void* to,
                                                                           const void* from,
                                                                           size_t n) {
  uint8_t* out = static_cast<uint8_t*>(to);
  const uint8_t* in = static_cast<const uint8_t*>(from);
  for (size_t i = 0; i < n; ++i) out[i] = in[i];
  return to;
}
}

namespace {

constexpr uint32_t kStackPattern = 0xA5A5A5A5;
constexpr uint32_t kFault = 99;

uint32_t Semihost(uint32_t operation, const void* argument) {
  register uint32_t r0 asm("r0") = operation;
  register const void* r1 asm("r1") = argument;
  asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

[[noreturn]] void Fault() { board::Exit(kFault); }

volatile uint32_t& Register(uint32_t address) {
  return *reinterpret_cast<volatile uint32_t*>(address);
}
constexpr uint32_t kSysTickControl = 0xE000E010;
constexpr uint32_t kSysTickReload = 0xE000E014;
constexpr uint32_t kSysTickValue = 0xE000E018;

}  // namespace

// The first words of memory: stack, reset, then 14 exceptions, all of which are failures here.
using Handler = void (*)();
struct VectorTable {
  uint32_t* stack;
  Handler handlers[15];
};
extern const VectorTable kVectors;
__attribute__((section(".vectors"), used))
const VectorTable kVectors = {&demd_stack_top,
                              {DemdReset, Fault, Fault, Fault, Fault, Fault, Fault, Fault, Fault,
                               Fault, Fault, Fault, Fault, Fault, Fault}};

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void DemdReset() {
  uint32_t* from = &demd_data_load;
  for (uint32_t* to = &demd_data_begin; to < &demd_data_end; ++to) *to = *from++;
  for (uint32_t* to = &demd_bss_begin; to < &demd_bss_end; ++to) *to = 0;
  uint32_t* here = static_cast<uint32_t*>(__builtin_frame_address(0)) - 16;
  for (uint32_t* p = &demd_stack_bottom; p < here; ++p) *p = kStackPattern;
  board::Exit(static_cast<uint32_t>(main()));
}

namespace board {

void Write(const char* text) { Semihost(0x04, text); }

void WriteNumber(uint32_t number) {
  char digits[11];
  int at = 10;
  digits[at] = 0;
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  Write(digits + at);
}

void WriteHex(const char* text, uint32_t number) {
  char line[10];
  for (int i = 0; i < 8; ++i) line[i] = "0123456789abcdef"[(number >> (28 - 4 * i)) & 15];
  line[8] = '\n';
  line[9] = 0;
  Write(text);
  Write(line);
}

void Exit(uint32_t code) {
  const uint32_t reason[2] = {0x20026, code};
  for (;;) Semihost(0x20, reason);
}

void StartTimer() {
  Register(kSysTickReload) = 0xFFFFFF;
  Register(kSysTickValue) = 0;
  Register(kSysTickControl) = 5;
}

uint32_t Ticks() { return Register(kSysTickValue); }

uint32_t InstructionsPer1000Ticks() {
  constexpr uint32_t kLoops = 500000;  // two instructions each
  uint32_t left = kLoops;
  const uint32_t start = Ticks();
  asm volatile(
      ".syntax unified\n"
      "1: subs %0, %0, #1\n"
      "   bne 1b\n"
      : "+l"(left)
      :
      : "cc");
  const uint32_t ticks = (start - Ticks()) & 0xFFFFFF;
  return kLoops * 2 * 1000 / ticks;
}

uint32_t Instructions(uint32_t ticks, uint32_t instructions_per_1000_ticks) {
  return static_cast<uint32_t>(uint64_t{ticks} * instructions_per_1000_ticks / 1000);
}

uint32_t StackUsed() {
  const uint32_t* p = &demd_stack_bottom;
  while (p < &demd_stack_top && *p == kStackPattern) ++p;
  return static_cast<uint32_t>(&demd_stack_top - p) * 4;
}

}  // namespace board
