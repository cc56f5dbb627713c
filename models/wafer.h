#ifndef DEMD_MODELS_WAFER_H_
#define DEMD_MODELS_WAFER_H_

#include <array>
#include <cstdint>
#include <vector>

namespace demd {

/// A silicon module of the CMS HGCAL reports 48 trigger cells per bunch crossing: three rhombi of
/// 4x4. The index 0..47 is the column number of CALQ_0..CALQ_47; the rhombus is index / 16.
inline constexpr int kWaferCells = 48;
inline constexpr int kCellsPerRhombus = 16;

/// Charges are counted in CALQ units: 35 counts are one transverse MIP (MIP_T).
inline constexpr int32_t kCountsPerMipT = 35;
/// The largest charge of one trigger cell: CALQ has 22 bits.
inline constexpr int32_t kMaxCharge = (1 << 22) - 1;

/// Position of a trigger cell on the module's hexagonal lattice.
struct CellAddress {
  int32_t u;
  int32_t v;
};

/// Trigger cell index -> (u, v). Source: CMSSW and the ECON-T emulator.
inline constexpr std::array<CellAddress, kWaferCells> kCellAddresses = {
    {{7, 4}, {6, 4}, {5, 4}, {4, 4}, {7, 5}, {6, 5}, {5, 5}, {4, 5}, {7, 6}, {6, 6},
     {5, 6}, {4, 6}, {7, 7}, {6, 7}, {5, 7}, {4, 7}, {1, 0}, {2, 1}, {3, 2}, {4, 3},
     {2, 0}, {3, 1}, {4, 2}, {5, 3}, {3, 0}, {4, 1}, {5, 2}, {6, 3}, {4, 0}, {5, 1},
     {6, 2}, {7, 3}, {3, 6}, {3, 5}, {3, 4}, {3, 3}, {2, 5}, {2, 4}, {2, 3}, {2, 2},
     {1, 4}, {1, 3}, {1, 2}, {1, 1}, {0, 3}, {0, 2}, {0, 1}, {0, 0}}};

/// Whether two different cells touch: their (u, v) differ by (1,0), (0,1) or (1,1). These are the
/// 120 pairs closer than 2.3 cell pitches, 99 inside a rhombus and 21 across its seams.
constexpr bool AreNeighbours(int a, int b) {
  const int du =
      kCellAddresses[static_cast<uint32_t>(a)].u - kCellAddresses[static_cast<uint32_t>(b)].u;
  const int dv =
      kCellAddresses[static_cast<uint32_t>(a)].v - kCellAddresses[static_cast<uint32_t>(b)].v;
  return (du != 0 || dv != 0) && du * du + dv * dv - du * dv == 1;
}

/// The three-fold symmetry of the module: the cell to which `cell` moves under `turns` turns by
/// 120 degrees. All distances are kept to 1e-3 of a cell pitch. There is no mirror symmetry.
constexpr int RotatedCell(int cell, int turns = 1) {
  return (cell + kCellsPerRhombus * (turns % 3 + 3)) % kWaferCells;
}

/// 8x8 image, row-major: the cell behind each pixel, -1 in the masked bottom-right quarter.
/// Source: the ECON-T autoencoder's arrangement (rohanshenoy/Ecoder).
inline constexpr int kImageSide = 8;
inline constexpr int kImagePixels = kImageSide * kImageSide;
inline constexpr std::array<int32_t, kImagePixels> kImageCells = {
    {28, 29, 30, 31, 0,  4,  8,  12, 24, 25, 26, 27, 1,  5,  9,  13, 20, 21, 22, 23, 2,  6,
     10, 14, 16, 17, 18, 19, 3,  7,  11, 15, 47, 43, 39, 35, -1, -1, -1, -1, 46, 42, 38, 34,
     -1, -1, -1, -1, 45, 41, 37, 33, -1, -1, -1, -1, 44, 40, 36, 32, -1, -1, -1, -1}};

/// The pixel of each cell in the 8x8 image: the inverse of kImageCells.
constexpr std::array<int32_t, kWaferCells> CellPixels() {
  std::array<int32_t, kWaferCells> pixels{};
  for (int32_t pixel = 0; pixel < kImagePixels; ++pixel) {
    const int32_t cell = kImageCells[static_cast<uint32_t>(pixel)];
    if (cell >= 0) pixels[static_cast<uint32_t>(cell)] = pixel;
  }
  return pixels;
}
inline constexpr std::array<int32_t, kWaferCells> kCellPixels = CellPixels();

/// 4x4x3 image of the EMD CNN, height-width-channel: the cell behind each of its 48 elements, in
/// the order 0, 16, 32, 1, 17, 33, ...; the channel is the rhombus.
constexpr std::array<int32_t, kWaferCells> RhombusImageCells() {
  std::array<int32_t, kWaferCells> cells{};
  for (int32_t i = 0; i < kWaferCells; ++i) {
    cells[static_cast<uint32_t>(i)] = i / 3 + kCellsPerRhombus * (i % 3);
  }
  return cells;
}
inline constexpr std::array<int32_t, kWaferCells> kRhombusImageCells = RhombusImageCells();

/// The 48 charges of a module in CALQ counts, 0 <= charge <= kMaxCharge.
using Charges = std::array<int32_t, kWaferCells>;

/// What is known about a wafer beside its charges: the truth columns of the peers' files. A field
/// that is not known keeps its initial value, which no real wafer has.
struct WaferTruth {
  int64_t entry = -1;       ///< event number
  int32_t zside = 0;        ///< endcap: -1 or 1
  int32_t layer = 0;        ///< 1, 2, ... from the interaction point
  int32_t waferu = 0;       ///< position of the module in its layer; meaningful if layer > 0
  int32_t waferv = 0;       ///< likewise
  double simenergy = -1.0;  ///< energy of the signal shower in this module, GeV
  int32_t subdet = 0;       ///< 1: electromagnetic section
  double tc_eta = 0.0;      ///< pseudorapidity of the module's centre, 1.5 to 3 in size
  double tc_phi = 0.0;      ///< azimuth, radians; meaningful if tc_eta != 0
};

/// One module in one bunch crossing.
struct Wafer {
  Charges charges{};
  WaferTruth truth;
};

/// The charges of all wafers, in counts: [n][48].
std::vector<int32_t> ChargesOf(const std::vector<Wafer>& wafers);

/// Sum of the charges, in counts: below 2^28.
int64_t ChargeSum(const Charges& charges);

/// Largest charge, in counts.
int32_t LargestCharge(const Charges& charges);

/// Number of cells with charge > threshold, in counts. With kCountsPerMipT this is the occupancy
/// of the paper's figures, TC > 1 MIP_T.
int Occupancy(const Charges& charges, int32_t threshold);

/// Moves each charge to its cell's image under `turns` turns by 120 degrees.
Charges Rotated(const Charges& charges, int turns);

/// The autoencoder's input: x = charges / 2^floor(log2(sum)), so that 1 <= sum(x) < 2.
/// charges: [48] counts;  x: [48].
/// Errors: NumericError when the sum is not positive.
void NormaliseByPowerOfTwo(const int32_t* charges, float* x);

/// Shares: x = charges / sum. Each element is rounded once.
/// charges: [48] counts;  x: [48].
/// Errors: NumericError when the sum is not positive.
void NormaliseBySum(const int32_t* charges, float* x);

/// 48 cells -> 8x8 image, masked pixels 0.  cells: [48];  image: [8][8].
void CellsToImage(const float* cells, float* image);
/// 8x8 image -> 48 cells; the masked pixels are ignored.  image: [8][8];  cells: [48].
void ImageToCells(const float* image, float* cells);
/// 48 cells -> 4x4x3 image.  cells: [48];  image: [4][4][3].
void CellsToRhombusImage(const float* cells, float* image);
/// 4x4x3 image -> 48 cells.  image: [4][4][3];  cells: [48].
void RhombusImageToCells(const float* image, float* cells);

}  // namespace demd

#endif  // DEMD_MODELS_WAFER_H_
