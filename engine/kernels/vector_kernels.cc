// Compiled once per instruction set, like matrix_kernels.cc, whose remark on linkage holds here.
// Most loops are written so that the compiler can vectorise them: no branches, no aliases.

#include "engine/kernels/vector_kernels.h"

#include <cstring>

#include "engine/kernels/lanes.h"

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

// Some channels of a row, summed over the rows in registers: kVectors vectors, or one channel.
template <typename Float_, typename Double_, int kVectors_>
struct Block {
  using Float = Float_;
  using Double = Double_;
  static constexpr int kVectors = kVectors_;
  static constexpr int64_t kLanes = sizeof(Float) / sizeof(float);

  static Float LoadAt(const float* p, int v) {
    Float x;
    std::memcpy(&x, p + v * kLanes, sizeof x);
    return x;
  }
  struct Sums {
    Double of[kVectors];
    explicit Sums(const double* from) { std::memcpy(of, from, sizeof of); }
    void StoreTo(double* to) const { std::memcpy(to, of, sizeof of); }
  };
};

inline double ToDouble(float x) { return static_cast<double>(x); }
inline DoubleLanes ToDouble(Lanes<kDoubleLanes> x) {
  return __builtin_convertvector(x, DoubleLanes);
}

// Calls run(first channel, Block) for all channels.
template <typename Run>
inline void ForEachChannelBlock(int64_t channels, Run run) {
  constexpr int kVectors = 2;  // two, so that one sum need not wait for the last
  int64_t c = 0;
  for (; c + kVectors * kDoubleLanes <= channels; c += kVectors * kDoubleLanes) {
    run(c, Block<Lanes<kDoubleLanes>, DoubleLanes, kVectors>{});
  }
  for (; c < channels; ++c) run(c, Block<float, double, 1>{});
}

void RunShiftedMoments(const float* x, const float* shift, int64_t rows, int64_t channels,
                       double* sums) {
  ForEachChannelBlock(channels, [=](int64_t c, auto block) {
    using B = decltype(block);
    typename B::Sums sum(sums + c), square(sums + channels + c);
    const float* row = x + c;
    for (int64_t r = 0; r < rows; ++r, row += channels) {
      for (int v = 0; v < B::kVectors; ++v) {
        const auto shifted = ToDouble(B::LoadAt(row, v)) - ToDouble(B::LoadAt(shift + c, v));
        sum.of[v] += shifted;
        square.of[v] += shifted * shifted;
      }
    }
    sum.StoreTo(sums + c);
    square.StoreTo(sums + channels + c);
  });
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

template <bool kRelu, typename B>
void NormGradientSums(const NormRows& in, const float* inverse_std, const float* d_y, int64_t c,
                      double* sums) {
  using Float = typename B::Float;
  typename B::Sums sum(sums + c), dot(sums + in.channels + c);
  const Float zero{};
  for (int64_t r = 0; r < in.rows; ++r) {
    for (int v = 0; v < B::kVectors; ++v) {
      const Float centred = B::LoadAt(in.x + r * in.channels + c, v) - B::LoadAt(in.mean + c, v);
      Float d = B::LoadAt(d_y + r * in.channels + c, v);
      if (kRelu) {
        const Float y = centred * B::LoadAt(in.scale + c, v) + B::LoadAt(in.beta + c, v);
        d = y > zero ? d : zero;
      }
      sum.of[v] += ToDouble(d);
      dot.of[v] += ToDouble(d) * ToDouble(centred * B::LoadAt(inverse_std + c, v));
    }
  }
  sum.StoreTo(sums + c);
  dot.StoreTo(sums + in.channels + c);
}

void RunNormGradientSums(const NormRows& in, const float* inverse_std, const float* d_y,
                         double* sums) {
  ForEachChannelBlock(in.channels, [&](int64_t c, auto block) {
    using B = decltype(block);
    in.relu ? NormGradientSums<true, B>(in, inverse_std, d_y, c, sums)
            : NormGradientSums<false, B>(in, inverse_std, d_y, c, sums);
  });
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

// The largest of a row; NaN may be passed over.
float LargestOf(const float* x, int64_t m) {
  constexpr int64_t kParts = 16;
  float largest[kParts];
  for (int64_t j = 0; j < kParts; ++j) largest[j] = x[0];
  int64_t i = 0;
  for (; i + kParts <= m; i += kParts) {
    for (int64_t j = 0; j < kParts; ++j) {
      largest[j] = x[i + j] > largest[j] ? x[i + j] : largest[j];
    }
  }
  for (; i < m; ++i) largest[0] = x[i] > largest[0] ? x[i] : largest[0];
  for (int64_t j = 1; j < kParts; ++j) {
    largest[0] = largest[j] > largest[0] ? largest[j] : largest[0];
  }
  return largest[0];
}

void SoftmaxRow(const float* __restrict x, int64_t m, float* __restrict y) {
  const float largest = LargestOf(x, m);
  for (int64_t j = 0; j < m; ++j) {
    // Below -700 the exponential is 0 in float anyway.
    const double less = static_cast<double>(x[j] - largest);
    y[j] = static_cast<float>(ExpModerate(less < -700.0 ? -700.0 : less));
  }
  double sum = 0.0;
  for (int64_t j = 0; j < m; ++j) sum += static_cast<double>(y[j]);
  const double inverse = 1.0 / sum;
  for (int64_t j = 0; j < m; ++j) y[j] = static_cast<float>(static_cast<double>(y[j]) * inverse);
}

void RunSoftmax(const float* x, int64_t rows, int64_t m, float* y) {
  for (int64_t r = 0; r < rows; ++r) SoftmaxRow(x + r * m, m, y + r * m);
}

void RunAddScaled(const float* __restrict x, float scale, int64_t n, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] += scale * x[i];
}

double RunSumOfSquares(const float* __restrict x, int64_t n) {
  constexpr int64_t kSums = 16;
  double sums[kSums] = {};
  int64_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (int64_t j = 0; j < kSums; ++j) {
      const double value = static_cast<double>(x[i + j]);
      sums[j] += value * value;
    }
  }
  for (int64_t j = 0; i < n; ++i, ++j) {
    sums[j] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  }
  double total = 0.0;
  for (int64_t j = 0; j < kSums; ++j) total += sums[j];
  return total;
}

