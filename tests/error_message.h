#ifndef DEMD_TESTS_ERROR_MESSAGE_H_
#define DEMD_TESTS_ERROR_MESSAGE_H_

#include <string>

#include "engine/error.h"

namespace demd {

/// The message of the exception of type E that body() throws; "(no error)" if it throws none.
/// An exception of another type passes and fails the test.
template <typename E = DataError, typename Body>
std::string ErrorMessage(Body&& body) {
  try {
    body();
  } catch (const E& error) {
    return error.what();
  }
  return "(no error)";
}

}  // namespace demd

#endif  // DEMD_TESTS_ERROR_MESSAGE_H_
