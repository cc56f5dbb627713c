#include "engine/ops/batch_norm.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/error.h"
#include "engine/parallel.h"

namespace demd {
namespace {

constexpr int64_t kRowsPerTask = 1024;

struct Norm {
  Var x, gamma, beta, y;
  const float* mean;         // [channels]
  const float* inverse_std;  // [channels], 1 / sqrt(variance + epsilon)
  int64_t rows;
  int64_t channels;
  bool batch_statistics;  // mean and inverse_std depend on x
};

// sums[0][c] and sums[1][c]: the sums over rows of the two values that body(row, c) gives. Partial
// sums of blocks of rows are added in order.
template <typename Body>
void TwoSums(Tape& tape, int64_t rows, int64_t channels, double* sums, Body body) {
  const int64_t blocks = (rows + kRowsPerTask - 1) / kRowsPerTask;
  double* partial = tape.NewArray<double>(blocks * 2 * channels);
  ParallelForBlocks(rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
    double* first = partial + begin / kRowsPerTask * 2 * channels;
    double* second = first + channels;
    std::fill_n(first, 2 * channels, 0.0);
    for (int64_t r = begin; r < end; ++r) {
      for (int64_t c = 0; c < channels; ++c) body(r, c, first + c, second + c);
    }
  });
  std::fill_n(sums, 2 * channels, 0.0);
  for (int64_t b = 0; b < blocks; ++b) {
    for (int64_t i = 0; i < 2 * channels; ++i) sums[i] += partial[b * 2 * channels + i];
  }
}

void BatchStatistics(const Norm& norm, const BatchNormOptions& options, float* mean,
                     float* inverse_std, Tensor* running_mean, Tensor* running_variance) {
  Tape& tape = norm.x.tape();
  const int64_t channels = norm.channels;
  const float* x = norm.x.value();
  double* sums = tape.NewArray<double>(2 * channels);
  // Shifted by the first row, so that a mean far from 0 does not eat the variance's digits.
  TwoSums(tape, norm.rows, channels, sums, [=](int64_t r, int64_t c, double* sum, double* square) {
    const double shifted = static_cast<double>(x[r * channels + c]) - static_cast<double>(x[c]);
    *sum += shifted;
    *square += shifted * shifted;
  });
  const double inverse_rows = 1.0 / static_cast<double>(norm.rows);
  const float keep = options.momentum;
  for (int64_t c = 0; c < channels; ++c) {
    const double shifted_mean = sums[c] * inverse_rows;
    const double variance =
        std::max(sums[channels + c] * inverse_rows - shifted_mean * shifted_mean, 0.0);
    mean[c] = static_cast<float>(static_cast<double>(x[c]) + shifted_mean);
    inverse_std[c] =
        static_cast<float>(1.0 / std::sqrt(variance + static_cast<double>(options.epsilon)));
    float& slow_mean = (*running_mean)[c];
    float& slow_variance = (*running_variance)[c];
    slow_mean = keep * slow_mean + (1.0f - keep) * mean[c];
    slow_variance = keep * slow_variance + (1.0f - keep) * static_cast<float>(variance);
  }
}

void Forward(const Norm& norm) {
  const int64_t channels = norm.channels;
  const float* x = norm.x.value();
  const float* gamma = norm.gamma.value();
  const float* beta = norm.beta.value();
  float* y = norm.y.value();
  ParallelForBlocks(norm.rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      for (int64_t c = 0; c < channels; ++c) {
        y[r * channels + c] =
            (x[r * channels + c] - norm.mean[c]) * (norm.inverse_std[c] * gamma[c]) + beta[c];
      }
    }
  });
}

void InputGradient(const Norm& norm, const double* sums, float* d_x) {
  const int64_t channels = norm.channels;
  Tape& tape = norm.x.tape();
  const float* x = norm.x.value();
  const float* d_y = tape.Gradient(norm.y);
  const float* gamma = norm.gamma.value();
  // d_x = scale (d_y - mean(d_y) - xhat mean(d_y xhat)); the means only where they depend on x.
  float* scale = tape.NewArray<float>(3 * channels);
  float* mean_d_y = scale + channels;
  float* slope = mean_d_y + channels;
  const double inverse_rows = norm.batch_statistics ? 1.0 / static_cast<double>(norm.rows) : 0.0;
  for (int64_t c = 0; c < channels; ++c) {
    scale[c] = gamma[c] * norm.inverse_std[c];
    mean_d_y[c] = static_cast<float>(sums[c] * inverse_rows);
    slope[c] = static_cast<float>(sums[channels + c] * inverse_rows) * norm.inverse_std[c];
  }
  ParallelForBlocks(norm.rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      for (int64_t c = 0; c < channels; ++c) {
        const int64_t i = r * channels + c;
        d_x[i] += scale[c] * (d_y[i] - mean_d_y[c] - (x[i] - norm.mean[c]) * slope[c]);
      }
    }
  });
}

void Backward(const Norm& norm) {
  Tape& tape = norm.x.tape();
  const int64_t channels = norm.channels;
  const float* x = norm.x.value();
  const float* d_y = tape.Gradient(norm.y);
  double* sums = tape.NewArray<double>(2 * channels);  // of d_y and of d_y xhat
  TwoSums(tape, norm.rows, channels, sums, [&](int64_t r, int64_t c, double* sum, double* dot) {
    const double d = static_cast<double>(d_y[r * channels + c]);
    *sum += d;
    *dot += d * static_cast<double>((x[r * channels + c] - norm.mean[c]) * norm.inverse_std[c]);
  });
  float* d_gamma = tape.AccumulatedGradient(norm.gamma);
  float* d_beta = tape.AccumulatedGradient(norm.beta);
  for (int64_t c = 0; c < channels; ++c) {
    if (d_beta != nullptr) d_beta[c] += static_cast<float>(sums[c]);
    if (d_gamma != nullptr) d_gamma[c] += static_cast<float>(sums[channels + c]);
  }
  if (float* d_x = tape.AccumulatedGradient(norm.x)) InputGradient(norm, sums, d_x);
}

}  // namespace

Var BatchNorm(Var x, Var gamma, Var beta, Tensor* running_mean, Tensor* running_variance,
              const BatchNormOptions& options) {
  const Shape per_channel{x.shape()[-1]};
  for (const Shape& shape :
       {gamma.shape(), beta.shape(), running_mean->shape(), running_variance->shape()}) {
    if (shape == per_channel) continue;
    throw UsageError("batch_norm: expected " + per_channel.ToString() + " for an input of " +
                     x.shape().ToString() + ", found " + shape.ToString());
  }
  Tape& tape = x.tape();
  const int64_t channels = per_channel[0];
  float* mean = tape.NewArray<float>(channels);
  float* inverse_std = tape.NewArray<float>(channels);
  Var y = tape.Record("batch_norm", x.shape(), {x, gamma, beta});
  const Norm norm{x,
                  gamma,
                  beta,
                  y,
                  mean,
                  inverse_std,
                  x.shape().size() / std::max<int64_t>(channels, 1),
                  channels,
                  tape.training() && gamma.needs_gradient()};
  if (norm.batch_statistics) {
    BatchStatistics(norm, options, mean, inverse_std, running_mean, running_variance);
  } else {
    for (int64_t c = 0; c < channels; ++c) {
      mean[c] = (*running_mean)[c];
      inverse_std[c] = 1.0f / std::sqrt((*running_variance)[c] + options.epsilon);
    }
  }
  Forward(norm);
  tape.OnBackward(y, [norm] { Backward(norm); });
  return y;
}

}  // namespace demd
