#ifndef DEMD_ENGINE_IO_NEAREST_NAME_H_
#define DEMD_ENGINE_IO_NEAREST_NAME_H_

#include <string>
#include <string_view>
#include <vector>

namespace demd {

/// Number of single-character insertions, deletions, replacements and swaps of neighbours that turn
/// a into b (optimal string alignment).
int EditDistance(std::string_view a, std::string_view b);

/// The candidate a misspelt name most likely means: the one at the smallest edit distance, the
/// first of several; empty if none shares at least half of its characters.
std::string NearestName(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace demd

#endif  // DEMD_ENGINE_IO_NEAREST_NAME_H_
