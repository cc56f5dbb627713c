#ifndef DEMD_MODELS_NETWORKS_BLOCK_DECODER_H_
#define DEMD_MODELS_NETWORKS_BLOCK_DECODER_H_

#include <memory>

#include "models/networks/decoder.h"

namespace demd {

/// The decoder of hit patterns (models/networks/hit_patterns.h): one small network that is applied
/// to each block in turn. It reads the block's charge and hits off the codes, hears in `width`
/// numbers what a second network makes of all codes, and gives four logits; all 48 go through a
/// softmax, times the wafer's sum. It starts near the plain reading: a block's charge goes to the
/// cells that are hit.
/// options.kind: kBlocks.
std::unique_ptr<Decoder> MakeBlockDecoder(const DecoderOptions& options, int n_elinks,
                                          uint64_t seed);

/// Multiplications for one wafer.
int64_t BlockDecoderMultiplyAdds(const DecoderOptions& options);

}  // namespace demd

#endif  // DEMD_MODELS_NETWORKS_BLOCK_DECODER_H_
