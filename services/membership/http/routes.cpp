#include "membership/http/routes.hpp"

#include "membership/http/audit.hpp"
#include "membership/http/authorization_checks.hpp"
#include "membership/http/claims.hpp"
#include "membership/http/events.hpp"
#include "membership/http/memberships.hpp"
#include "membership/http/organizations.hpp"
#include "membership/http/proposals.hpp"
#include "membership/http/registrations.hpp"
#include "membership/http/role_requests.hpp"
#include "membership/http/service_center.hpp"

namespace membership {

namespace {

using web::Access;
using web::Method;
using Operation = web::Response (*)(Service&, const web::Request&);

constexpr std::size_t authorization_checks_max = 64 * 1024;
constexpr std::size_t event_batch_max = 8 * 1024 * 1024;
constexpr std::size_t bulk_decision_max = 256 * 1024;

auto handled_by(Service& service) {
  return [&service](Operation operation) -> web::Handler {
    return
        [&service, operation](const web::Request& request) { return operation(service, request); };
  };
}

}  // namespace

std::vector<web::Route> routes(Service& service) {
  const auto by = handled_by(service);
  // clang-format off
  return {
      {Method::get,  "/v1/manage-access",                    "getManageAccess",              Access::person,           by(get_manage_access)},
      {Method::post, "/v1/organizations/find",               "findOrganization",             Access::person,           by(find_organization)},
      {Method::get,  "/v1/organizations/{id}",               "getOrganization",              Access::person,           by(get_organization)},
      {Method::get,  "/v1/organizations/{id}/members",       "listMembers",                  Access::person,           by(list_members)},
      {Method::get,  "/v1/organizations/{id}/role-requests", "listOrganizationRoleRequests", Access::person,           by(list_organization_role_requests)},
      {Method::get,  "/v1/organizations/{id}/audit",         "listOrganizationAudit",        Access::person,           by(list_organization_audit)},
      {Method::post, "/v1/organizations/{id}/claim",         "claimOrganization",            Access::person_with_totp, by(claim_organization)},
      {Method::get,  "/v1/organizations/{id}/registrations",                    "listRegistrations",    Access::person, by(list_registrations)},
      {Method::post, "/v1/organizations/{id}/registrations/{program}/register", "registerOrganization", Access::person, by(register_organization)},
      {Method::post, "/v1/organizations/{id}/registrations/{program}/cancel",   "cancelRegistration",   Access::person, by(cancel_registration)},
      {Method::post, "/v1/role-requests",                    "createRoleRequest",            Access::person,           by(create_role_request)},
      {Method::get,  "/v1/role-requests/{id}",               "getRoleRequest",               Access::person,           by(get_role_request)},
      {Method::post, "/v1/role-requests/{id}/approve",       "approveRoleRequest",           Access::person_with_totp, by(approve_role_request)},
      {Method::post, "/v1/role-requests/{id}/deny",          "denyRoleRequest",              Access::person_with_totp, by(deny_role_request)},
      {Method::post, "/v1/role-requests/decide",             "decideRoleRequests",           Access::person_with_totp, by(decide_role_requests), bulk_decision_max},
      {Method::post, "/v1/role-requests/{id}/reopen",        "reopenRoleRequest",            Access::person_with_totp, by(reopen_role_request)},
      {Method::post, "/v1/role-requests/{id}/withdraw",      "withdrawRoleRequest",          Access::person,           by(withdraw_role_request)},
      {Method::get,  "/v1/memberships/{id}",                 "getMembership",                Access::person,           by(get_membership)},
      {Method::post, "/v1/memberships/{id}/remove",          "removeMembership",             Access::person_with_totp, by(remove_membership)},
      {Method::post, "/v1/service-center/organizations/find",               "findServiceCenterOrganizations", Access::person_with_totp, by(find_service_center_organizations)},
      {Method::get,  "/v1/service-center/organizations/{id}/members",       "listServiceCenterMembers",       Access::person_with_totp, by(list_service_center_members)},
      {Method::get,  "/v1/service-center/organizations/{id}/role-requests", "listServiceCenterRoleRequests",  Access::person_with_totp, by(list_service_center_role_requests)},
      {Method::get,  "/v1/service-center/organizations/{id}/audit",         "exportServiceCenterAudit",       Access::person_with_totp, by(export_service_center_audit)},
      {Method::post, "/v1/service-center/organizations/{id}/appoint",       "proposeAppointment",             Access::person_with_totp, by(propose_appointment)},
      {Method::post, "/v1/service-center/memberships/{id}/remove",          "proposeRemoval",                 Access::person_with_totp, by(propose_removal)},
      {Method::post, "/v1/service-center/role-requests/{id}/decide",        "proposeDecision",                Access::person_with_totp, by(propose_decision)},
      {Method::get,  "/v1/service-center/proposals",                        "listProposals",                  Access::person_with_totp, by(list_proposals)},
      {Method::get,  "/v1/service-center/proposals/{id}",                   "getProposal",                    Access::person_with_totp, by(get_proposal)},
      {Method::post, "/v1/service-center/proposals/{id}/confirm",           "confirmProposal",                Access::person_with_totp, by(confirm_proposal)},
      {Method::post, "/v1/service-center/proposals/{id}/reject",            "rejectProposal",                 Access::person_with_totp, by(reject_proposal)},
      {Method::post, "/v1/authorization-checks",             "checkAuthorizations",          Access::partner,          by(check_authorizations), authorization_checks_max, "authorizationChecks"},
  };
  // clang-format on
}

std::vector<web::Route> internal_routes(Service& service) {
  return {{Method::post, "/internal/v1/events", "receiveEvents", Access::service,
           handled_by(service)(receive_events), event_batch_max}};
}

}  // namespace membership
