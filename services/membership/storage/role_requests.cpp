#include <algorithm>
#include <iterator>
#include <tuple>

#include "membership/storage/rows.hpp"
#include "membership/storage/store.hpp"

namespace membership {

std::optional<RoleRequestDetails> Store::find_role_request(const RoleRequestId& id) {
  return read(Columns<RoleRequestRow>::first(transaction_, ROLE_REQUEST_SELECT " WHERE r.id = :id",
                                             {{"id", id.text()}}),
              read_role_request);
}

std::optional<Store::RoleRequestPlace> Store::find_place_of(const RoleRequestId& id) {
  return read(
      transaction_.row<Text, Text, Text>(
          "SELECT organization_id, requester_id, status FROM role_requests WHERE id = :id",
          {{"id", id.text()}}),
      +[](std::tuple<Text, Text, Text>&& row) {
        const auto& [organization, requester, status] = row;
        return RoleRequestPlace{.organization = checked_id<OrganizationId>(organization),
                                .requester = checked_id<AccountId>(requester),
                                .status = checked(parse_role_request_status(status), "status")};
      });
}

std::optional<RoleRequestDetails> Store::find_pending(const AccountId& requester,
                                                      const OrganizationId& organization) {
  return read(Columns<RoleRequestRow>::first(
                  transaction_,
                  ROLE_REQUEST_SELECT
                  " WHERE r.requester_id = :requester AND r.organization_id = :organization"
                  "   AND r.status = 'pending'",
                  {{"requester", requester.text()}, {"organization", organization.text()}}),
              read_role_request);
}

void Store::add(const RoleRequest& request) {
  transaction_.execute(
      "INSERT INTO role_requests"
      "  (id, requester_id, organization_id, role, requested_at, expires_at, status)"
      " VALUES (:id, :requester, :organization, :role, :requested_at, :expires_at, 'pending')",
      {{"id", request.id.text()},
       {"requester", request.requester.text()},
       {"organization", request.organization.text()},
       {"role", to_text(request.role)},
       {"requested_at", vocabulary::to_unix(request.requested_at)},
       {"expires_at", vocabulary::to_unix(request.expires_at)}});
  count_pending(request.organization, 1);
}

bool Store::record_closing(const RoleRequest& closed) {
  const auto& decision = closed.decision;
  MaybeText decided_by;
  if (decision) decided_by = decision->decided_by.text();
  const auto written = transaction_.execute(
      "UPDATE role_requests SET status = :status, closed_at = :closed_at,"
      "       decided_by = :decided_by, reason = :reason, version = version + 1"
      " WHERE id = :id AND status = 'pending'",
      {{"id", closed.id.text()},
       {"status", to_text(closed.status)},
       {"closed_at", to_integer(closed.closed_at)},
       {"decided_by", decided_by},
       {"reason", decision ? decision->reason : std::nullopt}});
  if (written != 1) return false;
  if (decision) {
    keep_decision(closed, action_of(decision->verdict), decision->decided_by, decision->decided_at,
                  decision->reason);
  }
  count_pending(closed.organization, -1);
  return true;
}

void Store::count_pending(const OrganizationId& organization, std::int64_t more) {
  transaction_.execute(
      "UPDATE organizations SET pending_count = pending_count + :more WHERE id = :id",
      {{"id", organization.text()}, {"more", more}});
}

bool Store::record_reopening(const RoleRequest& reopened,
                             const std::optional<std::string>& reason) {
  const Reopening& reopening = reopened.reopening.value();
  const auto written = transaction_.execute(
      "UPDATE role_requests SET status = 'pending', expires_at = :expires_at, closed_at = NULL,"
      "       decided_by = NULL, reason = NULL, reopened_by = :reopened_by,"
      "       reopened_at = :reopened_at, version = version + 1"
      " WHERE id = :id AND status = 'denied'",
      {{"id", reopened.id.text()},
       {"expires_at", vocabulary::to_unix(reopened.expires_at)},
       {"reopened_by", reopening.reopened_by.text()},
       {"reopened_at", vocabulary::to_unix(reopening.reopened_at)}});
  if (written != 1) return false;
  keep_decision(reopened, RoleRequestAction::reopen, reopening.reopened_by, reopening.reopened_at,
                reason);
  start_waiting(reopened, reopening.reopened_at);
  return true;
}

void Store::keep_decision(const RoleRequest& request, RoleRequestAction action,
                          const AccountId& actor, Timestamp at,
                          const std::optional<std::string>& reason) {
  transaction_.execute(
      "INSERT INTO role_request_decisions"
      "  (role_request_id, version, action, acted_by, acted_at, reason)"
      " VALUES (:id, :version, :action, :actor, :at, :reason)",
      {{"id", request.id.text()},
       {"version", request.version},
       {"action", to_text(action)},
       {"actor", actor.text()},
       {"at", vocabulary::to_unix(at)},
       {"reason", reason}});
}

std::vector<PastDecision> Store::list_decisions(const RoleRequestId& id, std::size_t limit) {
  using Row = std::tuple<Text, Text, Text, Integer, MaybeText>;
  auto decisions = read(
      Columns<Row>::all(transaction_,
                        "SELECT h.action, h.acted_by, COALESCE(a.name, ''), h.acted_at, h.reason"
                        "  FROM role_request_decisions h LEFT JOIN accounts a ON a.id = h.acted_by"
                        " WHERE h.role_request_id = :id ORDER BY h.version DESC LIMIT :limit",
                        {{"id", id.text()}, {"limit", limit}}),
      +[](Row&& row) {
        auto& [action, actor, name, at, reason] = row;
        return PastDecision{.action = checked(parse_role_request_action(action), "action"),
                            .acted_by = checked_id<AccountId>(actor),
                            .actor_name = std::move(name),
                            .acted_at = vocabulary::from_unix(at),
                            .reason = std::move(reason)};
      });
  std::reverse(decisions.begin(), decisions.end());
  return decisions;
}

Store::Pending Store::list_pending(const AccountId& account, Timestamp now, std::size_t limit) {
  Pending pending{.requests = list_own_pending(account, now, limit), .count = 0};
  auto to_decide = list_to_decide(account, now, limit);
  pending.requests.insert(pending.requests.end(), std::move_iterator(to_decide.begin()),
                          std::move_iterator(to_decide.end()));
  std::sort(pending.requests.begin(), pending.requests.end(), is_older);
  if (pending.requests.size() > limit) {
    pending.requests.erase(pending.requests.begin() + std::ptrdiff_t(limit),
                           pending.requests.end());
  }
  const auto count = transaction_.row<Integer>(
      "SELECT (SELECT COUNT(*) FROM role_requests"
      "         WHERE requester_id = :account AND status = 'pending' AND expires_at > :now) +"
      "       (SELECT COUNT(*) FROM memberships m"
      "          JOIN role_requests r ON r.organization_id = m.organization_id"
      "         WHERE m.account_id = :account AND m.removed_at IS NULL"
      "           AND m.role = 'securityOfficial' AND r.status = 'pending'"
      "           AND r.expires_at > :now AND r.requester_id <> :account)",
      {{"account", account.text()}, {"now", vocabulary::to_unix(now)}});
  pending.count = std::get<0>(count.value());
  return pending;
}

std::vector<RoleRequestDetails> Store::list_own_pending(const AccountId& account, Timestamp now,
                                                        std::size_t limit) {
  return read(
      Columns<RoleRequestRow>::all(
          transaction_,
          ROLE_REQUEST_SELECT " WHERE r.requester_id = :account AND r.status = 'pending'"
                              "   AND r.expires_at > :now"
                              " ORDER BY r.requested_at, r.id LIMIT :limit",
          {{"account", account.text()}, {"now", vocabulary::to_unix(now)}, {"limit", limit}}),
      read_role_request);
}

std::vector<RoleRequestDetails> Store::list_to_decide(const AccountId& account, Timestamp now,
                                                      std::size_t limit) {
  return read(
      Columns<RoleRequestRow>::all(
          transaction_,
          ROLE_REQUEST_SELECT "  JOIN memberships m ON m.organization_id = r.organization_id"
                              " WHERE m.account_id = :account AND m.removed_at IS NULL"
                              "   AND m.role = 'securityOfficial' AND r.status = 'pending'"
                              "   AND r.expires_at > :now AND r.requester_id <> :account"
                              " ORDER BY r.requested_at, r.id LIMIT :limit",
          {{"account", account.text()}, {"now", vocabulary::to_unix(now)}, {"limit", limit}}),
      read_role_request);
}

std::optional<std::vector<RoleRequestDetails>> Store::list_role_requests(
    const OrganizationId& organization, const RoleRequestFilter& filter, Timestamp now,
    const std::optional<RoleRequestId>& after, std::size_t limit) {
  std::tuple<Integer, Text> position{lower_bound(std::nullopt), ""};
  if (after) {
    const auto found = transaction_.row<Integer, Text>(
        "SELECT requested_at, id FROM role_requests"
        " WHERE id = :id AND organization_id = :organization",
        {{"id", after->text()}, {"organization", organization.text()}});
    if (!found) return std::nullopt;
    position = *found;
  }
  const bool pending = filter.status == RoleRequestStatus::pending;
  return read(Columns<RoleRequestRow>::all(
                  transaction_,
                  ROLE_REQUEST_SELECT
                  " WHERE r.organization_id = :organization AND r.status = :status"
                  "   AND (r.requested_at, r.id) > (:requested_at, :id)"
                  "   AND r.expires_at > :expires_after"
                  "   AND r.requested_at > :requested_after AND r.requested_at < :requested_before"
                  "   AND (CAST(:role AS TEXT) = '' OR r.role = CAST(:role AS TEXT))"
                  "   AND COALESCE(a.name_key, '') LIKE :pattern ESCAPE '!'"
                  " ORDER BY r.requested_at, r.id LIMIT :limit",
                  {{"organization", organization.text()},
                   {"status", to_text(filter.status)},
                   {"requested_at", std::get<0>(position)},
                   {"id", std::get<1>(position)},
                   {"expires_after", lower_bound(pending ? std::optional(now) : std::nullopt)},
                   {"requested_after", lower_bound(filter.requested_after)},
                   {"requested_before", upper_bound(filter.requested_before)},
                   {"role", filter.role ? to_text(*filter.role) : ""},
                   {"pattern", pattern_containing(filter.search)},
                   {"limit", limit}}),
              read_role_request);
}

std::vector<RoleRequestId> Store::list_overdue(Timestamp now, std::size_t limit) {
  return read(
      transaction_.rows<Text>("SELECT id FROM role_requests"
                              " WHERE status = 'pending' AND expires_at <= :now"
                              " ORDER BY expires_at LIMIT :limit",
                              {{"now", vocabulary::to_unix(now)}, {"limit", limit}}),
      +[](std::tuple<Text>&& row) { return checked_id<RoleRequestId>(std::get<0>(row)); });
}

}  // namespace membership
