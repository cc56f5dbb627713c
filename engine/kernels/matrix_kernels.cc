// Compiled once per instruction set, with DEMD_VARIANT naming the variant's namespace. Everything
// but the table has internal linkage, and no inline function of another header is used: a shared
// definition compiled here for a newer machine must never be the one the linker keeps.

#include "engine/kernels/matrix_kernels.h"

#ifndef __FP_FAST_FMAF
#include <cstring>
#endif

namespace demd {
namespace {

#ifdef __FP_FAST_FMAF
inline float Fma(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
#else
// x * y + z with one rounding, on machines without the instruction: the product is exact in double;
// the sum is rounded to odd, so that the final rounding to float cannot be a second one.
// Source: Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", IEEE TC 57 (2008).
inline float Fma(float x, float y, float z) {
  const double product = static_cast<double>(x) * static_cast<double>(y);
  const double addend = static_cast<double>(z);
  const double sum = product + addend;
  const double addend_part = sum - product;
  const double error = (product - (sum - addend_part)) + (addend - addend_part);
  uint64_t bits;
  std::memcpy(&bits, &sum, sizeof bits);
  const bool inexact_and_even = error != 0.0 && (bits & 1) == 0;
  // Away from zero when the error has the sign of the sum, else toward zero.
  const uint64_t step = (error > 0.0) == (sum > 0.0) ? uint64_t{1} : ~uint64_t{0};
  bits += inexact_and_even ? step : 0;
  double odd;
  std::memcpy(&odd, &bits, sizeof odd);
  return static_cast<float>(odd);
}
#endif

// Registers hold a block of kM rows by kN columns of c.
template <int kM, int kN>
void RowsTimesMatrixBlock(const RowsTimesMatrix& job, int64_t m0, int64_t n0) {
  float sum[kM][kN];
  for (int i = 0; i < kM; ++i) {
    for (int j = 0; j < kN; ++j) sum[i][j] = job.bias != nullptr ? job.bias[n0 + j] : 0.0f;
  }
  const int64_t n = job.n;
  for (int64_t s = 0; s < job.n_segments; ++s) {
    const Segment segment = job.segments[s];
    const float* a = job.a + m0 * job.a_stride + segment.a_offset;  // [kM][length]
    const float* b = job.b + segment.b_row * n + n0;                // [length][kN]
    for (int64_t k = 0; k < segment.length; ++k, ++a, b += n) {
      for (int i = 0; i < kM; ++i) {
        const float a_i = a[i * job.a_stride];
        for (int j = 0; j < kN; ++j) sum[i][j] = Fma(a_i, b[j], sum[i][j]);
      }
    }
  }
  for (int i = 0; i < kM; ++i) {
    float* c = job.c + (m0 + i) * job.c_stride + n0;
    if (job.accumulate) {
      for (int j = 0; j < kN; ++j) c[j] += sum[i][j];
    } else {
      for (int j = 0; j < kN; ++j) c[j] = sum[i][j];
    }
  }
}

template <int kN>
void RowsTimesMatrixColumns(const RowsTimesMatrix& job, int64_t n0) {
  int64_t m = 0;
  for (; m + 8 <= job.m; m += 8) RowsTimesMatrixBlock<8, kN>(job, m, n0);
  for (; m + 4 <= job.m; m += 4) RowsTimesMatrixBlock<4, kN>(job, m, n0);
  for (; m < job.m; ++m) RowsTimesMatrixBlock<1, kN>(job, m, n0);
}

void RunRowsTimesMatrix(const RowsTimesMatrix& job) {
  int64_t n = 0;
  for (; n + 32 <= job.n; n += 32) RowsTimesMatrixColumns<32>(job, n);
  for (; n + 16 <= job.n; n += 16) RowsTimesMatrixColumns<16>(job, n);
  for (; n + 8 <= job.n; n += 8) RowsTimesMatrixColumns<8>(job, n);
  for (; n + 4 <= job.n; n += 4) RowsTimesMatrixColumns<4>(job, n);
  for (; n < job.n; ++n) RowsTimesMatrixColumns<1>(job, n);
}

template <int kK, int kN>
void OuterProductsBlock(const OuterProducts& job, int64_t k0, int64_t n0) {
  float sum[kK][kN];
  for (int i = 0; i < kK; ++i) {
    for (int j = 0; j < kN; ++j) sum[i][j] = 0.0f;
  }
  for (int64_t r = 0; r < job.rows; ++r) {
    const float* a_row = job.a + r * job.a_stride + k0;
    const float* b_row = job.b + r * job.b_stride + n0;
    for (int64_t p = 0; p < job.n_pairs; ++p) {
      const float* a = a_row + job.pairs[p].a_offset;  // [kK]
      const float* b = b_row + job.pairs[p].b_offset;  // [kN]
      for (int i = 0; i < kK; ++i) {
        const float a_i = a[i];
        for (int j = 0; j < kN; ++j) sum[i][j] = Fma(a_i, b[j], sum[i][j]);
      }
    }
  }
  for (int i = 0; i < kK; ++i) {
    float* c = job.c + (k0 + i) * job.n + n0;
    for (int j = 0; j < kN; ++j) c[j] = sum[i][j];
  }
}

template <int kN>
void OuterProductsColumns(const OuterProducts& job, int64_t n0) {
  int64_t k = 0;
  for (; k + 8 <= job.k; k += 8) OuterProductsBlock<8, kN>(job, k, n0);
  for (; k + 2 <= job.k; k += 2) OuterProductsBlock<2, kN>(job, k, n0);
  for (; k < job.k; ++k) OuterProductsBlock<1, kN>(job, k, n0);
}

void RunOuterProducts(const OuterProducts& job) {
  int64_t n = 0;
  for (; n + 32 <= job.n; n += 32) OuterProductsColumns<32>(job, n);
  for (; n + 16 <= job.n; n += 16) OuterProductsColumns<16>(job, n);
  for (; n + 8 <= job.n; n += 8) OuterProductsColumns<8>(job, n);
  for (; n + 4 <= job.n; n += 4) OuterProductsColumns<4>(job, n);
  for (; n < job.n; ++n) OuterProductsColumns<1>(job, n);
}

}  // namespace

namespace DEMD_VARIANT {

#define DEMD_TEXT_OF_ARGUMENT(x) #x
#define DEMD_TEXT(x) DEMD_TEXT_OF_ARGUMENT(x)

extern const MatrixKernels kMatrixKernels;
const MatrixKernels kMatrixKernels = {DEMD_TEXT(DEMD_VARIANT), RunRowsTimesMatrix,
                                      RunOuterProducts};

}  // namespace DEMD_VARIANT
}  // namespace demd
