#include <tuple>

#include "membership/storage/rows.hpp"
#include "membership/storage/store.hpp"

namespace membership {

namespace {

#define PROPOSAL_SELECT                                                                  \
  "SELECT p.id, p.act, p.organization_id, p.account_id, p.membership_id,"                \
  "       p.membership_version, p.successor_id, p.role_request_id, p.verdict, p.reason," \
  "       p.case_number, p.proposed_by, p.proposed_at, p.expires_at, p.dual_control,"    \
  "       p.status, p.closed_by, p.closed_at, p.version, o.name, o.type,"                \
  "       COALESCE(a.name, ''), COALESCE(s.name, ''), COALESCE(b.name, ''),"             \
  "       COALESCE(c.name, '')"                                                          \
  "  FROM service_center_proposals p"                                                    \
  "  JOIN organizations o ON o.id = p.organization_id"                                   \
  "  LEFT JOIN accounts a ON a.id = p.account_id"                                        \
  "  LEFT JOIN accounts s ON s.id = p.successor_id"                                      \
  "  LEFT JOIN accounts b ON b.id = p.proposed_by"                                       \
  "  LEFT JOIN accounts c ON c.id = p.closed_by"
using ProposalRow =
    std::tuple<Text, Text, Text, Text, MaybeText, MaybeInteger, MaybeText, MaybeText, MaybeText,
               Text, Text, Text, Integer, Integer, Integer, Text, MaybeText, MaybeInteger, Integer,
               Text, Text, Text, Text, Text, Text>;

template <class T>
std::optional<T> to_id(const MaybeText& text) {
  if (!text) return std::nullopt;
  return checked_id<T>(*text);
}

ProposedAct read_act(const MaybeText& membership, const MaybeInteger& version,
                     const MaybeText& successor, const MaybeText& role_request,
                     const MaybeText& verdict) {
  if (membership) {
    return ProposedRemoval{.membership = checked_id<MembershipId>(*membership),
                           .version = checked(version, "membership_version"),
                           .successor = to_id<AccountId>(successor)};
  }
  if (role_request) {
    return ProposedDecision{
        .role_request = checked_id<RoleRequestId>(*role_request),
        .verdict = checked(parse_verdict(checked(verdict, "verdict")), "verdict")};
  }
  return ProposedAppointment{};
}

ProposalDetails read_proposal(ProposalRow&& row) {
  auto& [id, act, organization, account, membership, membership_version, successor, role_request,
         verdict, reason, case_number, proposed_by, proposed_at, expires_at, dual_control, status,
         closed_by, closed_at, version, organization_name, organization_type, account_name,
         successor_name, proposer_name, closer_name] = row;
  Proposal proposal{
      .id = checked_id<ProposalId>(id),
      .organization = checked_id<OrganizationId>(organization),
      .account = checked_id<AccountId>(account),
      .act = read_act(membership, membership_version, successor, role_request, verdict),
      .reason = std::move(reason),
      .case_number = std::move(case_number),
      .proposed_by = checked_id<AccountId>(proposed_by),
      .proposed_at = vocabulary::from_unix(proposed_at),
      .expires_at = vocabulary::from_unix(expires_at),
      .dual_control = dual_control != 0,
      .status = checked(parse_proposal_status(status), "status"),
      .closing = std::nullopt,
      .version = version};
  if (closed_by) {
    proposal.closing = ProposalClosing{.closed_by = checked_id<AccountId>(*closed_by),
                                       .closed_at = checked(to_timestamp(closed_at), "closed_at")};
  }
  return {.proposal = std::move(proposal),
          .organization_name = std::move(organization_name),
          .organization_type = checked(parse_organization_type(organization_type), "type"),
          .account_name = std::move(account_name),
          .successor_name = std::move(successor_name),
          .proposer_name = std::move(proposer_name),
          .closer_name = std::move(closer_name)};
}

}  // namespace

void Store::add(const Proposal& proposal) {
  const auto* removal = std::get_if<ProposedRemoval>(&proposal.act);
  const auto* decision = std::get_if<ProposedDecision>(&proposal.act);
  MaybeText membership, successor, role_request, verdict;
  MaybeInteger membership_version;
  if (removal != nullptr) {
    membership = removal->membership.text();
    membership_version = removal->version;
    if (removal->successor) successor = removal->successor->text();
  }
  if (decision != nullptr) {
    role_request = decision->role_request.text();
    verdict = to_text(decision->verdict);
  }
  transaction_.execute(
      "INSERT INTO service_center_proposals"
      "  (id, act, organization_id, account_id, membership_id, membership_version, successor_id,"
      "   role_request_id, verdict, reason, case_number, proposed_by, proposed_at, expires_at,"
      "   dual_control)"
      " VALUES (:id, :act, :organization, :account, :membership, :membership_version, :successor,"
      "         :role_request, :verdict, :reason, :case_number, :proposed_by, :proposed_at,"
      "         :expires_at, :dual_control)",
      {{"id", proposal.id.text()},
       {"act", name_of(proposal.act)},
       {"organization", proposal.organization.text()},
       {"account", proposal.account.text()},
       {"membership", membership},
       {"membership_version", membership_version},
       {"successor", successor},
       {"role_request", role_request},
       {"verdict", verdict},
       {"reason", proposal.reason},
       {"case_number", proposal.case_number},
       {"proposed_by", proposal.proposed_by.text()},
       {"proposed_at", vocabulary::to_unix(proposal.proposed_at)},
       {"expires_at", vocabulary::to_unix(proposal.expires_at)},
       {"dual_control", proposal.dual_control}});
}

std::optional<ProposalDetails> Store::find_proposal(const ProposalId& id) {
  return read(Columns<ProposalRow>::first(transaction_, PROPOSAL_SELECT " WHERE p.id = :id",
                                          {{"id", id.text()}}),
              read_proposal);
}

bool Store::record_closing(const Proposal& closed) {
  const ProposalClosing& closing = closed.closing.value();
  return transaction_.execute(
             "UPDATE service_center_proposals SET status = :status, closed_by = :closed_by,"
             "       closed_at = :closed_at, version = version + 1"
             " WHERE id = :id AND status = 'pending'",
             {{"id", closed.id.text()},
              {"status", to_text(closed.status)},
              {"closed_by", closing.closed_by.text()},
              {"closed_at", vocabulary::to_unix(closing.closed_at)}}) == 1;
}

std::optional<std::vector<ProposalDetails>> Store::list_pending_proposals(
    Timestamp now, const std::optional<ProposalId>& after, std::size_t limit) {
  std::tuple<Integer, Text> position{-1, ""};
  if (after) {
    const auto found = transaction_.row<Integer, Text>(
        "SELECT proposed_at, id FROM service_center_proposals WHERE id = :id",
        {{"id", after->text()}});
    if (!found) return std::nullopt;
    position = *found;
  }
  return read(Columns<ProposalRow>::all(transaction_,
                                        PROPOSAL_SELECT
                                        " WHERE p.status = 'pending' AND p.expires_at > :now"
                                        "   AND (p.proposed_at, p.id) > (:proposed_at, :id)"
                                        " ORDER BY p.proposed_at, p.id LIMIT :limit",
                                        {{"now", vocabulary::to_unix(now)},
                                         {"proposed_at", std::get<0>(position)},
                                         {"id", std::get<1>(position)},
                                         {"limit", limit}}),
              read_proposal);
}

}  // namespace membership
