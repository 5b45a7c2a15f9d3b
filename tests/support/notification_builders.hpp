#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "events/event.hpp"
#include "notification/domain/fact.hpp"
#include "vocabulary/id.hpp"

// Values for tests of the notification service that do not care which. A test spells out only the
// fields it is about.
namespace told {

using namespace notification;  // the tests read as the domain does

inline const Person thomas{AccountId::generate(), "Thomas Miller, MD"};       // asks for roles
inline const Person elizabeth{AccountId::generate(), "Elizabeth Blackwell"};  // Security Official
inline const Person grace{AccountId::generate(), "Grace Hopper"};             // the second one
inline const OrganizationName clinic{OrganizationId::generate(), "Acme Clinic, LLC"};
inline const Timestamp monday = vocabulary::parse_timestamp("2026-02-02T09:00:00.000Z").value();

inline RoleRequestFact role_request(RoleRequestAct act) {
  const bool decided = act == RoleRequestAct::approved || act == RoleRequestAct::denied ||
                       act == RoleRequestAct::reopened;
  return {.act = act,
          .role_request = RoleRequestId::generate(),
          .organization = clinic,
          .role = Role::staff_user,
          .requester = thomas,
          .security_officials = {elizabeth.account, grace.account},
          .decided_by = decided ? std::optional(elizabeth) : std::nullopt,
          .reason = decided ? "Seen your badge." : ""};
}

inline MembershipRemoved removal() {
  return {.membership = MembershipId::generate(),
          .organization = clinic,
          .role = Role::staff_user,
          .member = thomas,
          .removed_by = elizabeth,
          .security_officials = {elizabeth.account, grace.account},
          .reason = "Left the clinic."};
}

inline DigestDue digest() {
  return {.official = elizabeth.account,
          .pending_count = 23,
          .organization_count = 3,
          .organizations = {{clinic, 20},
                            {{OrganizationId::generate(), "Greenville Medical Clinic"}, 2}}};
}

inline RegistrationChanged registration(bool registered) {
  return {.organization = clinic,
          .program = Program::cahps_for_mips_survey,
          .performance_year = 2026,
          .registered = registered,
          .changed_by = elizabeth,
          .security_officials = {elizabeth.account, grace.account}};
}

inline MembershipGranted grant() {
  return {.membership = MembershipId::generate(),
          .organization = clinic,
          .role = Role::security_official,
          .member = thomas,
          .granted_by = Person{service_center_account(), "Service center"},
          .security_officials = {thomas.account, grace.account},
          .reason = "The last official left."};
}

// The same as the other services say it.

inline nlohmann::json to_data(const Person& person) {
  return {{"accountId", person.account.text()}, {"name", person.name}};
}

inline nlohmann::json to_data(const OrganizationName& organization) {
  return {{"id", organization.id.text()}, {"name", organization.name}};
}

inline events::Event event_of(const char* source, std::string type, std::string subject,
                              nlohmann::json data) {
  return {.id = vocabulary::new_uuid(),
          .source = source,
          .type = std::move(type),
          .subject = std::move(subject),
          .time = monday,
          .data = std::move(data)};
}

/// account.verified, unless `type` says something else.
inline events::Event account_event(const Person& person, const std::string& email_address,
                                   std::string type = "account.verified") {
  return event_of("/identity", std::move(type), person.account.text(),
                  {{"accountId", person.account.text()},
                   {"name", person.name},
                   {"emailAddress", email_address}});
}

inline events::Event security_event(const Person& person, std::string type) {
  return event_of("/identity", std::move(type), person.account.text(),
                  {{"accountId", person.account.text()}});
}

inline events::Event code_event(const Person& person, const std::string& email_address,
                                const std::string& code, Timestamp expires_at) {
  return event_of("/identity", "account.codeIssued", person.account.text(),
                  {{"accountId", person.account.text()},
                   {"emailAddress", email_address},
                   {"code", code},
                   {"purpose", "verifyEmailAddress"},
                   {"expiresAt", vocabulary::to_text(expires_at)}});
}

inline nlohmann::json accounts_data(const std::vector<AccountId>& accounts) {
  auto data = nlohmann::json::array();
  for (const auto& account : accounts) data.push_back(account.text());
  return data;
}

inline events::Event event_of(const RoleRequestFact& fact) {
  static constexpr const char* types[] = {
      "roleRequest.created",   "roleRequest.approved",    "roleRequest.denied",
      "roleRequest.withdrawn", "roleRequest.expired",     "roleRequest.superseded",
      "roleRequest.reopened",  "roleRequest.reminderDue", "roleRequest.escalated"};
  nlohmann::json decided_by;
  if (fact.decided_by) decided_by = to_data(*fact.decided_by);
  return event_of("/membership", types[static_cast<int>(fact.act)], fact.organization.id.text(),
                  {{"roleRequestId", fact.role_request.text()},
                   {"organization", to_data(fact.organization)},
                   {"role", to_text(fact.role)},
                   {"requester", to_data(fact.requester)},
                   {"securityOfficials", accounts_data(fact.security_officials)},
                   {"decidedBy", decided_by},
                   {"reason", fact.reason}});
}

inline events::Event event_of(const MembershipRemoved& fact) {
  return event_of("/membership", "membership.removed", fact.organization.id.text(),
                  {{"membershipId", fact.membership.text()},
                   {"organization", to_data(fact.organization)},
                   {"role", to_text(fact.role)},
                   {"member", to_data(fact.member)},
                   {"removedBy", to_data(fact.removed_by)},
                   {"securityOfficials", accounts_data(fact.security_officials)},
                   {"reason", fact.reason}});
}

inline events::Event event_of(const DigestDue& fact) {
  auto organizations = nlohmann::json::array();
  for (const auto& [organization, pending_count] : fact.organizations) {
    organizations.push_back(to_data(organization));
    organizations.back()["pendingCount"] = pending_count;
  }
  return event_of("/membership", "roleRequests.digestDue", fact.official.text(),
                  {{"accountId", fact.official.text()},
                   {"pendingCount", fact.pending_count},
                   {"organizationCount", fact.organization_count},
                   {"organizations", std::move(organizations)}});
}

inline events::Event event_of(const SingleSecurityOfficial& fact) {
  return event_of(
      "/membership", "organization.singleSecurityOfficial", fact.organization.id.text(),
      {{"organization", to_data(fact.organization)}, {"accountId", fact.official.text()}});
}

inline events::Event event_of(const RegistrationChanged& fact) {
  return event_of("/membership", "registration.changed", fact.organization.id.text(),
                  {{"organization", to_data(fact.organization)},
                   {"program", fact.program == Program::cms_web_interface ? "cmsWebInterface"
                                                                          : "cahpsForMipsSurvey"},
                   {"performanceYear", fact.performance_year},
                   {"status", fact.registered ? "registered" : "notRegistered"},
                   {"changedBy", to_data(fact.changed_by)},
                   {"securityOfficials", accounts_data(fact.security_officials)}});
}

inline events::Event event_of(const MembershipGranted& fact) {
  return event_of("/membership", "membership.granted", fact.organization.id.text(),
                  {{"membershipId", fact.membership.text()},
                   {"organization", to_data(fact.organization)},
                   {"role", to_text(fact.role)},
                   {"member", to_data(fact.member)},
                   {"grantedBy", to_data(fact.granted_by.value())},
                   {"securityOfficials", accounts_data(fact.security_officials)},
                   {"reason", fact.reason}});
}

}  // namespace told
