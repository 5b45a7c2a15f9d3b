#include "database/fault.hpp"

#include "database/database.hpp"

namespace database {

std::exception_ptr Fault::to_exception() const {
  switch (failure) {
    case Failure::retry:
    case Failure::lost:
    case Failure::unavailable: return std::make_exception_ptr(Unavailable(text));
    case Failure::in_doubt: return std::make_exception_ptr(OutcomeUnknown(text));
    case Failure::constraint: return std::make_exception_ptr(ConstraintViolated(text));
    case Failure::none:
    case Failure::other: break;
  }
  return std::make_exception_ptr(std::runtime_error(text));
}

}  // namespace database