// Sixteen floats change places in registers.
inline void Transpose4x4(const float* from, int64_t from_stride, float* to, int64_t to_stride) {
  const Lanes<4> r0 = Load<4>(from), r1 = Load<4>(from + from_stride);
  const Lanes<4> r2 = Load<4>(from + 2 * from_stride), r3 = Load<4>(from + 3 * from_stride);
  const Lanes<4> low01 = Interleave<0>(r0, r1), high01 = Interleave<1>(r0, r1);
  const Lanes<4> low23 = Interleave<0>(r2, r3), high23 = Interleave<1>(r2, r3);
  Store<4>(to, JoinHalves<0>(low01, low23));
  Store<4>(to + to_stride, JoinHalves<1>(low01, low23));
  Store<4>(to + 2 * to_stride, JoinHalves<0>(high01, high23));
  Store<4>(to + 3 * to_stride, JoinHalves<1>(high01, high23));
}

void RunTranspose(const float* from, int64_t from_stride, int64_t rows, int64_t n, float* to,
                  int64_t to_stride) {
  constexpr int64_t kTile = 16;  // columns: what the rows' lines of a cache hold
  for (int64_t j0 = 0; j0 < n; j0 += kTile) {
    const int64_t j_end = j0 + kTile < n ? j0 + kTile : n;
    for (int64_t r = 0; r < rows; r += 4) {
      int64_t j = j0;
      for (; r + 4 <= rows && j + 4 <= j_end; j += 4) {
        Transpose4x4(from + r * from_stride + j, from_stride, to + j * to_stride + r, to_stride);
      }
      for (; j < j_end; ++j) {
        for (int64_t i = r; i < rows && i < r + 4; ++i) {
          to[j * to_stride + i] = from[i * from_stride + j];
        }
      }
    }
  }
}

void RunAdam(const AdamStep& step, const float* __restrict gradient, int64_t n,
             float* __restrict mean, float* __restrict square, float* __restrict value) {
  const AdamStep s = step;
  for (int64_t i = 0; i < n; ++i) {
    const float g = gradient[i];
    mean[i] += s.mean_rate * (g - mean[i]);
    square[i] += s.square_rate * (g * g - square[i]);
    value[i] -= s.rate * mean[i] / (__builtin_sqrtf(square[i]) + s.epsilon) + s.decay * value[i];
  }
}

}  // namespace

namespace DEMD_VARIANT {

extern const VectorKernels kVectorKernels;
const VectorKernels kVectorKernels = {
    RunRelu,      RunReluGradient,     RunAdd,          RunSumRows, RunShiftedMoments,
    RunNorm,      RunNormGradientSums, RunNormGradient, RunSigmoid, RunSoftmax,
    RunAddScaled, RunSumOfSquares,     RunTranspose,    RunAdam};

}  // namespace DEMD_VARIANT
}  // namespace demd
