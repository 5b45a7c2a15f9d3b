#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include "membership/domain/membership_change.hpp"

// What a row of the audit says under "membership", from which memberships can be made again.
namespace membership {

nlohmann::json to_json(const MembershipChange& change);

/// The change under "membership" of a row's details; nullopt when there is none. Throws
/// std::invalid_argument when it cannot be read.
std::optional<MembershipChange> parse_membership_change(const nlohmann::json& details);

}  // namespace membership
