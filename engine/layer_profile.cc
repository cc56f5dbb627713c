#include "engine/layer_profile.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>

namespace demd {
namespace {

std::atomic<bool> runs{false};

struct Costs {
  std::mutex mutex;
  std::vector<LayerCost> rows;
};

Costs& TheCosts() {
  static Costs costs;
  return costs;
}

// Most memory that the process held at any time, MB.
double PeakMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

}  // namespace

void StartLayerProfile() { runs.store(true, std::memory_order_relaxed); }

bool LayerProfileRuns() { return runs.load(std::memory_order_relaxed); }

void AddToLayerProfile(const std::string& layer, const char* op, bool backward, double seconds,
                       size_t bytes) {
  Costs& costs = TheCosts();
  std::lock_guard<std::mutex> lock(costs.mutex);
  const auto same = [&](const LayerCost& cost) { return cost.layer == layer && cost.op == op; };
  auto row = std::find_if(costs.rows.begin(), costs.rows.end(), same);
  if (row == costs.rows.end()) {
    LayerCost fresh;
    fresh.layer = layer;
    fresh.op = op;
    row = costs.rows.insert(costs.rows.end(), fresh);
  }
  row->calls += backward ? 0 : 1;
  (backward ? row->backward_seconds : row->forward_seconds) += seconds;
  row->bytes = std::max(row->bytes, bytes);
}

std::vector<LayerCost> LayerProfile() {
  Costs& costs = TheCosts();
  std::lock_guard<std::mutex> lock(costs.mutex);
  return costs.rows;
}

std::string LayerProfileTable() {
  const std::vector<LayerCost> rows = LayerProfile();
  double total = 0.0;
  for (const LayerCost& row : rows) total += row.forward_seconds + row.backward_seconds;
  char line[160];
  std::snprintf(line, sizeof line, "%-28s %-18s %9s %11s %12s %7s %9s\n", "layer", "op", "calls",
                "forward s", "backward s", "share", "memory MB");
  std::string table = line;
  for (const LayerCost& row : rows) {
    std::snprintf(line, sizeof line, "%-28s %-18s %9lld %11.3f %12.3f %6.1f%% %9.3f\n",
                  row.layer.c_str(), row.op.c_str(), static_cast<long long>(row.calls),
                  row.forward_seconds, row.backward_seconds,
                  100.0 * (row.forward_seconds + row.backward_seconds) / std::max(total, 1e-9),
                  static_cast<double>(row.bytes) / 1048576.0);
    table += line;
  }
  std::snprintf(line, sizeof line, "all layers: %.3f s; peak memory of the program: %.1f MB\n",
                total, PeakMegabytes());
  return table + line;
}

}  // namespace demd
