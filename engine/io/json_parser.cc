#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engine/error.h"
#include "engine/io/json.h"
#include "engine/io/utf8.h"

namespace demd {
namespace {

constexpr int kDeepestLevel = 100;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

// Recursive descent over the grammar of RFC 8259, one function per rule.
class JsonParser {
 public:
  using Where = std::shared_ptr<const std::string>;

  JsonParser(std::string_view text, const std::string& where)
      : text_(text), where_(std::make_shared<const std::string>(where)) {}

  JsonValue ParseWhole() {
    JsonValue value = ParseValue(where_, 0);
    SkipSpace();
    if (at_ != text_.size()) Fail("the end of the text");
    return value;
  }

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void SkipSpace() {
    const size_t next = text_.find_first_not_of(" \t\r\n", at_);
    at_ = next == std::string_view::npos ? text_.size() : next;
  }

  bool TryCharacter(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool TryWord(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  JsonValue ParseValue(const Where& where, int level) {
    if (level > kDeepestLevel) Fail("at most " + std::to_string(kDeepestLevel) + " levels");
    SkipSpace();
    JsonValue value = ParseUnplaced(where, level);
    value.where_ = where;
    return value;
  }

  JsonValue ParseUnplaced(const Where& where, int level) {
    if (Peek() == '{') return ParseObject(where, level);
    if (Peek() == '[') return ParseArray(where, level);
    if (Peek() == '"') return ParseString();
    if (Peek() == '-' || IsDigit(Peek())) return ParseNumber();
    if (TryWord("null")) return {};
    if (TryWord("true")) return true;
    if (TryWord("false")) return false;
    Fail("a value");
  }

  JsonValue ParseObject(const Where& where, int level) {
    ++at_;
    JsonValue object = JsonValue::MakeObject();
    SkipSpace();
    if (TryCharacter('}')) return object;
    do {
      SkipSpace();
      const size_t begin = at_;
      std::string name = ParseString();
      if (object.Find(name) != nullptr) {
        at_ = begin;
        Fail("each name once in an object");
      }
      SkipSpace();
      if (!TryCharacter(':')) Fail("a colon");
      const Where member_where = std::make_shared<const std::string>(*where + ": " + name);
      object.Set(std::move(name), ParseValue(member_where, level + 1));
      SkipSpace();
    } while (TryCharacter(','));
    if (!TryCharacter('}')) Fail("a comma or }");
    return object;
  }

  JsonValue ParseArray(const Where& where, int level) {
    ++at_;
    JsonValue array = JsonValue::MakeArray();
    SkipSpace();
    if (TryCharacter(']')) return array;
    do {
      array.Append(ParseValue(where, level + 1));
      SkipSpace();
    } while (TryCharacter(','));
    if (!TryCharacter(']')) Fail("a comma or ]");
    return array;
  }

  std::string ParseString() {
    if (!TryCharacter('"')) Fail("a string");
    std::string value;
    while (!TryCharacter('"')) {
      if (TryCharacter('\\')) {
        ParseEscape(&value);
        continue;
      }
      const size_t bytes = Utf8CharacterBytes(text_.substr(at_));
      if (bytes == 0 || static_cast<uint8_t>(Peek()) < 0x20) Fail("a character or closing quote");
      value += text_.substr(at_, bytes);
      at_ += bytes;
    }
    return value;
  }

  void ParseEscape(std::string* value) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (TryCharacter('u')) return AppendUtf8(ParseCodePoint(), value);
    const size_t which = at_ < text_.size() ? kLetters.find(Peek()) : std::string_view::npos;
    if (which == std::string_view::npos) Fail("one of \"\\/bfnrtu after a backslash");
    value->push_back(kMeanings[which]);
    ++at_;
  }

  // After \u; characters above U+FFFF come as two surrogates.
  uint32_t ParseCodePoint() {
    const uint32_t first = ParseHex4();
    if (first >= 0xdc00 && first <= 0xdfff) Fail("a first surrogate before a second one");
    if (first < 0xd800 || first > 0xdbff) return first;
    if (!TryWord("\\u")) Fail("a second surrogate");
    const uint32_t second = ParseHex4();
    if (second < 0xdc00 || second > 0xdfff) Fail("a second surrogate");
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
  }

  uint32_t ParseHex4() {
    uint32_t value = 0;
    const std::string_view digits = text_.substr(at_, 4);
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc() || stop != digits.data() + 4) Fail("four hexadecimal digits");
    at_ += 4;
    return value;
  }

  void SkipDigits() {
    if (!IsDigit(Peek())) Fail("a digit");
    while (IsDigit(Peek())) ++at_;
  }

  JsonValue ParseNumber() {
    const size_t begin = at_;
    TryCharacter('-');
    if (!TryCharacter('0')) SkipDigits();
    bool whole = true;
    if (TryCharacter('.')) {
      whole = false;
      SkipDigits();
    }
    if (TryCharacter('e') || TryCharacter('E')) {
      whole = false;
      if (!TryCharacter('+')) TryCharacter('-');
      SkipDigits();
    }
    const std::string_view digits = text_.substr(begin, at_ - begin);
    const char* end = digits.data() + digits.size();
    int64_t integer = 0;
    if (whole && digits != "-0" && std::from_chars(digits.data(), end, integer).ec == std::errc()) {
      return integer;
    }
    double real = 0.0;
    if (std::from_chars(digits.data(), end, real).ec == std::errc()) return real;
    at_ = begin;
    Fail("a number within the range of a double");
  }

  [[noreturn]] void Fail(const std::string& expected) const {
    std::string found = "the end";
    if (at_ < text_.size()) {
      found = "\"";
      for (const char c : text_.substr(at_, 16)) found += c >= ' ' && c <= '~' ? c : '?';
      found += '"';
    }
    throw DataError(*where_ + ": byte " + std::to_string(at_) + ": expected " + expected +
                    ", found " + found);
  }

  std::string_view text_;
  Where where_;
  size_t at_ = 0;
};

JsonValue ParseJson(std::string_view text, const std::string& where) {
  return JsonParser(text, where).ParseWhole();
}

}  // namespace demd
