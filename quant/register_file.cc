#include "quant/register_file.h"

#include "engine/error.h"

namespace demd {
namespace {

constexpr std::string_view kFirstLine = "// demd register words 1\n";
constexpr std::string_view kCrcLine = "// crc32 ";
constexpr char kDigits[] = "0123456789abcdef";
constexpr int kCrcDigits = 8;

std::string Hex(uint32_t value, int n_digits) {
  std::string text;
  for (int i = n_digits - 1; i >= 0; --i) text += kDigits[(value >> (4 * i)) & 15];
  return text;
}

// Reads text piece by piece; every failure names the place.
class Parser {
 public:
  Parser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  void Expect(std::string_view literal) {
    if (text_.substr(next_, literal.size()) != literal) {
      Fail("'" + std::string(literal.substr(0, literal.find('\n'))) + "'");
    }
    next_ += literal.size();
  }

  uint32_t Digit() {
    const std::string_view digits(kDigits, 16);
    const size_t value = next_ < text_.size() ? digits.find(text_[next_]) : std::string_view::npos;
    if (value == std::string_view::npos) Fail("a hexadecimal digit");
    ++next_;
    return static_cast<uint32_t>(value);
  }

  void EndLine() {
    if (next_ >= text_.size() || text_[next_] != '\n') Fail("the end of the line");
    ++next_;
  }

  void End() {
    if (next_ != text_.size()) Fail("the end of the file");
  }

  [[noreturn]] void Fail(const std::string& expected) const {
    throw DataError(where_ + ": byte " + std::to_string(next_) + ": expected " + expected +
                    (next_ < text_.size() ? "" : ", found the end of the file"));
  }

 private:
  std::string_view text_;
  std::string where_;
  size_t next_ = 0;
};

}  // namespace

std::string RegisterFileText(const device::EncoderWeights& weights) {
  device::RegisterWords registers = {};
  if (!device::StoreRegisters(weights, &registers)) {
    throw NumericError("register words: expected weights of 6 bits, found more");
  }
  std::string text(kFirstLine);
  text += std::string(kCrcLine) + Hex(device::WeightsCrc32(weights), kCrcDigits) + "\n";
  for (const auto& word : registers.words) {
    for (int i = device::kRegisterBytes - 1; i >= 0; --i) text += Hex(word[i], 2);
    text += "\n";
  }
  return text;
}

device::EncoderWeights ParseRegisterFile(std::string_view text, const std::string& where) {
  Parser parser(text, where);
  parser.Expect(kFirstLine);
  parser.Expect(kCrcLine);
  uint32_t crc = 0;
  for (int i = 0; i < kCrcDigits; ++i) crc = crc << 4 | parser.Digit();
  parser.EndLine();
  device::RegisterWords registers = {};
  for (auto& word : registers.words) {
    for (int i = device::kRegisterBytes - 1; i >= 0; --i) {
      const uint32_t high = parser.Digit();
      word[i] = static_cast<uint8_t>(high << 4 | parser.Digit());
    }
    parser.EndLine();
  }
  parser.End();
  device::EncoderWeights weights = {};
  device::LoadRegisters(registers, &weights);
  const uint32_t found = device::WeightsCrc32(weights);
  if (found != crc) {
    throw DataError(where + ": expected weights of CRC-32 " + Hex(crc, kCrcDigits) + ", found " +
                    Hex(found, kCrcDigits) + ": the file is damaged");
  }
  return weights;
}

}  // namespace demd
