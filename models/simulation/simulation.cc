#include "models/simulation/simulation.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/error.h"
#include "engine/parallel.h"
#include "engine/portable_math.h"
#include "quant/device/charge_formats.h"

namespace demd {
namespace {

constexpr double kPitchesPerCm = 1.0 / kCellPitchCm;
constexpr double kPi = 3.14159265358979323846;

// Photons are drawn over a hexagon that reaches one cell beyond the module.
constexpr double kHexagonCircumradius = 9.2;
constexpr double kHalfSqrt3 = 0.86602540378443864676;

// Spots that stand for the particles of a shower in a layer, at most.
constexpr int kPileupSpots = 8;
constexpr int kSignalSpots = 256;

// Table of unit vectors; a power of two, as the index is cut from random bits.
constexpr uint32_t kDirections = 1024;

// Energy that a minimum-ionising particle leaves in 300 um of silicon, GeV.
constexpr double kGevPerMip = 8.5e-5;

// Read-out counts per MIP before the link.
constexpr double kRawPerMipLow = 24.0;
constexpr double kRawPerMipHigh = 64.0;

constexpr int64_t kWafersPerBlock = 64;
constexpr int kMaxAttempts = 1000;

void Require(bool condition, const std::string& what) {
  if (!condition) throw UsageError("simulation: expected " + what);
}

void CheckOptions(const SimulationOptions& o) {
  Require(o.pileup >= 0.0 && o.pileup <= 1000.0, "a pileup of 0 to 1000 collisions");
  Require(o.photon_density >= 0.0 && o.photon_density <= 100.0, "a photon density of 0 to 100");
  Require(o.hadron_density >= 0.0 && o.hadron_density <= 100.0, "a hadron density of 0 to 100");
  Require(o.photon_pt_scale_gev > 0.0 && o.photon_pt_power > 1.0,
          "a photon pT scale above 0 and a power above 1");
  Require(o.companion_rate >= 0.0 && o.companion_rate <= 20.0 && o.companion_spread_cm >= 0.0,
          "a companion rate of 0 to 20 and a spread of at least 0");
  Require(o.shower_fraction >= 0.0 && o.shower_fraction <= 1.0, "a shower fraction of 0 to 1");
  Require(o.shower_photon_share >= 0.0 && o.shower_photon_share <= 1.0,
          "a share of photons of 0 to 1");
  Require(o.shower_pt_min_gev > 0.0 && o.shower_pt_max_gev >= o.shower_pt_min_gev &&
              o.shower_pt_max_gev <= 1000.0,
          "shower momenta with 0 < minimum <= maximum <= 1000 GeV");
  Require(o.noise_low_density_mip >= 0.0 && o.noise_high_density_mip >= 0.0, "noise of at least 0");
  Require(o.threshold_low_density_mip >= 0.0 && o.threshold_high_density_mip >= 0.0,
          "thresholds of at least 0");
  Require(o.zero_suppression >= 0 && o.zero_suppression <= kMaxCharge,
          "a zero suppression of 0 to 4194303 counts");
}

// A point uniformly distributed over the enlarged module: in one of the three rhombi that make up
// the hexagon, each spanned by two corners.
Point2 PointOverModule(RandomStream* random) {
  constexpr Point2 kCorners[] = {{0.0, 1.0}, {kHalfSqrt3, -0.5}, {-kHalfSqrt3, -0.5}};
  const uint64_t rhombus = uint64_t{3} * random->NextUint32() >> 32;
  const Point2& p = kCorners[rhombus];
  const Point2& q = kCorners[(rhombus + 1) % 3];
  const double a = kHexagonCircumradius * random->QuickUniform();
  const double b = kHexagonCircumradius * random->QuickUniform();
  return {a * p.x + b * q.x, a * p.y + b * q.y};
}

// Square of the distance of a point from the beam, cm^2.
double Radius2(const Module& module, Point2 point) {
  const double x = module.x_cm + kCellPitchCm * point.x;
  const double y = module.y_cm + kCellPitchCm * point.y;
  return x * x + y * y;
}

// Quantile of a particle's charge in units of the most probable one: Moyal's form of the Landau
// distribution, of width 0.1.
double MipChargeQuantile(double p) {
  constexpr double kWidth = 0.1;
  // Moyal's variable is -ln(z^2) with z standard normal; its mode is 0.
  const double z = NormalQuantile(0.5 * (1.0 + p));
  return 1.0 - 2.0 * kWidth * Log(z);
}

// Quantile of a pileup photon's transverse momentum, GeV.
double PhotonPtQuantile(const SimulationOptions& o, double p) {
  return o.photon_pt_scale_gev * o.photon_pt_power * (Exp(-Log(1.0 - p) / o.photon_pt_power) - 1.0);
}

// A sum of cells in read-out counts as it comes out of the link.
int32_t ThroughLink(int32_t raw, const device::FloatFormat& link) {
  const uint32_t code = device::EncodeFloat(static_cast<uint32_t>(raw), link);
  return code == 0 ? 0 : static_cast<int32_t>(device::DecodeFloatMiddle(code, link));
}

}  // namespace

Simulation::Simulation(const SimulationOptions& options, uint64_t seed)
    : options_(options),
      seed_(seed),
      noise_(NormalQuantile),
      exponential_([](double p) { return -Log(1.0 - p); }),
      mip_charges_(MipChargeQuantile),
      photon_pt_([&](double p) { return PhotonPtQuantile(options, p); }),
      photon_log_pt_([&](double p) { return Log(PhotonPtQuantile(options, p)); }),
      shower_radii_([](double p) { return std::sqrt(p / (1.0 - p)); }) {
  CheckOptions(options);
  if (options.modules.empty()) {
    modules_ = ModulesInRange(options.layers, options.eta_min, options.eta_max);
  } else {
    for (const ModulePosition& position : options.modules) modules_.push_back(MakeModule(position));
  }
  Require(!modules_.empty(), "a range of layers and eta that holds a module");
  for (uint32_t i = 0; i < kDirections; ++i) {
    const double angle = 2.0 * kPi * (i + 0.5) / kDirections;
    directions_.push_back({Cos(angle), Sin(angle)});
  }
}

void Simulation::Spread(const Module& module, const ShowerSlice& slice, Point2 point, int max_spots,
                        RandomStream* random, double* deposits) const {
  if (slice.mips <= 0.0) return;
  // Few particles are counted one by one; many are shared among spots of equal charge.
  const bool few = slice.mips < max_spots;
  const int64_t spots = few ? random->Poisson(slice.mips) : max_spots;
  const double charge = few ? 1.0 : slice.mips / max_spots;
  // The layer cuts the slanted shower in an ellipse, longer away from the beam.
  const double stretch = module.stretch;
  const double ux = module.outward.x;
  const double uy = module.outward.y;
  const double core_radius = slice.lateral.core_radius_cm * kPitchesPerCm;
  const double tail_radius = slice.lateral.tail_radius_cm * kPitchesPerCm;
  const uint32_t core_bits =
      static_cast<uint32_t>(std::min(slice.lateral.core_fraction * 0x1p32, 0x1p32 - 1.0));
  for (int64_t spot = 0; spot < spots; ++spot) {
    // 10 bits choose the direction, 10 the radius, the other 12 between core and tail.
    const uint32_t bits = random->NextUint32();
    const Point2& direction = directions_[bits % kDirections];
    const bool core = bits < core_bits;
    const double r = (core ? core_radius : tail_radius) * shower_radii_.At(bits / kDirections);
    const double dx = r * direction.x;
    const double dy = r * direction.y;
    const double outward = stretch * (dx * ux + dy * uy);
    deposits[cells_.CellAt(point.x + dx + outward * ux, point.y + dy + outward * uy)] += charge;
  }
}

void Simulation::AddPhoton(const Module& module, Point2 point, RandomStream* random,
                           double* deposits) const {
  // The upper 1/64 of the spectrum, which makes the hardest cells, is drawn without a table.
  const double p = random->QuickUniform();
  const uint32_t row = static_cast<uint32_t>(p * QuantileTable::kSize);
  ShowerEnergy energy{photon_pt_.At(row), photon_log_pt_.At(row)};
  if (p >= 1.0 - 1.0 / 64.0) {
    energy.gev = PhotonPtQuantile(options_, p);
    energy.log_gev = Log(energy.gev);
  }
  energy.gev /= module.sin_theta_centre;
  energy.log_gev -= module.log_sin_theta;
  const ShowerSlice slice = showers_.Slice(ShowerParticle::kPhoton, energy, module.position.layer,
                                           module.cos_theta, random);
  Spread(module, slice, point, kPileupSpots, random, deposits);
}

void Simulation::AddPhotons(const Module& module, RandomStream* random, double* deposits) const {
  // Per area, particles go with cos(theta) / r^2 times their density in eta and phi, 1 / r: draw as
  // many as if all the hexagon were at its innermost point, then keep each with the ratio.
  const double reach = kCellPitchCm * kHexagonCircumradius;
  const double innermost = std::max(1.0, module.radius_cm - reach);
  const double area = 3.0 * kHalfSqrt3 * reach * reach;
  const double groups = options_.pileup * options_.photon_density /
                        (1.0 + options_.companion_rate) * area * module.cos_theta /
                        (innermost * innermost) * ParticleDensity(innermost);
  const double inverse_innermost2 = 1.0 / (innermost * innermost);
  const double spread = options_.companion_spread_cm / kCellPitchCm;
  const double another = options_.companion_rate / (1.0 + options_.companion_rate);
  for (int64_t left = random->Poisson(groups); left > 0; --left) {
    const Point2 point = PointOverModule(random);
    // Kept with probability (innermost / radius)^3, compared as squares.
    const double ratio2 = Radius2(module, point) * inverse_innermost2;
    const double u = random->QuickUniform();
    if (u * u * ratio2 * ratio2 * ratio2 > 1.0) continue;
    AddPhoton(module, point, random, deposits);
    while (random->QuickUniform() < another) {
      const uint32_t bits = random->NextUint32();
      const Point2& direction = directions_[bits % kDirections];
      const double distance = spread * exponential_.At(bits / kDirections);
      AddPhoton(module, {point.x + distance * direction.x, point.y + distance * direction.y},
                random, deposits);
    }
  }
}

void Simulation::AddHadrons(const Module& module, RandomStream* random, double* deposits) const {
  const double most = *std::max_element(module.flux.begin(), module.flux.end());
  const double mean = options_.pileup * options_.hadron_density * kWaferCells * most;
  for (int64_t left = random->Poisson(mean); left > 0; --left) {
    const size_t cell = static_cast<size_t>(random->Below(kWaferCells));
    if (random->Uniform() * most > module.flux[cell]) continue;
    deposits[cell] += mip_charges_.Draw(random) / module.cos_theta;
  }
}

double Simulation::AddSignal(const Module& module, RandomStream* random, double* deposits) const {
  const ShowerParticle particle = random->Uniform() < options_.shower_photon_share
                                      ? ShowerParticle::kPhoton
                                      : ShowerParticle::kElectron;
  const double pt = random->Uniform(options_.shower_pt_min_gev, options_.shower_pt_max_gev);
  const ShowerEnergy energy{pt / module.sin_theta_centre, Log(pt) - module.log_sin_theta};
  const Point2 point = PointOverModule(random);
  const ShowerSlice slice =
      showers_.Slice(particle, energy, module.position.layer, module.cos_theta, random);
  Deposits signal = {};
  Spread(module, slice, point, kSignalSpots, random, signal);
  double mips = 0.0;
  for (int cell = 0; cell < kWaferCells; ++cell) {
    mips += signal[cell];
    deposits[cell] += signal[cell];
  }
  return kGevPerMip * mips;
}

void Simulation::ReadOut(const Module& module, RandomStream* random, const double* deposits,
                         Charges* charges) const {
  const bool high = module.high_density;
  const double noise = high ? options_.noise_high_density_mip : options_.noise_low_density_mip;
  const double threshold =
      high ? options_.threshold_high_density_mip : options_.threshold_low_density_mip;
  const device::FloatFormat link = high ? device::kLinkHighDensity : device::kLinkLowDensity;
  const double raw_per_mip = high ? kRawPerMipHigh : kRawPerMipLow;
  for (uint32_t cell = 0; cell < kWaferCells; ++cell) {
    const double mips = deposits[cell] + noise * noise_.Draw(random);
    if (mips < threshold) {
      (*charges)[cell] = 0;
      continue;
    }
    const int32_t raw = static_cast<int32_t>(std::min(mips * raw_per_mip, 2e6));
    const int32_t decoded = ThroughLink(raw, link);
    const double counts = decoded * kCountsPerMipT * module.sin_theta[cell] / raw_per_mip;
    const int32_t charge = std::min(kMaxCharge, static_cast<int32_t>(counts));
    (*charges)[cell] = charge >= options_.zero_suppression ? charge : 0;
  }
}

Wafer Simulation::Make(int64_t index) const {
  RandomStream random(seed_, "simulated wafer", static_cast<uint64_t>(index));
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const Module& module = modules_[static_cast<size_t>(random.Below(modules_.size()))];
    Deposits deposits = {};
    AddPhotons(module, &random, deposits);
    AddHadrons(module, &random, deposits);
    Wafer wafer;
    wafer.truth.simenergy = 0.0;
    if (random.Uniform() < options_.shower_fraction) {
      wafer.truth.simenergy = AddSignal(module, &random, deposits);
    }
    ReadOut(module, &random, deposits, &wafer.charges);
    if (ChargeSum(wafer.charges) == 0) continue;
    const int32_t zside = random.Uniform() < 0.5 ? -1 : 1;
    wafer.truth.entry = index;
    wafer.truth.zside = zside;
    wafer.truth.layer = module.position.layer;
    wafer.truth.waferu = module.position.u;
    wafer.truth.waferv = module.position.v;
    wafer.truth.subdet = 1;
    wafer.truth.tc_eta = zside * module.eta;
    wafer.truth.tc_phi = module.phi;
    return wafer;
  }
  throw NumericError("simulation: wafer " + std::to_string(index) + ": " +
                     std::to_string(kMaxAttempts) +
                     " crossings in a row left no charge; raise the pileup or lower the threshold");
}

std::vector<Wafer> Simulation::Make(int64_t first, int64_t count) const {
  std::vector<Wafer> wafers(static_cast<size_t>(count));
  ParallelForBlocks(count, kWafersPerBlock, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) wafers[static_cast<size_t>(i)] = Make(first + i);
  });
  return wafers;
}

}  // namespace demd
