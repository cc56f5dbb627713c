#include "apps/cli.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <new>
#include <system_error>
#include <utility>

#include "engine/error.h"
#include "engine/io/nearest_name.h"
#include "engine/parallel.h"
#include "engine/version.h"

namespace demd {
namespace {

constexpr size_t kHelpColumns = 80;
constexpr size_t kHelpIndent = 24;

template <typename T>
std::string NumberText(T value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

std::string Joined(const std::vector<std::string>& words, const std::string& separator) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) text += (i > 0 ? separator : "") + words[i];
  return text;
}

// Reads a number that fills the whole text and lies in [min, max].
template <typename T>
T ParseNumber(const std::string& name, const std::string& text, T min, T max, const char* what) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !(value >= min && value <= max)) {
    throw UsageError(name + ": expected " + what + " from " + NumberText(min) + " to " +
                     NumberText(max) + ", found \"" + text + "\"");
  }
  return value;
}

void ExpectChoice(const std::string& name, const std::string& word,
                  const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), word) != choices.end()) return;
  throw UsageError(name + ": expected one of " + Joined(choices, ", ") + ", found \"" + word +
                   "\"");
}

// Words of `text` in lines of at most kHelpColumns, each after the first behind `indent` spaces;
// `column` is where the first line stands.
std::string Wrapped(const std::string& text, size_t column, size_t indent) {
  std::string lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const size_t length = end - begin;
    if (column > indent && column + 1 + length > kHelpColumns) {
      lines += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      lines += ' ';
      ++column;
    }
    lines.append(text, begin, length);
    column += length;
    begin = end + 1;
  }
  return lines;
}

std::string HelpRow(const std::string& left, const std::string& help) {
  std::string row = "  " + left;
  if (row.size() + 2 > kHelpIndent) {
    row += '\n' + std::string(kHelpIndent, ' ');
  } else {
    row.resize(kHelpIndent, ' ');
  }
  return row + Wrapped(help, kHelpIndent, kHelpIndent) + '\n';
}

// Whether an argument is an option's name rather than a value. "-" alone is a file name, and a
// negative number a value.
bool IsOption(const std::string& argument) {
  return argument.size() > 1 && argument[0] == '-' && !(argument[1] >= '0' && argument[1] <= '9') &&
         argument[1] != '.';
}

}  // namespace

OptionParser::OptionParser(std::string program, std::string summary)
    : program_(std::move(program)), summary_(std::move(summary)) {}

void OptionParser::Add(Option option) { options_.push_back(std::move(option)); }

void OptionParser::Flag(const std::string& name, bool* value, const std::string& help) {
  Add({name, "", help, "", Values::kNone, [value](const std::string&) { *value = true; }});
}

void OptionParser::Integer(const std::string& name, int64_t* value, const std::string& value_name,
                           int64_t min, int64_t max, const std::string& help) {
  Add({name, value_name, help, NumberText(*value), Values::kOne, [=](const std::string& text) {
         *value = ParseNumber(name, text, min, max, "a whole number");
       }});
}

void OptionParser::Real(const std::string& name, double* value, const std::string& value_name,
                        double min, double max, const std::string& help) {
  Add({name, value_name, help, NumberText(*value), Values::kOne,
       [=](const std::string& text) { *value = ParseNumber(name, text, min, max, "a number"); }});
}

void OptionParser::Text(const std::string& name, std::string* value, const std::string& value_name,
                        const std::string& help) {
  Add({name, value_name, help, *value, Values::kOne, [=](const std::string& text) {
         if (text.empty()) throw UsageError(name + ": expected " + value_name + ", found nothing");
         *value = text;
       }});
}

void OptionParser::Choice(const std::string& name, std::string* value,
                          const std::vector<std::string>& choices, const std::string& help) {
  Add({name, Joined(choices, "|"), help, *value, Values::kOne, [=](const std::string& text) {
         ExpectChoice(name, text, choices);
         *value = text;
       }});
}

void OptionParser::Choices(const std::string& name, std::vector<std::string>* values,
                           const std::vector<std::string>& choices, const std::string& help) {
  const auto set = [=](const std::string& text) {
    values->clear();
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find(',', begin), text.size());
      const std::string word = text.substr(begin, end - begin);
      ExpectChoice(name, word, choices);
      if (std::find(values->begin(), values->end(), word) != values->end()) {
        throw UsageError(name + ": expected each word once, found " + word + " twice");
      }
      values->push_back(word);
      begin = end + 1;
    }
  };
  Add({name, "LIST", help + " (out of " + Joined(choices, ", ") + ")", Joined(*values, ","),
       Values::kOne, set});
}

void OptionParser::TextList(const std::string& name, std::vector<std::string>* values,
                            const std::string& value_name, const std::string& help) {
  // The first value given takes the place of the default.
  const auto set = [values, first = true](const std::string& text) mutable {
    if (std::exchange(first, false)) values->clear();
    values->push_back(text);
  };
  Add({name, value_name + " ...", help, Joined(*values, " "), Values::kMany, set});
}

void OptionParser::Threads() {
  Add({"--threads", "N", "threads to use; results do not depend on it", "one per processor",
       Values::kOne, [this](const std::string& text) {
         threads_ = ParseNumber<int64_t>("--threads", text, 1, 1024, "a whole number");
       }});
}

