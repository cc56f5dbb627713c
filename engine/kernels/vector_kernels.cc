// Compiled once per instruction set, like matrix_kernels.cc, whose remark on linkage holds here.
// The loops are written so that the compiler can vectorise them: no branches, no aliases.

#include "engine/kernels/vector_kernels.h"

#include <cstring>

namespace demd {
namespace {

// Selecting is a conditional move: the value is taken first, the condition is a blend.
inline float Relu(float x) { return x < 0.0f ? 0.0f : x + 0.0f; }

void RunRelu(const float* __restrict x, int64_t n, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] = Relu(x[i]);
}

void RunReluGradient(const float* __restrict x, const float* __restrict d_y, int64_t n,
                     bool accumulate, float* __restrict d_x) {
  if (accumulate) {
    for (int64_t i = 0; i < n; ++i) {
      const float d = d_y[i];
      d_x[i] += x[i] > 0.0f ? d : 0.0f;
    }
  } else {
    for (int64_t i = 0; i < n; ++i) {
      const float d = d_y[i];
      d_x[i] = x[i] > 0.0f ? d : 0.0f;
    }
  }
}

void RunAdd(const float* __restrict x, int64_t n, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] += x[i];
}

void RunSumRows(const float* __restrict x, int64_t rows, int64_t n, float* __restrict result) {
  for (int64_t j = 0; j < n; ++j) result[j] = 0.0f;
  for (int64_t r = 0; r < rows; ++r, x += n) {
    for (int64_t j = 0; j < n; ++j) result[j] += x[j];
  }
}

void RunShiftedMoments(const float* __restrict x, const float* __restrict shift, int64_t rows,
                       int64_t channels, double* __restrict sums) {
  double* __restrict squares = sums + channels;
  for (int64_t r = 0; r < rows; ++r, x += channels) {
    for (int64_t c = 0; c < channels; ++c) {
      const double shifted = static_cast<double>(x[c]) - static_cast<double>(shift[c]);
      sums[c] += shifted;
      squares[c] += shifted * shifted;
    }
  }
}

template <bool kRelu>
void NormAll(const NormRows& in, float* __restrict y) {
  const int64_t channels = in.channels;
  const float* __restrict x = in.x;
  const float* __restrict mean = in.mean;
  const float* __restrict scale = in.scale;
  const float* __restrict beta = in.beta;
  for (int64_t r = 0; r < in.rows; ++r, x += channels, y += channels) {
    for (int64_t c = 0; c < channels; ++c) {
      const float value = (x[c] - mean[c]) * scale[c] + beta[c];
      y[c] = kRelu ? Relu(value) : value;
    }
  }
}

void RunNorm(const NormRows& in, float* y) {
  in.relu ? NormAll<true>(in, y) : NormAll<false>(in, y);
}

// d_y where relu lets it pass: the forward value is computed again rather than read.
template <bool kRelu>
inline float Passed(float x, float mean, float scale, float beta, float d_y) {
  if (!kRelu) return d_y;
  return (x - mean) * scale + beta > 0.0f ? d_y : 0.0f;
}

template <bool kRelu>
void NormGradientSums(const NormRows& in, const float* __restrict inverse_std,
                      const float* __restrict d_y, double* __restrict sums) {
  // Two loops over a few channels, as compilers give up on the blend followed by the sums.
  constexpr int64_t kBlock = 64;
  alignas(64) float d[kBlock];
  const int64_t channels = in.channels;
  double* __restrict dots = sums + channels;
  const float* __restrict mean = in.mean;
  const float* __restrict scale = in.scale;
  const float* __restrict beta = in.beta;
  for (int64_t r = 0; r < in.rows; ++r) {
    for (int64_t c0 = 0; c0 < channels; c0 += kBlock) {
      const float* __restrict x = in.x + r * channels + c0;
      const float* __restrict d_row = d_y + r * channels + c0;
      const int64_t n = channels - c0 < kBlock ? channels - c0 : kBlock;
      for (int64_t c = 0; c < n; ++c) {
        const float d_c = d_row[c];
        d[c] = Passed<kRelu>(x[c], mean[c0 + c], scale[c0 + c], beta[c0 + c], d_c);
      }
      for (int64_t c = 0; c < n; ++c) {
        const double d_c = static_cast<double>(d[c]);
        sums[c0 + c] += d_c;
        dots[c0 + c] += d_c * static_cast<double>((x[c] - mean[c0 + c]) * inverse_std[c0 + c]);
      }
    }
  }
}

