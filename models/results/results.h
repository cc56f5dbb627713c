#ifndef DEMD_MODELS_RESULTS_RESULTS_H_
#define DEMD_MODELS_RESULTS_RESULTS_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/nn/trainer.h"
#include "engine/tensor.h"
#include "models/networks/emd_cnn_training.h"
#include "models/wafer.h"

namespace demd {

/// One way to compress a wafer, measured on the held-out wafers.
struct MethodResult {
  std::string name;   ///< "emd-cnn", "telescope", "bc", ...
  std::string title;  ///< for people: "EMD CNN loss", "best choice (4 cells)"
  bool is_baseline = false;
  /// Whether every frame fits the links, but for the map that super trigger cells are given here
  /// (GroupChoice): those of threshold have any size.
  bool fits_links = true;
  int bits = 0;             ///< sent per wafer, largest
  Tensor images;            ///< [n, 48] reconstructions, in any unit
  std::vector<double> emd;  ///< [n], cell pitches; NaN where the reconstruction has no charge
  int64_t mismatches = -1;  ///< codes in which integer and trained encoder differ; -1: not compared
};

/// How one training went.
struct TrainingResult {
  std::string name;      ///< "emd_cnn" or the name of a method
  std::string quantity;  ///< what validation_loss is: "mean EMD", "Huber loss"
  std::vector<EpochRecord> history;
  int64_t best_epoch = 0;
  /// Of an EMD CNN: root mean square of (predicted - true) / true on the validation pairs, which
  /// unlike the loss can be compared between networks trained with different losses. Else NaN.
  double validation_error = std::numeric_limits<double>::quiet_NaN();
};

/// The EMD CNN on one kind of held-out pairs.
struct EmdCnnResult {
  std::string pairs;             ///< "random pairs", "telescope reconstructions", ...
  std::vector<float> truth;      ///< [n] exact EMD
  std::vector<float> predicted;  ///< [n]
  EmdCnnError error;
  /// Mean cosine between the network's gradient with respect to the second wafer and the exact one;
  /// NaN where it was not measured.
  double gradient_cosine = std::numeric_limits<double>::quiet_NaN();
};

/// What an encoder loses when its numbers get fewer bits: mean exact EMD for each number of bits of
/// its weights and of its outputs (models/run/quantisation_scan.h).
struct QuantisationScan {
  std::string name;             ///< of the method
  std::string title;            ///< for people
  int64_t wafers = 0;           ///< that each mean is over
  double trained_emd = 0.0;     ///< mean on the same wafers of the encoder as it was trained
  int trained_weight_bits = 0;  ///< 0 for an encoder trained in float
  int trained_output_bits = 0;  ///< sent of each output; 0 for float
  std::vector<int> weight_bits;
  std::vector<int> output_bits;
  std::vector<double> emd;  ///< [weight_bits][output_bits], cell pitches

  double At(size_t weight, size_t output) const {
    return emd[weight * output_bits.size() + output];
  }
};

/// Everything that a report, a table or metrics.json shows of a run.
struct RunResults {
  std::string data;     ///< where the wafers come from, in words
  std::string profile;  ///< "econt", ...
  int n_elinks = 5;
  uint64_t seed = 0;
  std::string revision;  ///< of demd
  int64_t train_wafers = 0;
  int64_t validation_wafers = 0;
  std::vector<Wafer> held_out;        ///< [n]
  std::vector<MethodResult> methods;  ///< encoders in the order asked for, then baselines
  std::vector<EmdCnnResult> emd_cnn;  ///< empty when none was trained
  std::vector<TrainingResult> trainings;
  std::vector<QuantisationScan> scans;  ///< one for each encoder; empty when not asked for
};

/// Codes in which an integer encoder differs from the trained one, over all methods.
int64_t CountMismatches(const RunResults& results);

}  // namespace demd

#endif  // DEMD_MODELS_RESULTS_RESULTS_H_
