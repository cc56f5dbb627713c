#ifndef DEMD_ENGINE_IO_JSON_H_
#define DEMD_ENGINE_IO_JSON_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace demd {

// JSON (RFC 8259) as read and written here: UTF-8; objects keep the order of their members and have
// each name once; whole numbers within 64 bits are kept exactly, others as double. Text() depends
// on the value alone: two spaces per level, arrays of plain values on one line, doubles in the
// shortest form that reads back as the same bits.

/// A JSON value. A value that was parsed knows where it stood, and accessors that find something
/// else throw DataError "run.json: options: seed: expected a whole number, found a string".
class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  struct Member;
  using Object = std::vector<Member>;

  /// null
  JsonValue() = default;
  JsonValue(bool value) : value_(value) {}
  /// NaN and infinity have no JSON form and are written as null.
  JsonValue(double value) : value_(value) {}
  JsonValue(float value) : value_(static_cast<double>(value)) {}
  JsonValue(std::string value) : value_(std::move(value)) {}
  JsonValue(std::string_view value) : value_(std::string(value)) {}
  JsonValue(const char* value) : value_(std::string(value)) {}
  JsonValue(Array value) : value_(std::move(value)) {}
  /// Error: NumericError for 2^63 and above.
  template <typename T,
            std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
  JsonValue(T value) : value_(CheckedInteger(value < T{}, static_cast<uint64_t>(value))) {}
  /// An array of these numbers or strings.
  template <typename T>
  JsonValue(const std::vector<T>& values) : value_(Array(values.begin(), values.end())) {}

  static JsonValue MakeObject() { return JsonValue(Object()); }
  static JsonValue MakeArray() { return JsonValue(Array()); }

  /// Building. Set replaces a member of this name or appends one, and makes an object of null;
  /// Append makes an array of null. Both return *this. REQUIRES: no other type.
  JsonValue& Set(std::string name, JsonValue value);
  JsonValue& Append(JsonValue value);

  bool IsNull() const { return std::holds_alternative<std::monostate>(value_); }

  /// What the value holds; DataError if it holds something else. AsReal takes whole numbers too.
  bool AsBool() const;
  int64_t AsInteger() const;
  double AsReal() const;
  const std::string& AsString() const;
  const Array& AsArray() const;
  const Object& AsObject() const;

  /// The member of this name: null pointer, or DataError, if there is none; DataError if the value
  /// is not an object.
  const JsonValue* Find(std::string_view name) const;
  const JsonValue& Get(std::string_view name) const;

  /// Whole text, ended by a newline.
  std::string Text() const;

  /// Equal values; 1 and 1.0 are equal. Order of members counts.
  friend bool operator==(const JsonValue& a, const JsonValue& b);
  friend bool operator!=(const JsonValue& a, const JsonValue& b) { return !(a == b); }

 private:
  friend class JsonParser;
  friend class JsonWriter;
  explicit JsonValue(Object value) : value_(std::move(value)) {}

  static int64_t CheckedInteger(bool negative, uint64_t bits);
  template <typename T>
  const T& As(const char* expected) const;
  std::string Where() const { return where_ == nullptr ? "JSON" : *where_; }

  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> value_;
  std::shared_ptr<const std::string> where_;  // for messages; null if not parsed
};

struct JsonValue::Member {
  std::string name;
  JsonValue value;

  friend bool operator==(const Member& a, const Member& b) {
    return a.name == b.name && a.value == b.value;
  }
};

/// Parses a whole text. `where` begins every message: a path, or a path and an entry. Error:
/// DataError "where: byte 17: expected X, found Y"; also for more than 100 levels of nesting.
JsonValue ParseJson(std::string_view text, const std::string& where);

/// Reads and parses a file.
JsonValue ReadJson(const std::string& path);

/// Writes Text() atomically.
void WriteJson(const std::string& path, const JsonValue& value);

}  // namespace demd

#endif  // DEMD_ENGINE_IO_JSON_H_
