#include "membership/http/json.hpp"

#include <nlohmann/json.hpp>

#include "membership/domain/organization_action.hpp"
#include "web/response.hpp"

namespace membership {

namespace {

using json = web::Json;

json person(const AccountId& id, const std::string& name) {
  return {{"accountId", id.text()}, {"name", name}};
}

json organization_name(const OrganizationId& id, const std::string& name, OrganizationType type) {
  return {{"id", id.text()}, {"name", name}, {"type", to_text(type)}};
}

json decision_to_json(const Decision& decision, const std::string& decider_name) {
  return {{"verdict", to_text(decision.verdict)},
          {"decidedBy", person(decision.decided_by, decider_name)},
          {"decidedAt", vocabulary::to_text(decision.decided_at)},
          {"reason", decision.reason}};
}

json at_or(const json& otherwise, std::optional<Timestamp> at) {
  return at ? json(vocabulary::to_text(*at)) : otherwise;
}

template <class Action>
json to_json(const std::vector<Action>& actions) {
  json names = json::array();
  for (const Action action : actions) names.push_back(to_text(action));
  return names;
}

}  // namespace

json to_json(const RoleRequestDetails& details, const Viewer& viewer, Timestamp now,
             std::chrono::milliseconds reopen_within, const json& history) {
  const RoleRequest& request = details.request;
  const RoleRequestStatus status = status_at(request, now);
  const bool is_own = request.requester == viewer.account;
  const bool is_pending = status == RoleRequestStatus::pending;
  return {{"allowedActions", to_json(allowed_actions(request, details.requester, viewer.account,
                                                     viewer.role, now, reopen_within))},
          {"deciderCount", is_pending ? details.decider_count : 0},
          {"decision", request.decision ? decision_to_json(*request.decision, details.decider_name)
                                        : json(nullptr)},
          {"escalatedAt", at_or(json::absent(), request.escalated_at)},
          {"expiresAt", vocabulary::to_text(request.expires_at)},
          {"history", history},
          {"id", request.id.text()},
          {"lastReminderAt", at_or(nullptr, request.last_reminder_at)},
          {"organization", organization_name(request.organization, details.organization_name,
                                             details.organization_type)},
          {"relation", is_own ? "own" : "toDecide"},
          {"requestedAt", vocabulary::to_text(request.requested_at)},
          {"requester", person(request.requester, details.requester_name)},
          {"role", to_text(request.role)},
          {"status", to_text(status)}};
}

json to_json(const std::vector<PastDecision>& history) {
  json items = json::array();
  for (const PastDecision& past : history) {
    items.push_back(json({{"action", to_text(past.action)},
                          {"actedBy", person(past.acted_by, past.actor_name)},
                          {"actedAt", vocabulary::to_text(past.acted_at)},
                          {"reason", past.reason}}));
  }
  return items;
}

json to_json(const MembershipDetails& details, const Viewer& viewer, const json& etag) {
  const Membership& membership = details.membership;
  const auto& removal = membership.removal;
  return {{"id", membership.id.text()},
          {"organizationId", membership.organization.text()},
          {"accountId", membership.member.text()},
          {"name", details.member_name},
          {"role", to_text(membership.role)},
          {"you", membership.member == viewer.account},
          {"grantedAt", vocabulary::to_text(membership.granted_at)},
          {"removedAt", removal ? json(vocabulary::to_text(removal->removed_at)) : json::absent()},
          {"etag", etag},
          {"allowedActions", to_json(allowed_actions(membership, viewer.account, viewer.role))}};
}

json to_json(const RegistrationView& view) {
  const Registration& registration = view.registration;
  const auto& window = registration.window;
  return {{"allowedActions", to_json(view.allowed_actions)},
          {"closesAt", window ? json(vocabulary::to_text(window->closes_at)) : json(nullptr)},
          {"etag", web::entity_tag(registration.version)},
          {"minimumClinicianCount", window ? json(window->clinicians_min) : json(nullptr)},
          {"opensAt", window ? json(vocabulary::to_text(window->opens_at)) : json(nullptr)},
          {"performanceYear", registration.performance_year},
          {"program", to_text(registration.program)},
          {"status", status_of(registration)}};
}

json to_json(const OrganizationCard& card) {
  const Organization& organization = card.organization;
  const bool is_official = card.your_role == Role::security_official;
  const bool identified_by_tin = organization.type == OrganizationType::practice;
  const std::string tin = is_official ? organization.tin.text() : mask(organization.tin.text());
  json registrations = json::array();
  for (const auto& view : card.registrations) registrations.push_back(to_json(view));
  json advice = json::array();
  if (organization.security_official_count == 1) advice.push_back("singleSecurityOfficial");
  const auto for_officials = [is_official](const json& value) {
    return is_official ? value : json::absent();
  };
  return {{"address", organization.address},
          {"advice", for_officials(advice)},
          {"allowedActions", to_json(allowed_actions(card.your_role))},
          {"clinicianCount", organization.clinician_count},
          {"connectedUserCount", for_officials(organization.member_count)},
          {"id", organization.id.text()},
          {"identifier", identified_by_tin ? tin : organization.identifier},
          {"name", organization.name},
          {"pendingUserCount", for_officials(card.pending_count)},
          {"registrations", registrations},
          {"taxpayerIdentificationNumber", tin},
          {"type", to_text(organization.type)},
          {"yourRole", to_text(card.your_role)}};
}

json to_json(const std::map<OrganizationType, std::int64_t>& counts) {
  std::vector<json::Member> members;
  for (const auto& [type, count] : counts) members.emplace_back(to_text(type), count);
  return json(std::span<const json::Member>(members));
}

json to_json(const OrganizationOverview& overview) {
  const Organization& organization = overview.organization;
  return {{"id", organization.id.text()},
          {"type", to_text(organization.type)},
          {"name", organization.name},
          {"identifier", organization.identifier},
          {"taxpayerIdentificationNumber", organization.tin.text()},
          {"address", organization.address},
          {"connectedUserCount", organization.member_count},
          {"securityOfficialCount", organization.security_official_count},
          {"pendingUserCount", overview.pending_count}};
}

nlohmann::json to_json(const ProposalDetails& details, const AccountId& agent, Timestamp now) {
  const Proposal& proposal = details.proposal;
  nlohmann::json body = {
      {"id", proposal.id.text()},
      {"act", name_of(proposal.act)},
      {"status", to_text(status_at(proposal, now))},
      {"organization", organization_name(proposal.organization, details.organization_name,
                                         details.organization_type)},
      {"person", person(proposal.account, details.account_name)},
      {"membershipId", nullptr},
      {"successor", nullptr},
      {"roleRequestId", nullptr},
      {"verdict", nullptr},
      {"reason", proposal.reason},
      {"caseNumber", proposal.case_number},
      {"proposedBy", person(proposal.proposed_by, details.proposer_name)},
      {"proposedAt", vocabulary::to_text(proposal.proposed_at)},
      {"expiresAt", vocabulary::to_text(proposal.expires_at)},
      {"closedBy", nullptr},
      {"closedAt", nullptr},
      {"allowedActions", nlohmann::json::array()}};
  if (const auto* removal = std::get_if<ProposedRemoval>(&proposal.act)) {
    body["membershipId"] = removal->membership.text();
    if (removal->successor) {
      body["successor"] = person(*removal->successor, details.successor_name);
    }
  }
  if (const auto* decision = std::get_if<ProposedDecision>(&proposal.act)) {
    body["roleRequestId"] = decision->role_request.text();
    body["verdict"] = to_text(decision->verdict);
  }
  if (proposal.closing) {
    body["closedBy"] = person(proposal.closing->closed_by, details.closer_name);
    body["closedAt"] = vocabulary::to_text(proposal.closing->closed_at);
  }
  if (proposal.status == ProposalStatus::pending) {
    if (confirm(proposal, agent, now)) body["allowedActions"].push_back("confirm");
    if (reject(proposal, agent, now)) body["allowedActions"].push_back("reject");
  }
  return body;
}

json to_json(const SupportContact& contact) {
  return {{"phone", contact.phone},
          {"teletypewriter", contact.teletypewriter},
          {"emailAddress", contact.email_address},
          {"hours", contact.hours}};
}

json name_to_json(const Organization& organization) {
  return organization_name(organization.id, organization.name, organization.type);
}

}  // namespace membership
