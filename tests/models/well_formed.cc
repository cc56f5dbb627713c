#include "tests/models/well_formed.h"

#include <cctype>
#include <set>
#include <stdexcept>
#include <vector>

namespace demd {
namespace {

// A reader of one text; what it finds wrong it throws as a string.
class XmlChecker {
 public:
  explicit XmlChecker(std::string_view text) : text_(text) {}

  void Run() {
    Skip(kDoctype);
    SkipSpace();
    do {
      if (Next() == '<') {
        Tag();
      } else {
        Character();
      }
    } while (!open_.empty());
    SkipSpace();
    if (at_ != text_.size()) Fail("text after the root element");
  }

 private:
  static constexpr std::string_view kDoctype = "<!DOCTYPE html>";

  [[noreturn]] void Fail(const std::string& what) const {
    throw std::runtime_error("byte " + std::to_string(at_) + ": " + what);
  }

  char Next() const {
    if (at_ >= text_.size()) Fail("the text ends within " + (open_.empty() ? "" : open_.back()));
    return text_[at_];
  }

  bool Skip(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  void Expect(std::string_view expected) {
    if (!Skip(expected)) Fail("expected " + std::string(expected));
  }

  bool SkipSpace() {
    const size_t before = at_;
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    return at_ != before;
  }

  std::string Name() {
    const size_t before = at_;
    while (Next() == '-' || Next() == ':' || std::isalnum(static_cast<unsigned char>(Next()))) {
      ++at_;
    }
    if (at_ == before) Fail("expected a name");
    return std::string(text_.substr(before, at_ - before));
  }

  void Character() {
    if (open_.empty()) Fail("text outside the root element");
    const char character = Next();
    const bool is_space = character == '\n' || character == '\t' || character == '\r';
    if (static_cast<unsigned char>(character) < 0x20 && !is_space) Fail("control character");
    if (character != '&') {
      ++at_;
      return;
    }
    for (const std::string_view entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"}) {
      if (Skip(entity)) return;
    }
    Fail("unknown entity");
  }

  void Tag() {
    if (Skip("</")) {
      const std::string name = Name();
      if (open_.empty() || open_.back() != name) Fail("</" + name + "> closes what is not open");
      open_.pop_back();
      Expect(">");
      return;
    }
    Expect("<");
    open_.push_back(Name());
    Attributes();
    if (Skip("/>")) {
      open_.pop_back();
    } else {
      Expect(">");
    }
  }

  void Attributes() {
    std::set<std::string> names;
    while (SkipSpace() && Next() != '>' && Next() != '/') {
      const std::string name = Name();
      if (!names.insert(name).second) Fail("attribute " + name + " twice");
      Expect("=\"");
      while (Next() != '"') {
        if (Next() == '<') Fail("< in an attribute");
        Character();
      }
      ++at_;
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<std::string> open_;
};

}  // namespace

std::string XmlFault(std::string_view text) {
  try {
    XmlChecker(text).Run();
    return "";
  } catch (const std::runtime_error& fault) {
    return fault.what();
  }
}

}  // namespace demd
