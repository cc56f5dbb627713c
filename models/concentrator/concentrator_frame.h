#ifndef DEMD_MODELS_CONCENTRATOR_CONCENTRATOR_FRAME_H_
#define DEMD_MODELS_CONCENTRATOR_CONCENTRATOR_FRAME_H_

#include <array>
#include <cstdint>

#include "models/wafer.h"

namespace demd {

// The frames of the concentrator's algorithms, most significant bit first. All numbers are codes
// of quant/device/charge_formats.h. A 4-bit header is the 5-bit bunch crossing without its bit 3.
//
//   threshold     header 5, type 3, rest 8 (5E3M), then by the number N of cells
//                   N = 0 (type 0): nothing
//                   N < 8 (type 2): N 3, N addresses of 6, N charges of 7 (4E3M)
//                   else  (type 4): map 48, cell 0 first, N charges of 7
//   best choice   header 4, rest 8 (5E3M), N addresses of 6 if N < 8, else map 48; N charges of 7
//   super cells   header 4, [map of the groups sent], address of the largest cell of each group
//                   (2 bits for four cells, 4 bits for sixteen), 9-bit sum (5E4M) of each group
//
// Cells and groups come in ascending order. The map of the groups is not the chip's: see
// GroupChoice. Where a selected cell of best choice has no charge, the emulator leaves its charge
// out and shifts the later ones; here it is sent as 0, so that the receiver can tell.
// Source: formatter of the ECON-T emulator (formatThresholdOutput, formatBestChoiceOutput,
// formatSTC_4_9, formatSTC_16_9).

inline constexpr int32_t kMaxFrameWords = 13;  ///< threshold with all 48 cells: 400 bits
inline constexpr int32_t kMaxGroups = 12;

/// A frame: `bits` bits of fields, then zeros.
struct LinkFrame {
  std::array<uint32_t, kMaxFrameWords> words{};
  int32_t bits = 0;
};

/// Cells sent one by one, ascending, and what is left out.
struct SentCells {
  int32_t n = 0;                             ///< 0 to 48
  std::array<int32_t, kWaferCells> cell{};   ///< [n]
  std::array<uint32_t, kWaferCells> code{};  ///< [n], 4E3M
  uint32_t rest_code = 0;                    ///< sum of the charges not sent, 5E3M
};

/// How groups of cells are laid out in a frame.
struct GroupLayout {
  int32_t n_groups;      ///< on the module: 12 of 2x2 or 3 of 4x4
  int32_t n_sent;        ///< 1 to n_groups
  int32_t address_bits;  ///< 2 or 4
  bool has_map;          ///< which groups are sent is in the frame; else they are the first ones
};

/// Groups of cells, ascending. All arrays: [layout.n_sent].
struct SentGroups {
  std::array<int32_t, kMaxGroups> group{};
  std::array<int32_t, kMaxGroups> largest{};  ///< position of the largest cell in its group
  std::array<uint32_t, kMaxGroups> code{};    ///< 5E4M
};

/// The bunch crossing's low 5 bits make the header.
LinkFrame PackThreshold(const SentCells& sent, uint32_t bunch_crossing);
LinkFrame PackBestChoice(const SentCells& sent, uint32_t bunch_crossing);
LinkFrame PackGroups(const SentGroups& sent, const GroupLayout& layout, uint32_t bunch_crossing);

/// The receiving side: any words are safe to pass.
/// Errors: DataError on a frame that no packer makes: an unknown type, an address that is not
/// ascending or above 47, a map with another number of cells or groups.
SentCells UnpackThreshold(const LinkFrame& frame);
SentCells UnpackBestChoice(const LinkFrame& frame, int32_t n_cells);
SentGroups UnpackGroups(const LinkFrame& frame, const GroupLayout& layout);

}  // namespace demd

#endif  // DEMD_MODELS_CONCENTRATOR_CONCENTRATOR_FRAME_H_
