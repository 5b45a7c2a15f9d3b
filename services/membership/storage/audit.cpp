#include "membership/storage/audit.hpp"

#include <limits>

#include "auth/encoding.hpp"
#include "membership/domain/audit_row.hpp"
#include "membership/storage/rows.hpp"
#include "membership/storage/store.hpp"
#include "vocabulary/id.hpp"

namespace membership {

namespace {

using AuditColumns =
    std::tuple<Text, Text, Integer, Integer, Text, Text, Text, Text, Text, Text, Text>;

#define AUDIT_COLUMNS                                                                \
  "e.id, e.chain_id, e.number, e.at, e.actor, e.operation, e.subject_id, e.outcome," \
  " e.request_id, e.details, e.mac"

AuditRow read_audit_row(AuditColumns&& row) {
  auto& [id, chain, number, at, actor, operation, subject, outcome, request, details, mac] = row;
  return {.id = std::move(id),
          .chain = std::move(chain),
          .number = number,
          .at = vocabulary::from_unix(at),
          .actor = std::move(actor),
          .operation = std::move(operation),
          .subject = std::move(subject),
          .outcome = std::move(outcome),
          .request_id = std::move(request),
          .details = std::move(details),
          .mac = std::move(mac)};
}

nlohmann::json with_details_of(const Act& act, nlohmann::json details) {
  details.update(act.details);
  return details;
}

}  // namespace

std::string mac_of(const AuditRow& row, std::string_view mac_before, std::string_view audit_key) {
  return auth::to_hex(auth::hmac_sha256(audit_key, sealed_bytes(row, mac_before)));
}

std::string Store::find_mac(const std::string& chain, std::int64_t number) {
  const auto row = transaction_.row<Text>(
      "SELECT mac FROM audit_entries WHERE chain_id = :chain AND number = :number",
      {{"chain", chain}, {"number", number}});
  return row ? std::get<0>(*row) : "";
}

void Store::record(const Act& act, const AuditEntry& entry) {
  if (audit_key_.empty()) throw std::logic_error("an act without the key of the audit");
  AuditRow row{.id = vocabulary::new_uuid(),
               .chain = entry.organization ? entry.organization->text() : service_chain,
               .number = 0,
               .at = act.at,
               .actor = act.actor,
               .operation = act.operation,
               .subject = entry.subject,
               .outcome = std::string(entry.outcome),
               .request_id = act.request_id,
               .details = with_details_of(act, entry.details).dump(),
               .mac = {}};
  const auto head = transaction_.row<Integer, Integer, MaybeText>(
      "INSERT INTO audit_chains (id, last_number, last_at) VALUES (:id, 1, :at)"
      " ON CONFLICT (id) DO UPDATE SET last_number = audit_chains.last_number + 1,"
      "  last_at = CASE WHEN excluded.last_at > audit_chains.last_at"
      "                 THEN excluded.last_at ELSE audit_chains.last_at END"
      " RETURNING last_number, last_at,"
      "  (SELECT e.mac FROM audit_entries e"
      "    WHERE e.chain_id = audit_chains.id AND e.number = audit_chains.last_number - 1)",
      {{"id", row.chain}, {"at", vocabulary::to_unix(row.at)}});
  const auto& [number, at, mac_before] = head.value();
  row.number = number;
  row.at = vocabulary::from_unix(at);
  // PostgreSQL did not see the row before when it had to wait for whoever wrote it.
  const bool must_ask = !mac_before && number > 1;
  row.mac =
      mac_of(row, must_ask ? find_mac(row.chain, number - 1) : mac_before.value_or(""), audit_key_);
  transaction_.execute(
      "INSERT INTO audit_entries (id, chain_id, number, at, actor, operation, subject_id, outcome,"
      "                           request_id, details, mac)"
      " VALUES (:id, :chain, :number, :at, :actor, :operation, :subject, :outcome, :request,"
      "         :details, :mac)",
      {{"id", row.id},
       {"chain", row.chain},
       {"number", row.number},
       {"at", vocabulary::to_unix(row.at)},
       {"actor", row.actor},
       {"operation", row.operation},
       {"subject", row.subject},
       {"outcome", row.outcome},
       {"request", row.request_id},
       {"details", row.details},
       {"mac", row.mac}});
}

std::vector<AuditRow> Store::list_audit(const std::string& chain, std::optional<std::int64_t> after,
                                        std::size_t limit) {
  return read(Columns<AuditColumns>::all(
                  transaction_,
                  "SELECT " AUDIT_COLUMNS " FROM audit_entries e"
                  " WHERE e.chain_id = :chain AND e.number > :after ORDER BY e.number LIMIT :limit",
                  {{"chain", chain},
                   {"after", after.value_or(std::numeric_limits<std::int64_t>::min())},
                   {"limit", limit}}),
              read_audit_row);
}

std::optional<std::vector<AuditRowDetails>> Store::list_newest_audit(
    const OrganizationId& organization, const std::optional<std::string>& after,
    std::size_t limit) {
  Integer before = std::numeric_limits<Integer>::max();
  if (after) {
    const auto found = transaction_.row<Integer>(
        "SELECT number FROM audit_entries WHERE id = :id AND chain_id = :chain",
        {{"id", *after}, {"chain", organization.text()}});
    if (!found) return std::nullopt;
    before = std::get<0>(*found);
  }
  using Row =
      std::tuple<Text, Text, Integer, Integer, Text, Text, Text, Text, Text, Text, Text, Text>;
  return read(
      Columns<Row>::all(transaction_,
                        "SELECT " AUDIT_COLUMNS ", COALESCE(a.name, '')"
                        "  FROM audit_entries e LEFT JOIN accounts a ON a.id = e.actor"
                        " WHERE e.chain_id = :chain AND e.number < :before"
                        " ORDER BY e.number DESC LIMIT :limit",
                        {{"chain", organization.text()}, {"before", before}, {"limit", limit}}),
      +[](Row&& row) {
        auto& [id, chain, number, at, actor, operation, subject, outcome, request, details, mac,
               name] = row;
        return AuditRowDetails{read_audit_row({id, chain, number, at, actor, operation, subject,
                                               outcome, request, details, mac}),
                               std::move(name)};
      });
}

std::vector<AuditHead> Store::list_audit_heads(const std::string& after_chain, std::size_t limit) {
  return read(
      transaction_.rows<Text, Integer, Integer>(
          "SELECT id, last_number, last_at FROM audit_chains WHERE id > :after"
          " ORDER BY id LIMIT :limit",
          {{"after", after_chain}, {"limit", limit}}),
      +[](std::tuple<Text, Integer, Integer>&& row) {
        auto& [chain, last_number, last_at] = row;
        return AuditHead{std::move(chain), last_number, vocabulary::from_unix(last_at)};
      });
}

std::optional<AuditRow> Store::find_audit_row_without_head() {
  return read(
      Columns<AuditColumns>::first(
          transaction_,
          "SELECT " AUDIT_COLUMNS " FROM audit_entries e"
          " WHERE NOT EXISTS (SELECT 1 FROM audit_chains c WHERE c.id = e.chain_id) LIMIT 1",
          {}),
      read_audit_row);
}

std::vector<Membership> Store::list_all_memberships(const OrganizationId& organization,
                                                    const std::optional<MembershipId>& after,
                                                    std::size_t limit) {
  return read(
      Columns<MembershipRow>::all(transaction_,
                                  "SELECT " MEMBERSHIP_COLUMNS
                                  "  FROM memberships m LEFT JOIN accounts a ON a.id = m.account_id"
                                  " WHERE m.organization_id = :organization AND m.id > :after"
                                  " ORDER BY m.id LIMIT :limit",
                                  {{"organization", organization.text()},
                                   {"after", after ? after->text() : ""},
                                   {"limit", limit}}),
      +[](MembershipRow&& row) { return read_membership(std::move(row)).membership; });
}

std::vector<OrganizationId> Store::list_organizations_without_audit() {
  return read(
      transaction_.rows<Text>("SELECT DISTINCT m.organization_id FROM memberships m"
                              " WHERE NOT EXISTS"
                              "  (SELECT 1 FROM audit_chains c WHERE c.id = m.organization_id)"),
      +[](std::tuple<Text>&& row) { return checked_id<OrganizationId>(std::get<0>(row)); });
}

}  // namespace membership
