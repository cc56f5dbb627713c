#include "models/wafer_data.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "engine/error.h"
#include "engine/io/file.h"

namespace demd {
namespace {

constexpr int64_t kRowsPerRead = 4096;
constexpr int64_t kRowsPerRelease = 65536;  // of memory that holds a file
constexpr int kLayoutColumns = 57;

// The columns of the truth, in the order of the layout written.
enum TruthColumn {
  kEntry,
  kZside,
  kLayer,
  kWaferu,
  kWaferv,
  kSimenergy,
  kSubdet,
  kTcEta,
  kTcPhi,
  kTruthColumns,
};
constexpr const char* kTruthNames[kTruthColumns] = {
    "entry", "zside", "layer", "waferu", "waferv", "simenergy", "subdet", "tc_eta", "tc_phi"};
// The name of simenergy in older files.
constexpr const char* kOldSimenergy = "SimEnergyTotal";

bool EndsWith(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string ChargeName(int cell) { return "CALQ_" + std::to_string(cell); }

// Hands on the wafers with charge, up to a number, and counts.
struct Sink {
  const std::function<void(const Wafer&)>& keep;
  int64_t max_wafers;
  int64_t n_kept = 0;
  int64_t n_empty = 0;

  bool full() const { return n_kept >= max_wafers; }
  void Take(const Wafer& wafer) {
    if (ChargeSum(wafer.charges) == 0) {
      ++n_empty;
      return;
    }
    ++n_kept;
    keep(wafer);
  }
};

// Which columns of a CSV file hold what: those of the selection, and the truth of each of its real
// columns.
struct Layout {
  CsvSelection selection;
  std::vector<int> truth;
};

void SelectTruth(int truth, int column, Layout* layout) {
  if (column < 0) return;
  layout->selection.real_columns.push_back(column);
  layout->truth.push_back(truth);
}

Layout LayoutByName(const CsvReader& reader) {
  Layout layout;
  for (int cell = 0; cell < kWaferCells; ++cell) {
    layout.selection.integer_columns.push_back(reader.Column(ChargeName(cell)));
  }
  for (int truth = 0; truth < kTruthColumns; ++truth) {
    int column = reader.FindColumn(kTruthNames[truth]);
    if (truth == kSimenergy && column < 0) column = reader.FindColumn(kOldSimenergy);
    SelectTruth(truth, column, &layout);
  }
  return layout;
}

Layout LayoutByPosition(const CsvReader& reader) {
  if (reader.n_columns() < kWaferCells) {
    throw DataError(reader.path() + ":1: expected 48 charges, found " +
                    std::to_string(reader.n_columns()) + " columns");
  }
  Layout layout;
  for (int cell = 0; cell < kWaferCells; ++cell) {
    layout.selection.integer_columns.push_back(cell);
  }
  if (reader.n_columns() == kLayoutColumns) {
    for (int truth = 0; truth < kTruthColumns; ++truth) {
      SelectTruth(truth, kWaferCells + truth, &layout);
    }
  }
  return layout;
}

// A value of a column that must hold whole numbers of at most `limit` in size.
int64_t WholeNumber(double value, int64_t limit, int truth, const std::string& where) {
  if (value == std::floor(value) && std::fabs(value) <= static_cast<double>(limit)) {
    return static_cast<int64_t>(value);
  }
  throw DataError(where + ": column " + kTruthNames[truth] +
                  ": expected a whole number of at most " + std::to_string(limit) +
                  " in size, found " + std::to_string(value));
}

void SetTruth(int truth, double value, const std::string& where, WaferTruth* out) {
  constexpr int64_t kLargestEntry = int64_t{1} << 53;
  const auto small = [&] {
    return static_cast<int32_t>(WholeNumber(value, INT32_MAX, truth, where));
  };
  switch (truth) {
    case kEntry:
      out->entry = WholeNumber(value, kLargestEntry, truth, where);
      break;
    case kZside:
      out->zside = small();
      break;
    case kLayer:
      out->layer = small();
      break;
    case kWaferu:
      out->waferu = small();
      break;
    case kWaferv:
      out->waferv = small();
      break;
    case kSimenergy:
      out->simenergy = value;
      break;
    case kSubdet:
      out->subdet = small();
      break;
    case kTcEta:
      out->tc_eta = value;
      break;
    default:
      out->tc_phi = value;
      break;
  }
}

void ReadCsv(const std::string& path, Sink* sink) {
  CsvReader reader(path, CsvHeader::kDetect, "columns");
  Layout layout = reader.has_header() ? LayoutByName(reader) : LayoutByPosition(reader);
  layout.selection.integer_min = 0;
  layout.selection.integer_max = kMaxCharge;
  const size_t n_truth = layout.truth.size();
  CsvRows rows;
  while (reader.Read(layout.selection, kRowsPerRead, &rows) > 0) {
    for (size_t row = 0; row < static_cast<size_t>(rows.n_rows); ++row) {
      if (sink->full()) return;
      Wafer wafer;
      std::copy_n(rows.integers.begin() + static_cast<int64_t>(row * kWaferCells), kWaferCells,
                  wafer.charges.begin());
      const std::string where = n_truth == 0 ? "" : path + ":" + std::to_string(rows.lines[row]);
      for (size_t i = 0; i < n_truth; ++i) {
        SetTruth(layout.truth[i], rows.reals[row * n_truth + i], where, &wafer.truth);
      }
      sink->Take(wafer);
    }
  }
}

void ReadNpy(const std::string& path, Sink* sink) {
  const NpyFile file(path);
  file.view().ExpectShape({-1, kWaferCells});
  const int64_t n_rows = file.view().shape()[0];
  for (int64_t row = 0; row < n_rows; ++row) {
    if (sink->full()) return;
    int64_t charges[kWaferCells];
    file.view().Integers(row * kWaferCells, kWaferCells, 0, kMaxCharge, charges);
    Wafer wafer;
    std::transform(charges, charges + kWaferCells, wafer.charges.begin(),
                   [](int64_t charge) { return static_cast<int32_t>(charge); });
    sink->Take(wafer);
    if ((row + 1) % kRowsPerRelease == 0) file.DoneWith((row + 1) * kWaferCells);
  }
}

// The files that the paths stand for.
std::vector<std::string> FilesOf(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!IsDirectory(path)) {
      files.push_back(path);
      continue;
    }
    const size_t n_before = files.size();
    for (const std::string& name : ListDirectory(path)) {
      if (EndsWith(name, ".csv") || IsNpyName(name)) {
        files.push_back(EndsWith(path, "/") ? path + name : path + "/" + name);
      }
    }
    if (files.size() == n_before) {
      throw DataError(path + ": expected *.csv or *.npy files in this folder, found none");
    }
  }
  return files;
}

// Reads the files one after the other; returns the number of empty wafers.
int64_t ReadAll(const std::vector<std::string>& paths, int64_t max_wafers,
                const std::function<void(const Wafer&)>& keep) {
  Sink sink{keep, max_wafers};
  for (const std::string& file : FilesOf(paths)) {
    IsNpyName(file) ? ReadNpy(file, &sink) : ReadCsv(file, &sink);
  }
  if (sink.n_kept == 0) {
    throw DataError((paths.empty() ? std::string("wafers") : paths[0]) +
                    ": expected at least one wafer with charge, found " +
                    std::to_string(sink.n_empty) + " empty ones and no other");
  }
  return sink.n_empty;
}

std::vector<std::string> LayoutNames() {
  std::vector<std::string> names;
  for (int cell = 0; cell < kWaferCells; ++cell) names.push_back(ChargeName(cell));
  names.insert(names.end(), std::begin(kTruthNames), std::end(kTruthNames));
  return names;
}

}  // namespace