void RunNormGradientSums(const NormRows& in, const float* inverse_std, const float* d_y,
                         double* sums) {
  in.relu ? NormGradientSums<true>(in, inverse_std, d_y, sums)
          : NormGradientSums<false>(in, inverse_std, d_y, sums);
}

template <bool kRelu, bool kAccumulate>
void NormGradient(const NormRows& in, const float* __restrict mean_d, const float* __restrict slope,
                  const float* __restrict d_y, float* __restrict d_x) {
  const int64_t channels = in.channels;
  const float* __restrict x = in.x;
  const float* __restrict mean = in.mean;
  const float* __restrict scale = in.scale;
  const float* __restrict beta = in.beta;
  for (int64_t r = 0; r < in.rows; ++r, x += channels, d_y += channels, d_x += channels) {
    for (int64_t c = 0; c < channels; ++c) {
      const float d_c = d_y[c];
      const float d = Passed<kRelu>(x[c], mean[c], scale[c], beta[c], d_c);
      const float value = scale[c] * (d - mean_d[c] - (x[c] - mean[c]) * slope[c]);
      d_x[c] = kAccumulate ? d_x[c] + value : value;
    }
  }
}

void RunNormGradient(const NormRows& in, const float* mean_d, const float* slope, const float* d_y,
                     bool accumulate, float* d_x) {
  const auto run = in.relu ? (accumulate ? NormGradient<true, true> : NormGradient<true, false>)
                           : (accumulate ? NormGradient<false, true> : NormGradient<false, false>);
  run(in, mean_d, slope, d_y, d_x);
}

// e^x for |x| <= 700 with the operations, in the order, of Exp(double) of engine/portable_math.cc.
inline double ExpModerate(double x) {
  constexpr double kLog2E = 1.4426950408889634074;
  constexpr double kLn2High = 0x1.62e42feep-1;
  constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr double kRoundBits = 0x1.8p52;  // adding it leaves a small integer in the low bits
  const double n = __builtin_floor(x * kLog2E + 0.5);
  const double high = x - n * kLn2High;
  const double low = n * kLn2Low;
  const double r = high - low;
  const double r_error = (high - r) - low;
  double sum = 1.0 / 87178291200.0;
  sum = sum * r + 1.0 / 6227020800.0;
  sum = sum * r + 1.0 / 479001600.0;
  sum = sum * r + 1.0 / 39916800.0;
  sum = sum * r + 1.0 / 3628800.0;
  sum = sum * r + 1.0 / 362880.0;
  sum = sum * r + 1.0 / 40320.0;
  sum = sum * r + 1.0 / 5040.0;
  sum = sum * r + 1.0 / 720.0;
  sum = sum * r + 1.0 / 120.0;
  sum = sum * r + 1.0 / 24.0;
  sum = sum * r + 1.0 / 6.0;
  sum = sum * r + 0.5;
  const double expm1 = r + r * r * sum;
  const double exponent = n + kRoundBits;
  uint64_t bits;
  std::memcpy(&bits, &exponent, sizeof bits);
  bits = (bits + 1023) << 52;
  double power;
  std::memcpy(&power, &bits, sizeof power);
  return (1.0 + (expm1 + (r_error + r_error * expm1))) * power;
}

void RunSigmoid(const float* __restrict x, int64_t n, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) {
    // Beyond +-700 the result is 0 or 1 in float anyway.
    double minus_x = -static_cast<double>(x[i]);
    minus_x = minus_x > 700.0 ? 700.0 : minus_x;
    minus_x = minus_x < -700.0 ? -700.0 : minus_x;
    y[i] = static_cast<float>(1.0 / (1.0 + ExpModerate(minus_x)));
  }
}

}  // namespace

namespace DEMD_VARIANT {

extern const VectorKernels kVectorKernels;
const VectorKernels kVectorKernels = {
    RunRelu, RunReluGradient,     RunAdd,          RunSumRows, RunShiftedMoments,
    RunNorm, RunNormGradientSums, RunNormGradient, RunSigmoid};

}  // namespace DEMD_VARIANT
}  // namespace demd
