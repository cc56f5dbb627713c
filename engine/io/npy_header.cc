#include "engine/io/npy_header.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <system_error>
#include <utility>

#include "engine/error.h"
#include "engine/io/little_endian.h"

namespace demd {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr size_t kAlignment = 64;

struct TypeRow {
  const char* name;
  size_t bytes;
};

// In the order of NpyType.
constexpr TypeRow kTypes[] = {{"|b1", 1}, {"|i1", 1}, {"|u1", 1}, {"<i2", 2},
                              {"<u2", 2}, {"<i4", 4}, {"<u4", 4}, {"<i8", 8},
                              {"<u8", 8}, {"<f4", 4}, {"<f8", 8}};

std::string Printable(std::string_view text) {
  std::string shown(text.substr(0, 20));
  for (char& c : shown) c = c >= ' ' && c <= '~' ? c : '?';
  return '"' + shown + '"';
}

// The dictionary of the header, as it stands in the file.
struct Dictionary {
  std::string descr;
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

// Reads the dictionary, a Python literal, from left to right.
class DictionaryParser {
 public:
  DictionaryParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  Dictionary Parse() {
    Dictionary result;
    bool seen[3] = {false, false, false};
    Expect('{');
    for (bool more = !Try('}'); more;) {
      const int key = Key();
      if (std::exchange(seen[key], true)) Fail("every key once");
      Expect(':');
      if (key == 0) result.descr = Descr();
      if (key == 1) result.fortran_order = Boolean();
      if (key == 2) result.shape = Shape();
      const bool comma = Try(',');
      more = !Try('}');
      if (more && !comma) Fail("a comma or }");
    }
    SkipSpace();
    if (!text_.empty()) Fail("nothing more");
    if (!seen[0] || !seen[1] || !seen[2]) Fail("the keys descr, fortran_order and shape");
    return result;
  }

 private:
  [[noreturn]] void Fail(const std::string& expected) const {
    throw DataError(where_ + ": NPY header: expected " + expected + ", found " +
                    (text_.empty() ? "its end" : Printable(text_)));
  }

  void SkipSpace() { text_.remove_prefix(std::min(text_.find_first_not_of(" \n"), text_.size())); }

  bool Try(char expected) {
    SkipSpace();
    if (text_.empty() || text_.front() != expected) return false;
    text_.remove_prefix(1);
    return true;
  }

  void Expect(char expected) {
    if (!Try(expected)) Fail(std::string(1, expected));
  }

