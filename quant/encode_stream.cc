#include "quant/encode_stream.h"

#include "engine/error.h"
#include "engine/io/little_endian.h"
#include "engine/parallel.h"

namespace demd {
namespace {

constexpr int64_t kRowsPerBlock = 2048;
constexpr int64_t kRowsPerTask = 512;
constexpr char kHexDigits[] = "0123456789abcdef";

// A value's bytes, least significant first.
template <typename T>
void PutLittleEndian(const std::vector<T>& values, size_t n, std::string* out) {
  out->resize(n * sizeof(T));
  StoreLittleEndian(values.data(), n, out->data());
}

void PutDecimal(uint32_t value, std::string* out) {
  char digits[10];
  int n = 0;
  do {
    digits[n++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (n > 0) *out += digits[--n];
}

void PutHex(uint32_t value, std::string* out) {
  for (int i = 7; i >= 0; --i) *out += kHexDigits[(value >> (4 * i)) & 15];
}

template <typename T>
void PutCsv(const std::vector<T>& values, size_t n, size_t columns, bool hexadecimal,
            std::string* out) {
  out->clear();
  for (size_t i = 0; i < n; ++i) {
    if (hexadecimal) {
      PutHex(values[i], out);
    } else {
      PutDecimal(values[i], out);
    }
    *out += (i + 1) % columns == 0 ? '\n' : ',';
  }
}

std::string CsvHeaderLine(const char* name, int columns) {
  std::string line;
  for (int i = 0; i < columns; ++i) {
    line += (i == 0 ? "" : ",") + std::string(name) + std::to_string(i);
  }
  return line + "\n";
}

}  // namespace

int64_t EncodeStream(const FastEncoder& encoder, ChargeSource* source, EncodeOutput output,
                     const std::function<void(std::string_view)>& write) {
  const bool frames = output == EncodeOutput::kFramesCsv || output == EncodeOutput::kFramesRaw;
  const bool csv = output == EncodeOutput::kFramesCsv || output == EncodeOutput::kCodesCsv;
  if (frames && !encoder.has_frames()) {
    throw UsageError("frames: expected outputs of 9 bits, found " +
                     std::to_string(encoder.profile().formats.output.bits));
  }
  const int columns = frames ? encoder.n_elinks() : device::kOutputs;
  if (csv) write(CsvHeaderLine(frames ? "WORD_" : "CODE_", columns));
  std::vector<uint32_t> charges(kRowsPerBlock * device::kCells);
  std::vector<uint16_t> codes(frames ? 0 : static_cast<size_t>(kRowsPerBlock * columns));
  std::vector<uint32_t> words(frames ? static_cast<size_t>(kRowsPerBlock * columns) : 0);
  std::string text;
  int64_t done = 0;
  while (const int64_t n = source->Read(kRowsPerBlock, charges.data())) {
    ParallelForBlocks(n, kRowsPerTask, [&](int64_t begin, int64_t end) {
      const uint32_t* in = charges.data() + begin * device::kCells;
      if (frames) {
        encoder.Frames(in, end - begin, static_cast<uint32_t>(done + begin),
                       words.data() + begin * columns);
      } else {
        encoder.Encode(in, end - begin, codes.data() + begin * columns);
      }
    });
    const size_t size = static_cast<size_t>(n * columns);
    switch (output) {
      case EncodeOutput::kCodesCsv:
        PutCsv(codes, size, static_cast<size_t>(columns), false, &text);
        break;
      case EncodeOutput::kCodesRaw:
        PutLittleEndian(codes, size, &text);
        break;
      case EncodeOutput::kFramesCsv:
        PutCsv(words, size, static_cast<size_t>(columns), true, &text);
        break;
      case EncodeOutput::kFramesRaw:
        PutLittleEndian(words, size, &text);
        break;
    }
    write(text);
    done += n;
  }
  return done;
}

}  // namespace demd