bool IsNpyName(const std::string& path) { return EndsWith(path, ".npy"); }

WaferSet ReadWafers(const std::vector<std::string>& paths, int64_t max_wafers) {
  WaferSet set;
  set.n_empty =
      ReadAll(paths, max_wafers, [&set](const Wafer& wafer) { set.wafers.push_back(wafer); });
  return set;
}

int64_t ForEachWafer(const std::vector<std::string>& paths,
                     const std::function<void(const Wafer&)>& keep) {
  return ReadAll(paths, INT64_MAX, keep);
}

WaferWriter::WaferWriter(const std::string& path, int64_t n_wafers) {
  if (IsNpyName(path)) {
    const std::vector<int64_t> shape = {n_wafers, kWaferCells};
    npy_ = std::make_unique<NpyWriter>(path, NpyType::kI4, shape);
  } else {
    csv_ = std::make_unique<CsvWriter>(path, LayoutNames());
  }
}

void WaferWriter::AppendRow(const Wafer& wafer) {
  if (npy_ != nullptr) {
    npy_->Append(wafer.charges.data(), wafer.charges.size());
    return;
  }
  for (const int32_t charge : wafer.charges) csv_->Integer(charge);
  csv_->Integer(wafer.truth.entry);
  csv_->Integer(wafer.truth.zside);
  csv_->Integer(wafer.truth.layer);
  csv_->Integer(wafer.truth.waferu);
  csv_->Integer(wafer.truth.waferv);
  csv_->Real(wafer.truth.simenergy);
  csv_->Integer(wafer.truth.subdet);
  csv_->Real(wafer.truth.tc_eta);
  csv_->Real(wafer.truth.tc_phi);
  csv_->EndRow();
}

void WaferWriter::Append(const std::vector<Wafer>& wafers) {
  for (const Wafer& wafer : wafers) AppendRow(wafer);
}

void WaferWriter::Close() {
  if (npy_ != nullptr) npy_->Close();
  if (csv_ != nullptr) csv_->Close();
}

void WriteWafers(const std::string& path, const std::vector<Wafer>& wafers) {
  WaferWriter writer(path, static_cast<int64_t>(wafers.size()));
  writer.Append(wafers);
  writer.Close();
}

}  // namespace demd
