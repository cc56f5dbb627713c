#ifndef DEMD_ENGINE_ERROR_H_
#define DEMD_ENGINE_ERROR_H_

#include <stdexcept>
#include <string>

namespace demd {

/// Base of every error a user can cause or must hear about. The message reads
/// "where: expected X, found Y", fits on one line and needs no further context.
class Error : public std::runtime_error {
 public:
  Error(const std::string& message, int exit_code)
      : std::runtime_error(message), exit_code_(exit_code) {}

  /// The exit code of a program that stops on this error.
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

/// A wrong option, argument or combination of them.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(message, 2) {}
};

/// A file that cannot be read, written or understood.
class DataError : public Error {
 public:
  explicit DataError(const std::string& message) : Error(message, 3) {}
};

/// A computation that has no valid result: a NaN loss, an empty wafer, a range exceeded.
class NumericError : public Error {
 public:
  explicit NumericError(const std::string& message) : Error(message, 4) {}
};

}  // namespace demd

#endif  // DEMD_ENGINE_ERROR_H_
