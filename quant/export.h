#ifndef DEMD_QUANT_EXPORT_H_
#define DEMD_QUANT_EXPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/io/json.h"
#include "quant/encoder_model.h"
#include "quant/golden.h"
#include "quant/range_proof.h"

namespace demd {

// What a firmware engineer and an ASIC tester receive. All files of one export lie in one folder:
//
//   encoder.h         C++: the profile, the weights and sizes as constants; includes quant/device
//   golden.h          C++: some wafers with every layer's integers and the outputs
//   registers.hex     the ASIC's weight registers (register_file.h); only for weights of their
//   format,
//                     6 bits signed with 5 fraction bits, as in the profile econt
//   golden_*.npy      charges, image, conv_acc, activation, dense_acc, codes; frames, only for
//   codes
//                     of 9 bits
//   golden_*.hex      the same for $readmemh: one wafer a line, two's complement, as many digits as
//                     the NPY file's numbers have half bytes
//   encoder.json      formats, rounding, ranges seen and provable, headroom, saturations counted;
//                     written last: a folder without it is not a whole export

/// Rows of the golden vectors that golden.h holds; the NPY and hex files hold all.
constexpr int64_t kGoldenHeaderRows = 16;

/// Writes an encoder to a folder (made if missing), reads every file back and compares. Files of an
/// earlier export that this one does not have are removed first.
///
/// charges: [n][48] the wafers of the golden vectors, n >= kGoldenHeaderRows
/// Returns the description that encoder.json holds.
/// Errors: NumericError with layer and bound when an accumulator could overflow 32 bits; DataError
/// for I/O, a charge out of range or a file that does not read back as what was written.
JsonValue ExportEncoder(const EncoderModel& model, const std::vector<int32_t>& charges,
                        const std::string& folder);

/// Compares every file of an export with what ExportEncoder would write, byte by byte, and encodes
/// the golden charges with the weights in the files. ExportEncoder ends with this.
/// Errors: DataError that names a file that is missing, differs or is left from another export.
void VerifyExport(const EncoderModel& model, const std::vector<int32_t>& charges,
                  const std::string& folder);

/// The text of encoder.h.
std::string EncoderHeaderText(const EncoderModel& model);

/// The text of golden.h, from the first kGoldenHeaderRows rows.
std::string GoldenHeaderText(const GoldenVectors& golden);

/// The weights in the text of an encoder.h. `where` begins every message.
/// Errors: DataError when a table or the CRC is missing or does not match.
device::EncoderWeights ParseEncoderHeader(const std::string& text, const std::string& where);

/// Everything of encoder.json.
JsonValue DescribeEncoder(const EncoderModel& model, const RangeProof& proof,
                          const GoldenVectors& golden);

}  // namespace demd

#endif  // DEMD_QUANT_EXPORT_H_
