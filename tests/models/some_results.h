#ifndef DEMD_TESTS_MODELS_SOME_RESULTS_H_
#define DEMD_TESTS_MODELS_SOME_RESULTS_H_

#include "models/results/results.h"

namespace demd {

/// Results of a run that never was: random wafers, reconstructions with some noise, `trained`
/// encoders and `baselines`, made-up trainings, and `cnn_pairs` kinds of pairs for the EMD CNN.
/// Some EMDs of the first baseline are undefined.
RunResults SomeResults(int wafers, int trained, int baselines, int cnn_pairs);

}  // namespace demd

#endif  // DEMD_TESTS_MODELS_SOME_RESULTS_H_
