#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "membership/domain/details.hpp"
#include "membership/settings.hpp"
#include "vocabulary/timestamp.hpp"
#include "web/json.hpp"

// The schemas of openapi.yaml.
namespace membership {

/// The person who looks, and the role they hold at the organization: what they see, and what they
/// may do, depends on that.
struct Viewer {
  AccountId account;
  std::optional<Role> role;
};

/// RoleRequest, as it is at `now`; with its history where that is asked for.
web::Json to_json(const RoleRequestDetails& details, const Viewer& viewer,
                  vocabulary::Timestamp now, std::chrono::milliseconds reopen_within,
                  const web::Json& history = web::Json::absent());

/// The history of a RoleRequest.
web::Json to_json(const std::vector<PastDecision>& history);

/// Membership; with its entity tag where it is an item of a list.
web::Json to_json(const MembershipDetails& details, const Viewer& viewer,
                  const web::Json& etag = web::Json::absent());

/// Organization.
web::Json to_json(const OrganizationCard& card);

/// OrganizationCountByType.
web::Json to_json(const std::map<OrganizationType, std::int64_t>& counts);

/// ServiceCenterOrganization.
web::Json to_json(const OrganizationOverview& overview);

/// Proposal, for an agent.
nlohmann::json to_json(const ProposalDetails& details, const AccountId& agent,
                       vocabulary::Timestamp now);

/// SupportContact.
web::Json to_json(const SupportContact& contact);

/// Registration.
web::Json to_json(const RegistrationView& view);

/// OrganizationName.
web::Json name_to_json(const Organization& organization);

}  // namespace membership
