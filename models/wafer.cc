#include "models/wafer.h"

#include <algorithm>
#include <string>

#include "engine/error.h"

namespace demd {
namespace {

// Sum of a wafer that is to be divided by it.
int64_t PositiveSum(const int32_t* charges) {
  int64_t sum = 0;
  for (int i = 0; i < kWaferCells; ++i) sum += charges[i];
  if (sum <= 0) {
    throw NumericError("normalisation: expected a wafer with a positive sum of charges, found " +
                       std::to_string(sum));
  }
  return sum;
}

}  // namespace

std::vector<int32_t> ChargesOf(const std::vector<Wafer>& wafers) {
  std::vector<int32_t> charges;
  charges.reserve(wafers.size() * kWaferCells);
  for (const Wafer& wafer : wafers) {
    charges.insert(charges.end(), wafer.charges.begin(), wafer.charges.end());
  }
  return charges;
}

int64_t ChargeSum(const Charges& charges) {
  int64_t sum = 0;
  for (const int32_t charge : charges) sum += charge;
  return sum;
}

int32_t LargestCharge(const Charges& charges) {
  return *std::max_element(charges.begin(), charges.end());
}

int Occupancy(const Charges& charges, int32_t threshold) {
  int cells = 0;
  for (const int32_t charge : charges) cells += charge > threshold ? 1 : 0;
  return cells;
}

Charges Rotated(const Charges& charges, int turns) {
  Charges rotated{};
  for (int i = 0; i < kWaferCells; ++i) {
    rotated[static_cast<uint32_t>(RotatedCell(i, turns))] = charges[static_cast<uint32_t>(i)];
  }
  return rotated;
}

void NormaliseByPowerOfTwo(const int32_t* charges, float* x) {
  const int64_t sum = PositiveSum(charges);
  int64_t power = 1;
  while (2 * power <= sum) power *= 2;
  // Exact: charges have at most 22 bits.
  const float scale = 1.0f / static_cast<float>(power);
  for (int i = 0; i < kWaferCells; ++i) x[i] = static_cast<float>(charges[i]) * scale;
}

void NormaliseBySum(const int32_t* charges, float* x) {
  const double sum = static_cast<double>(PositiveSum(charges));
  for (int i = 0; i < kWaferCells; ++i) {
    x[i] = static_cast<float>(static_cast<double>(charges[i]) / sum);
  }
}

void CellsToImage(const float* cells, float* image) {
  for (uint32_t pixel = 0; pixel < kImagePixels; ++pixel) {
    const int32_t cell = kImageCells[pixel];
    image[pixel] = cell < 0 ? 0.0f : cells[cell];
  }
}

void ImageToCells(const float* image, float* cells) {
  for (uint32_t cell = 0; cell < kWaferCells; ++cell) cells[cell] = image[kCellPixels[cell]];
}

void CellsToRhombusImage(const float* cells, float* image) {
  for (uint32_t i = 0; i < kWaferCells; ++i) image[i] = cells[kRhombusImageCells[i]];
}

void RhombusImageToCells(const float* image, float* cells) {
  for (uint32_t i = 0; i < kWaferCells; ++i) cells[kRhombusImageCells[i]] = image[i];
}

}  // namespace demd
