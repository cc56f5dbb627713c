#ifndef DEMD_MODELS_NETWORKS_HEXAGON_DECODER_H_
#define DEMD_MODELS_NETWORKS_HEXAGON_DECODER_H_

#include <cstdint>
#include <memory>

#include "engine/ops/convolution.h"
#include "models/networks/decoder.h"

namespace demd {

/// Of each trigger cell: itself and the six that it may touch, 7 taps; 288 of the 336 lie in the
/// wafer. Directions are those of the cell's rhombus, which the encoder's windows follow: turned by
/// 120 degrees, a cell's neighbours stay under the same taps, across seams, too.
Neighbourhood HexagonNeighbourhood();

/// A decoder of kHexagon with fresh weights.
std::unique_ptr<Decoder> MakeHexagonDecoder(const DecoderOptions& options, uint64_t seed);

/// See MultiplyAddsOf.
int64_t HexagonDecoderMultiplyAdds(const DecoderOptions& options);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_HEXAGON_DECODER_H_
