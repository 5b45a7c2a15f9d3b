#pragma once

#include <exception>
#include <string>

namespace database {

/// What the database's "no" means for the transaction it came in.
enum class Failure {
  none,
  retry,        // serialization, deadlock, lock not granted in time
  lost,         // the connection is gone, and the transaction with it
  unavailable,  // full, broken, overloaded, not to be opened
  in_doubt,     // the connection broke during COMMIT
  constraint,
  other,
};

/// What a connection throws, before it is turned into one of the exceptions of database.hpp.
struct Fault {
  Failure failure;
  std::string text;  // a result code and a statement, never a value that was bound

  /// Unavailable, OutcomeUnknown, ConstraintViolated or std::runtime_error.
  std::exception_ptr to_exception() const;
};

}  // namespace database
