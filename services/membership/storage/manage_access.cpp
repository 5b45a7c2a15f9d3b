#include <algorithm>
#include <tuple>
#include <utility>

#include "membership/storage/rows.hpp"
#include "membership/storage/store.hpp"

namespace membership {

namespace {

// What there is to know of a request that is pending; all NULL where there is none.
#define PENDING_COLUMNS                                                  \
  "r.id, r.requester_id, r.organization_id, r.role, r.requested_at,"     \
  " r.expires_at, r.version, r.waiting_since, r.last_reminder_at,"       \
  " r.escalated_at, r.reopened_by, r.reopened_at, COALESCE(a.name, '')," \
  " s.role"
// Then ORGANIZATION_COLUMNS; what the one who asks is there, NULL with their own requests; their
// name.
using FoundRow = std::tuple<MaybeText, MaybeText, MaybeText, MaybeText, MaybeInteger, MaybeInteger,
                            MaybeInteger, MaybeInteger, MaybeInteger, MaybeInteger, MaybeText,
                            MaybeInteger, Text, MaybeText, Text, Text, Text, Text, Text, Text,
                            Integer, Integer, Integer, Integer, MaybeText, Text>;
constexpr std::size_t pending_columns = 14;
constexpr std::size_t your_role_column = pending_columns + std::tuple_size_v<OrganizationRow>;
constexpr std::size_t your_name_column = your_role_column + 1;
#define PENDING_JOINS                                          \
  "  LEFT JOIN accounts a ON a.id = r.requester_id"            \
  "  LEFT JOIN memberships s ON s.account_id = r.requester_id" \
  "   AND s.organization_id = r.organization_id AND s.removed_at IS NULL"

RoleRequestDetails read_pending(FoundRow& row, const Organization& organization) {
  const auto required = [](auto& value) { return checked(std::move(value), "pending request"); };
  RoleRequest request{.id = checked_id<RoleRequestId>(required(std::get<0>(row))),
                      .requester = checked_id<AccountId>(required(std::get<1>(row))),
                      .organization = organization.id,
                      .role = checked(parse_role(required(std::get<3>(row))), "role"),
                      .requested_at = vocabulary::from_unix(required(std::get<4>(row))),
                      .expires_at = vocabulary::from_unix(required(std::get<5>(row))),
                      .closed_at = std::nullopt,
                      .decision = std::nullopt,
                      .waiting_since = to_timestamp(std::get<7>(row)),
                      .last_reminder_at = to_timestamp(std::get<8>(row)),
                      .escalated_at = to_timestamp(std::get<9>(row)),
                      .version = required(std::get<6>(row))};
  if (const auto& reopened_by = std::get<10>(row)) {
    request.reopening =
        Reopening{.reopened_by = checked_id<AccountId>(*reopened_by),
                  .reopened_at = vocabulary::from_unix(required(std::get<11>(row)))};
  }
  RequesterStanding standing;
  if (const auto& role = std::get<13>(row)) standing.role = checked(parse_role(*role), "role");
  return {.request = std::move(request),
          .requester_name = std::move(std::get<12>(row)),
          .organization_name = organization.name,
          .organization_type = organization.type,
          .decider_name = "",
          .decider_count =
              organization.security_official_count - (standing.role == Role::security_official),
          .requester = standing};
}

Organization organization_of(FoundRow& row) {
  return [&row]<std::size_t... column>(std::index_sequence<column...>) {
    return read_organization({std::move(std::get<pending_columns + column>(row))...});
  }
  (std::make_index_sequence<std::tuple_size_v<OrganizationRow>>());
}

// As `name_key, id` orders rows.
bool is_before(const OrganizationCard& left, const OrganizationCard& right) {
  const auto order = [](const Organization& organization) {
    return std::pair(vocabulary::fold_case(organization.name), organization.id);
  };
  return order(left.organization) < order(right.organization);
}

}  // namespace

std::optional<Store::AllOfAccount> Store::find_all_of(const AccountId& account, Timestamp now,
                                                      std::size_t rows_max) {
  // Whose own request waits at an organization where they are an official finds it twice.
  auto rows = Columns<FoundRow>::all(
      transaction_,
      "SELECT " PENDING_COLUMNS ", " ORGANIZATION_COLUMNS
      ", NULL, COALESCE(a.name, '')"
      "  FROM role_requests r"
      "  JOIN organizations o ON o.id = r.organization_id" PENDING_JOINS
      " WHERE r.requester_id = :account AND r.status = 'pending'"
      " UNION ALL SELECT " PENDING_COLUMNS ", " ORGANIZATION_COLUMNS
      ", m.role, COALESCE((SELECT v.name FROM accounts v WHERE v.id = :account), '')"
      "  FROM memberships m"
      "  JOIN organizations o ON o.id = m.organization_id"
      "  LEFT JOIN role_requests r ON r.organization_id = m.organization_id"
      "   AND r.status = 'pending' AND m.role = 'securityOfficial'" PENDING_JOINS
      " WHERE m.account_id = :account AND m.removed_at IS NULL LIMIT :limit",
      {{"account", account.text()}, {"limit", rows_max}});
  if (rows.size() == rows_max) return std::nullopt;

  AllOfAccount all;
  all.name = rows.empty() ? find_account_name(account) : std::get<your_name_column>(rows.front());
  for (FoundRow& row : rows) {
    const bool is_pending = std::get<0>(row) && vocabulary::to_unix(now) < std::get<5>(row);
    const auto& your_role = std::get<your_role_column>(row);
    if (!your_role) {
      if (is_pending) all.pending.push_back(read_pending(row, organization_of(row)));
      continue;
    }
    const auto& id = std::get<pending_columns>(row);
    const auto known = std::find_if(all.cards.begin(), all.cards.end(), [&id](const auto& card) {
      return card.organization.id.text() == id;
    });
    OrganizationCard& card = known != all.cards.end()
                                 ? *known
                                 : all.cards.emplace_back(OrganizationCard{
                                       .organization = organization_of(row),
                                       .your_role = checked(parse_role(*your_role), "role"),
                                       .pending_count = 0});
    if (!is_pending) continue;
    ++card.pending_count;
    if (std::get<1>(row) != account.text()) {
      all.pending.push_back(read_pending(row, card.organization));
    }
  }
  std::sort(all.pending.begin(), all.pending.end(), is_older);
  std::sort(all.cards.begin(), all.cards.end(), is_before);
  return all;
}

}  // namespace membership
