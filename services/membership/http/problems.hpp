#pragma once

#include <vector>

#include "membership/domain/refusal.hpp"
#include "web/problem.hpp"

namespace membership {

/// The whole of this service's error contract, in one switch.
web::Problem problem_of(Refusal refusal);

/// The problems only this service has, for /problems/{name}.
const std::vector<const web::ProblemType*>& problem_types();

}  // namespace membership
