#include "models/concentrator/concentrator.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "engine/error.h"
#include "engine/parallel.h"
#include "quant/device/charge_formats.h"

namespace demd {
namespace {

constexpr int64_t kBlock = 256;
constexpr int kMinElinks = 2;
constexpr int kMaxElinks = 5;
constexpr std::array<int32_t, 4> kBestCells = {4, 6, 9, 14};    // for 2, 3, 4, 5 eLinks
constexpr std::array<int32_t, 4> kSentGroups = {5, 8, 11, 12};  // likewise
constexpr std::array<int32_t, 4> kGroupStarts = {0, 2, 8, 10};  // first cells of 2x2 groups
constexpr std::array<int32_t, 4> kGroupOffsets = {0, 1, 4, 5};  // in a rhombus of 4x4

size_t ElinkIndex(const ConcentratorOptions& options) {
  if (options.n_elinks < kMinElinks || options.n_elinks > kMaxElinks) {
    throw UsageError("concentrator: expected 2 to 5 eLinks, found " +
                     std::to_string(options.n_elinks));
  }
  return static_cast<size_t>(options.n_elinks - kMinElinks);
}

device::FloatFormat CellFormat(ModuleDensity density) {
  return density == ModuleDensity::kLow ? device::kLinkLowDensity : device::kLinkHighDensity;
}

void CheckCharges(const int32_t* charges) {
  for (int32_t cell = 0; cell < kWaferCells; ++cell) {
    if (charges[cell] < 0 || charges[cell] > kMaxCharge) {
      throw DataError("CALQ_" + std::to_string(cell) + ": expected a charge of 0 to " +
                      std::to_string(kMaxCharge) + ", found " + std::to_string(charges[cell]));
    }
  }
}

float ChargeOfCode(uint32_t code, const device::FloatFormat& format) {
  return code == 0 ? 0.0f : static_cast<float>(device::DecodeFloatMiddle(code, format));
}

// ---- cells one by one ----

// Codes of the cells where `is_sent`.
SentCells CodesOf(const int32_t* charges, const std::array<bool, kWaferCells>& is_sent,
                  const device::FloatFormat& format) {
  SentCells sent;
  for (int32_t cell = 0; cell < kWaferCells; ++cell) {
    if (!is_sent[static_cast<size_t>(cell)]) continue;
    const size_t i = static_cast<size_t>(sent.n++);
    sent.cell[i] = cell;
    sent.code[i] = device::EncodeFloat(static_cast<uint32_t>(charges[cell]), format);
  }
  return sent;
}

SentCells SelectAboveThreshold(const int32_t* charges, const device::FloatFormat& format) {
  std::array<bool, kWaferCells> is_sent{};
  uint32_t rest = 0;
  for (size_t cell = 0; cell < kWaferCells; ++cell) {
    is_sent[cell] = charges[cell] >= kThresholdCounts;
    if (!is_sent[cell]) rest += static_cast<uint32_t>(charges[cell]);
  }
  SentCells sent = CodesOf(charges, is_sent, format);
  sent.rest_code = device::EncodeFloat(rest, device::kSum5E3M);
  return sent;
}

// The chip drops bits first: it selects among, and sums, what is left.
SentCells SelectLargest(const int32_t* charges, int32_t n, const device::FloatFormat& format) {
  std::array<int32_t, kWaferCells> order;
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return charges[a] >> format.dropped_bits > charges[b] >> format.dropped_bits;
  });
  std::array<bool, kWaferCells> is_sent{};
  uint32_t rest = 0;
  for (int32_t rank = 0; rank < kWaferCells; ++rank) {
    const int32_t cell = order[static_cast<size_t>(rank)];
    is_sent[static_cast<size_t>(cell)] = rank < n;
    if (rank >= n) rest += static_cast<uint32_t>(charges[cell] >> format.dropped_bits);
  }
  SentCells sent = CodesOf(charges, is_sent, format);
  sent.rest_code = device::EncodeFloat(rest, device::kSum5E3M);
  return sent;
}

