#include "membership/storage/rows.hpp"
#include "membership/storage/store.hpp"

namespace membership {

void Store::start_waiting(const RoleRequest& reopened, Timestamp at) {
  transaction_.execute(
      "UPDATE role_requests SET waiting_since = :at, reminder_due_at = 0, last_reminder_at = NULL,"
      "       escalated_at = NULL"
      " WHERE id = :id",
      {{"id", reopened.id.text()}, {"at", vocabulary::to_unix(at)}});
  count_pending(reopened.organization, 1);
}

std::int64_t Store::schedule_reminders(std::chrono::milliseconds first_after, std::size_t limit) {
  return transaction_.execute(
      "UPDATE role_requests"
      "   SET reminder_due_at = COALESCE(waiting_since, requested_at) + :first_after"
      " WHERE id IN (SELECT id FROM role_requests WHERE status = 'pending' AND reminder_due_at = 0"
      "               LIMIT :limit @SKIP_LOCKED@)",
      {{"first_after", first_after.count()}, {"limit", limit}});
}

std::vector<Store::ReminderDue> Store::list_reminders_due(Timestamp now, std::size_t limit) {
  return read(
      transaction_.rows<Text, Integer>("SELECT id, reminder_due_at FROM role_requests"
                                       " WHERE status = 'pending' AND reminder_due_at <= :now"
                                       "   AND expires_at > :now"
                                       " ORDER BY reminder_due_at LIMIT :limit",
                                       {{"now", vocabulary::to_unix(now)}, {"limit", limit}}),
      +[](std::tuple<Text, Integer>&& row) {
        return ReminderDue{checked_id<RoleRequestId>(std::get<0>(row)),
                           vocabulary::from_unix(std::get<1>(row))};
      });
}

bool Store::claim_reminder(const ReminderDue& due, std::optional<Timestamp> next_at) {
  return transaction_.execute(
             "UPDATE role_requests SET reminder_due_at = :next_at"
             " WHERE id = :id AND status = 'pending' AND reminder_due_at = :due_at",
             {{"id", due.id.text()},
              {"due_at", vocabulary::to_unix(due.at)},
              {"next_at", to_integer(next_at)}}) == 1;
}

void Store::record_reminder(const RoleRequestId& id, Timestamp at) {
  transaction_.execute("UPDATE role_requests SET last_reminder_at = :at WHERE id = :id",
                       {{"id", id.text()}, {"at", vocabulary::to_unix(at)}});
}

bool Store::record_escalation(const RoleRequestId& id, Timestamp at) {
  return transaction_.execute(
             "UPDATE role_requests SET escalated_at = :at"
             " WHERE id = :id AND status = 'pending' AND escalated_at IS NULL",
             {{"id", id.text()}, {"at", vocabulary::to_unix(at)}}) == 1;
}

std::vector<RoleRequestDetails> Store::list_undecidable(const OrganizationId& organization,
                                                        Timestamp now) {
  return read(
      Columns<RoleRequestRow>::all(
          transaction_,
          ROLE_REQUEST_SELECT " WHERE r.organization_id = :organization AND r.status = 'pending'"
                              "   AND r.expires_at > :now AND r.escalated_at IS NULL"
                              "   AND NOT EXISTS"
                              "     (SELECT 1 FROM memberships official"
                              "       WHERE official.organization_id = r.organization_id"
                              "         AND official.account_id <> r.requester_id"
                              "         AND official.removed_at IS NULL"
                              "         AND official.role = 'securityOfficial')"
                              " ORDER BY r.requested_at, r.id",
          {{"organization", organization.text()}, {"now", vocabulary::to_unix(now)}}),
      read_role_request);
}

std::optional<Store::Timer> Store::find_timer(const std::string& name) {
  const auto row = transaction_.row<Integer, Text>(
      "SELECT done_until, progress FROM timers WHERE name = :name", {{"name", name}});
  if (!row) return std::nullopt;
  return Timer{name, vocabulary::from_unix(std::get<0>(*row)), std::get<1>(*row)};
}

void Store::start_timer(const std::string& name, Timestamp now) {
  transaction_.execute(
      "INSERT INTO timers (name, done_until) VALUES (:name, :now) ON CONFLICT (name) DO NOTHING",
      {{"name", name}, {"now", vocabulary::to_unix(now)}});
}

bool Store::move_timer(const Timer& from, const Timer& to) {
  return transaction_.execute(
             "UPDATE timers SET done_until = :done_until, progress = :progress"
             " WHERE name = :name AND done_until = :was_done_until AND progress = :was_progress",
             {{"name", from.name},
              {"was_done_until", vocabulary::to_unix(from.done_until)},
              {"was_progress", from.progress},
              {"done_until", vocabulary::to_unix(to.done_until)},
              {"progress", to.progress}}) == 1;
}

std::vector<AccountId> Store::list_officials_with_pending(const std::string& after, Timestamp now,
                                                          std::size_t limit) {
  return read(
      transaction_.rows<Text>(
          "SELECT DISTINCT m.account_id FROM memberships m"
          "  JOIN organizations o ON o.id = m.organization_id"
          " WHERE m.account_id > :after AND m.removed_at IS NULL AND m.role = 'securityOfficial'"
          "   AND o.pending_count > 0"
          "   AND EXISTS (SELECT 1 FROM role_requests r"
          "                WHERE r.organization_id = m.organization_id AND r.status = 'pending'"
          "                  AND r.expires_at > :now AND r.requester_id <> m.account_id)"
          " ORDER BY m.account_id LIMIT :limit",
          {{"after", after}, {"now", vocabulary::to_unix(now)}, {"limit", limit}}),
      +[](std::tuple<Text>&& row) { return checked_id<AccountId>(std::get<0>(row)); });
}

PendingDigest Store::find_digest(const AccountId& official, Timestamp now,
                                 std::size_t organizations_max) {
  PendingDigest digest{
      .official = official, .pending_count = 0, .organization_count = 0, .organizations = {}};
  const auto rows = transaction_.rows<Text, Text, Integer>(
      "SELECT o.id, o.name, COUNT(*) FROM memberships m"
      "  JOIN organizations o ON o.id = m.organization_id"
      "  JOIN role_requests r ON r.organization_id = m.organization_id"
      " WHERE m.account_id = :official AND m.removed_at IS NULL AND m.role = 'securityOfficial'"
      "   AND r.status = 'pending' AND r.expires_at > :now AND r.requester_id <> :official"
      " GROUP BY o.id, o.name, o.name_key ORDER BY COUNT(*) DESC, o.name_key, o.id",
      {{"official", official.text()}, {"now", vocabulary::to_unix(now)}});
  for (const auto& [id, name, count] : rows) {
    digest.pending_count += count;
    ++digest.organization_count;
    if (digest.organizations.size() < organizations_max) {
      digest.organizations.push_back({checked_id<OrganizationId>(id), name, count});
    }
  }
  return digest;
}

}  // namespace membership