void OptionParser::Arguments(std::vector<std::string>* values, const std::string& value_names,
                             size_t min, size_t max, const std::string& help) {
  arguments_ = values;
  argument_names_ = value_names;
  min_arguments_ = min;
  max_arguments_ = max;
  arguments_help_ = help;
}

bool OptionParser::Parse(const std::vector<std::string>& arguments) {
  // --help wins over whatever is wrong beside it.
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    if (argument == "--help" || argument == "-h") {
      std::cout << HelpText();
      return false;
    }
    if (argument == "--version") {
      std::cout << program_ << ' ' << VersionText() << '\n';
      return false;
    }
  }
  bool options_ended = false;
  for (size_t at = 0; at < arguments.size();) {
    const std::string& argument = arguments[at];
    if (!options_ended && argument == "--") {
      options_ended = true;
      ++at;
    } else if (!options_ended && IsOption(argument)) {
      at = ParseOption(arguments, at);
    } else if (arguments_ == nullptr) {
      throw UsageError("expected only options, found \"" + argument + "\" (see --help)");
    } else {
      arguments_->push_back(argument);
      ++at;
    }
  }
  CheckArguments();
  if (threads_ > 0) SetThreadCount(static_cast<int>(threads_));
  return true;
}

OptionParser::Option& OptionParser::FindOption(const std::string& name) {
  std::vector<std::string> names = {"--help", "--version"};
  for (Option& option : options_) {
    if (option.name == name) return option;
    names.push_back(option.name);
  }
  const std::string nearest = NearestName(name, names);
  throw UsageError("unknown option " + name +
                   (nearest.empty() ? " (see --help)" : "; did you mean " + nearest + "?"));
}

size_t OptionParser::ParseOption(const std::vector<std::string>& arguments, size_t at) {
  const std::string& argument = arguments[at++];
  const size_t equals = argument.find('=');
  Option& option = FindOption(argument.substr(0, equals));
  if (option.given && option.values != Values::kMany) {
    throw UsageError(option.name + ": expected once, found twice");
  }
  option.given = true;
  if (equals != std::string::npos) {
    if (option.values == Values::kNone) throw UsageError(option.name + ": expected no value");
    option.set(argument.substr(equals + 1));
    return at;
  }
  if (option.values == Values::kNone) {
    option.set("");
    return at;
  }
  if (at == arguments.size() || IsOption(arguments[at])) {
    throw UsageError(option.name + ": expected " + option.value_name + ", found " +
                     (at == arguments.size() ? "nothing" : "the option " + arguments[at]));
  }
  do {
    option.set(arguments[at++]);
  } while (option.values == Values::kMany && at < arguments.size() && !IsOption(arguments[at]));
  return at;
}

void OptionParser::CheckArguments() const {
  if (arguments_ == nullptr) return;
  const size_t found = arguments_->size();
  if (found >= min_arguments_ && found <= max_arguments_) return;
  std::string message = "expected " + argument_names_ + ", found ";
  message += found == 0 ? "nothing" : std::to_string(found) + " arguments";
  throw UsageError(message + " (see --help)");
}

void OptionParser::Refuse(const std::vector<std::string>& names, const std::string& message) const {
  for (const Option& option : options_) {
    if (!option.given || std::find(names.begin(), names.end(), option.name) == names.end())
      continue;
    throw UsageError(option.name + ": " + message);
  }
}

std::string OptionParser::HelpText() const {
  std::string text = "Usage: " + program_ + (options_.empty() ? "" : " [options]");
  if (!argument_names_.empty()) text += ' ' + argument_names_;
  text += "\n\n" + Wrapped(summary_, 0, 0) + "\n\n";
  if (!argument_names_.empty()) text += HelpRow(argument_names_, arguments_help_) + '\n';
  text += "Options:\n";
  for (const Option& option : options_) {
    const std::string left =
        option.name + (option.value_name.empty() ? "" : " ") + option.value_name;
    const std::string shown_default =
        option.default_text.empty() ? "" : " (default: " + option.default_text + ")";
    text += HelpRow(left, option.help + shown_default);
  }
  text += HelpRow("--help", "print this and exit");
  text += HelpRow("--version", "print version and git revision and exit");
  if (!example_.empty()) text += "\nExample:\n  " + example_ + '\n';
  return text;
}

namespace {

// Standard output may be buffered until here, and then find the disk full.
void FlushStandardOutput() {
  errno = 0;
  std::cout.flush();
  const bool failed = !std::cout.good() || std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (!failed) return;
  // If it failed before, nothing is left that knows why: asked again, the system says it again.
  if (errno == 0) {
    std::clearerr(stdout);
    std::fputc('\n', stdout);
    std::fflush(stdout);
  }
  const std::string reason = errno == 0 ? "write error" : std::generic_category().message(errno);
  throw DataError("standard output: cannot write: " + reason);
}

}  // namespace

int RunMain(int argc, char** argv,
            const std::function<int(const std::vector<std::string>& arguments)>& body) {
  const std::string program =
      argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "demd";
  const auto fail = [&](const std::string& message, int exit_code) {
    std::cerr << program + ": " + message + '\n' << std::flush;
    return exit_code;
  };
  try {
    const int exit_code = body(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
    FlushStandardOutput();
    return exit_code;
  } catch (const Error& error) {
    return fail(error.what(), error.exit_code());
  } catch (const std::bad_alloc&) {
    return fail("out of memory", 3);
  } catch (const std::exception& error) {
    return fail(std::string("internal error, please report it: ") + error.what(), 5);
  }
}

}  // namespace demd