// rest: the charge of the cells not sent, counts; 0 to forget it.
void PlaceCells(const SentCells& sent, const device::FloatFormat& format, float rest,
                float* charges) {
  const int32_t n_others = kWaferCells - sent.n;
  std::fill_n(charges, kWaferCells, n_others > 0 ? rest / static_cast<float>(n_others) : 0.0f);
  for (size_t i = 0; i < static_cast<size_t>(sent.n); ++i) {
    charges[sent.cell[i]] = ChargeOfCode(sent.code[i], format);
  }
}

// ---- groups of cells ----

bool IsSuperCell16(const ConcentratorOptions& options) {
  return options.algorithm == ConcentratorAlgorithm::kSuperCell16;
}

GroupLayout LayoutOf(const ConcentratorOptions& options) {
  const size_t elinks = ElinkIndex(options);
  if (IsSuperCell16(options)) return {3, 3, 4, false};
  const int32_t n_sent = kSentGroups[elinks];
  return {kMaxGroups, n_sent, 2,
          n_sent < kMaxGroups && options.group_choice == GroupChoice::kLargest};
}

// The cell at a position of a group.
int32_t CellOf(const GroupLayout& layout, int32_t group, int32_t position) {
  if (layout.n_groups == 3) return group * kCellsPerRhombus + position;
  return group / 4 * kCellsPerRhombus + kGroupStarts[static_cast<size_t>(group % 4)] +
         kGroupOffsets[static_cast<size_t>(position)];
}

struct GroupSum {
  int32_t group;
  int32_t largest;
  uint32_t sum;
};

GroupSum SumOfGroup(const int32_t* charges, const GroupLayout& layout, int32_t group) {
  GroupSum result{group, 0, 0};
  for (int32_t position = 0; position < 1 << layout.address_bits; ++position) {
    const int32_t charge = charges[CellOf(layout, group, position)];
    result.sum += static_cast<uint32_t>(charge);
    if (charge > charges[CellOf(layout, group, result.largest)]) result.largest = position;
  }
  return result;
}

SentGroups SelectGroups(const int32_t* charges, const GroupLayout& layout) {
  std::vector<GroupSum> sums;
  for (int32_t group = 0; group < layout.n_groups; ++group) {
    sums.push_back(SumOfGroup(charges, layout, group));
  }
  if (layout.has_map) {
    std::stable_sort(sums.begin(), sums.end(),
                     [](const GroupSum& a, const GroupSum& b) { return a.sum > b.sum; });
    std::sort(sums.begin(), sums.begin() + layout.n_sent,
              [](const GroupSum& a, const GroupSum& b) { return a.group < b.group; });
  }
  SentGroups sent;
  for (size_t i = 0; i < static_cast<size_t>(layout.n_sent); ++i) {
    sent.group[i] = sums[i].group;
    sent.largest[i] = sums[i].largest;
    sent.code[i] = device::EncodeFloat(sums[i].sum, device::kSum5E4M);
  }
  return sent;
}

void PlaceGroups(const SentGroups& sent, const GroupLayout& layout, ConcentratorDecoder decoder,
                 float* charges) {
  std::fill_n(charges, kWaferCells, 0.0f);
  const int32_t n_cells = 1 << layout.address_bits;
  for (size_t i = 0; i < static_cast<size_t>(layout.n_sent); ++i) {
    const float sum = ChargeOfCode(sent.code[i], device::kSum5E4M);
    if (decoder == ConcentratorDecoder::kLargestCell) {
      charges[CellOf(layout, sent.group[i], sent.largest[i])] = sum;
      continue;
    }
    for (int32_t position = 0; position < n_cells; ++position) {
      charges[CellOf(layout, sent.group[i], position)] = sum / static_cast<float>(n_cells);
    }
  }
}

}  // namespace

const std::vector<std::string>& ConcentratorNames() {
  static const std::vector<std::string> names = {"threshold", "bc", "stc4", "stc16"};
  return names;
}

ConcentratorAlgorithm ConcentratorByName(std::string_view name) {
  const std::vector<std::string>& names = ConcentratorNames();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    std::string known;
    for (const std::string& one : names) known += (known.empty() ? "" : ", ") + one;
    throw UsageError("concentrator algorithm: expected one of " + known + ", found \"" +
                     std::string(name) + '"');
  }
  return static_cast<ConcentratorAlgorithm>(found - names.begin());
}

