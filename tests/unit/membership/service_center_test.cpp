#include "membership/domain/service_center.hpp"

#include "support/membership_builders.hpp"

using namespace testing;

namespace {

const AccountId first_agent = AccountId::generate();
const AccountId second_agent = AccountId::generate();

Proposal proposal_about(const AccountId& account, ProposedAct act) {
  return {.id = ProposalId::generate(),
          .organization = clinic,
          .account = account,
          .act = std::move(act),
          .reason = "The last one left.",
          .case_number = "QPP-0004711",
          .proposed_by = first_agent,
          .proposed_at = monday,
          .expires_at = tuesday,
          .dual_control = true,
          .closing = std::nullopt};
}

ProposedRemoval removal_of(const Membership& membership,
                           std::optional<AccountId> successor = std::nullopt) {
  return {.membership = membership.id, .version = membership.version, .successor = successor};
}

}  // namespace

TEST_CASE("A case number has room for no number of a person or an organization") {
  for (const char* good : {"QPP-0004711", "CS-1234", "SUPPRT-12345678"}) {
    CHECK(is_case_number(good));
  }
  for (const char* bad : {"", "QPP", "QPP-", "-1234", "Q-1234", "QPPQPPQ-1234", "QPP-123",
                          "QPP-123456789", "qpp-1234", "QPP-12-34", "QPP-1234 ", "123-4567"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_case_number(bad));
  }
}

TEST_CASE("A taxpayer identification number is found in a text however its digits are grouped") {
  const auto tin = TaxpayerIdentificationNumber::parse("000000001").value();
  for (const char* telling : {"000000001", "of 00-0000001, gone", "000 000 001", "x000.000.001x"}) {
    CAPTURE(telling);
    CHECK(tells(telling, tin));
  }
  for (const char* silent : {"", "00000001", "000000010", "The only one has left."}) {
    CAPTURE(silent);
    CHECK_FALSE(tells(silent, tin));
  }
}

TEST_CASE("Another agent confirms a proposal, and its proposer does not") {
  const auto proposal = proposal_about(thomas, ProposedAppointment{});
  CHECK(confirm(proposal, first_agent, monday).error() == Refusal::own_proposal);

  const auto confirmed = *confirm(proposal, second_agent, monday);
  CHECK(confirmed.status == ProposalStatus::confirmed);
  CHECK(confirmed.closing == ProposalClosing{second_agent, monday});
  CHECK(confirmed.version == proposal.version + 1);
}

TEST_CASE("Without dual control its proposer confirms it") {
  auto proposal = proposal_about(thomas, ProposedAppointment{});
  proposal.dual_control = false;
  CHECK(confirm(proposal, first_agent, monday));
}

TEST_CASE("Any agent rejects a proposal, its proposer too") {
  const auto proposal = proposal_about(thomas, ProposedAppointment{});
  CHECK(reject(proposal, first_agent, monday)->status == ProposalStatus::rejected);
  CHECK(reject(proposal, second_agent, monday)->status == ProposalStatus::rejected);
}

TEST_CASE("A proposal is closed once, in time, and the same again changes nothing") {
  const auto proposal = proposal_about(thomas, ProposedAppointment{});
  const auto confirmed = *confirm(proposal, second_agent, monday);
  CHECK(*confirm(confirmed, second_agent, tuesday) == confirmed);
  CHECK(confirm(confirmed, elizabeth, monday).error() == Refusal::proposal_closed);
  CHECK(reject(confirmed, second_agent, monday).error() == Refusal::proposal_closed);

  CHECK(status_at(proposal, tuesday) == ProposalStatus::expired);
  CHECK(confirm(proposal, second_agent, tuesday).error() == Refusal::proposal_expired);
  CHECK(reject(proposal, second_agent, tuesday).error() == Refusal::proposal_expired);
}

TEST_CASE("No agent closes a proposal about themself") {
  const auto own = member(second_agent, Role::security_official);
  const auto others = member(thomas, Role::security_official);
  const auto refusal_of = [](const Proposal& proposal) {
    const auto rejected = reject(proposal, second_agent, monday);
    CHECK(rejected.error() == confirm(proposal, second_agent, monday).error());
    return rejected.error();
  };
  CHECK(refusal_of(proposal_about(second_agent, removal_of(own))) == Refusal::own_membership);
  CHECK(refusal_of(proposal_about(thomas, removal_of(others, second_agent))) ==
        Refusal::own_appointment);
  CHECK(refusal_of(proposal_about(second_agent, ProposedAppointment{})) ==
        Refusal::own_appointment);
  CHECK(refusal_of(proposal_about(
            second_agent, ProposedDecision{RoleRequestId::generate(), Verdict::approved})) ==
        Refusal::own_role_request);
}

TEST_CASE("A removal fits the membership as its proposer saw it, and its successor stays") {
  const auto official = member(thomas, Role::security_official);
  CHECK_FALSE(refuse_removal(removal_of(official), official));
  CHECK(refuse_removal(removal_of(official), removed(official, elizabeth)) ==
        Refusal::already_removed);
  CHECK(refuse_removal(removal_of(official, thomas), official) == Refusal::successor_is_removed);
  auto changed = official;
  ++changed.version;
  CHECK(refuse_removal(removal_of(official), changed) == Refusal::version_passed);
}

TEST_CASE("Who is no Security Official there can be appointed") {
  CHECK_FALSE(refuse_appointment(thomas, clinic, std::nullopt));
  CHECK_FALSE(refuse_appointment(thomas, clinic, member(thomas, Role::staff_user)));
  CHECK(refuse_appointment(thomas, clinic, member(thomas, Role::security_official)) ==
        Refusal::already_security_official);
}

TEST_CASE("The service center decides pending requests that nobody there can decide") {
  auto request = role_request_by(thomas);
  CHECK_FALSE(refuse_decision(request, 0, tuesday));
  CHECK(refuse_decision(request, 1, tuesday) == Refusal::officials_can_decide);
  request.escalated_at = tuesday;
  CHECK_FALSE(refuse_decision(request, 1, tuesday));
  CHECK(refuse_decision(request, 0, in_a_month) == Refusal::role_request_expired);
  request = *withdraw(request, thomas, monday);
  CHECK(refuse_decision(request, 0, tuesday) == Refusal::already_decided);
}
