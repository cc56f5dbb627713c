#ifndef DEMD_QUANT_FAST_LOOPS_AVX2_H_
#define DEMD_QUANT_FAST_LOOPS_AVX2_H_

// The loops over wafers that the kernel files have in common, for these files only, which are
// compiled for newer instruction sets. Everything here has internal linkage, so no other code can
// pick it up.
//
// A kernel file brings a class of static functions, one for each way of rounding:
//
//   struct Encoder {
//     using Constants, Scratch;              // made once per call
//     static constexpr int kGroup;           // wafers that it takes at a time
//     static Constants MakeConstants(const FastFormats& formats);
//     // charges: [kWafers][48]   codes: [kWafers] of 16 codes   sums: [kWafers] of the charges
//     template <int kWafers>                 // kGroup or 1
//     static void Codes(const FastWeights& weights, const Constants& c, Scratch* scratch,
//                       const uint32_t* charges, __m256i* codes, uint32_t* sums);
//   };

#include <immintrin.h>
#include <stdint.h>

#include "quant/fast_frame_avx2.h"
#include "quant/fast_kernels.h"

namespace demd {
namespace {

constexpr int kChargesOfAWafer = 48;
constexpr int kCodesOfAWafer = 16;

// Calls use(row, codes, sum) for every wafer.
template <typename Encoder, typename Use>
DEMD_INLINE void ForEachWafer(const FastWeights& weights, const FastFormats& formats,
                              const uint32_t* charges, int64_t n, Use use) {
  constexpr int kGroup = Encoder::kGroup;
  const typename Encoder::Constants c = Encoder::MakeConstants(formats);
  typename Encoder::Scratch scratch = {};
  __m256i codes[kGroup];
  uint32_t sums[kGroup];
  int64_t row = 0;
  for (; row + kGroup <= n; row += kGroup) {
    Encoder::template Codes<kGroup>(weights, c, &scratch, charges + kChargesOfAWafer * row, codes,
                                    sums);
    for (int i = 0; i < kGroup; ++i) use(row + i, codes[i], sums[i]);
  }
  if (kGroup == 1) return;
  for (; row < n; ++row) {
    Encoder::template Codes<1>(weights, c, &scratch, charges + kChargesOfAWafer * row, codes, sums);
    use(row, codes[0], sums[0]);
  }
}

template <typename Encoder>
void Encode(const FastWeights& weights, const FastFormats& formats, const uint32_t* charges,
            int64_t n, uint16_t* codes) {
  const __m256i keep = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(formats.keep));
  ForEachWafer<Encoder>(
      weights, formats, charges,
      n, [&](int64_t row, __m256i code, uint32_t) __attribute__((always_inline)) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(codes + kCodesOfAWafer * row),
                            _mm256_and_si256(code, keep));
      });
}

template <typename Encoder, int kElinks>
void FramesOf(const FastWeights& weights, const FastFormats& formats, const uint32_t* charges,
              int64_t n, uint32_t first_crossing, uint32_t* frames) {
  ForEachWafer<Encoder>(
      weights, formats, charges,
      n, [&](int64_t row, __m256i codes, uint32_t sum) __attribute__((always_inline)) {
        PackFrame<kElinks>(first_crossing + static_cast<uint32_t>(row), sum, codes,
                           frames + kElinks * row);
      });
}

template <typename Encoder>
void Frames(const FastWeights& weights, const FastFormats& formats, const uint32_t* charges,
            int64_t n, uint32_t first_crossing, int32_t n_elinks, uint32_t* frames) {
  switch (n_elinks) {
    case 2:
      return FramesOf<Encoder, 2>(weights, formats, charges, n, first_crossing, frames);
    case 3:
      return FramesOf<Encoder, 3>(weights, formats, charges, n, first_crossing, frames);
    case 4:
      return FramesOf<Encoder, 4>(weights, formats, charges, n, first_crossing, frames);
    default:
      return FramesOf<Encoder, 5>(weights, formats, charges, n, first_crossing, frames);
  }
}

}  // namespace
}  // namespace demd

#endif  // DEMD_QUANT_FAST_LOOPS_AVX2_H_
