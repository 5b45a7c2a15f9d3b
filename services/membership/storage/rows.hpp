#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "database/database.hpp"
#include "membership/domain/details.hpp"
#include "vocabulary/text.hpp"
#include "vocabulary/timestamp.hpp"

// How rows are read: what the parts of Store share. Included by storage/*.cpp only.
namespace membership {

using Integer = std::int64_t;
using Text = std::string;
using MaybeInteger = std::optional<std::int64_t>;
using MaybeText = std::optional<std::string>;

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

inline std::optional<Timestamp> to_timestamp(MaybeInteger milliseconds) {
  if (!milliseconds) return std::nullopt;
  return vocabulary::from_unix(*milliseconds);
}

inline MaybeInteger to_integer(std::optional<Timestamp> timestamp) {
  if (!timestamp) return std::nullopt;
  return vocabulary::to_unix(*timestamp);
}

/// What LIKE … ESCAPE '!' takes for "contains, in any case".
inline std::string pattern_containing(const std::string& search) {
  std::string pattern = "%";
  for (const char character : vocabulary::fold_case(search)) {
    if (character == '%' || character == '_' || character == '!') pattern += '!';
    pattern += character;
  }
  return pattern + "%";
}

// An open bound is one that no row passes.
inline Integer lower_bound(std::optional<Timestamp> bound) {
  return bound ? vocabulary::to_unix(*bound) : std::numeric_limits<Integer>::min();
}

inline Integer upper_bound(std::optional<Timestamp> bound) {
  return bound ? vocabulary::to_unix(*bound) : std::numeric_limits<Integer>::max();
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

// As `requested_at, id` orders rows.
inline bool is_older(const RoleRequestDetails& left, const RoleRequestDetails& right) {
  return std::tie(left.request.requested_at, left.request.id) <
         std::tie(right.request.requested_at, right.request.id);
}

#define ORGANIZATION_COLUMNS                                              \
  "o.id, o.type, o.identifier, o.name, o.taxpayer_identification_number," \
  " o.address, o.security_official_count, o.member_count, o.version, o.clinician_count"
using OrganizationRow =
    std::tuple<Text, Text, Text, Text, Text, Text, Integer, Integer, Integer, Integer>;

inline Organization read_organization(OrganizationRow&& row) {
  auto& [id, type, identifier, name, tin, address, officials, members, version, clinicians] = row;
  return {.id = checked_id<OrganizationId>(id),
          .type = checked(parse_organization_type(type), "type"),
          .identifier = std::move(identifier),
          .name = std::move(name),
          .tin = checked(TaxpayerIdentificationNumber::parse(tin), "tin"),
          .address = std::move(address),
          .security_official_count = officials,
          .member_count = members,
          .version = version,
          .clinician_count = clinicians};
}

// The kept count less those whose time is over and that nobody has marked yet.
#define PENDING_COUNT                                              \
  "(o.pending_count - (SELECT COUNT(*) FROM role_requests overdue" \
  "                     WHERE overdue.organization_id = o.id"      \
  "                       AND overdue.status = 'pending'"          \
  "                       AND overdue.expires_at <= :now))"

#define MEMBERSHIP_COLUMNS                                                     \
  "m.id, m.account_id, m.organization_id, m.role, m.granted_at, m.removed_by," \
  " m.removed_at, m.removal_reason, m.version, COALESCE(a.name, '')"
using MembershipRow =
    std::tuple<Text, Text, Text, Text, Integer, MaybeText, MaybeInteger, MaybeText, Integer, Text>;

inline MembershipDetails read_membership(MembershipRow&& row) {
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

// The newer request of somebody who was denied: looked for only where it matters.
#define ROLE_REQUEST_SELECT                                                        \
  "SELECT r.id, r.requester_id, r.organization_id, r.role, r.requested_at,"        \
  "       r.expires_at, r.status, r.closed_at, r.decided_by, r.reason, r.version," \
  "       r.waiting_since, r.last_reminder_at, r.escalated_at,"                    \
  "       r.reopened_by, r.reopened_at,"                                           \
  "       COALESCE(a.name, ''), o.name, o.type, COALESCE(d.name, ''),"             \
  "       o.security_official_count,"                                              \
  "       (SELECT s.role FROM memberships s"                                       \
  "         WHERE s.organization_id = r.organization_id"                           \
  "           AND s.account_id = r.requester_id AND s.removed_at IS NULL),"        \
  "       CASE WHEN r.status = 'denied' THEN"                                      \
  "         (SELECT p.expires_at FROM role_requests p"                             \
  "           WHERE p.requester_id = r.requester_id"                               \
  "             AND p.organization_id = r.organization_id"                         \
  "             AND p.status = 'pending') END"                                     \
  "  FROM role_requests r"                                                         \
  "  JOIN organizations o ON o.id = r.organization_id"                             \
  "  LEFT JOIN accounts a ON a.id = r.requester_id"                                \
  "  LEFT JOIN accounts d ON d.id = r.decided_by"
using RoleRequestRow =
    std::tuple<Text, Text, Text, Text, Integer, Integer, Text, MaybeInteger, MaybeText, MaybeText,
               Integer, MaybeInteger, MaybeInteger, MaybeInteger, MaybeText, MaybeInteger, Text,
               Text, Text, Text, Integer, MaybeText, MaybeInteger>;

inline RoleRequestDetails read_role_request(RoleRequestRow&& row) {
  auto& [id, requester, organization, role, requested_at, expires_at, status, closed_at, decided_by,
         reason, version, waiting_since, last_reminder_at, escalated_at, reopened_by, reopened_at,
         requester_name, organization_name, organization_type, decider_name, official_count,
         requester_role, pending_until] = row;
  RoleRequest request{.id = checked_id<RoleRequestId>(id),
                      .requester = checked_id<AccountId>(requester),
                      .organization = checked_id<OrganizationId>(organization),
                      .role = checked(parse_role(role), "role"),
                      .requested_at = vocabulary::from_unix(requested_at),
                      .expires_at = vocabulary::from_unix(expires_at),
                      .status = checked(parse_role_request_status(status), "status"),
                      .closed_at = to_timestamp(closed_at),
                      .decision = std::nullopt,
                      .waiting_since = to_timestamp(waiting_since),
                      .last_reminder_at = to_timestamp(last_reminder_at),
                      .escalated_at = to_timestamp(escalated_at),
                      .version = version};
  if (decided_by) {
    request.decision =
        Decision{.verdict = request.status == RoleRequestStatus::approved ? Verdict::approved
                                                                          : Verdict::denied,
                 .decided_by = checked_id<AccountId>(*decided_by),
                 .decided_at = checked(request.closed_at, "closed_at"),
                 .reason = std::move(reason)};
  }
  if (reopened_by) {
    request.reopening = Reopening{.reopened_by = checked_id<AccountId>(*reopened_by),
                                  .reopened_at = checked(to_timestamp(reopened_at), "reopened_at")};
  }
  RequesterStanding standing{.role = std::nullopt, .pending_until = to_timestamp(pending_until)};
  if (requester_role) standing.role = checked(parse_role(*requester_role), "role");
  return {.request = std::move(request),
          .requester_name = std::move(requester_name),
          .organization_name = std::move(organization_name),
          .organization_type = checked(parse_organization_type(organization_type), "type"),
          .decider_name = std::move(decider_name),
          .decider_count = official_count - (standing.role == Role::security_official),
          .requester = standing};
}

}  // namespace membership
