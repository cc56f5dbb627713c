#include "engine/io/json.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <limits>

#include "engine/error.h"
#include "engine/io/file.h"
#include "engine/io/utf8.h"

namespace demd {
namespace {

using Array = JsonValue::Array;
using Object = JsonValue::Object;

// In the order of the variant.
constexpr const char* kTypeNames[] = {"null",     "true or false", "a whole number", "a number",
                                      "a string", "an array",      "an object"};

void AppendQuoted(std::string_view text, std::string* out) {
  out->push_back('"');
  while (!text.empty()) {
    const size_t bytes = Utf8CharacterBytes(text);
    const char c = text.front();
    if (bytes == 0) {
      AppendUtf8(0xfffd, out);  // for bytes that are no UTF-8, in a path for example
    } else if (c == '"' || c == '\\') {
      out->append({'\\', c});
    } else if (static_cast<uint8_t>(c) < 0x20) {
      constexpr char kDigits[] = "0123456789abcdef";
      out->append({'\\', 'u', '0', '0', kDigits[c >> 4], kDigits[c & 15]});
    } else {
      out->append(text.substr(0, bytes));
    }
    text.remove_prefix(std::max<size_t>(bytes, 1));
  }
  out->push_back('"');
}

template <typename T>
void AppendNumber(T value, std::string* out) {
  char digits[32];
  out->append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

// Writes one value after the other; a visitor of the variant.
class JsonWriter {
 public:
  explicit JsonWriter(std::string* out) : out_(out) {}

  void operator()(std::monostate) { *out_ += "null"; }
  void operator()(bool value) { *out_ += value ? "true" : "false"; }
  void operator()(int64_t value) { AppendNumber(value, out_); }
  void operator()(double value) {
    if (std::isfinite(value)) {
      AppendNumber(value, out_);
    } else {
      *out_ += "null";
    }
  }
  void operator()(const std::string& value) { AppendQuoted(value, out_); }

  void operator()(const Array& items) {
    const bool one_line = std::none_of(items.begin(), items.end(), IsNested);
    WriteList(items, one_line, '[', ']', [&](const JsonValue& item) { Write(item); });
  }

  void operator()(const Object& members) {
    WriteList(members, false, '{', '}', [&](const JsonValue::Member& member) {
      AppendQuoted(member.name, out_);
      *out_ += ": ";
      Write(member.value);
    });
  }

  void Write(const JsonValue& value) { std::visit(*this, value.value_); }

 private:
  static bool IsNested(const JsonValue& value) {
    return std::holds_alternative<Array>(value.value_) ||
           std::holds_alternative<Object>(value.value_);
  }

  template <typename List, typename WriteItem>
  void WriteList(const List& list, bool one_line, char open, char close, WriteItem write_item) {
    *out_ += open;
    indent_ += 2;
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0) *out_ += one_line ? ", " : ",";
      if (!one_line) *out_ += '\n' + std::string(indent_, ' ');
      write_item(list[i]);
    }
    indent_ -= 2;
    if (!one_line && !list.empty()) *out_ += '\n' + std::string(indent_, ' ');
    *out_ += close;
  }

  std::string* out_;
  size_t indent_ = 0;
};

int64_t JsonValue::CheckedInteger(bool negative, uint64_t bits) {
  if (!negative && bits > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    throw NumericError("JSON: expected a whole number below 2^63, found " + std::to_string(bits));
  }
  return static_cast<int64_t>(bits);
}

JsonValue& JsonValue::Set(std::string name, JsonValue value) {
  if (IsNull()) value_ = Object();
  assert(std::holds_alternative<Object>(value_));
  Object& members = std::get<Object>(value_);
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const Member& member) { return member.name == name; });
  if (found == members.end()) {
    members.push_back({std::move(name), std::move(value)});
  } else {
    found->value = std::move(value);
  }
  return *this;
}

JsonValue& JsonValue::Append(JsonValue value) {
  if (IsNull()) value_ = Array();
  assert(std::holds_alternative<Array>(value_));
  std::get<Array>(value_).push_back(std::move(value));
  return *this;
}

template <typename T>
const T& JsonValue::As(const char* expected) const {
  const T* value = std::get_if<T>(&value_);
  if (value == nullptr) {
    throw DataError(Where() + ": expected " + expected + ", found " + kTypeNames[value_.index()]);
  }
  return *value;
}

bool JsonValue::AsBool() const { return As<bool>("true or false"); }
int64_t JsonValue::AsInteger() const { return As<int64_t>("a whole number"); }
const std::string& JsonValue::AsString() const { return As<std::string>("a string"); }
const Array& JsonValue::AsArray() const { return As<Array>("an array"); }
const Object& JsonValue::AsObject() const { return As<Object>("an object"); }

double JsonValue::AsReal() const {
  const int64_t* whole = std::get_if<int64_t>(&value_);
  return whole != nullptr ? static_cast<double>(*whole) : As<double>("a number");
}

const JsonValue* JsonValue::Find(std::string_view name) const {
  for (const Member& member : AsObject()) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

const JsonValue& JsonValue::Get(std::string_view name) const {
  const JsonValue* value = Find(name);
  if (value == nullptr) {
    throw DataError(Where() + ": expected a member \"" + std::string(name) + "\", found none");
  }
  return *value;
}

std::string JsonValue::Text() const {
  std::string text;
  JsonWriter(&text).Write(*this);
  return text + '\n';
}

bool operator==(const JsonValue& a, const JsonValue& b) {
  const int64_t* whole_a = std::get_if<int64_t>(&a.value_);
  const int64_t* whole_b = std::get_if<int64_t>(&b.value_);
  if (whole_a != nullptr && whole_b != nullptr) return *whole_a == *whole_b;
  const bool number_a = whole_a != nullptr || std::holds_alternative<double>(a.value_);
  const bool number_b = whole_b != nullptr || std::holds_alternative<double>(b.value_);
  if (number_a && number_b) return a.AsReal() == b.AsReal();
  return a.value_ == b.value_;
}

JsonValue ReadJson(const std::string& path) { return ParseJson(FileContents(path).bytes(), path); }

void WriteJson(const std::string& path, const JsonValue& value) { WriteFile(path, value.Text()); }

}  // namespace demd
