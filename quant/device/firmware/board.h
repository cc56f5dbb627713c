#ifndef DEMD_QUANT_DEVICE_FIRMWARE_BOARD_H_
#define DEMD_QUANT_DEVICE_FIRMWARE_BOARD_H_

#include <cstdint>

// What the example needs of a Cortex-M board: text out and an exit code through the debugger
// (semihosting), and a counter. Replace this with your board's own.

namespace board {

/// Writes text to the debugger's console.
void Write(const char* text);
void WriteNumber(uint32_t number);
/// Text, a number of 8 hexadecimal digits, and the end of the line.
void WriteHex(const char* text, uint32_t number);

/// Ends the program with an exit code; under QEMU it becomes QEMU's own.
[[noreturn]] void Exit(uint32_t code);

/// Starts the board's timer (SysTick), and reads it: it counts down from 2^24 - 1.
void StartTimer();
uint32_t Ticks();

/// Instructions in 1,000 ticks, measured with a loop of known length. Under QEMU with
/// -icount shift=0 this is a constant of the board and ticks count instructions, not cycles.
uint32_t InstructionsPer1000Ticks();
/// Ticks to instructions at that rate.
uint32_t Instructions(uint32_t ticks, uint32_t instructions_per_1000_ticks);

/// Bytes of stack used since the start, found by the pattern that start-up left.
uint32_t StackUsed();

}  // namespace board

#endif  // DEMD_QUANT_DEVICE_FIRMWARE_BOARD_H_
