#pragma once

#include <nlohmann/json_fwd.hpp>

#include "membership/domain/details.hpp"
#include "membership/settings.hpp"
#include "vocabulary/timestamp.hpp"

// The schemas of openapi.yaml. `viewer` is the person who looks: what they see, and what they may
// do, depends on that.
namespace membership {

/// RoleRequest. Who views somebody else's is a Security Official of the organization.
nlohmann::json to_json(const RoleRequestDetails& details, const AccountId& viewer,
                       vocabulary::Timestamp now);

/// Membership.
nlohmann::json to_json(const MembershipDetails& details, const AccountId& viewer,
                       bool viewer_is_security_official);

/// Organization.
nlohmann::json to_json(const OrganizationCard& card);

/// ServiceCenterOrganization.
nlohmann::json to_json(const OrganizationOverview& overview);

/// SupportContact.
nlohmann::json to_json(const SupportContact& contact);

/// OrganizationName.
nlohmann::json name_to_json(const Organization& organization);

}  // namespace membership
