#pragma once

#include <optional>
#include <string>
#include <vector>

#include "membership/domain/details.hpp"
#include "membership/refused.hpp"
#include "membership/storage/store.hpp"

namespace membership {

struct WantedDecision {
  RoleRequestId id;
  Decision decision;
};

/// Decides each request as decide_role_request does, in this order; the outcomes in the same order.
/// What one that is refused has written is forgotten, and the others are done.
std::vector<Outcome<RoleRequestDetails>> decide_role_requests(
    Store& store, const Act& act, const std::vector<WantedDecision>& wanted);

}  // namespace membership
