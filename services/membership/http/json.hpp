#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "membership/domain/details.hpp"
#include "membership/settings.hpp"
#include "vocabulary/timestamp.hpp"

// The schemas of openapi.yaml.
namespace membership {

/// The person who looks, and the role they hold at the organization: what they see, and what they
/// may do, depends on that.
struct Viewer {
  AccountId account;
  std::optional<Role> role;
};

/// RoleRequest, as it is at `now`.
nlohmann::json to_json(const RoleRequestDetails& details, const Viewer& viewer,
                       vocabulary::Timestamp now, std::chrono::milliseconds reopen_within);

/// The history of a RoleRequest.
nlohmann::json to_json(const std::vector<PastDecision>& history);

/// Membership.
nlohmann::json to_json(const MembershipDetails& details, const Viewer& viewer);

/// Organization.
nlohmann::json to_json(const OrganizationCard& card);

/// ServiceCenterOrganization.
nlohmann::json to_json(const OrganizationOverview& overview);

/// Proposal, for an agent.
nlohmann::json to_json(const ProposalDetails& details, const AccountId& agent,
                       vocabulary::Timestamp now);

/// SupportContact.
nlohmann::json to_json(const SupportContact& contact);

/// Registration.
nlohmann::json to_json(const RegistrationView& view);

/// OrganizationName.
nlohmann::json name_to_json(const Organization& organization);

}  // namespace membership
