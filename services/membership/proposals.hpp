#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "membership/domain/details.hpp"
#include "membership/domain/service_center.hpp"
#include "membership/refused.hpp"
#include "membership/storage/store.hpp"

// Acts of the service center. Under dual control they are proposed by one agent and happen when
// another one confirms; else they happen at once. Both are judged by the state of that moment.
namespace membership {

/// What every act of an agent is given with.
struct AgentCase {
  AccountId agent;
  TaxpayerIdentificationNumber tin;  // of the organization, for certainty
  std::string reason;
  std::string case_number;
  bool dual_control;
  std::chrono::milliseconds proposal_lifetime;
};

/// `version` is the membership's that the agent saw; whatever it is when not given.
Outcome<ProposalDetails> propose_removal(Store& store, const Act& act, const MembershipId& id,
                                         std::optional<std::int64_t> version,
                                         const std::optional<AccountId>& successor,
                                         const AgentCase& agent_case);
Outcome<ProposalDetails> propose_appointment(Store& store, const Act& act,
                                             const OrganizationId& organization,
                                             const AccountId& appointed,
                                             const AgentCase& agent_case);
Outcome<ProposalDetails> propose_decision(Store& store, const Act& act, const RoleRequestId& id,
                                          std::optional<std::int64_t> version, Verdict verdict,
                                          const AgentCase& agent_case);

Outcome<ProposalDetails> get_proposal(Store& store, const ProposalId& id, const AccountId& agent);

/// Does what was proposed.
Outcome<ProposalDetails> confirm_proposal(Store& store, const Act& act, const ProposalId& id,
                                          const AccountId& agent,
                                          std::optional<std::int64_t> expected_version);
Outcome<ProposalDetails> reject_proposal(Store& store, const Act& act, const ProposalId& id,
                                         const AccountId& agent,
                                         std::optional<std::int64_t> expected_version);

}  // namespace membership