std::string ConcentratorTitle(const ConcentratorOptions& options) {
  const size_t elinks = ElinkIndex(options);
  const bool spread = options.decoder == ConcentratorDecoder::kSpread;
  const std::string rest = spread ? ", rest spread)" : ")";
  const std::string sums = spread ? ", spread)" : ")";
  switch (options.algorithm) {
    case ConcentratorAlgorithm::kThreshold:
      return "threshold (1.35 MIP_T" + rest;
    case ConcentratorAlgorithm::kBestChoice:
      return "best choice (" + std::to_string(kBestCells[elinks]) + " cells" + rest;
    case ConcentratorAlgorithm::kSuperCell4:
      break;
    case ConcentratorAlgorithm::kSuperCell16:
      return "super trigger cells 4x4 (all 3" + sums;
  }
  const int32_t n_sent = kSentGroups[elinks];
  const std::string which = n_sent == kMaxGroups                            ? "all "
                            : options.group_choice == GroupChoice::kLargest ? "largest "
                                                                            : "first ";
  const std::string of = n_sent == kMaxGroups ? "" : " of 12";
  return "super trigger cells 2x2 (" + which + std::to_string(n_sent) + of + sums;
}

LinkFrame SendWafer(const int32_t* charges, const ConcentratorOptions& options,
                    uint32_t bunch_crossing) {
  const size_t elinks = ElinkIndex(options);
  CheckCharges(charges);
  const device::FloatFormat format = CellFormat(options.density);
  switch (options.algorithm) {
    case ConcentratorAlgorithm::kThreshold:
      return PackThreshold(SelectAboveThreshold(charges, format), bunch_crossing);
    case ConcentratorAlgorithm::kBestChoice:
      return PackBestChoice(SelectLargest(charges, kBestCells[elinks], format), bunch_crossing);
    case ConcentratorAlgorithm::kSuperCell4:
    case ConcentratorAlgorithm::kSuperCell16:
      break;
  }
  const GroupLayout layout = LayoutOf(options);
  return PackGroups(SelectGroups(charges, layout), layout, bunch_crossing);
}

void ReceiveWafer(const LinkFrame& frame, const ConcentratorOptions& options, float* charges) {
  const size_t elinks = ElinkIndex(options);
  if (options.algorithm == ConcentratorAlgorithm::kSuperCell4 || IsSuperCell16(options)) {
    const GroupLayout layout = LayoutOf(options);
    PlaceGroups(UnpackGroups(frame, layout), layout, options.decoder, charges);
    return;
  }
  const bool is_threshold = options.algorithm == ConcentratorAlgorithm::kThreshold;
  const device::FloatFormat format = CellFormat(options.density);
  const SentCells sent =
      is_threshold ? UnpackThreshold(frame) : UnpackBestChoice(frame, kBestCells[elinks]);
  float rest = 0;
  if (options.decoder == ConcentratorDecoder::kSpread) {
    // Best choice sums charges that have lost their dropped bits.
    const uint32_t unit = is_threshold ? 1 : 1u << format.dropped_bits;
    rest = ChargeOfCode(sent.rest_code, device::kSum5E3M) * static_cast<float>(unit);
  }
  PlaceCells(sent, format, rest, charges);
}

ConcentratorOutput RunConcentrator(const int32_t* charges, int64_t n,
                                   const ConcentratorOptions& options) {
  ElinkIndex(options);
  ConcentratorOutput output;
  output.charges.resize(static_cast<size_t>(n) * kWaferCells);
  output.bits.resize(static_cast<size_t>(n));
  ParallelForBlocks(n, kBlock, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      try {
        const LinkFrame frame = SendWafer(charges + k * kWaferCells, options);
        output.bits[static_cast<size_t>(k)] = frame.bits;
        ReceiveWafer(frame, options, &output.charges[static_cast<size_t>(k) * kWaferCells]);
      } catch (const DataError& error) {
        throw DataError("wafer " + std::to_string(k) + ": " + error.what());
      }
    }
  });
  return output;
}

}  // namespace demd
