#include "membership/notices.hpp"

#include <string>

#include <nlohmann/json.hpp>

#include "vocabulary/id.hpp"

namespace membership {

namespace {

using nlohmann::json;

json person(const AccountId& id, const std::string& name) {
  return {{"accountId", id.text()}, {"name", name}};
}

json or_null(const std::optional<std::string>& text) {
  return text ? json(*text) : json(nullptr);
}

json organization_name(const OrganizationId& id, const std::string& name) {
  return {{"id", id.text()}, {"name", name}};
}

events::Event about(const std::string& subject, std::string type, Timestamp at, json data) {
  return {.id = vocabulary::new_uuid(),
          .source = "/membership",
          .type = std::move(type),
          .subject = subject,
          .time = at,
          .data = std::move(data)};
}

json ids_of(const std::vector<AccountId>& accounts) {
  json ids = json::array();
  for (const AccountId& account : accounts) ids.push_back(account.text());
  return ids;
}

json role_request_data(const RoleRequestDetails& details,
                       const std::vector<AccountId>& security_officials) {
  const RoleRequest& request = details.request;
  json officials = json::array();
  for (const AccountId& official : security_officials) {
    if (official != request.requester) officials.push_back(official.text());
  }
  const auto& decision = request.decision;
  return {
      {"roleRequestId", request.id.text()},
      {"organization", organization_name(request.organization, details.organization_name)},
      {"role", to_text(request.role)},
      {"requester", person(request.requester, details.requester_name)},
      {"securityOfficials", std::move(officials)},
      {"decidedBy", decision ? person(decision->decided_by, details.decider_name) : json(nullptr)},
      {"reason", decision ? or_null(decision->reason) : json(nullptr)}};
}

}  // namespace

events::Event notice_of(const RoleRequestDetails& details,
                        const std::vector<AccountId>& security_officials, Timestamp at) {
  const RoleRequest& request = details.request;
  const bool created = request.status == RoleRequestStatus::pending;
  return about(request.organization.text(),
               "roleRequest." + (created ? "created" : std::string(to_text(request.status))), at,
               role_request_data(details, security_officials));
}

events::Event notice_of_reminder(const RoleRequestDetails& details,
                                 const std::vector<AccountId>& security_officials, Timestamp at) {
  json data = role_request_data(details, security_officials);
  data["requestedAt"] = vocabulary::to_text(details.request.requested_at);
  data["expiresAt"] = vocabulary::to_text(details.request.expires_at);
  return about(details.request.organization.text(), "roleRequest.reminderDue", at, std::move(data));
}

events::Event notice_of_escalation(const RoleRequestDetails& details, Timestamp at) {
  return about(details.request.organization.text(), "roleRequest.escalated", at,
               role_request_data(details, {}));
}

events::Event notice_of_digest(const PendingDigest& digest, Timestamp at) {
  json organizations = json::array();
  for (const auto& [id, name, pending_count] : digest.organizations) {
    organizations.push_back({{"id", id.text()}, {"name", name}, {"pendingCount", pending_count}});
  }
  return about(digest.official.text(), "roleRequests.digestDue", at,
               {{"accountId", digest.official.text()},
                {"pendingCount", digest.pending_count},
                {"organizationCount", digest.organization_count},
                {"organizations", std::move(organizations)}});
}

events::Event notice_of_single_official(const Organization& organization, const AccountId& official,
                                        Timestamp at) {
  return about(organization.id.text(), "organization.singleSecurityOfficial", at,
               {{"organization", organization_name(organization.id, organization.name)},
                {"accountId", official.text()}});
}

events::Event notice_of_reopening(const RoleRequestDetails& details,
                                  const std::string& reopener_name,
                                  const std::optional<std::string>& reason,
                                  const std::vector<AccountId>& security_officials) {
  const Reopening& reopening = details.request.reopening.value();
  json data = role_request_data(details, security_officials);
  data["decidedBy"] = person(reopening.reopened_by, reopener_name);
  data["reason"] = or_null(reason);
  return about(details.request.organization.text(), "roleRequest.reopened", reopening.reopened_at,
               std::move(data));
}

events::Event notice_of_removal(const MembershipDetails& removed, const Organization& organization,
                                const std::string& remover_name,
                                const std::vector<AccountId>& security_officials) {
  const Membership& membership = removed.membership;
  const Removal& removal = membership.removal.value();
  return about(organization.id.text(), "membership.removed", removal.removed_at,
               {{"membershipId", membership.id.text()},
                {"organization", organization_name(organization.id, organization.name)},
                {"member", person(membership.member, removed.member_name)},
                {"role", to_text(membership.role)},
                {"removedBy", person(removal.removed_by, remover_name)},
                {"reason", or_null(removal.reason)},
                {"securityOfficials", ids_of(security_officials)}});
}

events::Event notice_of_registration(const Registration& changed, const Organization& organization,
                                     const AccountId& changer, const std::string& changer_name,
                                     const std::vector<AccountId>& security_officials,
                                     Timestamp at) {
  return about(organization.id.text(), "registration.changed", at,
               {{"organization", organization_name(organization.id, organization.name)},
                {"program", to_text(changed.program)},
                {"performanceYear", changed.performance_year},
                {"status", status_of(changed)},
                {"changedBy", person(changer, changer_name)},
                {"securityOfficials", ids_of(security_officials)}});
}

events::Event notice_of_grant(const MembershipDetails& granted, const Organization& organization,
                              const std::optional<AccountId>& granter,
                              const std::string& granter_name,
                              const std::optional<std::string>& reason,
                              const std::vector<AccountId>& security_officials, Timestamp at) {
  const Membership& membership = granted.membership;
  return about(organization.id.text(), "membership.granted", at,
               {{"membershipId", membership.id.text()},
                {"organization", organization_name(organization.id, organization.name)},
                {"member", person(membership.member, granted.member_name)},
                {"role", to_text(membership.role)},
                {"grantedBy", granter ? person(*granter, granter_name) : json(nullptr)},
                {"reason", or_null(reason)},
                {"securityOfficials", ids_of(security_officials)}});
}

}  // namespace membership
