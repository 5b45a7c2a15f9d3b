#include "membership/storage/store.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "database/database.hpp"
#include "events/event.hpp"
#include "events/outbox.hpp"
#include "vocabulary/id.hpp"
#include "vocabulary/text.hpp"
#include "vocabulary/timestamp.hpp"

namespace membership {

namespace {

using Integer = std::int64_t;
using Text = std::string;
using MaybeInteger = std::optional<std::int64_t>;
using MaybeText = std::optional<std::string>;

constexpr std::chrono::hours search_window{1};

// A row that does not parse means the database and the code disagree; nothing sensible can follow.
template <class T>
T checked(std::optional<T> parsed, const char* column) {
  if (!parsed) throw std::logic_error(std::string("unreadable value in column ") + column);
  return *std::move(parsed);
}

template <class T>
T checked_id(const Text& text) {
  return checked(T::parse(text), "id");
}

std::optional<Timestamp> to_timestamp(MaybeInteger milliseconds) {
  if (!milliseconds) return std::nullopt;
  return vocabulary::from_unix(*milliseconds);
}

MaybeInteger to_integer(std::optional<Timestamp> timestamp) {
  if (!timestamp) return std::nullopt;
  return vocabulary::to_unix(*timestamp);
}

// Statements that read the same columns share their list, their row and its reader.
template <class Row>
struct Columns;

template <class... Types>
struct Columns<std::tuple<Types...>> {
  static auto first(database::Transaction& transaction, database::Sql sql,
                    database::Parameters parameters) {
    return transaction.row<Types...>(sql, parameters);
  }
  static auto all(database::Transaction& transaction, database::Sql sql,
                  database::Parameters parameters) {
    return transaction.rows<Types...>(sql, parameters);
  }
};

template <class Row, class Value>
std::optional<Value> read(std::optional<Row> row, Value (*reader)(Row&&)) {
  if (!row) return std::nullopt;
  return reader(*std::move(row));
}

template <class Row, class Value>
std::vector<Value> read(std::vector<Row> rows, Value (*reader)(Row&&)) {
  std::vector<Value> values;
  values.reserve(rows.size());
  for (Row& row : rows) values.push_back(reader(std::move(row)));
  return values;
}

#define ORGANIZATION_COLUMNS                                              \
  "o.id, o.type, o.identifier, o.name, o.taxpayer_identification_number," \
  " o.address, o.security_official_count, o.member_count, o.version"
using OrganizationRow = std::tuple<Text, Text, Text, Text, Text, Text, Integer, Integer, Integer>;

Organization read_organization(OrganizationRow&& row) {
  auto& [id, type, identifier, name, tin, address, officials, members, version] = row;
  return {.id = checked_id<OrganizationId>(id),
          .type = checked(parse_organization_type(type), "type"),
          .identifier = std::move(identifier),
          .name = std::move(name),
          .tin = checked(TaxpayerIdentificationNumber::parse(tin), "tin"),
          .address = std::move(address),
          .security_official_count = officials,
          .member_count = members,
          .version = version};
}

#define MEMBERSHIP_COLUMNS                                                     \
  "m.id, m.account_id, m.organization_id, m.role, m.granted_at, m.removed_by," \
  " m.removed_at, m.removal_reason, m.version, COALESCE(a.name, '')"
using MembershipRow =
    std::tuple<Text, Text, Text, Text, Integer, MaybeText, MaybeInteger, MaybeText, Integer, Text>;

MembershipDetails read_membership(MembershipRow&& row) {
  auto& [id, account, organization, role, granted_at, removed_by, removed_at, reason, version,
         name] = row;
  MembershipDetails details{.membership = {.id = checked_id<MembershipId>(id),
                                           .member = checked_id<AccountId>(account),
                                           .organization = checked_id<OrganizationId>(organization),
                                           .role = checked(parse_role(role), "role"),
                                           .granted_at = vocabulary::from_unix(granted_at),
                                           .removal = std::nullopt,
                                           .version = version},
                            .member_name = std::move(name)};
  if (removed_by) {
    details.membership.removal =
        Removal{.removed_by = checked_id<AccountId>(*removed_by),
                .removed_at = checked(to_timestamp(removed_at), "removed_at"),
                .reason = std::move(reason)};
  }
  return details;
}

#define ROLE_REQUEST_SELECT                                                        \
  "SELECT r.id, r.requester_id, r.organization_id, r.role, r.requested_at,"        \
  "       r.expires_at, r.status, r.closed_at, r.decided_by, r.reason, r.version," \
  "       COALESCE(a.name, ''), o.name, o.type, COALESCE(d.name, ''),"             \
  "       o.security_official_count -"                                             \
  "         (SELECT COUNT(*) FROM memberships s"                                   \
  "           WHERE s.organization_id = r.organization_id"                         \
  "             AND s.account_id = r.requester_id"                                 \
  "             AND s.removed_at IS NULL AND s.role = 'securityOfficial')"         \
  "  FROM role_requests r"                                                         \
  "  JOIN organizations o ON o.id = r.organization_id"                             \
  "  LEFT JOIN accounts a ON a.id = r.requester_id"                                \
  "  LEFT JOIN accounts d ON d.id = r.decided_by"
using RoleRequestRow = std::tuple<Text, Text, Text, Text, Integer, Integer, Text, MaybeInteger,
                                  MaybeText, MaybeText, Integer, Text, Text, Text, Text, Integer>;

RoleRequestDetails read_role_request(RoleRequestRow&& row) {
  auto& [id, requester, organization, role, requested_at, expires_at, status, closed_at, decided_by,
         reason, version, requester_name, organization_name, organization_type, decider_name,
         decider_count] = row;
  RoleRequest request{.id = checked_id<RoleRequestId>(id),
                      .requester = checked_id<AccountId>(requester),
                      .organization = checked_id<OrganizationId>(organization),
                      .role = checked(parse_role(role), "role"),
                      .requested_at = vocabulary::from_unix(requested_at),
                      .expires_at = vocabulary::from_unix(expires_at),
                      .status = checked(parse_role_request_status(status), "status"),
                      .closed_at = to_timestamp(closed_at),
                      .decision = std::nullopt,
                      .version = version};
  if (decided_by) {
    request.decision =
        Decision{.verdict = request.status == RoleRequestStatus::approved ? Verdict::approved
                                                                          : Verdict::denied,
                 .decided_by = checked_id<AccountId>(*decided_by),
                 .decided_at = checked(request.closed_at, "closed_at"),
                 .reason = std::move(reason)};
  }
  return {.request = std::move(request),
          .requester_name = std::move(requester_name),
          .organization_name = std::move(organization_name),
          .organization_type = checked(parse_organization_type(organization_type), "type"),
          .decider_name = std::move(decider_name),
          .decider_count = decider_count};
}

std::string pattern_containing(const std::string& search) {
  std::string pattern = "%";
  for (const char character : vocabulary::fold_case(search)) {
    if (character == '%' || character == '_' || character == '!') pattern += '!';
    pattern += character;
  }
  return pattern + "%";
}

}  // namespace

bool Store::is_known(const AccountId& id) {
  return transaction_.row<Integer>("SELECT 1 FROM accounts WHERE id = :id", {{"id", id.text()}})
      .has_value();
}

std::string Store::find_account_name(const AccountId& id) {
  const auto row =
      transaction_.row<Text>("SELECT name FROM accounts WHERE id = :id", {{"id", id.text()}});
  return row ? std::get<0>(*row) : "";
}

void Store::put_account(const AccountId& id, const std::string& name, Timestamp changed_at) {
  const auto changed = transaction_.execute(
      "INSERT INTO accounts (id, name, changed_at) VALUES (:id, :name, :changed_at)"
      " ON CONFLICT (id) DO UPDATE SET name = excluded.name, changed_at = excluded.changed_at"
      "  WHERE excluded.changed_at >= accounts.changed_at",
      {{"id", id.text()}, {"name", name}, {"changed_at", vocabulary::to_unix(changed_at)}});
  if (changed == 0) return;
  transaction_.execute(
      "UPDATE memberships SET account_name_key = :name_key"
      " WHERE account_id = :id AND removed_at IS NULL",
      {{"id", id.text()}, {"name_key", vocabulary::fold_case(name)}});
}

bool Store::lock_organization(const OrganizationId& id) {
  return transaction_.execute("UPDATE organizations SET version = version + 1 WHERE id = :id",
                              {{"id", id.text()}}) == 1;
}

std::optional<Organization> Store::find_organization(const OrganizationId& id) {
  return read(Columns<OrganizationRow>::first(transaction_,
                                              "SELECT " ORGANIZATION_COLUMNS
                                              " FROM organizations o WHERE o.id = :id",
                                              {{"id", id.text()}}),
              read_organization);
}

std::optional<Organization> Store::find_organization(OrganizationType type,
                                                     const std::string& identifier) {
  return read(
      Columns<OrganizationRow>::first(transaction_,
                                      "SELECT " ORGANIZATION_COLUMNS " FROM organizations o"
                                      " WHERE o.type = :type AND o.identifier = :identifier",
                                      {{"type", to_text(type)}, {"identifier", identifier}}),
      read_organization);
}

void Store::add(const Organization& organization) {
  transaction_.execute(
      "INSERT INTO organizations"
      "  (id, type, identifier, name, name_key, taxpayer_identification_number, address)"
      " VALUES (:id, :type, :identifier, :name, :name_key, :tin, :address)",
      {{"id", organization.id.text()},
       {"type", to_text(organization.type)},
       {"identifier", organization.identifier},
       {"name", organization.name},
       {"name_key", vocabulary::fold_case(organization.name)},
       {"tin", organization.tin.text()},
       {"address", organization.address}});
}

void Store::describe(const Organization& organization) {
  transaction_.execute(
      "UPDATE organizations SET name = :name, name_key = :name_key,"
      "       taxpayer_identification_number = :tin, address = :address"
      " WHERE id = :id",
      {{"id", organization.id.text()},
       {"name", organization.name},
       {"name_key", vocabulary::fold_case(organization.name)},
       {"tin", organization.tin.text()},
       {"address", organization.address}});
}

std::int64_t Store::count_pending(const OrganizationId& organization, Timestamp now) {
  const auto row = transaction_.row<Integer>(
      "SELECT COUNT(*) FROM role_requests"
      " WHERE organization_id = :organization AND status = 'pending' AND expires_at > :now",
      {{"organization", organization.text()}, {"now", vocabulary::to_unix(now)}});
  return std::get<0>(row.value());
}

std::vector<OrganizationCard> Store::list_cards(const AccountId& account,
                                                std::optional<OrganizationType> type, Timestamp now,
                                                std::size_t limit) {
  using Row =
      std::tuple<Text, Text, Text, Text, Text, Text, Integer, Integer, Integer, Text, Integer>;
  const auto read_card = +[](Row&& row) {
    auto& [id, type_text, identifier, name, tin, address, officials, members, version, role,
           pending] = row;
    return OrganizationCard{
        .organization = read_organization(
            {id, type_text, identifier, name, tin, address, officials, members, version}),
        .your_role = checked(parse_role(role), "role"),
        .pending_count = pending};
  };
  return read(
      Columns<Row>::all(transaction_,
                        "SELECT " ORGANIZATION_COLUMNS ", m.role,"
                        "       CASE WHEN m.role = 'securityOfficial' THEN"
                        "         (SELECT COUNT(*) FROM role_requests r"
                        "           WHERE r.organization_id = o.id AND r.status = 'pending'"
                        "             AND r.expires_at > :now) ELSE 0 END"
                        "  FROM memberships m JOIN organizations o ON o.id = m.organization_id"
                        " WHERE m.account_id = :account AND m.removed_at IS NULL"
                        "   AND (CAST(:type AS TEXT) = '' OR o.type = CAST(:type AS TEXT))"
                        " ORDER BY o.name_key, o.id LIMIT :limit",
                        {{"account", account.text()},
                         {"type", type ? to_text(*type) : ""},
                         {"now", vocabulary::to_unix(now)},
                         {"limit", limit}}),
      read_card);
}

std::map<OrganizationType, std::int64_t> Store::count_organizations(const AccountId& account) {
  std::map<OrganizationType, std::int64_t> counts;
  for (const OrganizationType type : organization_types) counts[type] = 0;
  const auto rows = transaction_.rows<Text, Integer>(
      "SELECT o.type, COUNT(*) FROM memberships m"
      "  JOIN organizations o ON o.id = m.organization_id"
      " WHERE m.account_id = :account AND m.removed_at IS NULL GROUP BY o.type",
      {{"account", account.text()}});
  for (const auto& [type, count] : rows) {
    counts[checked(parse_organization_type(type), "type")] = count;
  }
  return counts;
}

std::optional<Membership> Store::find_active_membership(const AccountId& account,
                                                        const OrganizationId& organization) {
  auto found = read(Columns<MembershipRow>::first(
                        transaction_,
                        "SELECT " MEMBERSHIP_COLUMNS
                        "  FROM memberships m LEFT JOIN accounts a ON a.id = m.account_id"
                        " WHERE m.account_id = :account AND m.organization_id = :organization"
                        "   AND m.removed_at IS NULL",
                        {{"account", account.text()}, {"organization", organization.text()}}),
                    read_membership);
  if (!found) return std::nullopt;
  return std::move(found->membership);
}

std::optional<MembershipDetails> Store::find_membership(const MembershipId& id) {
  return read(Columns<MembershipRow>::first(
                  transaction_,
                  "SELECT " MEMBERSHIP_COLUMNS
                  "  FROM memberships m LEFT JOIN accounts a ON a.id = m.account_id"
                  " WHERE m.id = :id",
                  {{"id", id.text()}}),
              read_membership);
}

std::optional<std::vector<MembershipDetails>> Store::list_members(
    const OrganizationId& organization, const std::string& search,
    const std::optional<MembershipId>& after, std::size_t limit) {
  std::tuple<Text, Text> position;
  if (after) {
    const auto found = transaction_.row<Text, Text>(
        "SELECT account_name_key, id FROM memberships"
        " WHERE id = :id AND organization_id = :organization",
        {{"id", after->text()}, {"organization", organization.text()}});
    if (!found) return std::nullopt;
    position = *found;
  }
  return read(Columns<MembershipRow>::all(
                  transaction_,
                  "SELECT " MEMBERSHIP_COLUMNS
                  "  FROM memberships m LEFT JOIN accounts a ON a.id = m.account_id"
                  " WHERE m.organization_id = :organization AND m.removed_at IS NULL"
                  "   AND (m.account_name_key, m.id) > (:name_key, :id)"
                  "   AND m.account_name_key LIKE :pattern ESCAPE '!'"
                  " ORDER BY m.account_name_key, m.id LIMIT :limit",
                  {{"organization", organization.text()},
                   {"name_key", std::get<0>(position)},
                   {"id", std::get<1>(position)},
                   {"pattern", pattern_containing(search)},
                   {"limit", limit}}),
              read_membership);
}

std::vector<AccountId> Store::list_security_officials(const OrganizationId& organization) {
  return read(
      transaction_.rows<Text>("SELECT account_id FROM memberships"
                              " WHERE organization_id = :organization AND removed_at IS NULL"
                              "   AND role = 'securityOfficial' ORDER BY account_id",
                              {{"organization", organization.text()}}),
      +[](std::tuple<Text>&& row) { return checked_id<AccountId>(std::get<0>(row)); });
}

void Store::add(const Membership& membership) {
  // Locked, so that a name that changes meanwhile finds this row.
  const auto name = transaction_.row<Text>("SELECT name FROM accounts WHERE id = :id @FOR_UPDATE@",
                                           {{"id", membership.member.text()}});
  transaction_.execute(
      "INSERT INTO memberships (id, account_id, account_name_key, organization_id, role, "
      "granted_at)"
      " VALUES (:id, :account, :name_key, :organization, :role, :granted_at)",
      {{"id", membership.id.text()},
       {"account", membership.member.text()},
       {"name_key", vocabulary::fold_case(name ? std::get<0>(*name) : "")},
       {"organization", membership.organization.text()},
       {"role", to_text(membership.role)},
       {"granted_at", vocabulary::to_unix(membership.granted_at)}});
  transaction_.execute(
      "UPDATE organizations SET member_count = member_count + 1,"
      "       security_official_count = security_official_count + :officials"
      " WHERE id = :organization",
      {{"organization", membership.organization.text()},
       {"officials", membership.role == Role::security_official}});
}

bool Store::take_security_official(const OrganizationId& organization) {
  return transaction_.execute(
             "UPDATE organizations SET security_official_count = security_official_count - 1"
             " WHERE id = :organization AND security_official_count > 1",
             {{"organization", organization.text()}}) == 1;
}

bool Store::change_role(const Membership& membership, Role role) {
  if (membership.role == role) return true;
  if (role == Role::staff_user && !take_security_official(membership.organization)) return false;
  transaction_.execute("UPDATE memberships SET role = :role, version = version + 1 WHERE id = :id",
                       {{"id", membership.id.text()}, {"role", to_text(role)}});
  if (role == Role::security_official) {
    transaction_.execute(
        "UPDATE organizations SET security_official_count = security_official_count + 1"
        " WHERE id = :organization",
        {{"organization", membership.organization.text()}});
  }
  return true;
}

bool Store::record_removal(const Membership& removed) {
  if (removed.role == Role::security_official && !take_security_official(removed.organization)) {
    return false;
  }
  const Removal& removal = removed.removal.value();
  const auto written = transaction_.execute(
      "UPDATE memberships SET removed_by = :by, removed_at = :at, removal_reason = :reason,"
      "       version = version + 1"
      " WHERE id = :id AND removed_at IS NULL",
      {{"id", removed.id.text()},
       {"by", removal.removed_by.text()},
       {"at", vocabulary::to_unix(removal.removed_at)},
       {"reason", removal.reason}});
  if (written != 1) throw std::logic_error("a membership was removed twice under one lock");
  transaction_.execute("UPDATE organizations SET member_count = member_count - 1 WHERE id = :id",
                       {{"id", removed.organization.text()}});
  return true;
}

std::optional<RoleRequestDetails> Store::find_role_request(const RoleRequestId& id) {
  return read(Columns<RoleRequestRow>::first(transaction_, ROLE_REQUEST_SELECT " WHERE r.id = :id",
                                             {{"id", id.text()}}),
              read_role_request);
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
}

bool Store::record_closing(const RoleRequest& closed) {
  MaybeText decided_by, reason;
  if (closed.decision) {
    decided_by = closed.decision->decided_by.text();
    reason = closed.decision->reason;
  }
  return transaction_.execute(
             "UPDATE role_requests SET status = :status, closed_at = :closed_at,"
             "       decided_by = :decided_by, reason = :reason, version = version + 1"
             " WHERE id = :id AND status = 'pending'",
             {{"id", closed.id.text()},
              {"status", to_text(closed.status)},
              {"closed_at", to_integer(closed.closed_at)},
              {"decided_by", decided_by},
              {"reason", reason}}) == 1;
}

Store::Pending Store::list_pending(const AccountId& account, Timestamp now, std::size_t limit) {
  Pending pending{.requests = list_own_pending(account, now, limit), .count = 0};
  auto to_decide = list_to_decide(account, now, limit);
  pending.requests.insert(pending.requests.end(), std::move_iterator(to_decide.begin()),
                          std::move_iterator(to_decide.end()));
  std::sort(pending.requests.begin(), pending.requests.end(), [](const auto& a, const auto& b) {
    return std::tie(a.request.requested_at, a.request.id) <
           std::tie(b.request.requested_at, b.request.id);
  });
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

std::optional<std::vector<RoleRequestDetails>> Store::list_pending(
    const OrganizationId& organization, Timestamp now, const std::optional<RoleRequestId>& after,
    std::size_t limit) {
  std::tuple<Integer, Text> position{-1, ""};
  if (after) {
    const auto found = transaction_.row<Integer, Text>(
        "SELECT requested_at, id FROM role_requests"
        " WHERE id = :id AND organization_id = :organization",
        {{"id", after->text()}, {"organization", organization.text()}});
    if (!found) return std::nullopt;
    position = *found;
  }
  return read(Columns<RoleRequestRow>::all(
                  transaction_,
                  ROLE_REQUEST_SELECT
                  " WHERE r.organization_id = :organization AND r.status = 'pending'"
                  "   AND r.expires_at > :now AND (r.requested_at, r.id) > (:requested_at, :id)"
                  " ORDER BY r.requested_at, r.id LIMIT :limit",
                  {{"organization", organization.text()},
                   {"now", vocabulary::to_unix(now)},
                   {"requested_at", std::get<0>(position)},
                   {"id", std::get<1>(position)},
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

Store::Searches Store::count_search(const AccountId& account, Timestamp now) {
  const auto row = transaction_.row<Integer, Integer>(
      "INSERT INTO organization_searches (account_id, window_started_at, searches)"
      " VALUES (:account, :now, 1)"
      " ON CONFLICT (account_id) DO UPDATE SET"
      "  searches = CASE WHEN organization_searches.window_started_at <= :window_over THEN 1"
      "             ELSE organization_searches.searches + 1 END,"
      "  window_started_at ="
      "    CASE WHEN organization_searches.window_started_at <= :window_over"
      "    THEN excluded.window_started_at ELSE organization_searches.window_started_at END"
      " RETURNING searches, window_started_at",
      {{"account", account.text()},
       {"now", vocabulary::to_unix(now)},
       {"window_over", vocabulary::to_unix(now - search_window)}});
  const auto& [count, started_at] = row.value();
  return {.count = count, .window_over_at = vocabulary::from_unix(started_at) + search_window};
}

void Store::forget_old_searches(Timestamp now) {
  transaction_.execute("DELETE FROM organization_searches WHERE window_started_at <= :window_over",
                       {{"window_over", vocabulary::to_unix(now - search_window)}});
}

void Store::enqueue(const events::Event& event) {
  events::enqueue(transaction_, event, {"notification"});
}

void Store::record(const Act& act, const OrganizationId& organization, const std::string& subject,
                   std::string_view outcome) {
  transaction_.execute(
      "INSERT INTO audit"
      "  (id, at, actor, operation, organization_id, subject_id, outcome, request_id)"
      " VALUES (:id, :at, :actor, :operation, :organization, :subject, :outcome, :request)",
      {{"id", vocabulary::new_uuid()},
       {"at", vocabulary::to_unix(act.at)},
       {"actor", act.actor},
       {"operation", act.operation},
       {"organization", organization.text()},
       {"subject", subject},
       {"outcome", outcome},
       {"request", act.request_id}});
}

}  // namespace membership
