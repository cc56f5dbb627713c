#ifndef DEMD_QUANT_ENCODE_STREAM_H_
#define DEMD_QUANT_ENCODE_STREAM_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quant/fast_encoder.h"

namespace demd {

/// Wafers one block after the other.
class ChargeSource {
 public:
  virtual ~ChargeSource() = default;
  /// Reads up to max_rows further wafers into charges [max_rows][48]; returns how many, 0 at the
  /// end. Errors: DataError that names the place of a charge that is not 0 <= charge < 2^22.
  virtual int64_t Read(int64_t max_rows, uint32_t* charges) = 0;
};

/// Opens wafers.
///
/// path:   a file, or "-" for standard input
/// format: "csv"  columns CALQ_0 to CALQ_47 if there is a header, else the first 48 columns
///         "npy"  [n][48] of whole numbers of any type
///         "raw"  [n][48] int32, little-endian, without a header; read block by block
///         ""     by the ending of the path (.csv, .npy, .raw)
/// Standard input as CSV or NPY is read to its end first.
/// Errors: UsageError for another format; DataError for what cannot be read.
std::unique_ptr<ChargeSource> OpenCharges(const std::string& path, const std::string& format);

/// What comes out, and how.
///   kCodesCsv   header CODE_0,...,CODE_15, then a line of 16 whole numbers a wafer
///   kCodesRaw   [n][16] uint16, little-endian
///   kFramesCsv  header WORD_0,..., then a line of n_elinks words of 8 hexadecimal digits
///   kFramesRaw  [n][n_elinks] uint32, little-endian
enum class EncodeOutput { kCodesCsv, kCodesRaw, kFramesCsv, kFramesRaw };

/// Encodes every wafer of the source, in order, on all threads; `write` gets the output piece by
/// piece. Frames carry the bunch crossing row modulo 32. Returns the number of wafers.
/// Errors: UsageError when frames are wanted of outputs that have not 9 bits; those of the source.
int64_t EncodeStream(const FastEncoder& encoder, ChargeSource* source, EncodeOutput output,
                     const std::function<void(std::string_view)>& write);

}  // namespace demd

#endif  // DEMD_QUANT_ENCODE_STREAM_H_
