// Compiled once for every instruction set, each time into a namespace of its own.

#include "emd/kernels/transport_kernel.h"

#include "emd/kernels/simplex_kernel.h"

#ifndef DEMD_VARIANT
#error "DEMD_VARIANT must name the namespace of the instruction set"
#endif
#define DEMD_STRING_OF(x) #x
#define DEMD_NAME_OF(x) DEMD_STRING_OF(x)

namespace demd {
namespace DEMD_VARIANT {

extern const TransportKernel kTransportKernel;
const TransportKernel kTransportKernel = {DEMD_NAME_OF(DEMD_VARIANT), SolveTransport};

}  // namespace DEMD_VARIANT
}  // namespace demd
