#pragma once

#include <vector>

#include "identity/domain/refusal.hpp"
#include "web/problem.hpp"

namespace identity {

/// The whole of this service's error contract, in one switch.
web::Problem problem_of(Refusal refusal);

/// The answer to a refusal.
web::Response refuse(Refusal refusal);

/// The problem types that only this service has.
const std::vector<const web::ProblemType*>& problem_types();

}  // namespace identity