  bool TryWord(std::string_view word) {
    SkipSpace();
    if (text_.substr(0, word.size()) != word) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  int Key() {
    if (TryWord("'descr'")) return 0;
    if (TryWord("'fortran_order'")) return 1;
    if (TryWord("'shape'")) return 2;
    Fail("the key descr, fortran_order or shape");
  }

  std::string Descr() {
    SkipSpace();
    if (!text_.empty() && text_.front() == '[') {
      throw DataError(where_ + ": expected an array of numbers, found one of structures");
    }
    Expect('\'');
    const size_t end = text_.find('\'');
    if (end == std::string_view::npos) Fail("a closing quote");
    const std::string descr(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return descr;
  }

  bool Boolean() {
    if (TryWord("True")) return true;
    if (TryWord("False")) return false;
    Fail("True or False");
  }

  std::vector<int64_t> Shape() {
    std::vector<int64_t> shape;
    Expect('(');
    for (bool more = !Try(')'); more;) {
      shape.push_back(Length());
      const bool comma = Try(',');
      more = !Try(')');
      if (more && !comma) Fail("a comma or )");
    }
    return shape;
  }

  int64_t Length() {
    SkipSpace();
    int64_t length = 0;
    const auto [stop, error] = std::from_chars(text_.data(), text_.data() + text_.size(), length);
    if (error != std::errc() || length < 0) Fail("a length");
    text_.remove_prefix(static_cast<size_t>(stop - text_.data()));
    return length;
  }

  std::string_view text_;
  const std::string& where_;
};

NpyType TypeOf(const std::string& descr, const std::string& where) {
  for (size_t i = 0; i < std::size(kTypes); ++i) {
    if (descr == kTypes[i].name) return static_cast<NpyType>(i);
    // Byte order says nothing about single bytes.
    if (kTypes[i].bytes == 1 && descr == std::string("<") + (kTypes[i].name + 1)) {
      return static_cast<NpyType>(i);
    }
  }
  std::string advice;
  if (!descr.empty() && descr.front() == '>') {
    advice = ", big-endian: save array.astype('<" + descr.substr(1) + "')";
  }
  throw DataError(where +
                  ": expected numbers of type b1, i1, u1, i2, u2, i4, u4, i8, u8, f4 or f8, "
                  "found " +
                  Printable(descr) + advice);
}

// Product of the lengths; an array must be addressable in bytes.
int64_t CountElements(const NpyHeader& header, const std::string& where) {
  const int64_t most =
      std::numeric_limits<int64_t>::max() / static_cast<int64_t>(NpyTypeBytes(header.type));
  if (std::count(header.shape.begin(), header.shape.end(), 0) > 0) return 0;
  int64_t n = 1;
  for (const int64_t length : header.shape) {
    if (n > most / length) {
      throw DataError(where + ": expected an array that fits 64 bits, found shape " +
                      ShapeText(header.shape));
    }
    n *= length;
  }
  return n;
}

// The text of the dictionary; sets data_offset.
std::string_view DictionaryText(std::string_view bytes, const std::string& where,
                                size_t* data_offset) {
  if (bytes.substr(0, kMagic.size()) != kMagic.substr(0, bytes.size())) {
    throw DataError(where +
                    ": expected NPY data, found something else: " + Printable(bytes.substr(0, 8)));
  }
  constexpr size_t kVersionEnd = 8;
  const int version = bytes.size() < kVersionEnd ? 1 : LoadLittleEndian<uint16_t>(&bytes[6]);
  if (version != 1 && version != 2) {
    throw DataError(where + ": expected NPY version 1.0 or 2.0, found " +
                    std::to_string(version % 256) + "." + std::to_string(version / 256));
  }
  const size_t begin = kVersionEnd + (version == 1 ? 2 : 4);
  if (bytes.size() >= begin) {
    const size_t length = version == 1 ? LoadLittleEndian<uint16_t>(&bytes[kVersionEnd])
                                       : LoadLittleEndian<uint32_t>(&bytes[kVersionEnd]);
    *data_offset = begin + length;
    if (bytes.size() - begin >= length) return bytes.substr(begin, length);
  }
  throw DataError(where + ": expected an NPY header, found only its first " +
                  std::to_string(bytes.size()) + " bytes: the file is cut off");
}

}  // namespace

size_t NpyTypeBytes(NpyType type) { return kTypes[static_cast<size_t>(type)].bytes; }

std::string NpyTypeName(NpyType type) { return kTypes[static_cast<size_t>(type)].name; }

std::string ShapeText(const std::vector<int64_t>& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

NpyHeader ParseNpyHeader(std::string_view file_bytes, const std::string& where) {
  NpyHeader header;
  const std::string_view text = DictionaryText(file_bytes, where, &header.data_offset);
  const Dictionary dictionary = DictionaryParser(text, where).Parse();
  header.type = TypeOf(dictionary.descr, where);
  header.shape = dictionary.shape;
  if (dictionary.fortran_order && header.shape.size() > 1) {
    throw DataError(where +
                    ": expected row-major (C) order, found Fortran order: save "
                    "numpy.ascontiguousarray(array)");
  }
  header.n_elements = CountElements(header, where);
  const uint64_t expected = static_cast<uint64_t>(header.n_elements) * NpyTypeBytes(header.type);
  const uint64_t found = file_bytes.size() - header.data_offset;
  if (found != expected) {
    throw DataError(where + ": expected " + std::to_string(expected) + " bytes for shape " +
                    ShapeText(header.shape) + " of type " + NpyTypeName(header.type) + ", found " +
                    std::to_string(found));
  }
  return header;
}

std::string FormatNpyHeader(NpyType type, const std::vector<int64_t>& shape) {
  std::string text = "{'descr': '" + NpyTypeName(type) +
                     "', 'fortran_order': False, 'shape': " + ShapeText(shape) + ", }";
  constexpr size_t kPreamble = 10;
  while ((kPreamble + text.size() + 1) % kAlignment != 0) text += ' ';
  text += '\n';
  std::string header(kMagic);
  header += '\x01';
  header += '\x00';
  AppendLittleEndian(static_cast<uint16_t>(text.size()), &header);
  return header + text;
}

}  // namespace demd
