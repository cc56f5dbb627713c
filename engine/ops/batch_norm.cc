#include "engine/ops/batch_norm.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/error.h"
#include "engine/kernels/matrix_kernels.h"
#include "engine/parallel.h"

namespace demd {
namespace {

constexpr int64_t kRowsPerTask = 1024;

struct Norm {
  Var x, gamma, beta, y;
  const float* mean;         // [channels]
  const float* inverse_std;  // [channels], 1 / sqrt(variance + epsilon)
  const float* scale;        // [channels], gamma * inverse_std
  int64_t rows;
  int64_t channels;
  bool batch_statistics;  // mean and inverse_std depend on x
  bool relu;
};

NormRows Rows(const Norm& norm, int64_t begin, int64_t end) {
  return {norm.x.value() + begin * norm.channels,
          end - begin,
          norm.channels,
          norm.mean,
          norm.scale,
          norm.beta.value(),
          norm.relu};
}

// sums[2][channels]: what add_rows(begin, end, sums) adds up for blocks of rows, in their order.
template <typename AddRows>
void BlockedSums(Tape& tape, int64_t rows, int64_t channels, double* sums, AddRows add_rows) {
  const int64_t blocks = (rows + kRowsPerTask - 1) / kRowsPerTask;
  double* partial = tape.NewArray<double>(blocks * 2 * channels);
  ParallelForBlocks(rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
    double* block = partial + begin / kRowsPerTask * 2 * channels;
    std::fill_n(block, 2 * channels, 0.0);
    add_rows(begin, end, block);
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
  BlockedSums(tape, norm.rows, channels, sums, [=](int64_t begin, int64_t end, double* block) {
    Kernels().vector->shifted_moments(x + begin * channels, x, end - begin, channels, block);
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
  ParallelForBlocks(norm.rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
    Kernels().vector->norm(Rows(norm, begin, end), norm.y.value() + begin * norm.channels);
  });
}

void InputGradient(const Norm& norm, const double* sums, bool fresh, float* d_x) {
  const int64_t channels = norm.channels;
  Tape& tape = norm.x.tape();
  const float* d_y = tape.Gradient(norm.y);
  // d_x = scale (d_y - mean(d_y) - xhat mean(d_y xhat)); the means only where they depend on x.
  float* mean_d_y = tape.NewArray<float>(2 * channels);
  float* slope = mean_d_y + channels;
  const double inverse_rows = norm.batch_statistics ? 1.0 / static_cast<double>(norm.rows) : 0.0;
  for (int64_t c = 0; c < channels; ++c) {
    mean_d_y[c] = static_cast<float>(sums[c] * inverse_rows);
    slope[c] = static_cast<float>(sums[channels + c] * inverse_rows) * norm.inverse_std[c];
  }
  ParallelForBlocks(norm.rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
    Kernels().vector->norm_gradient(Rows(norm, begin, end), mean_d_y, slope, d_y + begin * channels,
                                    !fresh, d_x + begin * channels);
  });
}

void Backward(const Norm& norm) {
  Tape& tape = norm.x.tape();
  const int64_t channels = norm.channels;
  const float* d_y = tape.Gradient(norm.y);
  double* sums = tape.NewArray<double>(2 * channels);  // of d_y and of d_y xhat
  std::fill_n(sums, 2 * channels, 0.0);
  if (norm.gamma.needs_gradient() || norm.beta.needs_gradient()) {
    BlockedSums(tape, norm.rows, channels, sums, [&](int64_t begin, int64_t end, double* block) {
      Kernels().vector->norm_gradient_sums(Rows(norm, begin, end), norm.inverse_std,
                                           d_y + begin * channels, block);
    });
  }
  float* d_gamma = tape.AccumulatedGradient(norm.gamma);
  float* d_beta = tape.AccumulatedGradient(norm.beta);
  for (int64_t c = 0; c < channels; ++c) {
    if (d_beta != nullptr) d_beta[c] += static_cast<float>(sums[c]);
    if (d_gamma != nullptr) d_gamma[c] += static_cast<float>(sums[channels + c]);
  }
  bool fresh;
  if (float* d_x = tape.WritableGradient(norm.x, &fresh)) InputGradient(norm, sums, fresh, d_x);
}

}  // namespace

Var BatchNorm(Var x, Var gamma, Var beta, Tensor* running_mean, Tensor* running_variance,
              const BatchNormOptions& options, bool relu) {
  if (x.shape().size() == 0 || x.shape().rank() == 0) {
    throw UsageError("batch_norm: expected at least one row of channels, [..., channels], found " +
                     x.shape().ToString());
  }
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
  float* scale = tape.NewArray<float>(channels);
  Var y = tape.Record(relu ? "batch_norm_relu" : "batch_norm", x.shape(), {x, gamma, beta});
  const Norm norm{x,        gamma,
                  beta,     y,
                  mean,     inverse_std,
                  scale,    x.shape().size() / std::max<int64_t>(channels, 1),
                  channels, tape.training() && gamma.needs_gradient(),
                  relu};
  if (norm.batch_statistics) {
    BatchStatistics(norm, options, mean, inverse_std, running_mean, running_variance);
  } else {
    for (int64_t c = 0; c < channels; ++c) {
      mean[c] = (*running_mean)[c];
      inverse_std[c] = 1.0f / std::sqrt((*running_variance)[c] + options.epsilon);
    }
  }
  for (int64_t c = 0; c < channels; ++c) scale[c] = gamma.value()[c] * inverse_std[c];
  Forward(norm);
  tape.OnBackward(y, [norm] { Backward(norm); });
  return y;
}

}  // namespace demd
