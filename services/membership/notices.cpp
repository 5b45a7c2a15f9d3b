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

events::Event about(const OrganizationId& organization, std::string type, Timestamp at, json data) {
  return {.id = vocabulary::new_uuid(),
          .source = "/membership",
          .type = std::move(type),
          .subject = organization.text(),
          .time = at,
          .data = std::move(data)};
}

}  // namespace

events::Event notice_of(const RoleRequestDetails& details,
                        const std::vector<AccountId>& security_officials, Timestamp at) {
  const RoleRequest& request = details.request;
  json officials = json::array();
  for (const AccountId& official : security_officials) {
    if (official != request.requester) officials.push_back(official.text());
  }
  const auto& decision = request.decision;
  json data = {
      {"roleRequestId", request.id.text()},
      {"organization", {{"id", request.organization.text()}, {"name", details.organization_name}}},
      {"role", to_text(request.role)},
      {"requester", person(request.requester, details.requester_name)},
      {"securityOfficials", std::move(officials)},
      {"decidedBy", decision ? person(decision->decided_by, details.decider_name) : json(nullptr)},
      {"reason", decision ? or_null(decision->reason) : json(nullptr)}};
  const bool created = request.status == RoleRequestStatus::pending;
  return about(request.organization,
               "roleRequest." + (created ? "created" : std::string(to_text(request.status))), at,
               std::move(data));
}

events::Event notice_of_removal(const MembershipDetails& removed, const Organization& organization,
                                const std::string& remover_name,
                                const std::vector<AccountId>& security_officials) {
  const Membership& membership = removed.membership;
  const Removal& removal = membership.removal.value();
  json officials = json::array();
  for (const AccountId& official : security_officials) officials.push_back(official.text());
  return about(organization.id, "membership.removed", removal.removed_at,
               {{"membershipId", membership.id.text()},
                {"organization", {{"id", organization.id.text()}, {"name", organization.name}}},
                {"member", person(membership.member, removed.member_name)},
                {"role", to_text(membership.role)},
                {"removedBy", person(removal.removed_by, remover_name)},
                {"reason", or_null(removal.reason)},
                {"securityOfficials", std::move(officials)}});
}

}  // namespace membership
