#include "emd/simplex_kernel.h"

namespace demd {

bool SolveTransportPortable(const TransportTables& tables, int32_t n_source_cells,
                            KernelWorkspace* workspace) {
  return SolveTransport(tables, n_source_cells, workspace);
}

}  // namespace demd
