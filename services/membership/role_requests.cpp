#include "membership/role_requests.hpp"

#include <stdexcept>
#include <utility>

#include "events/event.hpp"
#include "membership/audit_details.hpp"
#include "membership/memberships.hpp"
#include "membership/notices.hpp"
#include "membership/reminders.hpp"

namespace membership {

namespace {

constexpr std::size_t history_max = 100;

nlohmann::json audit_details_of(const RoleRequest& request) {
  nlohmann::json details = {{"requester", request.requester.text()},
                            {"role", to_text(request.role)}};
  if (request.decision) details["reasonGiven"] = request.decision->reason.has_value();
  return details;
}

// Closes a request that the caller holds the organization's lock for, tells and records it.
RoleRequestDetails close(Store& store, const Act& act, const RoleRequest& closed,
                         const std::optional<MembershipChange>& granted = std::nullopt) {
  if (!store.record_closing(closed)) {
    throw std::logic_error("a role request was closed twice under one lock");
  }
  auto result = store.find_role_request(closed.id).value();
  store.enqueue(notice_of(result, store.list_security_officials(closed.organization), act.at));
  auto details = audit_details_of(closed);
  if (granted) details["membership"] = to_json(*granted);
  store.record(act, {.organization = closed.organization,
                     .subject = closed.id.text(),
                     .outcome = to_text(closed.status),
                     .details = std::move(details)});
  return result;
}

// Closes a decided request, and grants what was approved.
Outcome<RoleRequestDetails> carry_out(Store& store, const Act& act, const RoleRequest& decided) {
  std::optional<MembershipChange> granted;
  if (decided.status == RoleRequestStatus::approved) {
    granted = grant(store, granted_by(decided, MembershipId::generate()));
    if (!granted) return Refused{Refusal::last_security_official, decided.organization};
  }
  auto closed = close(store, act, decided, granted);
  if (granted &&
      (decided.role == Role::security_official || std::holds_alternative<RoleChanged>(*granted))) {
    follow_security_officials(store, act, decided.organization);
  }
  return closed;
}

// The request, under its organization's lock unless its status is final.
std::optional<RoleRequestDetails> find_to_change(Store& store, const RoleRequestId& id) {
  const auto place = store.find_place_of(id);
  if (!place) return std::nullopt;
  const bool can_change =
      place->status == RoleRequestStatus::pending || place->status == RoleRequestStatus::denied;
  if (can_change && !store.lock_organization(place->organization)) return std::nullopt;
  return store.find_role_request(id);
}

// With the present state, where that is in the way.
Refused refused_with(Refusal refusal, RoleRequestDetails present) {
  Refused refused{refusal, present.request.organization};
  if (is_state_refusal(refusal)) refused.present = std::move(present);
  return refused;
}

bool has_passed(std::optional<std::int64_t> expected_version, const RoleRequest& request) {
  return expected_version && *expected_version != request.version;
}

}  // namespace

Outcome<RoleRequestDetails> create_role_request(Store& store, const Act& act,
                                                const AccountId& requester,
                                                const OrganizationId& organization_id, Role role,
                                                std::chrono::milliseconds lifetime) {
  if (!store.is_known(requester)) return Refused{Refusal::account_not_known_yet};
  if (!store.lock_organization(organization_id)) return Refused{Refusal::not_found};
  const auto organization = store.find_organization(organization_id);
  const auto held = store.find_active_membership(requester, organization_id);
  const auto pending = store.find_pending(requester, organization_id);

  const auto request =
      ask({.id = RoleRequestId::generate(),
           .requester = requester,
           .organization = organization_id,
           .role = role,
           .requested_at = act.at,
           .expires_at = act.at + lifetime,
           .closed_at = std::nullopt,
           .decision = std::nullopt},
          organization.value(), held, pending ? std::optional(pending->request) : std::nullopt);
  if (!request) return Refused{request.error(), organization_id};

  if (pending) close(store, act, close_undecided(pending->request, act.at));
  store.add(*request);
  auto created = store.find_role_request(request->id).value();
  store.enqueue(notice_of(created, store.list_security_officials(organization_id), act.at));
  auto details = audit_details_of(*request);
  details["expiresAt"] = vocabulary::to_text(request->expires_at);
  store.record(act, {.organization = organization_id,
                     .subject = request->id.text(),
                     .outcome = to_text(request->status),
                     .details = std::move(details)});
  escalate_unless_decidable(store, act, created);
  return created;
}

Outcome<RoleRequestView> get_role_request(Store& store, const RoleRequestId& id,
                                          const AccountId& viewer) {
  auto found = store.find_role_request(id);
  if (!found) return Refused{Refusal::not_found};
  const OrganizationId& organization = found->request.organization;
  const auto role =
      role_at(store.find_active_membership(viewer, organization), viewer, organization);
  if (found->request.requester != viewer && role != Role::security_official) {
    return Refused{Refusal::not_found};
  }
  return RoleRequestView{*std::move(found), role, store.list_decisions(id, history_max)};
}

Outcome<RoleRequestDetails> decide_role_request(Store& store, const Act& act,
                                                const RoleRequestId& id, const Decision& decision,
                                                std::optional<std::int64_t> expected_version) {
  auto found = find_to_change(store, id);
  if (!found) return Refused{Refusal::not_found};
  const OrganizationId organization = found->request.organization;

  const auto decider = store.find_active_membership(decision.decided_by, organization);
  const auto decided = decide(found->request, decision, decider);
  if (!decided) return refused_with(decided.error(), *std::move(found));
  if (*decided == found->request) return *std::move(found);
  if (has_passed(expected_version, found->request)) {
    return Refused{Refusal::version_passed, organization};
  }

  return carry_out(store, act, *decided);
}

Outcome<RoleRequestDetails> reopen_role_request(Store& store, const Act& act,
                                                const RoleRequestId& id, const Reopening& reopening,
                                                const std::optional<std::string>& reason,
                                                const ReopeningTerms& terms,
                                                std::optional<std::int64_t> expected_version) {
  auto found = find_to_change(store, id);
  if (!found) return Refused{Refusal::not_found};
  const OrganizationId organization = found->request.organization;

  const auto official = store.find_active_membership(reopening.reopened_by, organization);
  const auto reopened = reopen(found->request, reopening, official, found->requester, terms);
  if (!reopened) return refused_with(reopened.error(), *std::move(found));
  if (*reopened == found->request) return *std::move(found);
  if (has_passed(expected_version, found->request)) {
    return Refused{Refusal::version_passed, organization};
  }

  // One that the requester made since is in the way no more, but nobody has marked it yet.
  const auto overdue = store.find_pending(reopened->requester, organization);
  if (overdue) close(store, act, close_undecided(overdue->request, act.at));
  if (!store.record_reopening(*reopened, reason)) {
    throw std::logic_error("a role request was reopened twice under one lock");
  }
  auto result = store.find_role_request(id).value();
  store.enqueue(notice_of_reopening(result, store.find_account_name(reopening.reopened_by), reason,
                                    store.list_security_officials(organization)));
  store.record(act, {.organization = organization,
                     .subject = id.text(),
                     .outcome = "reopened",
                     .details = {{"requester", reopened->requester.text()},
                                 {"role", to_text(reopened->role)},
                                 {"reasonGiven", reason.has_value()}}});
  return result;
}

Outcome<RoleRequestDetails> withdraw_role_request(Store& store, const Act& act,
                                                  const RoleRequestId& id,
                                                  const AccountId& requester,
                                                  std::optional<std::int64_t> expected_version) {
  auto found = find_to_change(store, id);
  if (!found) return Refused{Refusal::not_found};
  const OrganizationId organization = found->request.organization;

  const auto withdrawn = withdraw(found->request, requester, act.at);
  if (!withdrawn) return refused_with(withdrawn.error(), *std::move(found));
  if (*withdrawn == found->request) return *std::move(found);
  if (has_passed(expected_version, found->request)) {
    return Refused{Refusal::version_passed, organization};
  }

  return close(store, act, *withdrawn);
}

Outcome<RoleRequestDetails> decide_for_service_center(Store& store, const Act& act,
                                                      const RoleRequestId& id,
                                                      const Decision& decision) {
  return carry_out(store, act, decided(store.find_role_request(id).value().request, decision));
}

void supersede_role_request(Store& store, const Act& act, const AccountId& requester,
                            const OrganizationId& organization) {
  const auto pending = store.find_pending(requester, organization);
  if (pending) close(store, act, close_undecided(pending->request, act.at));
}

bool expire_role_request(Store& store, const Act& act, const RoleRequestId& id) {
  const auto found = find_to_change(store, id);
  if (!found) return false;
  const RoleRequest& locked = found->request;
  if (locked.status != RoleRequestStatus::pending ||
      status_at(locked, act.at) != RoleRequestStatus::expired) {
    return false;
  }
  close(store, act, close_undecided(locked, act.at));
  return true;
}

}  // namespace membership
