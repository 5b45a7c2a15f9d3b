#include "membership/domain/organization_action.hpp"

#include <cstdlib>

namespace membership {

namespace {

using enum OrganizationAction;

bool is_for_security_officials(OrganizationAction action) {
  switch (action) {
    case view_users:
    case manage_access:
    case edit_registrations: return true;
    case view_information:
    case submit_data:
    case complete_opt_in:
    case view_feedback: return false;
  }
  std::abort();  // not an enumerator
}

}  // namespace

std::string_view to_text(OrganizationAction action) {
  switch (action) {
    case view_users: return "viewUsers";
    case manage_access: return "manageAccess";
    case edit_registrations: return "editRegistrations";
    case view_information: return "viewInformation";
    case submit_data: return "submitData";
    case complete_opt_in: return "completeOptIn";
    case view_feedback: return "viewFeedback";
  }
  std::abort();  // not an enumerator
}

std::optional<OrganizationAction> parse_organization_action(std::string_view text) {
  for (const OrganizationAction action : organization_actions) {
    if (to_text(action) == text) return action;
  }
  return std::nullopt;
}

std::optional<Refusal> refuse(OrganizationAction action, std::optional<Role> held) {
  if (!held) return Refusal::not_found;
  if (is_for_security_officials(action) && held != Role::security_official) {
    return Refusal::not_a_security_official;
  }
  return std::nullopt;
}

std::vector<OrganizationAction> allowed_actions(std::optional<Role> held) {
  std::vector<OrganizationAction> allowed;
  for (const OrganizationAction action : organization_actions) {
    if (!refuse(action, held)) allowed.push_back(action);
  }
  return allowed;
}

}  // namespace membership
