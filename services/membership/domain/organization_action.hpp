#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "membership/domain/refusal.hpp"
#include "membership/domain/role.hpp"

namespace membership {

/// What members do at their organization, here or in other systems.
enum class OrganizationAction {
  view_users,     // who is a member, and who asks to be one
  manage_access,  // decide on requests, remove members
  edit_registrations,
  view_information,
  submit_data,
  complete_opt_in,
  view_feedback,
};

inline constexpr std::array organization_actions = {
    OrganizationAction::view_users,         OrganizationAction::manage_access,
    OrganizationAction::edit_registrations, OrganizationAction::view_information,
    OrganizationAction::submit_data,        OrganizationAction::complete_opt_in,
    OrganizationAction::view_feedback};

/// The one spelling of each, in JSON.
std::string_view to_text(OrganizationAction action);
std::optional<OrganizationAction> parse_organization_action(std::string_view text);

/// Why somebody who holds the role `held` at the organization may not do this there.
std::optional<Refusal> refuse(OrganizationAction action, std::optional<Role> held);

/// All that somebody who holds that role may do.
std::vector<OrganizationAction> allowed_actions(std::optional<Role> held);

}  // namespace membership
