#include "models/simulation/shower.h"

#include <algorithm>
#include <cmath>

#include "engine/portable_math.h"

namespace demd {
namespace {

constexpr double kCriticalEnergyGev = 0.010;
constexpr double kInverseScaleB = 0.5;
constexpr double kMoliereRadiusCm = 2.8;
constexpr double kEffectiveZ = 70.0;
constexpr double kTypicalLogEnergy = 1.6;  // ln(5 GeV)

// Depth of a layer in radiation lengths: the material before the first one, then per layer.
constexpr double kDepthBeforeFirst = 1.7;
constexpr double kDepthPerLayer = 0.95;

// A photon converts after 9/7 radiation lengths on average; its maximum lies one radiation length
// behind an electron's on average.
constexpr double kConversionLength = 9.0 / 7.0;
constexpr double kElectronDelaySpread = 0.4;
constexpr double kPhotonMeanDelay = 1.0;

// Grid of the tables.
constexpr double kLogEnergyMin = -4.0;  // ln GeV
constexpr double kLogEnergyStep = 0.25;
constexpr double kDepthStep = 0.2;
constexpr double kAgeStep = 0.1;

// Depth of the maximum of an electron's shower, at least half a radiation length.
constexpr double kLogCriticalEnergy = -4.6051701859880914;  // ln 0.010
double DepthOfMaximum(double log_energy) {
  return std::max(0.5, log_energy - kLogCriticalEnergy - 0.5);
}

LateralProfile ProfileAtAge(double age) {
  const double z = kEffectiveZ;
  const double e = kTypicalLogEnergy;
  const double core = 0.0251 + 0.00319 * e + (0.1162 - 0.000381 * z) * age;
  const double k1 = 0.659 - 0.00309 * z;
  const double tail =
      k1 * (Exp(-2.59 * (age - 0.645)) + Exp((0.3585 + 0.0421 * e) * (age - 0.645)));
  const double x = (0.401 + 0.00187 * z - age) / (1.313 - 0.0686 * e);
  const double fraction = (2.632 - 0.00094 * z) * Exp(x - Exp(x));
  return {std::min(1.0, fraction), kMoliereRadiusCm * core, kMoliereRadiusCm * tail};
}

}  // namespace

ShowerModel::ShowerModel()
    : longitudinal_(static_cast<size_t>(kEnergySteps) * kDepthSteps),
      lateral_{},
      electron_delay_([](double p) { return kElectronDelaySpread * NormalQuantile(p); }),
      photon_delay_(
          [](double p) { return kPhotonMeanDelay - kConversionLength * (Log(1.0 - p) + 1.0); }) {
  for (int energy = 0; energy < kEnergySteps; ++energy) {
    const double maximum = DepthOfMaximum(kLogEnergyMin + kLogEnergyStep * energy);
    double* row = &longitudinal_[static_cast<size_t>(energy) * kDepthSteps];
    double sum = 0.0;
    for (int depth = 1; depth < kDepthSteps; ++depth) {
      const double t = kDepthStep * depth;
      // (t / maximum)^(b maximum) e^(-b (t - maximum)): 1 at the maximum
      row[depth] = Exp(kInverseScaleB * (maximum * Log(t / maximum) + maximum - t));
      sum += row[depth] * kDepthStep;
    }
    for (int depth = 0; depth < kDepthSteps; ++depth) row[depth] /= sum;
  }
  for (int age = 0; age < kAgeSteps; ++age) {
    lateral_[static_cast<uint32_t>(age)] = ProfileAtAge(kAgeStep * age);
  }
}

double ShowerModel::ShareAt(double log_energy, double t) const {
  const double energy =
      std::clamp((log_energy - kLogEnergyMin) / kLogEnergyStep, 0.0, kEnergySteps - 1.001);
  const double depth = std::clamp(t / kDepthStep, 0.0, kDepthSteps - 1.001);
  const int e = static_cast<int>(energy);
  const int d = static_cast<int>(depth);
  const double* row = &longitudinal_[static_cast<size_t>(e * kDepthSteps + d)];
  const double fe = energy - e;
  const double fd = depth - d;
  const double low = row[0] + fd * (row[1] - row[0]);
  const double high = row[kDepthSteps] + fd * (row[kDepthSteps + 1] - row[kDepthSteps]);
  return low + fe * (high - low);
}

ShowerSlice ShowerModel::Slice(ShowerParticle particle, const ShowerEnergy& energy, int32_t layer,
                               double cos_theta, RandomStream* random) const {
  const double t = (kDepthBeforeFirst + kDepthPerLayer * (layer - 1)) / cos_theta;
  const QuantileTable& delays =
      particle == ShowerParticle::kElectron ? electron_delay_ : photon_delay_;
  const double depth = t - delays.Draw(random);
  if (depth <= 0.0) return {0.0, lateral_[0]};
  const double age = depth / DepthOfMaximum(energy.log_gev);
  const int step = std::min(kAgeSteps - 1, static_cast<int>(age / kAgeStep + 0.5));
  const double mips = energy.gev / kCriticalEnergyGev * ShareAt(energy.log_gev, depth);
  return {mips, lateral_[static_cast<uint32_t>(step)]};
}

}  // namespace demd
