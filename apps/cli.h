#ifndef DEMD_APPS_CLI_H_
#define DEMD_APPS_CLI_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace demd {

/// The options of a program, declared once: parsing, checking and --help come from the same list.
///
///   int64_t seed = 1;
///   std::vector<std::string> files;
///   OptionParser options("demd_emd", "Exact EMD between the rows of two files.");
///   options.Integer("--seed", &seed, "N", 0, INT64_MAX, "random seed");
///   options.Arguments(&files, "A B", 2, 2, "files of wafers, CSV or NPY");
///   options.Example("demd_emd a.csv b.npy");
///   if (!options.Parse(arguments)) return 0;
///
/// What a variable holds at declaration is its default and is shown by --help. Values may follow as
/// "--seed 7" or "--seed=7"; "--" ends the options. --help (-h) and --version are built in.
class OptionParser {
 public:
  OptionParser(std::string program, std::string summary);

  /// Declares an option; `value_name` stands for its value in --help, `help` is one sentence.
  /// Every pointer must outlive Parse.
  void Flag(const std::string& name, bool* value, const std::string& help);
  void Integer(const std::string& name, int64_t* value, const std::string& value_name, int64_t min,
               int64_t max, const std::string& help);
  void Real(const std::string& name, double* value, const std::string& value_name, double min,
            double max, const std::string& help);
  void Text(const std::string& name, std::string* value, const std::string& value_name,
            const std::string& help);
  /// One of several words.
  void Choice(const std::string& name, std::string* value, const std::vector<std::string>& choices,
              const std::string& help);
  /// Comma-separated words out of several, each at most once: "--losses mse,emd_cnn".
  void Choices(const std::string& name, std::vector<std::string>* values,
               const std::vector<std::string>& choices, const std::string& help);
  /// One or more values up to the next option: "--data a.csv b.csv". May be given again.
  void TextList(const std::string& name, std::vector<std::string>* values,
                const std::string& value_name, const std::string& help);
  /// --threads N, applied by Parse to all parallel work. Results do not depend on it.
  void Threads();
  /// Arguments that belong to no option, at least `min` and at most `max` of them.
  void Arguments(std::vector<std::string>* values, const std::string& value_names, size_t min,
                 size_t max, const std::string& help);
  /// A command line that works, for --help.
  void Example(const std::string& command_line) { example_ = command_line; }

  /// Sets the variables. Returns false when --help or --version was asked for and has been printed
  /// to standard output. Error: UsageError.
  bool Parse(const std::vector<std::string>& arguments);

  /// Refuses those of these options that were given, since beside the others they would change
  /// nothing: UsageError "--weight-bits: expected --profile calibrated with it, found none", of
  /// which `message` is what follows the name. REQUIRES: Parse was called.
  void Refuse(const std::vector<std::string>& names, const std::string& message) const;

  /// What --help prints.
  std::string HelpText() const;

 private:
  enum class Values { kNone, kOne, kMany };
  struct Option {
    std::string name;
    std::string value_name;
    std::string help;
    std::string default_text;
    Values values = Values::kOne;
    std::function<void(const std::string&)> set;  // gets each value, throws UsageError
    bool given = false;
  };

  void Add(Option option);
  Option& FindOption(const std::string& name);
  /// Parses the option at arguments[at] with its values; returns the index after them.
  size_t ParseOption(const std::vector<std::string>& arguments, size_t at);
  void CheckArguments() const;

  std::string program_;
  std::string summary_;
  std::string example_;
  std::vector<Option> options_;
  int64_t threads_ = 0;
  std::vector<std::string>* arguments_ = nullptr;
  std::string argument_names_;
  std::string arguments_help_;
  size_t min_arguments_ = 0;
  size_t max_arguments_ = 0;
};

/// Runs the body of a program and returns its exit code:
///   0 done, 1 ran but a check failed, 128 + a signal that stopped it before its output was
///   complete (these returned by the body), 2 usage, 3 data or I/O (also a full disk behind
///   standard output, and no memory), 4 numeric, 5 a bug.
/// An exception becomes one line on standard error, "program: message".
int RunMain(int argc, char** argv,
            const std::function<int(const std::vector<std::string>& arguments)>& body);

}  // namespace demd

#endif  // DEMD_APPS_CLI_H_
