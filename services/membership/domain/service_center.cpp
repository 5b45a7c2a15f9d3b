#include "membership/domain/service_center.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace membership {

namespace {

bool are_all(std::string_view text, char low, char high) {
  return std::all_of(text.begin(), text.end(), [=](char c) { return c >= low && c <= high; });
}

Result<Proposal, Refusal> close(Proposal proposal, ProposalStatus status, const AccountId& agent,
                                Timestamp now) {
  if (const auto refusal = refuse_own_affair(proposal, agent)) return *refusal;
  if (proposal.status == status && proposal.closing.value().closed_by == agent) return proposal;
  switch (status_at(proposal, now)) {
    case ProposalStatus::pending: break;
    case ProposalStatus::expired: return Refusal::proposal_expired;
    case ProposalStatus::confirmed:
    case ProposalStatus::rejected: return Refusal::proposal_closed;
  }
  proposal.status = status;
  proposal.closing = ProposalClosing{.closed_by = agent, .closed_at = now};
  ++proposal.version;
  return proposal;
}

}  // namespace

const AccountId& service_center_account() {
  static const AccountId id = AccountId::parse("00000000-0000-7000-8000-000000000000").value();
  return id;
}

bool is_case_number(std::string_view text) {
  const auto hyphen = text.find('-');
  if (hyphen == std::string_view::npos) return false;
  const auto letters = text.substr(0, hyphen);
  const auto digits = text.substr(hyphen + 1);
  return letters.size() >= 2 && letters.size() <= 6 && are_all(letters, 'A', 'Z') &&
         digits.size() >= 4 && digits.size() <= 8 && are_all(digits, '0', '9');
}

bool tells(std::string_view text, const TaxpayerIdentificationNumber& tin) {
  std::string joined;
  std::copy_if(text.begin(), text.end(), std::back_inserter(joined),
               [](char c) { return c != ' ' && c != '-' && c != '.'; });
  return joined.find(tin.text()) != std::string::npos;
}

std::string_view name_of(const ProposedAct& act) {
  struct Namer {
    std::string_view operator()(const ProposedRemoval&) const { return "removeMembership"; }
    std::string_view operator()(const ProposedAppointment&) const {
      return "appointSecurityOfficial";
    }
    std::string_view operator()(const ProposedDecision&) const { return "decideRoleRequest"; }
  };
  return std::visit(Namer{}, act);
}

std::string_view to_text(ProposalStatus status) {
  switch (status) {
    case ProposalStatus::pending: return "pending";
    case ProposalStatus::confirmed: return "confirmed";
    case ProposalStatus::rejected: return "rejected";
    case ProposalStatus::expired: return "expired";
  }
  std::abort();  // not an enumerator
}

std::optional<ProposalStatus> parse_proposal_status(std::string_view text) {
  using enum ProposalStatus;
  for (const ProposalStatus status : {pending, confirmed, rejected, expired}) {
    if (to_text(status) == text) return status;
  }
  return std::nullopt;
}

ProposalStatus status_at(const Proposal& proposal, Timestamp now) {
  const bool over = proposal.status == ProposalStatus::pending && now >= proposal.expires_at;
  return over ? ProposalStatus::expired : proposal.status;
}

std::optional<Refusal> refuse_own_affair(const Proposal& proposal, const AccountId& agent) {
  const bool is_own = proposal.account == agent;
  struct Judge {
    const AccountId& agent;
    bool is_own;
    std::optional<Refusal> operator()(const ProposedRemoval& removal) const {
      if (is_own) return Refusal::own_membership;
      if (removal.successor == agent) return Refusal::own_appointment;
      return std::nullopt;
    }
    std::optional<Refusal> operator()(const ProposedAppointment&) const {
      return is_own ? std::optional(Refusal::own_appointment) : std::nullopt;
    }
    std::optional<Refusal> operator()(const ProposedDecision&) const {
      return is_own ? std::optional(Refusal::own_role_request) : std::nullopt;
    }
  };
  return std::visit(Judge{agent, is_own}, proposal.act);
}

Result<Proposal, Refusal> confirm(Proposal proposal, const AccountId& agent, Timestamp now) {
  if (proposal.dual_control && proposal.proposed_by == agent) return Refusal::own_proposal;
  return close(std::move(proposal), ProposalStatus::confirmed, agent, now);
}

Result<Proposal, Refusal> reject(Proposal proposal, const AccountId& agent, Timestamp now) {
  return close(std::move(proposal), ProposalStatus::rejected, agent, now);
}

std::optional<Refusal> refuse_removal(const ProposedRemoval& removal,
                                      const Membership& membership) {
  if (membership.removal) return Refusal::already_removed;
  if (removal.version != membership.version) return Refusal::version_passed;
  if (removal.successor == membership.member) return Refusal::successor_is_removed;
  return std::nullopt;
}

std::optional<Refusal> refuse_appointment(const AccountId& account,
                                          const OrganizationId& organization,
                                          const std::optional<Membership>& held) {
  if (makes_security_official(held, account, organization)) {
    return Refusal::already_security_official;
  }
  return std::nullopt;
}

std::optional<Refusal> refuse_decision(const RoleRequest& request, std::int64_t decider_count,
                                       Timestamp now) {
  switch (status_at(request, now)) {
    case RoleRequestStatus::pending: break;
    case RoleRequestStatus::expired: return Refusal::role_request_expired;
    case RoleRequestStatus::approved:
    case RoleRequestStatus::denied:
    case RoleRequestStatus::withdrawn:
    case RoleRequestStatus::superseded: return Refusal::already_decided;
  }
  if (decider_count > 0 && !request.escalated_at) return Refusal::officials_can_decide;
  return std::nullopt;
}

}  // namespace membership
