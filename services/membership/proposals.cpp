#include "membership/proposals.hpp"

#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "events/event.hpp"
#include "membership/audit_details.hpp"
#include "membership/memberships.hpp"
#include "membership/notices.hpp"
#include "membership/reminders.hpp"
#include "membership/role_requests.hpp"
#include "membership/service_center.hpp"

namespace membership {

namespace {

// Every row that an act of the service center leaves says why and for which case.
Act act_for(const Act& act, const Proposal& proposal) {
  Act by_agent = by_service_center(act);
  by_agent.details = {{"proposal", proposal.id.text()},
                      {"reason", proposal.reason},
                      {"caseNumber", proposal.case_number}};
  return by_agent;
}

void record(Store& store, const Act& act, const Proposal& proposal, std::string_view outcome) {
  store.record(act,
               {.organization = proposal.organization,
                .subject = proposal.id.text(),
                .outcome = outcome,
                .details = {{"act", name_of(proposal.act)}, {"account", proposal.account.text()}}});
}

Refused refused_at(const Proposal& proposal, Refusal refusal) {
  return {.refusal = refusal, .organization = proposal.organization, .by_service_center = true};
}

std::optional<Refused> refuse_appointment(Store& store, const Proposal& proposal,
                                          const AccountId& appointed, Refusal when_not_known) {
  // To others the service center is an account, but nobody's.
  if (appointed == service_center_account() || !store.is_known(appointed)) {
    return refused_at(proposal, when_not_known);
  }
  const auto refusal =
      refuse_appointment(appointed, proposal.organization,
                         store.find_active_membership(appointed, proposal.organization));
  if (refusal) return refused_at(proposal, *refusal);
  return std::nullopt;
}

// Judges one kind of proposal in a locked organization.
struct Judge {
  Store& store;
  const Proposal& proposal;
  Timestamp now;

  std::optional<Refused> operator()(const ProposedRemoval& removal) const {
    const auto found = store.find_membership(removal.membership).value();
    if (const auto refusal = refuse_removal(removal, found.membership)) {
      return refused_at(proposal, *refusal);
    }
    if (!removal.successor) return std::nullopt;
    return refuse_appointment(store, proposal, *removal.successor, Refusal::successor_not_known);
  }

  std::optional<Refused> operator()(const ProposedAppointment&) const {
    return refuse_appointment(store, proposal, proposal.account, Refusal::appointed_not_known);
  }

  std::optional<Refused> operator()(const ProposedDecision& decision) const {
    const auto found = store.find_role_request(decision.role_request).value();
    const auto refusal = refuse_decision(found.request, found.decider_count, now);
    if (refusal) return refused_at(proposal, *refusal);
    return std::nullopt;
  }
};

// Does one kind of proposal that was judged under the same lock.
struct Performer {
  Store& store;
  const Act& act;
  const Proposal& proposal;

  std::optional<Refused> operator()(const ProposedRemoval& removal) const {
    // First, so that the organization is without Security Official only where nobody follows.
    if (removal.successor) appoint(*removal.successor);
    auto found = store.find_membership(removal.membership).value();
    Membership& removed = found.membership;
    removed.removal = Removal{
        .removed_by = service_center_account(), .removed_at = act.at, .reason = proposal.reason};
    ++removed.version;
    store.record_service_center_removal(removed);
    supersede_role_request(store, act, removed.member, removed.organization);
    store.enqueue(notice_of_removal(found, store.find_organization(removed.organization).value(),
                                    store.find_account_name(service_center_account()),
                                    store.list_security_officials(removed.organization)));
    store.record(act, {.organization = removed.organization,
                       .subject = removed.id.text(),
                       .outcome = "removed",
                       .details = {{"membership", to_json(removing(removed))}}});
    if (removed.role == Role::security_official || removal.successor) {
      follow_security_officials(store, act, removed.organization);
    }
    return std::nullopt;
  }

  std::optional<Refused> operator()(const ProposedAppointment&) const {
    appoint(proposal.account);
    follow_security_officials(store, act, proposal.organization);
    return std::nullopt;
  }

  std::optional<Refused> operator()(const ProposedDecision& decision) const {
    const auto decided = decide_for_service_center(store, act, decision.role_request,
                                                   {.verdict = decision.verdict,
                                                    .decided_by = service_center_account(),
                                                    .decided_at = act.at,
                                                    .reason = proposal.reason});
    if (!decided) return decided.error();
    return std::nullopt;
  }

