#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "membership/domain/ids.hpp"
#include "membership/domain/membership.hpp"
#include "membership/domain/organization.hpp"
#include "membership/domain/refusal.hpp"
#include "membership/domain/role_request.hpp"
#include "vocabulary/result.hpp"
#include "vocabulary/timestamp.hpp"

// What the service center may do where nobody in an organization can.
namespace membership {

/// Who acted, to everybody outside, where it was the service center: its agents are not named.
const AccountId& service_center_account();

/// Two to six capital letters, a hyphen, four to eight digits: "QPP-0004711". No number of a
/// person or of an organization fits into it.
bool is_case_number(std::string_view text);

/// Whether the number stands in the text, in whatever groups its digits are written.
bool tells(std::string_view text, const TaxpayerIdentificationNumber& tin);

struct ProposedRemoval {
  MembershipId membership;
  std::int64_t version;  // of the membership, as the proposer saw it
  std::optional<AccountId> successor;

  bool operator==(const ProposedRemoval&) const = default;
};

struct ProposedAppointment {
  bool operator==(const ProposedAppointment&) const = default;
};

struct ProposedDecision {
  RoleRequestId role_request;
  Verdict verdict;

  bool operator==(const ProposedDecision&) const = default;
};

using ProposedAct = std::variant<ProposedRemoval, ProposedAppointment, ProposedDecision>;

/// "removeMembership", "appointSecurityOfficial", "decideRoleRequest": in JSON and in the database.
std::string_view name_of(const ProposedAct& act);

enum class ProposalStatus { pending, confirmed, rejected, expired };

std::string_view to_text(ProposalStatus status);
std::optional<ProposalStatus> parse_proposal_status(std::string_view text);

struct ProposalClosing {
  AccountId closed_by;
  Timestamp closed_at;

  bool operator==(const ProposalClosing&) const = default;
};

/// An act of one agent that another one has to confirm.
struct Proposal {
  ProposalId id;
  OrganizationId organization;
  AccountId account;  // who is removed, appointed or asked
  ProposedAct act;
  std::string reason;  // told to those concerned
  std::string case_number;
  AccountId proposed_by;
  Timestamp proposed_at;
  Timestamp expires_at;
  bool dual_control;  // whether it takes a second agent
  ProposalStatus status = ProposalStatus::pending;
  std::optional<ProposalClosing> closing;  // of confirmed and rejected ones
  std::int64_t version = 1;

  bool operator==(const Proposal&) const = default;
};

/// The status at `now`: one whose time is over is expired before anybody has marked it.
ProposalStatus status_at(const Proposal& proposal, Timestamp now);

/// Whether the act is about the agent themself.
std::optional<Refusal> refuse_own_affair(const Proposal& proposal, const AccountId& agent);

/// Another agent closes a pending proposal; only rejecting is open to the proposer, too. The same
/// by the same agent again returns it as it is. What it proposes is judged by the rules below.
Result<Proposal, Refusal> confirm(Proposal proposal, const AccountId& agent, Timestamp now);
Result<Proposal, Refusal> reject(Proposal proposal, const AccountId& agent, Timestamp now);

/// Whether the proposed removal can be done now.
std::optional<Refusal> refuse_removal(const ProposedRemoval& removal, const Membership& membership);
/// Whether `account` can be appointed. `held` is what they hold there.
std::optional<Refusal> refuse_appointment(const AccountId& account,
                                          const OrganizationId& organization,
                                          const std::optional<Membership>& held);
/// Whether the request can be decided. `decider_count` officials there could do it themselves,
/// which counts until it was escalated.
std::optional<Refusal> refuse_decision(const RoleRequest& request, std::int64_t decider_count,
                                       Timestamp now);

}  // namespace membership