  void appoint(const AccountId& account) const {
    appoint_security_official(store, act, account, proposal.organization, service_center_account(),
                              proposal.reason);
  }
};

std::optional<Refused> perform(Store& store, const Act& act, const Proposal& proposal) {
  if (auto refused = std::visit(Judge{store, proposal, act.at}, proposal.act)) return refused;
  return std::visit(Performer{store, act, proposal}, proposal.act);
}

void close(Store& store, const Act& act, const Proposal& closed) {
  if (!store.record_closing(closed)) {
    throw std::logic_error("a proposal was closed twice under one lock");
  }
  record(store, act, closed, to_text(closed.status));
}

// In a locked organization.
Outcome<ProposalDetails> propose(Store& store, const Act& act, const AgentCase& agent_case,
                                 const OrganizationId& organization, const AccountId& account,
                                 ProposedAct proposed) {
  const Proposal proposal{.id = ProposalId::generate(),
                          .organization = organization,
                          .account = account,
                          .act = std::move(proposed),
                          .reason = agent_case.reason,
                          .case_number = agent_case.case_number,
                          .proposed_by = agent_case.agent,
                          .proposed_at = act.at,
                          .expires_at = act.at + agent_case.proposal_lifetime,
                          .dual_control = agent_case.dual_control,
                          .closing = std::nullopt};
  if (store.find_organization(organization).value().tin != agent_case.tin) {
    return refused_at(proposal, Refusal::tin_differs);
  }
  if (const auto refusal = refuse_own_affair(proposal, agent_case.agent)) {
    return refused_at(proposal, *refusal);
  }
  if (auto refused = std::visit(Judge{store, proposal, act.at}, proposal.act)) return *refused;
  const Act by_agent = act_for(act, proposal);
  store.add(proposal);
  record(store, by_agent, proposal, "proposed");
  if (!proposal.dual_control) {
    if (auto refused = perform(store, by_agent, proposal)) return *refused;
    close(store, by_agent, *confirm(proposal, agent_case.agent, act.at));
  }
  return store.find_proposal(proposal.id).value();
}

using Close = Result<Proposal, Refusal> (*)(Proposal, const AccountId&, Timestamp);

Outcome<ProposalDetails> close_as(Close closing, Store& store, const Act& act, const ProposalId& id,
                                  const AccountId& agent,
                                  std::optional<std::int64_t> expected_version) {
  if (const auto refused = refuse_unless_agent(store, agent)) return *refused;
  auto found = store.find_proposal(id);
  if (!found || !store.lock_organization(found->proposal.organization)) {
    return Refused{Refusal::not_found};
  }
  found = store.find_proposal(id);
  const Proposal& proposal = found->proposal;

  const auto closed = closing(proposal, agent, act.at);
  if (!closed) return refused_at(proposal, closed.error());
  if (*closed == proposal) return *std::move(found);
  if (expected_version && *expected_version != proposal.version) {
    return refused_at(proposal, Refusal::version_passed);
  }
  const Act by_agent = act_for(act, proposal);
  if (closed->status == ProposalStatus::confirmed) {
    if (!store.is_service_center_agent(proposal.proposed_by)) {
      return refused_at(proposal, Refusal::proposal_outdated);
    }
    if (auto refused = perform(store, by_agent, proposal)) {
      if (refused->refusal == Refusal::version_passed) {
        refused->refusal = Refusal::proposal_outdated;
      }
      return *refused;
    }
  }
  close(store, by_agent, *closed);
  return store.find_proposal(id).value();
}

}  // namespace

Outcome<ProposalDetails> propose_removal(Store& store, const Act& act, const MembershipId& id,
                                         std::optional<std::int64_t> version,
                                         const std::optional<AccountId>& successor,
                                         const AgentCase& agent_case) {
  if (const auto refused = refuse_unless_agent(store, agent_case.agent)) return *refused;
  auto found = store.find_membership(id);
  if (!found || !store.lock_organization(found->membership.organization)) {
    return Refused{Refusal::not_found};
  }
  const Membership membership = store.find_membership(id).value().membership;
  return propose(store, act, agent_case, membership.organization, membership.member,
                 ProposedRemoval{.membership = id,
                                 .version = version.value_or(membership.version),
                                 .successor = successor});
}

Outcome<ProposalDetails> propose_appointment(Store& store, const Act& act,
                                             const OrganizationId& organization,
                                             const AccountId& appointed,
                                             const AgentCase& agent_case) {
  if (const auto refused = refuse_unless_agent(store, agent_case.agent)) return *refused;
  if (!store.lock_organization(organization)) return Refused{Refusal::not_found};
  return propose(store, act, agent_case, organization, appointed, ProposedAppointment{});
}

Outcome<ProposalDetails> propose_decision(Store& store, const Act& act, const RoleRequestId& id,
                                          std::optional<std::int64_t> version, Verdict verdict,
                                          const AgentCase& agent_case) {
  if (const auto refused = refuse_unless_agent(store, agent_case.agent)) return *refused;
  const auto place = store.find_place_of(id);
  if (!place || !store.lock_organization(place->organization)) return Refused{Refusal::not_found};
  const RoleRequest request = store.find_role_request(id).value().request;
  auto proposed = propose(store, act, agent_case, request.organization, request.requester,
                          ProposedDecision{.role_request = id, .verdict = verdict});
  // After all else, as everywhere; what was written is undone with the refusal.
  if (proposed && version && *version != request.version) {
    return Refused{Refusal::version_passed, request.organization};
  }
  return proposed;
}

Outcome<ProposalDetails> get_proposal(Store& store, const ProposalId& id, const AccountId& agent) {
  if (const auto refused = refuse_unless_agent(store, agent)) return *refused;
  auto found = store.find_proposal(id);
  if (!found) return Refused{Refusal::not_found};
  return *std::move(found);
}

Outcome<ProposalDetails> confirm_proposal(Store& store, const Act& act, const ProposalId& id,
                                          const AccountId& agent,
                                          std::optional<std::int64_t> expected_version) {
  return close_as(confirm, store, act, id, agent, expected_version);
}

Outcome<ProposalDetails> reject_proposal(Store& store, const Act& act, const ProposalId& id,
                                         const AccountId& agent,
                                         std::optional<std::int64_t> expected_version) {
  return close_as(reject, store, act, id, agent, expected_version);
}

}  // namespace membership
